#include "announce.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace appserve {
namespace {

constexpr std::string_view kVersion = APPSERVE_VERSION;

constexpr std::string_view kUnix = "unix:";

std::string counted(std::size_t n, std::string_view noun) { return fmt::format("{} {}{}", n, noun, n == 1 ? "" : "s"); }

std::string duration(std::chrono::nanoseconds time) {
  return fmt::format("{} ms", std::chrono::duration_cast<std::chrono::milliseconds>(time).count());
}

}  // namespace

std::string url_of(const std::string& name) { return (name.starts_with(kUnix) ? "" : "http://") + name; }

Announcer::Announcer(Log& log, bool terminal, bool colour) : log_(log), terminal_(terminal), colour_(colour) {}

void Announcer::line(std::string_view label, std::string_view text) {
  if (!terminal_) return log_.write(Log::Level::info, fmt::format("{} {}", label, text));
  if (!colour_) return fmt::print(stderr, "  {:<8} {}\n", label, text);
  fmt::print(stderr, "{}  \033[32m{:<8}\033[0m {}\n", kClearLine, label, text);
}

Progress::Tell Announcer::teller() {
  return [this](std::string_view label, const std::string& text) { line(label, text); };
}

void Announcer::start(unsigned workers, unsigned threads) {
  const std::string loops = counted(threads, "thread");
  const std::string text = fmt::format("appserve {}   pid {}   {}", kVersion, ::getpid(),
                                       workers == 0 ? loops : counted(workers, "worker") + " × " + loops);
  if (terminal_)
    fmt::print(stderr, "{}\n", text);
  else
    log_.write(Log::Level::info, text);
}

void Announcer::loaded(const app::PluginApp::Facts& facts, std::string_view prefix, std::chrono::nanoseconds took) {
  const std::string_view library = std::string_view(facts.library).substr(facts.library.rfind('/') + 1);
  line("loaded", fmt::format("{}   abi {}.{}{}{}, {}   {}", facts.library, facts.abi_major, facts.abi_minor,
                             facts.build.empty() ? "" : ", ", facts.build, counted(facts.routes.size(), "route"),
                             duration(took)));
  line("mounted", fmt::format("{:<10} → {}:{}", prefix.empty() ? "/" : prefix, library, facts.symbol));
}

void Announcer::ready(const std::vector<std::string>& names, const std::string& admin) {
  const auto took = std::chrono::steady_clock::now() - began_;
  for (const std::string& name : names) line("ready", fmt::format("{}   {}", url_of(name), duration(took)));
  if (!admin.empty()) line("admin", url_of(admin) + (admin.starts_with(kUnix) ? "" : "/"));
  if (!terminal_) return;
  const std::string& first = names.front();
  const std::string how = first.starts_with(kUnix)
                              ? "curl -i --unix-socket " + first.substr(kUnix.size()) + " http://localhost/"
                              : "curl -i " + url_of(first) + "/";
  line("", fmt::format("try  {}        stop with Ctrl-C", how));
}

void Announcer::stopped() {
  const auto served = std::chrono::steady_clock::now() - began_;
  line("stopped", fmt::format("after {} s", std::chrono::duration_cast<std::chrono::seconds>(served).count()));
}

}  // namespace appserve
