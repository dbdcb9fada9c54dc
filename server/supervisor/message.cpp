#include "supervisor/message.hpp"

#include "supervisor/wire.hpp"

namespace appserve::supervisor {
namespace {

// ---- one pair for each message, in the order of the variant
// ----------------------------------------------------------

void write(WireWriter& out, const Start& start) {
  out.put(start.generation);
  out.put(start.slot);
  out.put(start.workers);
  out.put(start.place);
  out.put(start.folder);
  out.put(start.announce);
  out.put(start.has_config);
  out.put(start.has_scoreboard);
  out.put(start.has_admin);
  out.put(static_cast<std::uint32_t>(start.closed.size()));
  for (const Start::Closed& closed : start.closed) {
    out.put(closed.app);
    out.put(closed.retry_after);
  }
}

void read(WireReader& in, Start& start) {
  start.generation = in.number<std::uint32_t>();
  start.slot = in.number<std::uint32_t>();
  start.workers = in.number<std::uint32_t>();
  start.place = in.number<std::uint32_t>();
  start.folder = in.text();
  start.announce = in.flag();
  start.has_config = in.flag();
  start.has_scoreboard = in.flag();
  start.has_admin = in.flag();
  for (std::uint32_t n = in.count(); n > 0; --n) {
    Start::Closed closed;
    closed.app = in.number<std::uint32_t>();
    closed.retry_after = in.number<std::uint32_t>();
    start.closed.push_back(closed);
  }
}

void write(WireWriter& out, const Take& take) {
  out.put(static_cast<std::uint32_t>(take.sockets.size()));
  for (const Take::Socket& socket : take.sockets) {
    out.put(socket.id);
    out.put(socket.loop);
    out.put(socket.shared);
    out.put(socket.given);
  }
}

void read(WireReader& in, Take& take) {
  for (std::uint32_t n = in.count(); n > 0; --n) {
    Take::Socket socket;
    socket.id = in.number<std::uint32_t>();
    socket.loop = in.number<std::uint32_t>();
    socket.shared = in.flag();
    socket.given = in.flag();
    take.sockets.push_back(socket);
  }
}

void write(WireWriter& out, const Leave& leave) {
  out.put(static_cast<std::uint32_t>(leave.ids.size()));
  for (const std::uint32_t id : leave.ids) out.put(id);
}

void read(WireReader& in, Leave& leave) {
  for (std::uint32_t n = in.count(); n > 0; --n) leave.ids.push_back(in.number<std::uint32_t>());
}

void write(WireWriter& out, const Drain& drain) {
  out.put(static_cast<std::int64_t>(drain.delay.count()));
  out.put(drain.others_accept);
}

void read(WireReader& in, Drain& drain) {
  drain.delay = std::chrono::milliseconds(in.number<std::int64_t>());
  drain.others_accept = in.flag();
}

void write(WireWriter& out, const Phase& phase) {
  out.put(static_cast<std::uint8_t>(phase.stage));
  out.put(phase.library);
  out.put(phase.symbol);
}

void read(WireReader& in, Phase& phase) {
  phase.stage = static_cast<Phase::Stage>(in.number<std::uint8_t>());
  phase.library = in.text();
  phase.symbol = in.text();
}

void write(WireWriter& out, const Failed& failed) {
  out.put(failed.exit);
  out.put(failed.reason);
  out.put(failed.text);
}

void read(WireReader& in, Failed& failed) {
  failed.exit = in.number<std::int32_t>();
  failed.reason = in.text();
  failed.text = in.text();
}

// Messages without content.
template <class Empty>
void write(WireWriter&, const Empty&) {}
template <class Empty>
void read(WireReader&, Empty&) {}

template <std::size_t Kind = 0>
std::optional<Message> read_kind(std::size_t kind, WireReader& in) {
  if constexpr (Kind == std::variant_size_v<Message>) {
    return std::nullopt;
  } else {
    if (kind != Kind) return read_kind<Kind + 1>(kind, in);
    Message message(std::in_place_index<Kind>);
    read(in, std::get<Kind>(message));
    if (!in.complete()) return std::nullopt;
    return message;
  }
}

}  // namespace

std::string encode(const Message& message) {
  WireWriter out;
  out.put(kProtocol);
  out.put(static_cast<std::uint8_t>(message.index()));
  std::visit([&](const auto& content) { write(out, content); }, message);
  return out.take();
}

std::optional<Message> decode(std::string_view bytes) {
  WireReader in(bytes);
  if (in.number<std::uint16_t>() != kProtocol) return std::nullopt;
  return read_kind(in.number<std::uint8_t>(), in);
}

}  // namespace appserve::supervisor
