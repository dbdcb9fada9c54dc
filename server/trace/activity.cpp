#include "trace/activity.hpp"

namespace appserve::trace {

constinit thread_local const Activity* innermost = nullptr;

Remembered::Remembered(Waiting what) noexcept
    : request_(current().doing == Doing::blocking_work ? nullptr : current().request),
      serial_(request_ == nullptr ? 0 : request_->serial.load(std::memory_order_relaxed)) {
  if (request_ != nullptr) ++request_->waiting_for[static_cast<std::size_t>(what)];
}

RequestWords* Remembered::end(Waiting what) const noexcept {
  RequestWords* const request = now();
  if (request != nullptr) --request->waiting_for[static_cast<std::size_t>(what)];
  return request;
}

std::string words_for_waits(const RequestWords& request) {
  constexpr std::array<std::string_view, 6> kWords{"a timer",           "a descriptor",       "blocking work",
                                                   "a posted function", "the request's body", "the client to read"};
  std::string text;
  for (std::size_t i = 0; i < kWords.size(); ++i)
    if (request.waiting_for.at(i) > 0) text.append(text.empty() ? "" : ", ").append(kWords.at(i));
  return text;
}

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
