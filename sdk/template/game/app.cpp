// A live game: two teams pull a rope, everyone who watches sees it move at once (server-sent events).
#include <appserve/app.hpp>
#include <appserve/broadcast.hpp>
#include <appserve/files.hpp>
#include <appserve/json.hpp>

#include <map>
#include <memory>
#include <mutex>

using namespace appserve;

namespace {

struct Game {
  int rope = 0;  // left of 0 or right of it
  int pulls = 0;
  std::string winner;
};

struct Pull {
  std::string team;
};

struct Settings {
  int length = 5;  // pulls ahead that win
  std::string pages = "static";
};

class Games {
 public:
  explicit Games(int length) : length_(length) {}

  Game find(const std::string& name) {
    const std::lock_guard lock(mutex_);
    return games_[name];
  }
  Game pull(const std::string& name, const std::string& team) {
    if (team != "left" && team != "right") abort(422, "team is left or right");
    const std::lock_guard lock(mutex_);
    Game& game = games_[name];
    if (!game.winner.empty()) abort(409, "the game is over");
    game.rope += team == "left" ? -1 : 1;
    ++game.pulls;
    if (game.rope == length_ || game.rope == -length_) game.winner = team;
    return game;
  }

 private:
  const int length_;
  std::mutex mutex_;
  std::map<std::string, Game> games_;
};

}  // namespace

App create_app(const Config& config) {
  const auto settings = config.as<Settings>();
  if (settings.length < 1) throw ConfigError("'length' must be at least 1");
  const auto games = std::make_shared<Games>(settings.length);
  const auto news = std::make_shared<Topics<Game>>(newest(&Game::pulls));  // any number of games, each with its viewers

  App app;
  app.get("/games/{name}", [games](std::string name) { return games->find(name); });
  app.post("/games/{name}/pulls", [games, news](std::string name, Pull pull) {
    const Game game = games->pull(name, pull.team);
    news->publish(name, game);
    return game;
  });
  app.get("/games/{name}/events", [games, news](std::string name) {
    return Response::sse([=](Stream& out) -> Task<> {
      auto updates = news->subscribe(name);  // first subscribe, then look: nothing is missed
      std::optional<Game> game = games->find(name);
      for (; game; game = co_await updates.next()) co_await out.event(to_json(*game));
    });
  });
  app.get("/{path...}", Files(settings.pages));
  return app;
}
APPSERVE_FACTORY(create_app);
