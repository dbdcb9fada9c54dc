#include "base/log.hpp"

#include <fmt/format.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <array>
#include <deque>
#include <mutex>
#include <utility>

#include "base/line_file.hpp"
#include "base/printable.hpp"
#include "base/progress.hpp"

namespace appserve {
namespace {

constexpr std::array kNames{"trace", "debug", "info", "warn", "error"};
constexpr std::size_t kLongestText = 3900;  // with what comes before it less than a LineFile takes

spdlog::level::level_enum to_spdlog(Log::Level level) {
  return static_cast<spdlog::level::level_enum>(static_cast<int>(level));
}

// Writes whole lines, or drops them.
class LineSink : public spdlog::sinks::base_sink<std::mutex> {
 public:
  LineSink(const std::string& file, bool json)
      : name_(file), out_(file.empty() ? LineFile(STDERR_FILENO) : LineFile(file)), json_(json) {}

  void reopen() {
    const std::lock_guard lock(mutex_);
    out_.reopen();
  }
  void set_listener(Log::Listener* listener) {
    const std::lock_guard lock(mutex_);
    listener_ = listener;
  }
  void tell(Log::Level level, std::string_view text) {
    const std::lock_guard lock(mutex_);
    if (listener_ != nullptr) listener_->said(level, text);
  }
  void keep(std::string line, std::size_t most) {
    const std::lock_guard lock(mutex_);
    if (kept_.size() == most) kept_.pop_front();
    kept_.push_back(std::move(line));
  }
  std::vector<std::string> kept() {
    const std::lock_guard lock(mutex_);
    return {kept_.begin(), kept_.end()};
  }
  static std::string json_text(std::string_view text) {
    std::string out;
    append_printable(out, text, true);
    return out;
  }

 private:
  void sink_it_(const spdlog::details::log_msg& message) override {
    if (dropped_ > 0 && put(note_about_drops(message))) dropped_ = 0;
    if (dropped_ == 0 && put(message)) return;
    ++dropped_;
    if (listener_ != nullptr) listener_->dropped(1);
  }
  void flush_() override {}

  bool put(const spdlog::details::log_msg& message) {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    return out_.write({line.data(), line.size()}, Clock::now()) == line.size();
  }
  spdlog::details::log_msg note_about_drops(const spdlog::details::log_msg& message) {
    const std::string text = fmt::format("{} log lines were dropped: {} did not take them: {}", dropped_,
                                         name_.empty() ? "standard error" : name_, out_.why_not());
    note_ = json_ ? fmt::format(R"("level":"warn","code":"W6005","text":"{}")", json_text(text))
                  : "warning[W6005] " + escape_control(text);
    return {message.time, {}, message.logger_name, spdlog::level::warn, note_};
  }

  std::string name_;
  LineFile out_;
  bool json_;
  std::size_t dropped_ = 0;
  std::string note_;
  Log::Listener* listener_ = nullptr;
  std::deque<std::string> kept_;
};

std::string plain_line(std::string_view level, std::string_view code, std::string_view text) {
  return (code.empty() ? fmt::format("{:<5} ", level) : fmt::format("{}[{}] ", level, code)) +
         escape_control(text.substr(0, kLongestText)).substr(0, kLongestText);
}

std::string json_line(std::string_view level, std::string_view code, std::string_view text) {
  std::string line =
      fmt::format(R"("level":"{}",{}"text":")", level, code.empty() ? "" : fmt::format(R"("code":"{}",)", code));
  append_printable(line, text, true, kLongestText);
  return line + '"';
}

std::string pattern(const Log::Options& options) {
  const std::string time = "%Y-%m-%dT%H:%M:%S.%e%z";
  if (options.json) return R"({"time":")" + time + R"(",%v})";
  if (!options.colour) return time + " %v";
  const bool may_count = ::isatty(STDERR_FILENO) == 1;  // the line comes in the place of a count
  return std::string(may_count ? kClearLine : "") + "\033[2m" + time + "\033[0m %^%v%$";
}

}  // namespace

struct Log::Sink {
  std::shared_ptr<LineSink> lines;
  spdlog::logger logger{"appserve", lines};
};

Log::Log(Options options) : options_(std::move(options)) {
  if (options_.file == "-") options_.file.clear();
  if (!options_.file.empty()) options_.colour = false;
  sink_ = std::unique_ptr<Sink>(new Sink{std::make_shared<LineSink>(options_.file, options_.json)});
  sink_->logger.set_level(spdlog::level::trace);
  sink_->logger.set_pattern(pattern(options_));
}

Log::~Log() = default;

void Log::put(Level level, std::string_view code, std::string_view text) {
  const auto name = kNames.at(static_cast<std::size_t>(level));
  if (options_.kept > 0) sink_->lines->keep(plain_line(name, code, text), options_.kept);
  sink_->logger.log(to_spdlog(level), options_.json ? json_line(name, code, text) : plain_line(name, code, text));
  if (level >= Level::warn)
    sink_->lines->tell(level, code.empty() ? std::string(text) : fmt::format("[{}] {}", code, text));
}

void Log::write(Level level, std::string_view text) {
  if (enabled(level)) put(level, {}, text);
}

void Log::write(const Fault& fault, std::string_view text) {
  const Level level = fault.severity == 'E' ? Level::error : fault.severity == 'W' ? Level::warn : Level::info;
  if (enabled(level)) put(level, fmt::format("{}{}", fault.severity, fault.number), text);
}

std::vector<std::string> Log::recent() const { return sink_->lines->kept(); }

void Log::reopen() { sink_->lines->reopen(); }

void Log::set_listener(Listener* listener) { sink_->lines->set_listener(listener); }

Log::Level log_level(std::string_view name) {
  for (std::size_t i = 0; i < kNames.size(); ++i)
    if (name == kNames.at(i)) return static_cast<Log::Level>(i);
  return Log::Level::info;
}

std::string escape_control(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f)
      out += fmt::format("\\x{:02x}", byte);
    else
      out += c;
  }
  return out;
}

}  // namespace appserve
