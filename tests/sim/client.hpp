// A simulated client on one connection: sends its requests cut anywhere, reads at its own pace, may misbehave, and
// judges every byte it gets.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "net/connection_options.hpp"
#include "sim/plan.hpp"
#include "sim/world.hpp"

namespace appserve::sim {

class Client : public std::enable_shared_from_this<Client> {
 public:
  /// `plans` in the order they are sent. `forgiving`: the server stops at some time, so answers may be missing.
  Client(World& world, std::shared_ptr<Socket> socket, std::vector<const Plan*> plans, Fault fault, Duration clumsiness,
         const net::ConnectionOptions& options, bool forgiving);

  void start();
  bool done() const { return done_; }

 private:
  struct Answer {
    int status = 0;
    std::string plan, body;
    bool close = false, whole = false;
  };

  // sending
  void prepare();
  void send_some();
  void send_later();
  std::size_t sendable() const;
  void act_up();

  // reading
  void read_some();
  void read_later();
  void parse();
  bool parse_one();
  bool parse_body(std::size_t head_end, const std::string& head, bool no_content);
  void judge();
  void judge_own(const Plan& plan);
  void judge_refusal(const Plan* plan);
  void ended();
  bool may_end_early() const;
  bool is_crowded() const;

  const Plan* current() const { return answered_ < plans_.size() ? plans_[answered_] : nullptr; }

  World& world_;
  std::shared_ptr<Socket> socket_;
  std::vector<const Plan*> plans_;
  Fault fault_;
  Duration clumsiness_;  // between two things it does, at most
  const net::ConnectionOptions& options_;
  bool forgiving_;
  bool excused_ = false;  // the connection may end after what was answered
  bool pipelines_ = false;

  std::string out_;                  // all it wants to send
  std::vector<std::size_t> begins_;  // where each request begins there, and where the last one ends
  std::size_t sent_ = 0, stop_at_ = std::string::npos;
  bool sending_ = false, reading_ = false, stopped_reading_ = false, finished_ = false;
  bool waits_for_100_ = false;

  std::string in_;
  Answer answer_;
  bool got_100_ = false;
  std::size_t answered_ = 0;
  bool last_seen_ = false;  // an answer that ends the connection
  bool done_ = false;
};

}  // namespace appserve::sim
