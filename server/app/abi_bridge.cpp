#include "app/abi_bridge.hpp"

#include <sys/stat.h>

#include <array>
#include <cstdlib>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <utility>

#include "app/instance.hpp"

namespace appserve::app {
namespace {

using service::Completion;
using service::Piece;
using service::Status;
using trace::Doing;
using trace::Waiting;

constexpr std::int32_t number(Status status) { return static_cast<std::int32_t>(status); }
static_assert(number(Status::ok) == AS_OK && number(Status::pending) == AS_PENDING && number(Status::eof) == AS_EOF);
static_assert(number(Status::invalid) == AS_EINVAL && number(Status::canceled) == AS_ECANCELED);
static_assert(number(Status::gone) == AS_EGONE && number(Status::too_big) == AS_ETOOBIG);
static_assert(number(Status::timed_out) == AS_ETIMEDOUT && number(Status::no_memory) == AS_ENOMEM);
static_assert(number(Status::bad_state) == AS_ESTATE && number(Status::unsupported) == AS_ENOSYS);
static_assert(number(Status::failed) == AS_EFAIL);

constexpr std::uint32_t number(http::Method method) { return static_cast<std::uint32_t>(method); }
static_assert(number(http::Method::get) == AS_GET && number(http::Method::head) == AS_HEAD);
static_assert(number(http::Method::post) == AS_POST && number(http::Method::put) == AS_PUT);
static_assert(number(http::Method::del) == AS_DELETE && number(http::Method::patch) == AS_PATCH);
static_assert(number(http::Method::options) == AS_OPTIONS && number(http::Method::other) == AS_OTHER_METHOD);

as_str to_abi(std::string_view text) { return {text.data(), text.size()}; }
std::string_view to_view(as_str text) { return {text.ptr, text.ptr == nullptr ? 0 : text.len}; }

// Room for n objects: on the stack as long as they are few.
template <class T, std::size_t kFew>
class Scratch {
 public:
  explicit Scratch(std::size_t n) : many_(n > kFew ? std::make_unique<T[]>(n) : nullptr) {}
  T* begin() { return many_ ? many_.get() : reinterpret_cast<T*>(few_); }

