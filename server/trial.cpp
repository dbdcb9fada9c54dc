#include "trial.hpp"

#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <sstream>
#include <utility>

#include "app/kept_copies.hpp"
#include "assemble.hpp"
#include "base/poll_time.hpp"
#include "supervisor/death.hpp"
#include "supervisor/memory_file.hpp"
#include "supervisor/phase.hpp"
#include "supervisor/wire.hpp"
#include "witness.hpp"

namespace appserve {
namespace {

using supervisor::WireReader;
using supervisor::WireWriter;
using Facts = app::PluginApp::Facts;

// ---- the report's bytes ---------------------------------------------------------------------------------------------

void write(WireWriter& out, const std::vector<std::string>& texts) {
  out.put(static_cast<std::uint32_t>(texts.size()));
  for (const std::string& text : texts) out.put(text);
}

std::vector<std::string> read_texts(WireReader& in) {
  std::vector<std::string> texts;
  for (std::uint32_t n = in.count(); n > 0; --n) texts.push_back(in.text());
  return texts;
}

void write(WireWriter& out, const Error& error) {
  out.put(static_cast<std::uint8_t>(error.fault->severity));
  out.put(error.fault->number);
  out.put(error.what);
  out.put(error.where.has_value());
  if (error.where) {
    out.put(error.where->file);
    out.put(error.where->line);
    out.put(error.where->column);
    out.put(error.where->length);
    out.put(error.where->text);
    out.put(error.where->label);
  }
  write(out, error.notes);
  write(out, error.help);
}

const Fault& fault_of(char severity, int number) {
  const auto found = std::ranges::find_if(
      kFaults, [&](const Fault& fault) { return fault.severity == severity && fault.number == number; });
  return found != kFaults.end() ? *found : fault('E', 6008);
}

Error read_error(WireReader& in) {
  const auto severity = static_cast<char>(in.number<std::uint8_t>());
  Error error{.fault = &fault_of(severity, in.number<int>()), .what = in.text(), .where = {}, .notes = {}, .help = {}};
  if (in.flag()) {
    SourceMark& mark = error.where.emplace();
    mark.file = in.text();
    mark.line = in.number<int>();
    mark.column = in.number<int>();
    mark.length = in.number<int>();
    mark.text = in.text();
    mark.label = in.text();
  }
  error.notes = read_texts(in);
  error.help = read_texts(in);
  return error;
}

void write(WireWriter& out, const Facts& facts) {
  for (const std::string* text : {&facts.library, &facts.symbol, &facts.name, &facts.version, &facts.build})
    out.put(*text);
  out.put(facts.abi_major);
  out.put(facts.abi_minor);
  out.put(static_cast<std::uint32_t>(facts.routes.size()));
  for (const app::PluginApp::Route& route : facts.routes) {
    out.put(route.method);
    out.put(route.pattern);
  }
}

Facts read_facts(WireReader& in) {
  Facts facts;
  for (std::string* text : {&facts.library, &facts.symbol, &facts.name, &facts.version, &facts.build})
    *text = in.text();
  facts.abi_major = in.number<unsigned>();
  facts.abi_minor = in.number<unsigned>();
  for (std::uint32_t n = in.count(); n > 0; --n) {
    app::PluginApp::Route& route = facts.routes.emplace_back();
    route.method = in.text();
    route.pattern = in.text();
  }
  return facts;
}

std::string encode(const Trial& trial) {
  WireWriter out;
  out.put(static_cast<std::int64_t>(trial.took.count()));
  out.put(trial.app.has_value());
  if (trial.app) write(out, *trial.app);
  out.put(static_cast<std::uint32_t>(trial.findings.size()));
  for (const Error& error : trial.findings) write(out, error);
  return out.take();
}

Trial decode(const std::string& bytes) {
  WireReader in(bytes);
  Trial trial;
  trial.took = std::chrono::milliseconds(in.number<std::int64_t>());
  if (in.flag()) trial.app = read_facts(in);
  for (std::uint32_t n = in.count(); n > 0; --n) trial.findings.push_back(read_error(in));
  if (!trial.app && !trial.findings.empty()) trial.exit = static_cast<int>(trial.findings.front().fault->exit);
  return trial;
}

// ---- a sudden end ---------------------------------------------------------------------------------------------------

// The messages of an end are texts: "error[E2002]: …", notes, help.
Trial told(const supervisor::Failed& failed) {
  std::istringstream text(failed.text);
  std::string line;
  std::getline(text, line);
  const std::size_t open = line.find('['), close = line.find("]: ");
  Error error{.fault = &fault('E', 6008), .what = line, .where = {}, .notes = {}, .help = {}};
  if (open != line.npos && close != line.npos && close > open + 2) {
    error.fault = &fault_of(line[open + 1], std::atoi(line.c_str() + open + 2));
    error.what = line.substr(close + 3);
  }
  while (std::getline(text, line)) {
    line.erase(0, std::min(line.find_first_not_of(' '), std::size_t{2}));
    if (line.starts_with("help: "))
      error.help.push_back(line.substr(6));
    else
      error.notes.push_back(line);
  }
  return {.app = {}, .findings = {std::move(error)}, .exit = failed.exit};
}

constexpr auto kLastWords = std::chrono::seconds(2);

// ---- the worker on trial --------------------------------------------------------------------------------------------

class Defendant {
 public:
  explicit Defendant(supervisor::Child child)
      : child_(std::move(child)), end_(static_cast<int>(::syscall(SYS_pidfd_open, child_.pid, 0))) {}
  Defendant(const Defendant&) = delete;
  Defendant& operator=(const Defendant&) = delete;
  ~Defendant() {
    if (pid() > 0) kill_and_wait();
  }

