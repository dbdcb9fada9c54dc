#include "scoreboard/board.hpp"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>

#include "base/clock.hpp"

namespace appserve::scoreboard {
namespace {

Failure<Error> refused(const std::string& what) {
  return Failure<Error>({.fault = &fault('E', 6008), .what = "the scoreboard: " + what});
}

Failure<Error> refused_by_system(const std::string& call) {
  return refused(call + ": " + std::system_category().message(errno));
}

std::int64_t unix_ms() {
  const auto now = std::chrono::system_clock::now().time_since_epoch();
  return std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
}

// What was in flight when its worker died ended without an answer.
void lose_requests(Row& row) {
  const auto lost = static_cast<std::uint64_t>(std::max<std::int64_t>(0, row.in_flight.get()));
  row.by_class[0].add(lost);
  row.cut.add(lost);
  row.in_flight.set(0);
}

// Before the claim: whoever dies in between leaves nothing behind that nobody looks at.
void raise_to(std::atomic<std::uint32_t>& mark, std::size_t value) {
  const auto wanted = static_cast<std::uint32_t>(value);
  for (std::uint32_t seen = mark.load(); seen < wanted && !mark.compare_exchange_weak(seen, wanted);) {
  }
}

}  // namespace

std::int64_t monotonic_ns() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now().time_since_epoch()).count();
}

Board::Board(UniqueFd fd, void* memory, std::size_t size)
    : fd_(std::move(fd)),
      size_(size),
      room_((size - segment_size(0)) / sizeof(Lane)),
      header_(static_cast<Header*>(memory)),
      lanes_(reinterpret_cast<Lane*>(static_cast<char*>(memory) + segment_size(0))) {}

Board::Board(Board&& other) noexcept
    : fd_(std::move(other.fd_)),
      size_(std::exchange(other.size_, 0)),
      room_(other.room_),
      header_(other.header_),
      lanes_(other.lanes_) {}

Board::~Board() {
  if (size_ > 0) ::munmap(header_, size_);
}

Result<Board, Error> Board::map(UniqueFd fd, std::size_t size) {
  void* memory = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
  if (memory == MAP_FAILED) return refused_by_system("mmap");
  return Board(std::move(fd), memory, size);
}

Result<Board, Error> Board::create(std::size_t lanes) {
  const std::size_t size = segment_size(lanes);
  UniqueFd fd(::memfd_create("appserve-scoreboard", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!fd) return refused_by_system("memfd_create");
  // Sealed, so that no holder of the descriptor can shrink it under the others.
  if (::ftruncate(fd.get(), static_cast<off_t>(size)) != 0 ||
      ::fcntl(fd.get(), F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
    return refused_by_system("ftruncate");
  auto board = map(std::move(fd), size);
  if (!board) return board;
  // All else is right as the zeroes it is: every cell begins as 0.
  board->header_->lanes = static_cast<std::uint32_t>(lanes);
  board->header_->size = size;
  board->header_->created_unix_ms = unix_ms();
  board->header_->version = kVersion;
  board->header_->magic = kMagic;
  board->header_->labels[kOther].state.store(LabelState::ready, std::memory_order_release);
  raise_to(board->header_->used_rows, kOther + 1);
  return board;
}

Result<Board, Error> Board::attach(UniqueFd fd) {
  struct stat info{};
  if (::fstat(fd.get(), &info) != 0) return refused_by_system("fstat");
  const auto size = static_cast<std::size_t>(info.st_size);
  if (size < segment_size(0)) return refused("the descriptor is something else");
  auto board = map(std::move(fd), size);
  if (!board) return board;
  const Header& header = board->header();
  if (header.magic != kMagic) return refused("the descriptor is something else");
  if (header.version != kVersion || header.size != size || segment_size(header.lanes) != size)
    return refused("it is one of another version");
  return board;
}

// ---- workers and lanes ----------------------------------------------------------------------------------------------

std::size_t Board::claim_worker(std::size_t preferred) {
  const auto is_free = [this](std::size_t slot) { return worker(slot).state.load() == WorkerState::empty; };
  std::size_t slot = preferred;
  if (slot >= kWorkers || !is_free(slot))
    for (slot = 0; slot < kWorkers && !is_free(slot);) ++slot;
  if (slot == kWorkers) return slot;
  worker(slot).pid.set(0);
  worker(slot).since_ns.set(monotonic_ns());
  worker(slot).state.store(WorkerState::starting);
  return slot;
}

void Board::release_worker(std::size_t slot) {
  for (std::size_t i = 0; i < lanes(); ++i) {
    Lane& each = lane(i);
    if (each.owner.load(std::memory_order_acquire) != slot + 1) continue;
    each.connections.set(0);
    each.beat_ns.set(0);
    each.lag_us.set(0);
    each.lag_worst_us.set(0);
    for (Flight& flight : each.flights) flight.since_ns.store(0, std::memory_order_relaxed);
    for (std::size_t row = 0; row < rows(); ++row)
      if (header_->labels[row].state.load(std::memory_order_acquire) == LabelState::ready)
        lose_requests(each.rows[row]);
    each.owner.store(0, std::memory_order_release);
  }
  worker(slot).pid.set(0);
  worker(slot).state.store(WorkerState::empty);
}

Lane* Board::claim_lane(std::size_t slot, unsigned loop) {
  for (std::size_t i = 0; i < room_; ++i) {
    std::uint32_t free = 0;
    raise_to(header_->used_lanes, i + 1);
    if (!lane(i).owner.compare_exchange_strong(free, static_cast<std::uint32_t>(slot + 1), std::memory_order_acq_rel))
      continue;
    lane(i).loop.set(loop);
    return &lane(i);
  }
  return nullptr;
}

// ---- names and events -----------------------------------------------------------------------------------------------

std::uint32_t Board::row_of(std::string_view app, std::string_view route) {
  const auto cut = [](std::string_view text, std::size_t size) { return text.substr(0, size); };
  app = cut(app, 64);
  route = cut(route, 128);
  for (std::uint32_t row = kOther + 1; row < kRoutes; ++row) {
    Label& label = header_->labels[row];
    LabelState state = label.state.load(std::memory_order_acquire);
    raise_to(header_->used_rows, row + 1);
    if (state == LabelState::free &&
        label.state.compare_exchange_strong(state, LabelState::claimed, std::memory_order_acq_rel)) {
      label.app.put(app);
      label.route.put(route);
      label.state.store(LabelState::ready, std::memory_order_release);
      return row;
    }
    // Two that come at once may each claim a row for the same name: readers add them up.
    if (state == LabelState::ready && label.route.get() == route && label.app.get() == app) return row;
  }
  return kOther;
}

void Board::tell(std::uint32_t level, std::string_view text) {
  const std::uint64_t number = header_->next_event.fetch_add(1);
  Event& event = header_->events[number % kEvents];
  event.ticket.store(2 * number + 1, std::memory_order_relaxed);
  event.unix_ms.store(unix_ms(), std::memory_order_release);
  event.level.store(level, std::memory_order_release);
  event.text.put(text);
  event.ticket.store(2 * number + 2, std::memory_order_release);
}

}  // namespace appserve::scoreboard
