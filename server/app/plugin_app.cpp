#include "app/plugin_app.hpp"

#include <appserve/abi.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <exception>
#include <mutex>
#include <optional>
#include <typeinfo>
#include <utility>

#include "app/abi_bridge.hpp"
#include "app/app_config.hpp"
#include "app/examination.hpp"
#include "app/finding.hpp"
#include "app/host_services.hpp"
#include "app/instance.hpp"
#include "app/kept_copies.hpp"
#include "app/libraries.hpp"
#include "app/load_witness.hpp"
#include "app/loop_services.hpp"
#include "app/side_effects.hpp"
#include "base/demangle.hpp"

namespace appserve::app {
namespace {

using trace::Doing;

std::string text_or(const char* text, const char* otherwise) { return text == nullptr ? otherwise : text; }

std::string text_of(const as_error& error) { return {error.text, ::strnlen(error.text, sizeof(error.text))}; }

class LoadedApp final : public PluginApp {
 public:
  LoadedApp(const AppOptions& options, const Surroundings& surroundings, const Examination& library);
  LoadedApp(const LoadedApp&) = delete;
  LoadedApp& operator=(const LoadedApp&) = delete;
  ~LoadedApp() override {
    for (const loop::EventLoop* loop : ctx_.loops) loop_services::finish_jobs(ctx_, *loop, AS_ECANCELED);
    if (!created_ || ctx_.app.destroy == nullptr) return;
    const auto in_app = ctx_.enter(Doing::destroying);
    ctx_.app.destroy(ctx_.self);
  }

  /// Maps the library and creates the instance. E1012, E1016, E1017, E2005, E2006; E2012 when the app says AS_EINVAL.
  std::optional<Error> start(const Examination& library, const Surroundings& surroundings);

  void call(service::Request& request, service::ResponseWriter& response) noexcept override {
    handle_request(ctx_, request, response);
  }
  const Facts& facts() const override { return facts_; }
  void loop_start(loop::EventLoop& loop) noexcept override {
    const auto in_app = ctx_.enter(Doing::loop_start);
    if (ctx_.app.loop_start != nullptr) ctx_.app.loop_start(ctx_.self, as_ctx::handle_of(&loop), loop.index());
  }
  void loop_stop(loop::EventLoop& loop) noexcept override {
    loop_services::finish_jobs(ctx_, loop, AS_OK);
    if (ctx_.app.loop_stop != nullptr) {
      const auto in_app = ctx_.enter(Doing::loop_stop);
      ctx_.app.loop_stop(ctx_.self, as_ctx::handle_of(&loop), loop.index());
    }
    loop_services::cancel_all(ctx_, loop);
  }
  bool has_health() const noexcept override { return ctx_.app.health != nullptr; }
  std::optional<std::string> health() noexcept override {
    const std::lock_guard alone(control_);
    as_error why{};
    if (!has_health() || ctx_.app.health(ctx_.self, &why) >= 0) return std::nullopt;
    return why.text[0] != '\0' ? text_of(why) : "not well";
  }
  void drain() noexcept override {
    if (ctx_.app.drain == nullptr) return;
    // By the wall clock: g++ 12's ThreadSanitizer does not know the call that waits by the steady one.
    const std::unique_lock alone(control_, std::chrono::system_clock::now() + kPatience);
    const auto in_app = ctx_.enter(Doing::draining);
    if (alone) ctx_.app.drain(ctx_.self);  // else its health hook hangs
  }

 private:
  std::optional<Error> create(void* symbol, const Entry& entry, const AppNote& note);
  Result<const as_app*, Error> descriptor(void* symbol, const Entry& entry);
  std::optional<Error> adopt(const as_app* app, const Entry& entry, const AppNote& note);
  Error failed_to_start(const std::string& function, const std::string& why, std::int32_t code = AS_EFAIL) const;
  void learn_facts() noexcept;

  static constexpr std::chrono::seconds kPatience{1};

