// Asks one server the same request for a while, on one thread, cheaply enough that the server is what is measured.
//   closed loop: each connection asks again as soon as it is answered
// It never sleeps, so that no server pays for waking it; `busy` says how long it had something to do.
//   open loop (--rate): requests are due at random instants (Poisson); latency counts from the instant a request was
//   due, so that a server that stalls pays for everything that waited. How late the generator itself was is told apart.
// Every answer must begin with "HTTP/1.1 200" and have the length of the first one. Prints one JSON line.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <string_view>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

struct Job {
  std::uint16_t port = 0;
  std::string path = "/";
  std::size_t connections = 64, depth = 1, body = 0;
  double seconds = 2, rate = 0;
  bool close = false, browser = false;
};

constexpr std::string_view kBrowser =
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0\r\n"
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n"
    "Accept-Language: en-US,en;q=0.5\r\nAccept-Encoding: gzip, deflate, br, zstd\r\nConnection: keep-alive\r\n"
    "Upgrade-Insecure-Requests: 1\r\nSec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n"
    "Sec-Fetch-Site: none\r\nPriority: u=0, i\r\n";

struct Connection {
  int fd = -1;
  std::string head;      // of the answer that is coming, until it is complete
  std::size_t left = 0;  // bytes of it still to come
  std::size_t in_flight = 0;
  Clock::time_point due;
};

[[noreturn]] void die(const std::string& why) {
  std::fprintf(stderr, "generator: %s\n", why.c_str());
  std::exit(1);
}

class Generator {
 public:
  explicit Generator(const Job& job) : job_(job), clients_(job.connections) {
    request_ = (job.body > 0 ? "POST " : "GET ") + job.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n" +
               (job.close ? "Connection: close\r\n" : "");
    if (job.browser) request_ += kBrowser;
    if (job.body > 0) request_ += "Content-Length: " + std::to_string(job.body) + "\r\n";
    request_ += "\r\n" + std::string(job.body, 'x');
    for (std::size_t i = 0; i < job.depth; ++i) batch_ += request_;
  }

  void run() {
    for (Connection& client : clients_) open(client);
    for (Connection& client : clients_) ask(client, request_, 1);  // a first round, so that everything is warm
    while (busy()) poll(100);
    answered_ = 0;
    began_ = Clock::now();
    ends_ = began_ + std::chrono::duration_cast<Clock::duration>(Seconds(job_.seconds));
    job_.rate > 0 ? open_loop() : closed_loop();
  }

  void report() const {
    const double seconds = Seconds(finished_ - began_).count();
    std::printf(R"({"requests":%zu,"seconds":%.6f,"errors":%zu,"busy":%.3f)", answered_, seconds, errors_,
                seconds - waited_.count());
    if (job_.rate > 0)
      for (const auto& [name, values] : {std::pair{"", latencies_}, std::pair{"late_", lateness_}})
        std::printf(R"(,"%sp50":%.1f,"%sp99":%.1f,"%sp999":%.1f)", name, at(values, 0.5), name, at(values, 0.99), name,
                    at(values, 0.999));
    std::puts("}");
  }

 private:
  static double at(std::vector<double> values, double share) {  // microseconds
    if (values.empty()) return 0;
    std::ranges::sort(values);
    return values[static_cast<std::size_t>(share * static_cast<double>(values.size() - 1))];
  }

