// What a request costs between the host's call of handle() and the host's respond(), by kind of handler. In one
// process, without sockets: the figures of the SDK alone. Build it optimised.
#include <appserve/json.hpp>

#include <cstdio>
#include <cstdlib>
#include <new>

using namespace appserve;

namespace {

std::size_t allocations = 0;

// A recycling allocator by size, as the server's.
struct Block {
  Block* next;
};
constexpr std::size_t kClasses = 64, kGrain = 64;
Block* recycled[kClasses] = {};

void* take_block(std::size_t n) {
  ++allocations;
  const std::size_t size_class = (n + kGrain - 1) / kGrain;
  if (size_class >= kClasses) return std::malloc(n);
  if (Block* b = recycled[size_class]) return recycled[size_class] = b->next, b;
  return std::malloc(size_class * kGrain);
}
void give_block(void* p, std::size_t n) {
  const std::size_t size_class = (n + kGrain - 1) / kGrain;
  if (size_class >= kClasses) return std::free(p);
  recycled[size_class] = new (p) Block{recycled[size_class]};
}

// Starts timers and runs their callbacks when asked to: completion later, at no cost of its own.
struct Later {
  as_done fn = nullptr;
  void* arg = nullptr;
} later;

std::size_t answered = 0;

const as_host& host() {
  static const as_host kTable = [] {
    as_host h{};
    h.size = sizeof h;
    h.abi = AS_ABI;
    h.server = "bench";
    h.mem_alloc = take_block;
    h.mem_free = give_block;
    h.respond = [](as_req*, const as_resp* r) -> std::int32_t {
      answered += r->status;
      return AS_OK;
    };
    h.set_route = [](as_req*, const char*) {};
    h.on_cancel = [](as_req*, as_fn, void*) -> std::int32_t { return AS_OK; };
    h.release = [](as_req*) {};
    h.fail = [](as_req*, as_str) -> std::int32_t { return AS_OK; };
    h.loop_count = [](as_ctx*) { return 1U; };
    h.loop_at = [](as_ctx*, std::uint32_t) -> as_loop* { return nullptr; };
    h.timer = [](as_ctx*, as_loop*, std::uint64_t, as_done fn, void* arg, as_op**) -> std::int32_t {
      later = {fn, arg};
      return AS_PENDING;
    };
    return h;
  }();
  return kTable;
}

struct Todo {
  std::int64_t id = 0;
  std::string title;
  bool done = false;
};

APPSERVE_APP(plain) {
  plain.get("/", [] { return "Hello, World!\n"; });
  plain.get("/hello/{name}", [](std::string name) { return "Hello, " + name + "!\n"; });
  plain.get("/n/{n}", [](int n) -> std::optional<std::string_view> {
    return n > 0 ? std::optional<std::string_view>("positive") : std::nullopt;
  });
  plain.get("/abort", []() -> std::string { abort(404); });
  plain.get("/response", [](Request&) { return Response::text("Hello, World!\n"); });
  plain.get("/todo", [] { return Todo{1, "milk", false}; });
  plain.post("/todo", [](Todo in) { return in; });
  plain.get("/task", []() -> Task<const char*> { co_return "Hello, World!\n"; });
  plain.get("/later", []() -> Task<const char*> {
    co_await sleep(1ms);
    co_return "Hello, World!\n";
  });
}

APPSERVE_APP(layered) {
  layered.use([](Request& req, Next next) -> Task<Response> {
    Response r = co_await next(req);
    co_return std::move(r.header("x-powered-by", "appserve"));
  });
  layered.get("/", [] { return "Hello, World!\n"; });
  layered.get("/later", []() -> Task<Todo> {
    co_await sleep(1ms);
    co_return Todo{1, "milk", false};
  });
}

void* instance_of(const as_app& app) {
  static as_config config{};
  config.size = sizeof config;
  as_error error{};
  void* self = nullptr;
  if (app.create(&app, &host(), nullptr, &config, &self, &error) != AS_OK) std::abort();
  return self;
}

void measure(const char* what, const as_app& app, void* self, const char* method, std::string_view path,
             std::string_view body = {}) {
  as_req req{};
  req.size = sizeof req;
  req.flags = AS_REQ_BODY_COMPLETE;
  req.method = detail::method_id(method);
  req.method_name = detail::str(method);
  req.path = detail::str(path);
  req.body = detail::str(body);
  const auto run = [&](int n) {
    for (int i = 0; i < n; ++i) {
      req.user = nullptr;
      if (app.handle(self, &req) == AS_PENDING) later.fn(later.arg, AS_OK);
    }
  };
  run(10000);
  constexpr int kRuns = 9, kCalls = 200000;
  double best = 1e9;
  allocations = 0;
  for (int r = 0; r < kRuns; ++r) {
    timespec a{}, b{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
    run(kCalls / 10);
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
    const double ns = static_cast<double>(b.tv_sec - a.tv_sec) * 1e9 + static_cast<double>(b.tv_nsec - a.tv_nsec);
    best = std::min(best, ns / (kCalls / 10));
  }
  std::printf("%-48s %8.1f ns  %5.1f allocations\n", what, best,
              static_cast<double>(allocations) / (static_cast<double>(kRuns) * (kCalls / 10)));
}

}  // namespace

// Counting, and out of sight of -Wmismatched-new-delete.
[[gnu::noinline]] void* operator new(std::size_t n) {
  ++allocations;
  if (void* p = std::malloc(n)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, std::size_t) noexcept { std::free(p); }

int main() {
  void* const bare = instance_of(appserve_app_plain);
  void* const wrapped = instance_of(appserve_app_layered);
  const as_app& app = appserve_app_plain;
  measure("literal", app, bare, "GET", "/");
  measure("path parameter to std::string", app, bare, "GET", "/hello/Ada");
  measure("integer path parameter", app, bare, "GET", "/n/42");
  measure("404: no such path", app, bare, "GET", "/nothing/here");
  measure("404: parameter does not parse", app, bare, "GET", "/n/abc");
  measure("404: empty optional", app, bare, "GET", "/n/0");
  measure("404: abort(), thrown", app, bare, "GET", "/abort");
  measure("405", app, bare, "POST", "/");
  measure("Response from Request&", app, bare, "GET", "/response");
  measure("struct to JSON", app, bare, "GET", "/todo");
  measure("JSON to struct and back", app, bare, "POST", "/todo", R"({"id":1,"title":"milk","done":true})");
  measure("task, ready at once", app, bare, "GET", "/task");
  measure("task that waited for a timer", app, bare, "GET", "/later");
  measure("middleware around a literal", appserve_app_layered, wrapped, "GET", "/");
  measure("middleware + task + timer + JSON", appserve_app_layered, wrapped, "GET", "/later");
  appserve_app_plain.destroy(bare);
  appserve_app_layered.destroy(wrapped);
  return answered == 0;
}
