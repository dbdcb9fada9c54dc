#include "trace/activity.hpp"

namespace appserve::trace {

constinit thread_local Activity current;

std::string_view words_for(Doing doing) noexcept {
  switch (doing) {
    case Doing::nothing:
      return "";
    case Doing::loading:
      return "while loading";
    case Doing::creating:
      return "in create()";
    case Doing::destroying:
      return "in destroy()";
    case Doing::loop_start:
      return "in loop_start()";
    case Doing::loop_stop:
      return "in loop_stop()";
    case Doing::draining:
      return "in drain()";
    case Doing::handle:
      return "in handle()";
    case Doing::timer:
      return "in a timer's callback";
    case Doing::posted:
      return "in a posted function";
    case Doing::descriptor:
      return "in a descriptor's callback";
    case Doing::body:
      return "when content arrived";
    case Doing::written:
      return "when content was written";
    case Doing::canceling:
      return "when it was cancelled";
    case Doing::blocking_work:
      return "in blocking work";
    case Doing::work_done:
      return "after blocking work";
  }
  return "";
}

}  // namespace appserve::trace
