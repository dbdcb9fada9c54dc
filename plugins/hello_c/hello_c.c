/* The same application as plugins/hello, in plain C: what every other language has to do, too.
 *
 *   GET /               Hello, World!
 *   GET /hello/{name}   Hello, {name}!
 *
 * appserve/abi.h is all it needs. The library exports one data symbol, `app`, and imports nothing from the server: the
 * server's functions come as a table. Run it with  appserve libhello_c.so:app */
#include <appserve/abi.h>
#include <stdlib.h>
#include <string.h>

#define LITERAL(s) { (s), sizeof(s) - 1 }

/* One instance of the app. There may be several at once, one per mount point, so nothing is kept in globals. */
typedef struct hello {
    const as_host *host;
} hello;

/* Once per mount point, before any request. What it returns in *self comes back in every other call. */
static int32_t create(const as_app *app, const as_host *host, as_ctx *ctx, const as_config *config, void **self,
                      as_error *error)
{
    hello *h = malloc(sizeof *h);
    (void)app;
    (void)ctx;
    (void)config;
    if (!h) {
        error->code = AS_ENOMEM;
        strcpy(error->text, "out of memory");
        return AS_ENOMEM;
    }
    h->host = host;
    *self = h;
    return AS_OK;
}

static void destroy(void *self) { free(self); }

static int starts_with(as_str s, as_str prefix)
{
    return s.len >= prefix.len && memcmp(s.ptr, prefix.ptr, prefix.len) == 0;
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/* Paths arrive percent-encoded: "Gr%C3%BC%C3%9Fe". Decodes into `out`, which has room for in.len bytes. */
static size_t percent_decode(as_str in, char *out)
{
    size_t i, n = 0;
    for (i = 0; i < in.len; ++i) {
        int high = i + 2 < in.len && in.ptr[i] == '%' ? hex_digit(in.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex_digit(in.ptr[i + 2]) : -1;
        if (low >= 0) i += 2;
        out[n++] = low >= 0 ? (char)(high * 16 + low) : in.ptr[i];
    }
    return n;
}

/* Answers with `count` pieces of plain text. Pieces without a release function are copied before respond() returns,
 * so they may live on the stack. Names of header fields are lower case; the server adds date, length and the rest. */
static int32_t respond(const hello *h, as_req *req, uint32_t status, const as_field *fields, size_t field_count,
                       const as_buf *pieces, uint32_t count)
{
    static const as_str text = LITERAL("text/plain; charset=utf-8");
    as_resp response;
    memset(&response, 0, sizeof response);
    response.size = sizeof response;
    response.status = status;
    response.fields = fields;
    response.field_count = field_count;
    response.content_type = text;
    response.body = pieces;
    response.body_count = count;
    response.content_length = -1;
    return h->host->respond(req, &response);
}

static int32_t greet(const hello *h, as_req *req, as_str name)
{
    as_buf pieces[3] = { { "Hello, ", 7, NULL, NULL }, { NULL, 0, NULL, NULL }, { "!\n", 2, NULL, NULL } };
    int32_t result;
    char *decoded = h->host->mem_alloc(name.len);
    if (!decoded) return AS_ENOMEM;
    pieces[1].ptr = decoded;
    pieces[1].len = percent_decode(name, decoded);
    h->host->set_route(req, "/hello/{name}");
    result = respond(h, req, 200, NULL, 0, pieces, 3);
    h->host->mem_free(decoded, name.len);
    return result;
}

/* Every request, on the thread of its loop; it must not block. AS_OK: the request has been answered. Returning
 * AS_PENDING instead would mean that release() follows later. A negative result makes the server answer 500. */
static int32_t handle(void *self, as_req *req)
{
    static const as_str hello_path = LITERAL("/hello/");
    static const as_buf hello_world = { "Hello, World!\n", 14, NULL, NULL };
    static const as_buf not_found = { "Not Found\n", 10, NULL, NULL };
    static const as_buf not_allowed = { "Method Not Allowed\n", 19, NULL, NULL };
    static const as_field allow[] = { { LITERAL("allow"), LITERAL("GET, HEAD, OPTIONS") } };
    const hello *h = self;
    int is_root = req->path.len == 1 && req->path.ptr[0] == '/';
    int is_hello = starts_with(req->path, hello_path) && req->path.len > hello_path.len &&
                   !memchr(req->path.ptr + hello_path.len, '/', req->path.len - hello_path.len);

    if (!is_root && !is_hello) return respond(h, req, 404, NULL, 0, &not_found, 1);
    if (req->method == AS_OPTIONS) return respond(h, req, 204, allow, 1, NULL, 0);
    if (req->method != AS_GET && req->method != AS_HEAD) return respond(h, req, 405, allow, 1, &not_allowed, 1);
    if (is_hello) {
        as_str name = { req->path.ptr + hello_path.len, req->path.len - hello_path.len };
        return greet(h, req, name);
    }
    h->host->set_route(req, "/");
    return respond(h, req, 200, NULL, 0, &hello_world, 1);
}

/* Optional: what `appserve inspect --routes` shows. */
static void routes(void *self, as_route_fn visit, void *arg)
{
    (void)self;
    visit(arg, "GET", "/");
    visit(arg, "GET", "/hello/{name}");
}

/* The entry point. AS_APP_HEAD fills in size, magic and ABI versions; the functions left out are optional. */
AS_EXPORT const as_app app = {
    AS_APP_HEAD,
    "hello_c", "1.0", "C",
    create,
    handle,
    NULL, /* drain */
    NULL, /* loop_start */
    NULL, /* loop_stop */
    destroy,
    routes,
    NULL, /* health */
    NULL  /* user */
};

/* Lets the server check the version before anything of this file runs. 1 stands for C. */
AS_DECLARE_NOTE(1)
