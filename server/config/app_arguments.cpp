#include "config/url_prefix.hpp"
#include "config/written_app.hpp"

namespace appserve::config {
namespace {

WrittenApp written(std::string load, bool call, std::string prefix, std::string origin) {
  const Source source{Source::Kind::argument, std::move(origin), nullptr};
  WrittenApp app{.load = std::move(load), .call = call, .prefix = std::move(prefix)};
  app.config.kind = Value::Kind::table;
  app.where.text = app.load;
  app.load_source = app.prefix_source = source;
  return app;
}

void add_mounts(const Arguments& arguments, const std::string& flag, bool call, Draft& draft,
                std::vector<WrittenApp>& apps) {
  const auto given = arguments.values.find(flag);
  if (given == arguments.values.end()) return;
  for (const std::string& text : given->second) {
    const std::size_t equals = text.find('=');
    if (equals == text.npos) {
      const std::string form = call ? "PREFIX=LIB:FACTORY" : "PREFIX=LIB:SYMBOL";
      draft.add({&fault('E', 3021),
                 flag + " needs " + form + ", got '" + text + "'",
                 {},
                 {},
                 {flag + " " + suggested_prefix(text) + "=" + text}});
      continue;
    }
    apps.push_back(written(text.substr(equals + 1), call, text.substr(0, equals), flag));
  }
}

}  // namespace

std::vector<WrittenApp> apps_of_arguments(const Arguments& arguments, Draft& draft) {
  std::vector<WrittenApp> apps;
  if (!arguments.words.empty()) {
    const std::string* prefix = arguments.find("--url-prefix");
    apps.push_back(written(arguments.words.front(), arguments.is_on("--call"), prefix ? *prefix : "", "command line"));
    if (prefix) apps.back().prefix_source.name = "--url-prefix";
  } else if (!arguments.has_unknown) {
    for (const std::string flag : {"--call", "--url-prefix"})
      if (arguments.find(flag) != nullptr && arguments.find("--config") == nullptr)
        draft.add(
            {&fault('E', 3022),
             flag + " is about the app given as LIB:SYMBOL, and there is none",
             {},
             {},
             {flag == "--call" ? "appserve --call libgame.so:create_app, or --mount-call /game=libgame.so:create_app"
                               : "appserve --url-prefix /game libgame.so:app, or --mount /game=libgame.so:app"}});
  }
  for (std::size_t i = 1; i < arguments.words.size(); ++i) {
    const std::string& load = arguments.words[i];
    draft.add({&fault('E', 3012),
               "two apps without a prefix: '" + arguments.words.front() + "' and '" + load + "'",
               {},
               {},
               {"appserve " + arguments.words.front() + " --mount " + suggested_prefix(load) + "=" + load}});
  }
  add_mounts(arguments, "--mount", false, draft, apps);
  add_mounts(arguments, "--mount-call", true, draft, apps);
  return apps;
}

}  // namespace appserve::config
