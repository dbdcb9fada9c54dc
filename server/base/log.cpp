#include "base/log.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/base_sink.h>
#include <unistd.h>

#include <array>
#include <mutex>

namespace appserve {
namespace {

constexpr std::array kNames{"trace", "debug", "info", "warn", "error"};
constexpr std::size_t kLongestLine = 4000;  // below PIPE_BUF: a writable pipe takes it whole, without blocking

bool would_block() {
  pollfd out{STDERR_FILENO, POLLOUT, 0};
  return ::poll(&out, 1, 0) == 0;
}

// Writes whole lines to standard error, or drops them.
class StderrSink : public spdlog::sinks::base_sink<std::mutex> {
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t line;
    formatter_->format(message, line);
    if (would_block()) {
      ++dropped_;
      return;
    }
    if (dropped_ > 0) {
      put(fmt::format("warning[W6005] {} log lines were dropped: standard error did not take them\n", dropped_));
      dropped_ = 0;
    }
    put({line.data(), line.size()});
  }
  void put(std::string_view line) {
    if (::write(STDERR_FILENO, line.data(), line.size()) < 0) ++dropped_;
  }
  void flush_() override {}

  std::size_t dropped_ = 0;
};

spdlog::level::level_enum to_spdlog(Log::Level level) {
  return static_cast<spdlog::level::level_enum>(static_cast<int>(level));
}

}  // namespace

struct Log::Sink {
  spdlog::logger logger;
};

Log::Log(Level level, bool colour)
    : level_(level), sink_(new Sink{spdlog::logger("appserve", std::make_shared<StderrSink>())}) {
  sink_->logger.set_level(spdlog::level::trace);
  sink_->logger.set_pattern(colour ? "\033[2m%Y-%m-%dT%H:%M:%S.%e%z\033[0m %^%v%$" : "%Y-%m-%dT%H:%M:%S.%e%z %v");
}

Log::~Log() = default;

void Log::write(Level level, std::string_view text) {
  if (!enabled(level)) return;
  const auto name = kNames.at(static_cast<std::size_t>(level));
  sink_->logger.log(to_spdlog(level), "{:<5} {}", name, escape_control(text.substr(0, kLongestLine)));
}

void Log::write(const Fault& fault, std::string_view text) {
  const Level level = fault.severity == 'E' ? Level::error : fault.severity == 'W' ? Level::warn : Level::info;
  if (!enabled(level)) return;
  sink_->logger.log(to_spdlog(level), "{}[{}{}] {}", kNames.at(static_cast<std::size_t>(level)), fault.severity,
                    fault.number, escape_control(text.substr(0, kLongestLine)));
}

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