  void open(Connection& client) {
    client.fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(job_.port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(client.fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
      die(std::string("connect: ") + std::strerror(errno));
    const int on = 1;
    ::setsockopt(client.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &client;
    ::epoll_ctl(epoll_, EPOLL_CTL_ADD, client.fd, &event);
    client.head.clear();
    client.left = client.in_flight = 0;
  }

  void ask(Connection& client, std::string_view bytes, std::size_t count) {
    client.in_flight += count;
    while (!bytes.empty()) {
      const ssize_t sent = ::send(client.fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (sent <= 0) {
        ++errors_;
        return;
      }
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
  }

  bool busy() const {
    return std::ranges::any_of(clients_, [](const Connection& client) { return client.in_flight > 0; });
  }

  void closed_loop() {
    for (Connection& client : clients_) next(client);
    while ((finished_ = Clock::now()) < ends_)
      if (poll(0) == 0) waited_ += Clock::now() - finished_;
  }

  void next(Connection& client) {
    if (job_.close) {
      ::close(client.fd);
      open(client);
    }
    ask(client, batch_, job_.depth);
  }

  void open_loop() {
    std::mt19937_64 random(12345);
    std::exponential_distribution<double> gap(job_.rate);
    for (Connection& client : clients_) idle_.push_back(&client);
    Clock::time_point due = began_;
    Clock::time_point starved = began_;  // until then there was no idle connection: the server's fault
    while (due < ends_) {
      const Clock::time_point now = Clock::now();
      while (due <= now && due < ends_ && !idle_.empty()) {
        Connection& client = *idle_.back();
        idle_.pop_back();
        const Clock::time_point sent = Clock::now();
        lateness_.push_back(micros(due <= starved ? Clock::duration(0) : sent - due));
        client.due = due <= starved ? due : sent;
        ask(client, request_, 1);
        due += std::chrono::duration_cast<Clock::duration>(Seconds(gap(random)));
      }
      if (idle_.empty()) starved = Clock::now();
      poll(0);
    }
    const Clock::time_point patience = Clock::now() + std::chrono::seconds(2);
    while (busy() && Clock::now() < patience) poll(10);
    finished_ = Clock::now();
  }

  static double micros(Clock::duration d) { return Seconds(d).count() * 1e6; }

  int poll(int milliseconds) {
    std::array<epoll_event, 512> events{};
    const int ready = ::epoll_wait(epoll_, events.data(), events.size(), milliseconds);
    for (int i = 0; i < ready; ++i) receive(*static_cast<Connection*>(events[static_cast<std::size_t>(i)].data.ptr));
    return ready;
  }

  void receive(Connection& client) {
    const ssize_t got = ::recv(client.fd, buffer_.get(), kBuffer, 0);
    if (got <= 0) return lost(client);
    std::string_view bytes(buffer_.get(), static_cast<std::size_t>(got));
    while (!bytes.empty()) {
      if (client.left == 0 && !begin(client, bytes)) return;
      const std::size_t part = std::min(client.left, bytes.size());
      client.left -= part;
      bytes.remove_prefix(part);
      if (client.left == 0) answered(client);
    }
  }

  // Finds out how long the answer is; takes bytes only while that is not known.
  bool begin(Connection& client, std::string_view& bytes) {
    if (length_ == 0) {
      client.head.append(bytes);
      const std::size_t blank = client.head.find("\r\n\r\n");
      if (blank == client.head.npos) return false;
      const std::size_t field = client.head.find("ontent-Length: ");
      if (field == client.head.npos) die("an answer without Content-Length");
      const std::size_t before = client.head.size() - bytes.size();
      length_ = blank + 4 + std::strtoul(client.head.c_str() + field + 15, nullptr, 10);
      client.left = length_ - before;
      client.head.clear();
      return true;
    }
    static constexpr std::string_view kGood = "HTTP/1.1 200";
    if (client.head.empty() && !kGood.starts_with(bytes.substr(0, kGood.size())))
      die("an answer begins with '" + std::string(bytes.substr(0, 20)) + "'");
    client.left = length_ - client.head.size();
    client.head.clear();
    return true;
  }

  void answered(Connection& client) {
    ++answered_;
    --client.in_flight;
    if (began_ == Clock::time_point()) return;
    if (job_.rate > 0) {
      latencies_.push_back(micros(Clock::now() - client.due));
      idle_.push_back(&client);
    } else if (client.in_flight == 0) {
      next(client);
    }
  }

  void lost(Connection& client) {
    if (client.in_flight > 0) ++errors_;
    if (errors_ > 100) die("connections are closed by the server");
    ::close(client.fd);
    open(client);
    if (began_ != Clock::time_point() && job_.rate == 0) ask(client, batch_, job_.depth);
  }

  static constexpr std::size_t kBuffer = 1 << 20;

  Job job_;
  std::string request_, batch_;
  std::vector<Connection> clients_;
  std::vector<Connection*> idle_;
  std::unique_ptr<char[]> buffer_ = std::make_unique<char[]>(kBuffer);
  int epoll_ = ::epoll_create1(0);
  std::size_t length_ = 0;  // of every answer
  std::size_t answered_ = 0, errors_ = 0;
  Clock::time_point began_{}, ends_{}, finished_{};
  Seconds waited_{};  // for answers
  std::vector<double> latencies_, lateness_;
};

Job job_of(int argc, char** argv) {
  Job job;
  for (int i = 1; i < argc; ++i) {
    const std::string_view option = argv[i];
    if (option == "--close" || option == "--browser") {
      (option == "--close" ? job.close : job.browser) = true;
      continue;
    }
    if (i + 1 == argc) die("a value is missing");
    const char* value = argv[++i];
    if (option == "--port")
      job.port = static_cast<std::uint16_t>(std::atoi(value));
    else if (option == "--path")
      job.path = value;
    else if (option == "--connections")
      job.connections = std::strtoul(value, nullptr, 10);
    else if (option == "--depth")
      job.depth = std::strtoul(value, nullptr, 10);
    else if (option == "--body")
      job.body = std::strtoul(value, nullptr, 10);
    else if (option == "--seconds")
      job.seconds = std::strtod(value, nullptr);
    else if (option == "--rate")
      job.rate = std::strtod(value, nullptr);
    else
      die("unknown option " + std::string(option));
  }
  return job;
}

}  // namespace

int main(int argc, char** argv) {
  Generator generator(job_of(argc, argv));
  generator.run();
  generator.report();
}
