/* An app in plain C. appserve/abi.h is all it needs; that header says who may call what, and when. */
#include <appserve/abi.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(s) { (s), sizeof(s) - 1 }

/* One per mount point: nothing is kept in globals. */
typedef struct instance {
    const as_host *host;
} instance;

static int32_t create(const as_app *app, const as_host *host, as_ctx *ctx, const as_config *config, void **self,
                      as_error *error)
{
    instance *m = malloc(sizeof *m);
    (void)app;
    (void)ctx;
    (void)config;
    if (!m) {
        error->code = AS_ENOMEM;
        strcpy(error->text, "out of memory");
        return AS_ENOMEM;
    }
    m->host = host;
    *self = m;
    return AS_OK;
}

static void destroy(void *self) { free(self); }

static int32_t respond(const instance *m, as_req *req, uint32_t status, const char *text)
{
    static const as_str type = TEXT("text/plain; charset=utf-8");
    as_buf body = { text, strlen(text), NULL, NULL }; /* no release function: copied before respond() returns */
    as_resp response;
    memset(&response, 0, sizeof response);
    response.size = sizeof response;
    response.status = status;
    response.content_type = type;
    response.body = &body;
    response.body_count = 1;
    response.content_length = -1;
    return m->host->respond(req, &response);
}

/* Every request, on the thread of its loop: it must not block. */
static int32_t handle(void *self, as_req *req)
{
    const instance *m = self;
    if (req->path.len != 1) return respond(m, req, 404, "Not Found\n");
    if (req->method != AS_GET && req->method != AS_HEAD) return respond(m, req, 405, "Method Not Allowed\n");
    m->host->set_route(req, "/");
    return respond(m, req, 200, "Hello from myapp!\n");
}

AS_EXPORT const as_app app = {
    AS_APP_HEAD,
    "myapp", "0.1", "C",
    create,
    handle,
    NULL, /* drain */
    NULL, /* loop_start */
    NULL, /* loop_stop */
    destroy,
    NULL, /* routes */
    NULL, /* health */
    NULL  /* user */
};

AS_DECLARE_NOTE(1)
