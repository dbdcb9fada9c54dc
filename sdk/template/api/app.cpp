// A JSON API: notes, in memory.
#include <appserve/app.hpp>
#include <appserve/json.hpp>

#include <map>
#include <memory>
#include <mutex>
#include <vector>

using namespace appserve;

namespace {

struct Note {
  int id = 0;
  std::string text;
  bool done = false;
};

struct NewNote {
  std::string text;
};

struct Change {
  std::optional<std::string> text;
  std::optional<bool> done;
};

// [app.config] of config.toml.
struct Settings {
  std::size_t max_notes = 1000;
};

// Requests run on several threads at once: what they share has a lock.
class Notes {
 public:
  explicit Notes(std::size_t most) : most_(most) {}

  std::vector<Note> all() {
    const std::lock_guard lock(mutex_);
    std::vector<Note> list;
    for (const auto& [id, note] : notes_) list.push_back(note);
    return list;
  }
  std::optional<Note> find(int id) {
    const std::lock_guard lock(mutex_);
    const auto found = notes_.find(id);
    return found == notes_.end() ? std::nullopt : std::optional(found->second);
  }
  Note add(std::string text) {
    const std::lock_guard lock(mutex_);
    if (notes_.size() >= most_) abort(507, "there are too many notes");
    const int id = ++last_;
    return notes_[id] = {id, std::move(text), false};
  }
  std::optional<Note> change(int id, const Change& change) {
    const std::lock_guard lock(mutex_);
    const auto found = notes_.find(id);
    if (found == notes_.end()) return std::nullopt;
    if (change.text) found->second.text = *change.text;
    if (change.done) found->second.done = *change.done;
    return found->second;
  }
  bool remove(int id) {
    const std::lock_guard lock(mutex_);
    return notes_.erase(id) > 0;
  }

 private:
  const std::size_t most_;
  std::mutex mutex_;
  std::map<int, Note> notes_;
  int last_ = 0;
};

}  // namespace

App create_app(const Config& config) {
  const auto settings = config.as<Settings>();
  if (settings.max_notes == 0) throw ConfigError("'max_notes' must be at least 1");
  const auto notes = std::make_shared<Notes>(settings.max_notes);

  App app;
  app.get("/notes", [notes] { return notes->all(); });
  app.get("/notes/{id}", [notes](int id) { return notes->find(id); });  // no such note: 404
  app.post("/notes", [notes](NewNote note) {                            // malformed: 422 names the field
    if (note.text.empty()) abort(422, "text must not be empty");
    return std::pair{201, notes->add(note.text)};
  });
  app.patch("/notes/{id}", [notes](int id, Change change) { return notes->change(id, change); });
  app.del("/notes/{id}", [notes](int id) {
    if (!notes->remove(id)) abort(404);
  });
  return app;
}
APPSERVE_FACTORY(create_app);
