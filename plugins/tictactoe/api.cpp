#include "api.hpp"

#include <appserve/json.hpp>
#include <stdexcept>
#include <utility>

#include "answers.hpp"
#include "page.hpp"
#include "views.hpp"

namespace tictactoe {
namespace {

using appserve::App;
using appserve::Body;
using appserve::Log;
using appserve::Request;
using appserve::Response;
using appserve::Stream;
using appserve::Task;
using namespace std::chrono_literals;

constexpr std::size_t kMaxBody = 4096;
constexpr auto kExpiryPeriod = 10min;

struct NewRoom {
  bool listed = false;
};
struct Credentials {
  std::string token;
};
struct Move {
  int cell = -1;
  std::string token;
};

struct BadBody : std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// A body in which nothing is needed: it may be left out.
template <class T>
T optional_body(const Body& body) {
  if (body.text.empty()) return {};
  std::string problem;
  const auto value = appserve::from_json<T>(body.text, &problem);
  if (!value) throw BadBody(problem);
  return *value;
}

Task<TablesView> list_tables(House& house) {
  const auto rooms = co_await house.rooms.open();
  TablesView tables;
  for (const Room& room : rooms) tables.rooms.push_back({.id = room.id, .age = house.rooms.now() - room.created_at});
  co_return tables;
}

Task<Response> create_room(House& house, Request& request, Body body) {
  const auto wish = optional_body<NewRoom>(body);
  const auto made = co_await house.rooms.create(wish.listed);
  Response response = to_response(made);
  if (const auto* room = std::get_if<Room>(&made))
    response.status(201).header("location", std::string(request.prefix()) + "/rooms/" + room->id);
  co_return response;
}

Task<Response> show_room(House& house, Request& request, std::string id) {
  const auto found = co_await house.rooms.find(id);
  const auto* room = std::get_if<Room>(&found);
  if (room && request.header("if-none-match") == tag_of(*room)) co_return Response(304).header("etag", tag_of(*room));
  co_return to_response(found);
}

Task<Response> join(House& house, std::string id, Body body) {
  const auto known = optional_body<Credentials>(body);
  const auto joined = co_await house.rooms.join(std::move(id), known.token);
  co_return to_response(joined);
}

Task<Response> play(House& house, std::string id, Move move) {
  const auto played = co_await house.rooms.play(std::move(id), std::move(move.token), move.cell);
  co_return to_response(played);
}

Task<Response> rematch(House& house, std::string id, Credentials player) {
  const auto started = co_await house.rooms.rematch(std::move(id), std::move(player.token));
  co_return to_response(started);
}

Task<Response> watch(House& house, Request& request, std::string id) {
  auto news = house.live.watch(id);  // first watch, then look: nothing is missed
  const auto found = co_await house.rooms.find(id);
  const auto* room = std::get_if<Room>(&found);
  if (!room) co_return to_response(found);
  const bool has_it = request.header("last-event-id") == std::to_string(room->version);
  co_return Response::sse([&house, id, news = std::move(news), first = News::of(*room), has_it](Stream& out) mutable {
    return stream_news(out, house.rooms, id, news, std::move(first), has_it);
  });
}

}  // namespace

void add_routes(App& app, const std::shared_ptr<House>& house, Log log) {
  app.max_body(kMaxBody);
  app.on_error([](const BadBody& bad) { return error(422, "bad_body", bad.what()); });
  app.on_error([log](const StoreError& broken) {
    log.error(broken.what());
    return error(503, "store_unavailable", "The rooms are out of reach right now. Try again.")
        .header("retry-after", "5");
  });
  app.every(kExpiryPeriod, [house] { return house->rooms.expire(); });

  app.get("/", [](Request& request) { return page(request); });
  app.get("/rooms", [house] { return list_tables(*house); });
  app.post("/rooms", [house](Request& request, Body body) { return create_room(*house, request, std::move(body)); });
  app.get("/rooms/{id}",
          [house](Request& request, std::string id) { return show_room(*house, request, std::move(id)); });
  app.post("/rooms/{id}/join",
           [house](std::string id, Body body) { return join(*house, std::move(id), std::move(body)); });
  app.post("/rooms/{id}/moves",
           [house](std::string id, Move move) { return play(*house, std::move(id), std::move(move)); });
  app.post("/rooms/{id}/rematch",
           [house](std::string id, Credentials player) { return rematch(*house, std::move(id), std::move(player)); });
  app.get("/rooms/{id}/events",
          [house](Request& request, std::string id) { return watch(*house, request, std::move(id)); });
}

}  // namespace tictactoe
