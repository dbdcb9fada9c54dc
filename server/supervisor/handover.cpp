#include "supervisor/handover.hpp"

#include <fcntl.h>

#include <utility>

#include "supervisor/wire.hpp"

namespace appserve::supervisor {
namespace {

using std::chrono::milliseconds;

class Writer : public WireWriter {
 public:
  using WireWriter::put;
  void put_fd(int fd) {
    put(fd);
    if (fd >= 0) descriptors_.push_back(fd);
  }
  void put_time(Time time) { put(static_cast<std::int64_t>(time.time_since_epoch().count())); }
  void put_period(milliseconds period) { put(static_cast<std::int64_t>(period.count())); }
  void put_path(const OwnedPath& path) {
    put(std::string_view(path.path));
    put(path.device);
    put(path.inode);
  }
  std::vector<int> descriptors() { return std::move(descriptors_); }

 private:
  std::vector<int> descriptors_;
};

class Reader : public WireReader {
 public:
  using WireReader::WireReader;
  UniqueFd fd() {
    const int fd = number<int>();
    if (!ok() || fd < 0 || ::fcntl(fd, F_SETFD, FD_CLOEXEC) != 0) return {};
    return UniqueFd(fd);
  }
  Time time() { return Time(Duration(number<std::int64_t>())); }
  milliseconds period() { return milliseconds(number<std::int64_t>()); }
  OwnedPath path() {
    std::string path = text();
    const auto device = number<dev_t>();
    const auto inode = number<ino_t>();
    return {std::move(path), device, inode};
  }
};

void write(Writer& out, const SocketSet& sockets) {
  out.put(static_cast<std::uint32_t>(sockets.addresses().size()));
  for (const SocketSet::Listening& address : sockets.addresses()) {
    out.put(std::string_view(address.wanted));
    out.put(std::string_view(address.name));
    out.put(address.shared);
    out.put(address.admin);
    out.put(address.given);
    out.put_path(address.path);
    out.put(static_cast<std::uint32_t>(address.sockets.size()));
    for (const SocketSet::Socket& socket : address.sockets) {
      out.put(socket.id);
      out.put_fd(socket.fd.get());
    }
  }
}

std::vector<SocketSet::Listening> read_sockets(Reader& in) {
  std::vector<SocketSet::Listening> addresses;
  for (std::uint32_t n = in.count(); n > 0; --n) {
    SocketSet::Listening address;
    address.wanted = in.text();
    address.name = in.text();
    address.shared = in.flag();
    address.admin = in.flag();
    address.given = in.flag();
    address.path = in.path();
    for (std::uint32_t sockets = in.count(); sockets > 0; --sockets) {
      const auto id = in.number<std::uint32_t>();
      address.sockets.push_back({id, in.fd()});
    }
    addresses.push_back(std::move(address));
  }
  return addresses;
}

void write(Writer& out, const Generation& generation) {
  const Plan& plan = generation.plan;
  out.put(generation.number);
  out.put(plan.backlog);
  out.put(static_cast<unsigned>(generation.slots.size()));
  out.put(plan.threads);
  out.put(plan.config.has_value());
  out.put(std::string_view(plan.config.value_or("")));
  out.put(static_cast<std::uint32_t>(plan.apps.size()));
  for (const std::string& app : plan.apps) out.put(std::string_view(app));
  out.put(std::string_view(plan.runtime_dir));
  out.put(std::string_view(plan.folder.path()));
  out.put_fd(plan.folder.lock());
  out.put_period(plan.start_timeout);
  out.put_period(plan.delay);
  out.put_period(plan.grace);
}

std::shared_ptr<Generation> read_generation(Reader& in) {
  Plan plan;
  const auto number = in.number<unsigned>();
  plan.backlog = in.number<int>();
  plan.workers = in.number<unsigned>();
  plan.threads = in.number<unsigned>();
  const bool has_config = in.flag();
  std::string config = in.text();
  if (has_config) plan.config = std::move(config);
  for (std::uint32_t n = in.count(); n > 0; --n) plan.apps.push_back(in.text());
  plan.runtime_dir = in.text();
  std::string folder = in.text();
  plan.folder = OwnedFolder::adopt(std::move(folder), in.fd());
  plan.start_timeout = in.period();
  plan.delay = in.period();
  plan.grace = in.period();
  if (!in.ok() || plan.workers == 0 || plan.workers > 100'000) return nullptr;
  return std::make_shared<Generation>(number, std::move(plan));
}

void write(Writer& out, const Worker& worker) {
  out.put(worker.pid);
  out.put(worker.slot);
  out.put_fd(worker.channel.fd());
  out.put(static_cast<std::uint8_t>(worker.state));
  out.put_time(worker.born);
  out.put_time(worker.serving_since);
  out.put(worker.deadline.has_value());
  out.put_time(worker.deadline.value_or(Time{}));
  out.put_fd(worker.last_words.get());
  out.put(worker.place);
  out.put(static_cast<std::uint32_t>(worker.sockets.size()));
  for (const std::uint32_t id : worker.sockets) out.put(id);
}

std::unique_ptr<Worker> read_worker(Reader& in) {
  auto worker = std::make_unique<Worker>();
  worker->pid = in.number<pid_t>();
  worker->slot = in.number<unsigned>();
  worker->channel = Channel(in.fd());
  worker->state = static_cast<Worker::State>(in.number<std::uint8_t>());
  worker->born = in.time();
  worker->serving_since = in.time();
  const bool has_deadline = in.flag();
  const Time deadline = in.time();
  if (has_deadline) worker->deadline = deadline;
  worker->last_words = in.fd();
  worker->place = in.number<std::uint32_t>();
  for (std::uint32_t n = in.count(); n > 0; --n) worker->sockets.insert(in.number<std::uint32_t>());
  return worker;
}

}  // namespace

Legacy leave(const SocketSet& sockets, const Fleet& fleet, const Control* control, const std::vector<int>& waiting) {
  Writer out;
  out.put(kHandover);
  write(out, sockets);
  write(out, *fleet.current());
  out.put(static_cast<std::uint32_t>(fleet.workers().size()));
  for (const auto& [pid, worker] : fleet.workers()) write(out, *worker);
  out.put(control != nullptr);
  if (control != nullptr) {
    out.put_fd(control->listener());
    out.put_path(control->path());
  }
  out.put(static_cast<std::uint32_t>(waiting.size()));
  for (const int client : waiting) out.put_fd(client);
  std::vector<int> descriptors = out.descriptors();
  return {out.take(), std::move(descriptors)};
}

std::optional<Inheritance> inherit(std::string_view bytes) {
  Reader in(bytes);
  if (in.number<unsigned>() != kHandover) return std::nullopt;
  Inheritance inheritance;
  inheritance.addresses = read_sockets(in);
  inheritance.generation = read_generation(in);
  if (!inheritance.generation) return std::nullopt;
  for (std::uint32_t n = in.count(); n > 0; --n) inheritance.workers.push_back(read_worker(in));
  if (in.flag()) {
    UniqueFd listener = in.fd();
    inheritance.control = Control::adopt(std::move(listener), in.path());
  }
  for (std::uint32_t n = in.count(); n > 0; --n)
    if (UniqueFd client = in.fd(); client && inheritance.control)
      inheritance.waiting.push_back(inheritance.control->adopt_client(std::move(client)));
  if (!in.complete()) return std::nullopt;
  return inheritance;
}

}  // namespace appserve::supervisor
