// A host that speaks only ABI 1.0, built with the frozen header. Its tables end where memory ends: a plugin that reads
// a member 1.0 does not have crashes. usage: old_host LIB SYMBOL PATH...; prints the status and the body of each.
#include <appserve/abi.h>
#include <dlfcn.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

static_assert(AS_ABI == AS_ABI_1_0, "this host is built with the header of 1.0");

namespace {

std::deque<std::function<void()>> later;

struct Answer {
  unsigned status = 0;
  std::string body;
  bool released = false;
} answer;

/// A copy of `value` whose last byte is the last one before memory nobody may touch.
template <class T>
T* at_the_edge(const T& value) {
  const auto page = static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
  auto* memory =
      static_cast<char*>(::mmap(nullptr, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  ::mprotect(memory + page, page, PROT_NONE);
  return static_cast<T*>(std::memcpy(memory + page - sizeof(T), &value, sizeof(T)));
}

void take(const as_buf* pieces, std::uint32_t n) {
  for (std::uint32_t i = 0; i < n; ++i) {
    answer.body.append(pieces[i].ptr, pieces[i].len);
    if (pieces[i].release) pieces[i].release(pieces[i].arg);
  }
}

as_host table() {
  as_host h{};
  h.size = sizeof h;
  h.abi = AS_ABI_1_0;
  h.server = "old/1.0";
  h.log = [](as_ctx*, std::int32_t, const char* text, std::size_t n) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(n), text);
  };
  h.log_enabled = [](as_ctx*, std::int32_t) { return 1; };
  h.mem_alloc = [](std::size_t n) { return std::malloc(n); };
  h.mem_free = [](void* p, std::size_t) { std::free(p); };
  h.respond = [](as_req*, const as_resp* r) -> std::int32_t {
    answer.status = r->status;
    take(r->body, r->body_count);
    return AS_OK;
  };
  h.begin = [](as_req*, const as_resp* r) -> std::int32_t {
    answer.status = r->status;
    return AS_OK;
  };
  h.write = [](as_req*, const as_buf* pieces, std::uint32_t n, as_done, void*) -> std::int32_t {
    take(pieces, n);
    return AS_OK;
  };
  h.end = [](as_req*) -> std::int32_t { return AS_OK; };
  h.body_next = [](as_req*, as_str*, as_done, void*) -> std::int32_t { return AS_EOF; };
  h.body_all = [](as_req*, std::size_t, as_str* all, as_done, void*) -> std::int32_t {
    *all = {};
    return AS_OK;
  };
  h.on_cancel = [](as_req*, as_fn, void*) -> std::int32_t { return AS_OK; };
  h.set_route = [](as_req*, const char*) {};
  h.fail = [](as_req*, as_str) -> std::int32_t {
    answer.status = 500;
    return AS_OK;
  };
  h.release = [](as_req*) { answer.released = true; };
  h.loop_count = [](as_ctx*) { return 1U; };
  h.loop_at = [](as_ctx*, std::uint32_t) { return reinterpret_cast<as_loop*>(&later); };
  h.post = [](as_ctx*, as_loop*, as_fn fn, void* arg) -> std::int32_t {
    later.emplace_back([=] { fn(arg); });
    return AS_OK;
  };
  h.timer = [](as_ctx*, as_loop*, std::uint64_t, as_done fn, void* arg, as_op** out) -> std::int32_t {
    auto* state = new std::pair<as_done, void*>(fn, arg);  // for the life of the process
    *out = reinterpret_cast<as_op*>(state);
    return AS_PENDING;
  };
  h.timer_cancel = [](as_op* op) {
    auto* state = reinterpret_cast<std::pair<as_done, void*>*>(op);
    later.emplace_back([state] { state->first(state->second, AS_ECANCELED); });
  };
  h.fd_open = [](as_ctx*, as_loop*, int, as_fd**) -> std::int32_t { return AS_ENOSYS; };
  h.fd_wait = [](as_fd*, std::int32_t, as_done, void*) -> std::int32_t { return AS_ENOSYS; };
  h.fd_close = [](as_fd*) {};
  h.offload = [](as_ctx*, as_loop*, as_fn work, as_done done, void* arg) -> std::int32_t {
    later.emplace_back([=] {
      work(arg);
      done(arg, AS_OK);
    });
    return AS_PENDING;
  };
  h.extension = [](const char*) -> const void* { return nullptr; };
  h.now_ns = []() -> std::uint64_t { return 1; };
  return h;
}

void settle() {
  while (!later.empty()) {
    const auto fn = std::move(later.front());
    later.pop_front();
    fn();
  }
}

as_str view(const std::string& text) { return {text.data(), text.size()}; }

void ask(const as_app& app, void* self, const std::string& path) {
  as_req req{};
  const std::string get = "GET", http = "http", host = "old";
  req.size = sizeof req;
  req.flags = AS_REQ_BODY_COMPLETE;
  req.method = AS_GET;
  req.method_name = view(get);
  req.target = req.path = view(path);
  req.scheme = view(http);
  req.authority = req.id = req.remote = view(host);
  req.loop = reinterpret_cast<as_loop*>(&later);
  as_req* placed = at_the_edge(req);
  answer = {};
  const std::int32_t result = app.handle(self, placed);
  settle();
  if (result == AS_PENDING && !answer.released) answer.status = 0;
  std::printf("%s %u %s\n", path.c_str(), answer.status, answer.body.c_str());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 4) return 64;
  void* code = ::dlopen(argv[1], RTLD_NOW | RTLD_LOCAL);
  void* symbol = code ? ::dlsym(code, argv[2]) : nullptr;
  if (!symbol) return std::fprintf(stderr, "%s\n", ::dlerror()), 65;
  const as_host* host = at_the_edge(table());
  as_config config{};
  const std::string name = "old", settings = argv[2] == std::string("create_app") && std::strstr(argv[1], "tictactoe")
                                                 ? R"({"state":"sqlite::memory:"})"
                                                 : "{}";
  config.size = sizeof config;
  config.name = view(name);
  config.json = view(settings);
  config.get = [](const as_config*, as_str, as_str*) -> std::int32_t { return AS_EINVAL; };
  as_error error{};
  const as_config* placed = at_the_edge(config);
  decltype(as_app::magic) magic{};  // of code, when the symbol is a function
  std::memcpy(&magic, static_cast<const char*>(symbol) + offsetof(as_app, magic), sizeof magic);
  const auto* app = static_cast<const as_app*>(symbol);
  if (magic != AS_MAGIC) {
    as_factory_fn factory = nullptr;
    std::memcpy(&factory, &symbol, sizeof factory);
    app = factory(host, nullptr, placed, &error);
  }
  void* self = nullptr;
  if (!app || app->abi_min > AS_ABI_1_0 || app->create(app, host, nullptr, placed, &self, &error) != AS_OK)
    return std::fprintf(stderr, "%s\n", error.text), 70;
  if (app->loop_start) app->loop_start(self, reinterpret_cast<as_loop*>(&later), 0);
  settle();
  for (int i = 3; i < argc; ++i) ask(*app, self, argv[i]);
  if (app->drain) app->drain(self);
  settle();
  if (app->loop_stop) app->loop_stop(self, reinterpret_cast<as_loop*>(&later), 0);
  settle();
  app->destroy(self);
}
