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

/// Tells the viewers what has changed; on the thread that changed it, so that no departed client can prevent it.
Result<Room> told(House& house, Result<Room> result) {
  if (const auto* room = std::get_if<Room>(&result)) house.live.tell(*room);
  return result;
}

Result<Rooms::Seated> told(House& house, Result<Rooms::Seated> result) {
  if (const auto* seated = std::get_if<Rooms::Seated>(&result)) house.live.tell(seated->room);
  return result;
}

Task<TablesView> list_tables(House& house) {
  const auto rooms = co_await appserve::blocking([&] { return house.rooms.open(); });
  TablesView tables;
  for (const Room& room : rooms) tables.rooms.push_back({.id = room.id, .age = house.rooms.now() - room.created_at});
  co_return tables;
}

Task<Response> create_room(House& house, Request& request, Body body) {
  const auto wish = optional_body<NewRoom>(body);
  const auto made = co_await appserve::blocking([&] { return house.rooms.create(wish.listed); });
  Response response = to_response(made);
  if (const auto* room = std::get_if<Room>(&made))
    response.status(201).header("location", std::string(request.prefix()) + "/rooms/" + room->id);
  co_return response;
}

Task<Response> show_room(House& house, Request& request, std::string id) {
  const auto found = co_await appserve::blocking([&] { return house.rooms.find(id); });
  const auto* room = std::get_if<Room>(&found);
  if (room && request.header("if-none-match") == tag_of(*room)) co_return Response(304).header("etag", tag_of(*room));
  co_return to_response(found);
}

Task<Response> join(House& house, std::string id, Body body) {
  const auto known = optional_body<Credentials>(body);
  co_return to_response(co_await appserve::blocking([&] { return told(house, house.rooms.join(id, known.token)); }));
}

Task<Response> play(House& house, std::string id, Move move) {
  co_return to_response(
      co_await appserve::blocking([&] { return told(house, house.rooms.play(id, move.token, move.cell)); }));
}

Task<Response> rematch(House& house, std::string id, Credentials player) {
  co_return to_response(
      co_await appserve::blocking([&] { return told(house, house.rooms.rematch(id, player.token)); }));
}

Task<Response> watch(House& house, Request& request, std::string id) {
  auto news = house.live.watch(id);  // first watch, then look: nothing is missed
  const auto found = co_await appserve::blocking([&] { return house.rooms.find(id); });
  const auto* room = std::get_if<Room>(&found);
  if (!room) co_return to_response(found);
  const bool has_it = request.header("last-event-id") == std::to_string(room->version);
  co_return Response::sse([news = std::move(news), first = News::of(*room), has_it](Stream& out) mutable {
    return stream_news(out, news, std::move(first), has_it);
  });
}

Task<> clear_old_rooms(House& house) {
  const auto gone = co_await appserve::blocking([&] { return house.rooms.expire(); });
  for (const std::string& id : gone) house.live.end(id);
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
  app.every(kExpiryPeriod, [house] { return clear_old_rooms(*house); });

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