  pid_t pid() const { return child_.pid; }
  const supervisor::Channel& channel() const { return child_.channel; }

  /// Hears it until it ends or `limit` has passed. False: it has not ended.
  bool hear_until_end(Time limit, Progress& progress) {
    for (;;) {
      pollfd watched[] = {{child_.channel.fd(), POLLIN, 0}, {end_.get(), POLLIN, 0}};
      const Time now = Clock::now();
      if (now >= limit) return false;
      progress.at(work_of(phase), now);
      ::poll(watched, 2, milliseconds_until(std::min(limit, progress.next().value_or(limit)), now));
      hear();
      if (watched[1].revents != 0) return wait();
    }
  }
  void kill_and_wait() {
    ::kill(child_.pid, SIGKILL);
    wait();
  }
  /// It is made to say where it is, and ends.
  void abort_and_wait(Progress& progress) {
    ::kill(child_.pid, SIGABRT);
    if (!hear_until_end(Clock::now() + kLastWords, progress)) kill_and_wait();
  }

  int status = 0;
  supervisor::Phase phase;
  std::optional<supervisor::Failed> failed;
  std::optional<std::string> report;

 private:
  void hear() {
    while (child_.channel) {
      supervisor::Channel::Received received = child_.channel.receive();
      if (received.state == supervisor::Channel::Received::State::nothing) return;
      if (received.state == supervisor::Channel::Received::State::closed)
        child_.channel = {};
      else if (const auto* doing = std::get_if<supervisor::Phase>(&received.message))
        phase = *doing;
      else if (const auto* why = std::get_if<supervisor::Failed>(&received.message))
        failed = *why;
      else if (std::holds_alternative<supervisor::Report>(received.message) && !received.descriptors.empty())
        report = supervisor::read_all(received.descriptors.front().get());
    }
  }
  bool wait() {
    hear();
    ::waitpid(std::exchange(child_.pid, 0), &status, 0);
    return true;
  }

  supervisor::Child child_;
  UniqueFd end_;
};

}  // namespace

Trial hold_trial(supervisor::Launcher& launcher, const TrialOrder& order, Progress& progress) {
  auto child = launcher.launch(false);
  if (!child) return told(supervisor::not_launched(child.error()));
  const UniqueFd last_words = supervisor::memory_file("last words");
  std::vector<int> descriptors;
  UniqueFd config;
  if (order.config) {
    config = supervisor::memory_file("configuration", *order.config);
    descriptors.push_back(config.get());
  }
  descriptors.push_back(last_words.get());
  Defendant worker(*std::move(child));
  worker.channel().send(
      supervisor::Start{
          .slot = order.app, .folder = order.folder, .has_config = order.config.has_value(), .closed = {}},
      descriptors);
  const bool ended = worker.hear_until_end(Clock::now() + order.limit, progress);
  if (!ended) worker.abort_and_wait(progress);
  progress.done();
  if (worker.report) return decode(*worker.report);
  if (!ended)
    return told(supervisor::not_ready_in_time(worker.phase, order.limit, supervisor::read_all(last_words.get())));
  if (worker.failed) return told(*worker.failed);
  return told(supervisor::died_while_starting(worker.phase, worker.status, supervisor::read_all(last_words.get())));
}

int stand_trial(const supervisor::Post& post, const config::Settings& settings) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);    // nobody else would end one that hangs
  ::dup2(STDERR_FILENO, STDOUT_FILENO);  // what the app prints is not what was asked for
  Log log(Log::Options{.level = log_level(settings.log_level), .colour = false, .json = false, .file = {}});
  Ground ground(settings, log);
  Witness witness(post);
  const app::KeptCopies kept(post.start().folder);
  ground.surroundings.witness = &witness;
  ground.surroundings.kept = &kept;
  Trial trial;
  const Time began = Clock::now();
  auto loaded = load_app(settings, settings.apps.at(post.start().slot), ground.surroundings);
  trial.took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began);
  if (loaded) {
    trial.app = (*loaded)->facts();
    trial.findings = trial.app->warnings;
  } else {
    trial.findings = std::move(loaded.error());
  }
  const UniqueFd report = supervisor::memory_file("report", encode(trial));
  post.channel().send(supervisor::Report{}, {{report.get()}});
  ground.pool->join();
  return trial.exit;
}

}  // namespace appserve