  std::string typed_;  // the library's name as the person wrote it
  std::unique_ptr<Libraries> own_libraries_;
  std::timed_mutex control_;  // one [ctl] call at a time
  AppConfig config_;
  as_ctx ctx_;
  Facts facts_;
  bool created_ = false;
};

LoadedApp::LoadedApp(const AppOptions& options, const Surroundings& surroundings, const Examination& library)
    : typed_(options.spec.library), config_(options.prefix, options.instance, options.config_json) {
  facts_.library = library.file().path;
  facts_.symbol = library.entry().symbol;
  facts_.warnings = warnings_about(library.file(), library.elf());
  ctx_.label = library.file().name() + ":" + facts_.symbol + (options.prefix.empty() ? "" : " at " + options.prefix);
  facts_.label = ctx_.label;
  ctx_.log = surroundings.log;
  ctx_.loops = surroundings.loops;
  ctx_.pool = surroundings.pool;
  ctx_.shares = std::vector<LoopShare>(surroundings.loops.size());
}

std::optional<Error> LoadedApp::start(const Examination& library, const Surroundings& surroundings) {
  if (surroundings.libraries == nullptr) own_libraries_ = std::make_unique<Libraries>();
  const SideEffects before;
  Libraries& libraries = surroundings.libraries != nullptr ? *surroundings.libraries : *own_libraries_;
  const auto mapped = libraries.open(library.file(), library.elf(), library.closure(), surroundings);
  if (!mapped) return mapped.error();
  if (surroundings.kept != nullptr && library.file().copy.empty())
    surroundings.kept->remember(typed_, library.file(), (*mapped)->copy.path());
  const Entry& entry = library.entry();
  void* symbol = (*mapped)->code.find(entry.symbol);
  if (symbol == nullptr)
    return finding(fault('E', 1020), library.file().name() + " exports no app named '" + entry.symbol + "'");
  {
    const auto in_app = ctx_.enter(Doing::creating);
    if (surroundings.witness != nullptr) surroundings.witness->creating(library.file().name(), entry.symbol);
    if (auto error = create(symbol, entry, library.note())) return error;
  }
  for (Error& effect : before.since_then(library.file().name())) {
    if (effect.fault->severity == 'E') return effect;
    facts_.warnings.push_back(std::move(effect));
  }
  return std::nullopt;
}

Error LoadedApp::failed_to_start(const std::string& function, const std::string& why, std::int32_t code) const {
  const std::string config = "config given to it  " + config_.summary();
  if (code == AS_EINVAL) {
    const std::string name = facts_.library.substr(facts_.library.rfind('/') + 1);
    return finding(fault('E', 2012), name + " rejects its configuration: " + why, {config});
  }
  return finding(fault('E', 2005), function + " failed: " + why, {"in " + facts_.library, config});
}

// The exported object, or what the factory makes.
Result<const as_app*, Error> LoadedApp::descriptor(void* symbol, const Entry& entry) {
  if (!entry.call) return static_cast<const as_app*>(symbol);
  as_factory_fn factory = nullptr;
  std::memcpy(&factory, &symbol, sizeof(factory));
  as_error error{};
  const as_app* app = nullptr;
  try {
    app = factory(&host_table(), &ctx_, config_.abi(), &error);
  } catch (const std::exception& e) {
    return Failure<Error>(failed_to_start(entry.symbol, demangle_type(typeid(e).name()) + ": " + e.what()));
  } catch (...) {
    return Failure<Error>(failed_to_start(entry.symbol, "it threw something that is no std::exception"));
  }
  if (app != nullptr) return app;
  if (error.code != 0 || error.text[0] != '\0')
    return Failure<Error>(failed_to_start(entry.symbol, text_of(error), error.code));
  return Failure<Error>(finding(fault('E', 2006), entry.symbol + " returned no app", {"in " + facts_.library}));
}

std::optional<Error> LoadedApp::adopt(const as_app* app, const Entry& entry, const AppNote& note) {
  constexpr std::uint32_t kLeast = offsetof(as_app, handle) + sizeof(app->handle);
  const auto disagree = [&](const std::string& why) {
    return finding(fault('E', 1012), "'" + entry.symbol + "' is not the app that the library's note promises: " + why,
                   {"in " + facts_.library},
                   {"build the whole library against one appserve SDK, or check the symbol's name"});
  };
  if (app->magic != AS_MAGIC) return disagree("it does not begin with AS_APP_HEAD");
  if (app->size < kLeast || app->size > 64 * sizeof(as_app))
    return disagree("its size is " + std::to_string(app->size));
  if (app->abi >> 16 != note.abi >> 16 || app->abi_min > AS_ABI)
    return disagree("it was built for ABI " + abi_text(app->abi) + ", the note says " + abi_text(note.abi));
  std::memcpy(&ctx_.app, app, std::min<std::size_t>(app->size, sizeof(as_app)));
  if (ctx_.app.create == nullptr || ctx_.app.handle == nullptr) return disagree("create or handle is missing");
  return std::nullopt;
}

std::optional<Error> LoadedApp::create(void* symbol, const Entry& entry, const AppNote& note) {
  const auto app = descriptor(symbol, entry);
  if (!app) return app.error();
  if (auto error = adopt(*app, entry, note)) return error;
  as_error error{};
  try {
    const std::int32_t result = ctx_.app.create(*app, &host_table(), &ctx_, config_.abi(), &ctx_.self, &error);
    created_ = result == AS_OK;
    if (!created_) {
      const std::string text = text_of(error);
      return failed_to_start(entry.symbol, text.empty() ? "create() returned " + std::to_string(result) : text, result);
    }
  } catch (const std::exception& e) {
    return failed_to_start(entry.symbol, demangle_type(typeid(e).name()) + ": " + e.what());
  } catch (...) {
    return failed_to_start(entry.symbol, "it threw something that is no std::exception");
  }
  learn_facts();
  return std::nullopt;
}

void LoadedApp::learn_facts() noexcept {
  facts_.name = text_or(ctx_.app.name, "");
  facts_.version = text_or(ctx_.app.version, "");
  facts_.build = text_or(ctx_.app.build, "");
  facts_.abi_major = ctx_.app.abi >> 16;
  facts_.abi_minor = ctx_.app.abi & 0xFFFF;
  if (ctx_.app.routes != nullptr)
    ctx_.app.routes(
        ctx_.self,
        [](void* routes, const char* method, const char* pattern) {
          static_cast<std::vector<Route>*>(routes)->push_back({text_or(method, ""), text_or(pattern, "")});
        },
        &facts_.routes);
}

}  // namespace

Result<std::unique_ptr<PluginApp>, Errors> PluginApp::load(const AppOptions& options,
                                                           const Surroundings& surroundings) {
  auto kept = surroundings.kept != nullptr ? surroundings.kept->find(options.spec.library) : std::nullopt;
  const auto examined =
      kept ? examine_file(options.spec, *std::move(kept)) : examine(options.spec, surroundings.search_path);
  if (!examined) return refusal(examined.error());
  const Examination& library = **examined;
  if (Errors errors = library.errors(); !errors.empty()) return Failure<Errors>(std::move(errors));

  auto app = std::make_unique<LoadedApp>(options, surroundings, library);
  if (auto error = app->start(library, surroundings)) return refusal(*std::move(error));
  return app;
}

}  // namespace appserve::app
