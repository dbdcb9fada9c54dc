// One client: moves bytes between its socket and the HTTP machine, calls the service, acts when a deadline passes.
// Knows nothing of apps. Lives on one loop; closing it is safe at any time, also while its handler is pending.
#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/unique_fd.hpp"
#include "http/machine.hpp"
#include "loop/event_loop.hpp"
#include "net/deadlines.hpp"
#include "net/sender.hpp"
#include "service/journal.hpp"
#include "service/response_writer.hpp"

namespace appserve::net {

class Exchange;
class ServingLoop;

class Connection final : private loop::Watcher, private loop::Deadline {
 public:
  Connection(ServingLoop& home, UniqueFd socket, std::string_view peer);
  ~Connection() override;

  /// Takes what has come already, and waits for more. Call once.
  void begin();

  std::uint32_t slot = 0;  // the owner's: its place among the live ones
  /// A posted call will still come: not to be destroyed yet.
  bool awaited() const { return advance_posted_; }

  /// Answers with `refusal` at once and ends; an answer that has begun breaks off instead.
  /// `head`: what there is of a message that did not become a request.
  void refuse(const http::Refusal& refusal, std::string_view head = {});
  /// The answer ends in its middle: what is written of it is sent, then the connection ends. A pending handler is told.
  void break_off(service::Ending why = service::Ending::cut);
  /// Since when it rests between requests; nothing while it is in use, or too new to have asked.
  std::optional<Time> resting_since() const;
  /// Bytes have come that are not read yet.
  bool has_unread() const;
  /// Every answer from now on says `Connection: close`; an idle connection ends shortly.
  void drain();
  /// Ends at once; a pending handler is told. `why` goes to the journal.
  void cut(service::Ending why = service::Ending::cut);

  // ---- for its exchange ----
  const http::Machine& machine() const { return machine_; }
  std::string_view peer() const { return peer_; }
  /// `whole`: the app has nothing more to say, so what is missing of a long body is not worth reading. False: the
  /// status or a field was refused and nothing was sent.
  bool start_response(const http::ResponseHead& head, bool whole);
  struct Sent {
    bool waiting = false;  // the socket is full; Exchange::drained() follows
    bool cut = false;      // it was more than the declared length
  };
  /// Frames and sends content; pieces are released when they are sent, or when the connection ends. `last`:
  /// finish_response() follows at once.
  Sent send(std::span<const service::Piece> body, bool last = false);
  void finish_response();
  /// What may still come of a chunked body.
  void limit_chunked_body(std::uint64_t bytes) { machine_.limit_body(bytes); }
  /// The memory of pieces that wait is not needed any more after this.
  void own_pieces() { sender_.own_pieces(); }
  /// Lets the body flow again after the reader took some. `held_back`: until now there was no room for more of it.
  void resume_body(bool held_back);

 private:
  static constexpr std::size_t kDiscardLimit = 64 * 1024;    // of a body nobody reads; a longer one ends the connection
  enum class Then : unsigned char { go_on, close, linger };  // what happens when everything is sent

  // events
  void on_events(std::uint32_t events) override;
  void on_deadline() override;
  void receive();
  void fin_seen();
  void peer_finished();
  void body_cut_short();
  void resume_sending();
  void request_timed_out();

  // bytes in (connection_input.cpp)
  void process(std::string_view input);
  bool step(std::string_view& rest);
  bool read_head(std::string_view& rest);
  void open_exchange(std::string_view head, std::string_view& rest);
  bool read_body(std::string_view& rest);
  void advance();
  void advance_soon();

  // bytes out
  std::string& out();
  void flush(bool last = false);
  void transmit(const http::Machine::Frame& frame, const service::Piece& piece);
  void transmit_file(const service::Piece& file);
  void sending_failed();
  void when_sent();
  void send_last();
  void end(Then how);

  // state
  bool head_begun() const { return !in_.empty() && machine_.head_begun(); }
  bool idle() const;
  bool wants_input() const;
  void settle();
  bool watch(std::uint32_t interest);
  Deadlines::Next next_deadline() const;
  Time now() const;

  UniqueFd socket_;
  ServingLoop& home_;
  loop::Poller::Token token_{};  // where it is watched
  http::Machine machine_;
  Exchange* exchange_ = nullptr;  // the request being answered
  Exchange* leaving_ = nullptr;   // the one before: answered, but not all of it is sent
  std::string in_;                // received, not consumed: part of a head, or what waits for its turn
  Sender sender_;
  Deadlines deadlines_;
  std::string peer_;
  std::uint32_t interest_ = 0;  // what the socket is watched for
  Then then_ = Then::go_on;
  bool peer_closes_ = false;  // the client asked for the end of the connection
  bool processing_ = false;
  bool advance_posted_ = false;
  bool eof_ = false;        // everything the client sent is read
  bool fin_seen_ = false;   // the client sends no more; some of it may be unread
  bool left_told_ = false;  // the handler knows that the client may have left
  bool lingering_ = false;
  bool watched_ = false;
  bool dead_ = false;
};

}  // namespace appserve::net
