#include "dev/updates.hpp"

#include <doctest/doctest.h>

#include "dev/state.hpp"
#include "loop/event_loop.hpp"
#include "unit/dev/answer.hpp"

using namespace appserve;
using namespace appserve::dev;

TEST_CASE("each new state is told, and the stream ends with the server") {
  const dev::test::Folder folder;
  loop::EventLoop loop(0);
  write_state(folder.path, {State::Phase::serving, 1, true, {}});
  dev::test::Answer answer;
  answer.written = [&] {
    if (answer.body.ends_with("data: 1\n\n")) write_state(folder.path, {State::Phase::broken, 2, true, "x"});
    if (answer.body.ends_with("data: 2\n\n")) write_state(folder.path, {State::Phase::over, 3, true, {}});
  };
  answer.released = [&] { loop.stop(); };
  service::Request request{.home = &loop};
  struct Call {
    const std::string& folder;
    service::Request& request;
    service::ResponseWriter& answer;
  } call{folder.path, request, answer};
  loop.post(
      [](void* arg) {
        const Call& c = *static_cast<Call*>(arg);
        Updates::start(c.folder, c.request, c.answer);
      },
      &call);
  loop.run();
  CHECK(answer.type == "text/event-stream");
  CHECK(answer.body == "retry: 200\n\ndata: 1\n\ndata: 2\n\n");
  CHECK(answer.ends == 1);
  CHECK(answer.releases == 1);
}

TEST_CASE("HEAD is answered without a stream") {
  const dev::test::Folder folder;
  dev::test::Answer answer;
  service::Request request{.method = http::Method::head};
  Updates::start(folder.path, request, answer);
  CHECK(answer.body.empty());
  CHECK(answer.releases == 1);
}