 private:
  alignas(T) std::byte few_[kFew * sizeof(T)];
  std::unique_ptr<T[]> many_;
};

constexpr std::uint32_t kMostPieces = 65'536;               // more is garbage, not a body
constexpr std::size_t kMostContent = std::size_t{1} << 46;  // more than there can be memory for

void give_back(const as_buf* body, std::uint32_t count) {
  for (std::uint32_t i = 0; body != nullptr && count <= kMostPieces && i < count; ++i)
    if (body[i].release != nullptr) body[i].release(body[i].arg);
}

// An operation the bridge refuses itself: the pieces go back all the same, exactly once.
std::int32_t refuse(std::int32_t status, const as_buf* body, std::uint32_t count) {
  give_back(body, count);
  return status;
}

bool readable(const as_buf* body, std::uint32_t count) {
  if (body == nullptr) return count == 0;
  if (count > kMostPieces) return false;
  std::size_t left = kMostContent;
  for (std::uint32_t i = 0; i < count; ++i) {
    if ((body[i].ptr == nullptr && body[i].len != 0) || body[i].len > left) return false;
    left -= body[i].len;
  }
  return true;
}

using Pieces = Scratch<Piece, 8>;

std::span<const Piece> convert(const as_buf* body, std::uint32_t count, Pieces& room) {
  Piece* pieces = room.begin();
  for (std::uint32_t i = 0; i < count; ++i)
    new (&pieces[i]) Piece{{body[i].ptr, body[i].len}, body[i].release, body[i].arg};
  return {pieces, count};
}

using Fields = Scratch<http::Field, 16>;

http::ResponseHead convert(const as_resp& resp, std::int64_t content_length, Fields& room) {
  http::Field* fields = room.begin();
  for (std::size_t i = 0; i < resp.field_count; ++i)
    new (&fields[i]) http::Field{to_view(resp.fields[i].name), to_view(resp.fields[i].value)};
  http::ResponseHead head;
  head.status = resp.status <= 999 ? static_cast<int>(resp.status) : 0;
  head.close = (resp.flags & AS_RESP_CLOSE) != 0;
  head.content_type = to_view(resp.content_type);
  head.fields = {fields, resp.field_count};
  head.content_length = content_length;
  return head;
}

constexpr std::uint64_t kMostBytes = INT64_MAX / 2;  // of a file
constexpr std::size_t kMostFields = 10'000;          // more is garbage, not a response

bool well_formed(const as_resp* resp) {
  return resp != nullptr && resp->size >= sizeof(as_resp) && resp->field_count <= kMostFields &&
         (resp->fields != nullptr || resp->field_count == 0);
}

Call& call_of(as_req* req) { return static_cast<Call&>(*req); }

// Null when the request is over or this is not its loop's thread: then nothing of the call may be touched.
Call* usable(as_req* req, const char* function) {
  if (req == nullptr) return nullptr;
  Call& call = call_of(req);
  if (call.home != nullptr && !call.home->is_home()) {
    call.ctx->misuse(function, "is for the request's loop only, but another thread called it (abi.h 3)");
    return nullptr;
  }
  if (call.stage == Call::Stage::over || call.released) {
    call.ctx->misuse(function, "after release(): the request is over");
    return nullptr;
  }
  return &call;
}

Call& open(as_ctx& ctx, service::Request& request, service::ResponseWriter& response) {
  auto* fields = static_cast<as_field*>(response.allocate(request.fields.size() * sizeof(as_field)));
  for (std::size_t i = 0; i < request.fields.size(); ++i)
    new (&fields[i]) as_field{to_abi(request.fields[i].name), to_abi(request.fields[i].value)};

  Call& call = ctx.share(*request.home).calls.take();
  call.size = sizeof(as_req);
  call.flags = (request.body_complete ? static_cast<unsigned>(AS_REQ_BODY_COMPLETE) : 0U) |
               (request.tls ? static_cast<unsigned>(AS_REQ_TLS) : 0U) |
               (request.http10 ? static_cast<unsigned>(AS_REQ_HTTP10) : 0U);
  call.method = number(request.method);
  call.loop_index = request.home->index();
  call.method_name = to_abi(request.method_name);
  call.target = to_abi(request.target);
  call.prefix = to_abi(request.prefix);
  call.path = to_abi(request.path);
  call.query = to_abi(request.query);
  call.scheme = to_abi(request.scheme);
  call.authority = to_abi(request.authority);
  call.id = to_abi(request.id);
  call.remote = to_abi(request.remote);
  call.fields = fields;
  call.field_count = request.fields.size();
  call.content_length = request.content_length;
  call.body = to_abi(request.body_complete ? request.body : std::string_view());
  call.loop = as_ctx::handle_of(request.home);
  call.user = nullptr;

  call.words.method = request.method_name;
  call.words.target = request.target;
  call.words.route = {};
  call.words.id = request.id;

  request.words = &call.words;

  call.writer = &response;
  call.reader = request.reader;
  call.ctx = &ctx;
  call.home = request.home;
  call.stage = Call::Stage::open;
  call.reading = call.writing = {};
  call.cancel = nullptr;
  call.in_handle = false;
  call.released = false;
  return call;
}

// The handle rests before the writer hears of it: release() may bring the connection's next call.
void close(Call& call) {
  service::ResponseWriter& writer = *call.writer;
  call.stage = Call::Stage::over;
  call.words.over();
  call.ctx->share(*call.home).calls.put(call);
  writer.release();
}

std::int32_t run_handler(as_ctx& ctx, Call& call) {
  const auto in_app = ctx.enter(Doing::handle, &call.words);
  try {
    return ctx.app.handle(ctx.self, &call);
  } catch (const std::exception& e) {
    call.writer->fail(std::string("an exception crossed the plugin's border: ") + e.what());
  } catch (...) {
    call.writer->fail("an exception crossed the plugin's border");
  }
  call.stage = Call::Stage::answered;
  return AS_OK;
}

std::uint16_t& waits(Call& call, Waiting what) { return call.words.waiting_for[static_cast<std::size_t>(what)]; }

// ---- completions: the plugin's functions, called with its name on the door ------------------------------------------

template <Completion Call::* kWhich, Doing kDoing>
void tell(void* to, std::int32_t status) {
  Call& call = *static_cast<Call*>(to);
  const Completion told = std::exchange(call.*kWhich, {});
  waits(call, kWhich == &Call::reading ? Waiting::content : Waiting::writing) = 0;
  const auto in_app = call.ctx->enter(kDoing, &call.words);
  told.fn(told.arg, status);
}

// Without a completion the plugin only asks for what is there already.
Completion when_read(Call& call, as_done done) {
  return done == nullptr ? Completion{} : Completion{tell<&Call::reading, Doing::body>, &call};
}

std::int32_t read_result(Call& call, Status status, as_done done, void* arg) {
  if (status != Status::pending) return number(status);
  if (done == nullptr) return AS_EINVAL;
  call.reading = {done, arg};
  waits(call, Waiting::content) = 1;
  return AS_PENDING;
}

Completion when_written(Call& call, as_done done) {
  return done == nullptr ? Completion{} : Completion{tell<&Call::writing, Doing::written>, &call};
}

std::int32_t write_result(Call& call, Status status, as_done done, void* arg) {
  if (status == Status::pending) {
    call.writing = {done, arg};
    waits(call, Waiting::writing) = 1;
  }
  return number(status);
}

void tell_cancel(void* to) {
  Call& call = *static_cast<Call*>(to);
  const auto in_app = call.ctx->enter(Doing::canceling, &call.words);
  std::exchange(call.cancel, nullptr)(call.cancel_arg);
}

// The host's own want of memory: this answer cannot go on, everything else does.
template <class Work>
std::int32_t with_memory(Call& call, Work work) noexcept {
  try {
    return work();
  } catch (const std::bad_alloc&) {
  }
  try {
    call.writer->fail("out of memory");
  } catch (const std::bad_alloc&) {  // then it ends without a line in the log
  }
  call.stage = Call::Stage::answered;
  return AS_ENOMEM;
}

}  // namespace

void handle_request(as_ctx& ctx, service::Request& request, service::ResponseWriter& response) noexcept {
  Call* opened = nullptr;
  try {
    opened = &open(ctx, request, response);
  } catch (const std::bad_alloc&) {
    response.fail("out of memory");
    return response.release();
  }
  Call& call = *opened;
  call.in_handle = true;
  const std::int32_t result = run_handler(ctx, call);
  call.in_handle = false;
  if (result == AS_PENDING && !call.released) return;
  if (result == AS_OK && call.released) ctx.misuse("handle", "returned AS_OK after release(); AS_PENDING was meant");
  if (result != AS_OK && result != AS_PENDING) call.writer->fail("handle() returned " + std::to_string(result));
  close(call);
}

namespace bridge {

std::int32_t respond(as_req* req, const as_resp* resp) noexcept {
  const as_buf* body = resp == nullptr ? nullptr : resp->body;
  const std::uint32_t count = resp == nullptr ? 0 : resp->body_count;
  Call* call = usable(req, "respond");
  if (call == nullptr) return refuse(AS_ESTATE, body, count);
  if (call->stage != Call::Stage::open)
    return refuse(call->ctx->misuse("respond", "the request is answered already"), body, count);
  if (!well_formed(resp) || !readable(body, count)) return refuse(AS_EINVAL, body, count);

  return with_memory(*call, [&] {
    Fields fields(resp->field_count);
    Pieces pieces(count);
    const Status status = call->writer->respond(convert(*resp, -1, fields), convert(body, count, pieces));
    if (status == Status::ok || status == Status::gone) call->stage = Call::Stage::answered;
    return number(status);
  });
}

std::int32_t begin(as_req* req, const as_resp* resp) noexcept {
  Call* call = usable(req, "begin");
  if (call == nullptr) return AS_ESTATE;
  if (call->stage != Call::Stage::open) return call->ctx->misuse("begin", "the request is answered already");
  if (!well_formed(resp)) return AS_EINVAL;

  return with_memory(*call, [&] {
    Fields fields(resp->field_count);
    const Status status = call->writer->begin(convert(*resp, resp->content_length, fields));
    if (status == Status::ok || status == Status::gone) call->stage = Call::Stage::streaming;
    return number(status);
  });
}

std::int32_t write(as_req* req, const as_buf* body, std::uint32_t count, as_done done, void* arg) noexcept {
  Call* call = usable(req, "write");
  if (call == nullptr) return refuse(AS_ESTATE, body, count);
  if (call->stage != Call::Stage::streaming)
    return refuse(call->ctx->misuse("write", "only between begin() and end()"), body, count);
  if (!readable(body, count)) return refuse(AS_EINVAL, body, count);

  return with_memory(*call, [&] {
    Pieces pieces(count);
    return write_result(*call, call->writer->write(convert(body, count, pieces), when_written(*call, done)), done, arg);
  });
}

std::int32_t write_file(as_req* req, int fd, std::uint64_t offset, std::uint64_t length, as_done done,
                        void* arg) noexcept {
  Call* call = usable(req, "write_file");
  if (call == nullptr) return AS_ESTATE;
  if (call->stage != Call::Stage::streaming) return call->ctx->misuse("write_file", "only between begin() and end()");
  struct stat file{};
  if (::fstat(fd, &file) != 0 || !S_ISREG(file.st_mode) || offset > kMostBytes || length > kMostBytes) return AS_EINVAL;
  const Piece piece{.fd = fd, .offset = offset, .length = length};
  return with_memory(*call, [&] {
    return write_result(*call, call->writer->write({&piece, 1}, when_written(*call, done)), done, arg);
  });
}

std::int32_t end(as_req* req) noexcept {
  Call* call = usable(req, "end");
  if (call == nullptr) return AS_ESTATE;
  if (call->stage != Call::Stage::streaming) return call->ctx->misuse("end", "only once, after begin()");
  call->stage = Call::Stage::answered;
  return with_memory(*call, [&] { return number(call->writer->end()); });
}

std::int32_t body_next(as_req* req, as_str* chunk, as_done done, void* arg) noexcept {
  Call* call = usable(req, "body_next");
  if (call == nullptr) return AS_ESTATE;
  if (chunk == nullptr) return AS_EINVAL;
  return with_memory(*call, [&] {
    std::string_view data;
    const Status status = call->reader->next(data, when_read(*call, done));
    *chunk = to_abi(data);
    return read_result(*call, status, done, arg);
  });
}

std::int32_t body_all(as_req* req, std::size_t max, as_str* all, as_done done, void* arg) noexcept {
  Call* call = usable(req, "body_all");
  if (call == nullptr) return AS_ESTATE;
  if (all == nullptr) return AS_EINVAL;
  return with_memory(*call, [&] {
    std::string_view content;
    const Status status = call->reader->all(max, content, when_read(*call, done));
    *all = to_abi(content);
    return read_result(*call, status, done, arg);
  });
}

std::int32_t on_cancel(as_req* req, as_fn fn, void* arg) noexcept {
  Call* call = usable(req, "on_cancel");
  if (call == nullptr) return AS_ESTATE;
  call->cancel = fn;
  call->cancel_arg = arg;
  call->writer->on_cancel(fn == nullptr ? nullptr : tell_cancel, call);
  return AS_OK;
}

void set_route(as_req* req, const char* pattern) noexcept {
  if (Call* call = usable(req, "set_route"); call != nullptr && pattern != nullptr) {
    call->words.route = pattern;
    call->writer->set_route(call->words.route);
  }
}

std::int32_t fail(as_req* req, as_str why) noexcept {
  Call* call = usable(req, "fail");
  if (call == nullptr) return AS_ESTATE;
  call->stage = Call::Stage::answered;
  return with_memory(*call, [&] { return number(call->writer->fail(to_view(why))); });
}

void release(as_req* req) noexcept {
  Call* call = usable(req, "release");
  if (call == nullptr) return;
  if (call->in_handle)
    call->released = true;
  else
    close(*call);
}

}  // namespace bridge
}  // namespace appserve::app
