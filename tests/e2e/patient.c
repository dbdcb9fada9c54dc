/* libpatient.so:app - an app in plain C with a health hook: it is ill while the file that $PATIENT names exists. It sets
 * no routes. Its creation waits until somebody writes to the FIFO that $PATIENT_WAITS names. */
#include <appserve/abi.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const as_host *host;

static int32_t create(const as_app *app, const as_host *given, as_ctx *ctx, const as_config *config, void **self,
                      as_error *error)
{
    const char *fifo = getenv("PATIENT_WAITS");
    (void)app;
    (void)ctx;
    (void)config;
    (void)error;
    host = given;
    *self = NULL;
    if (fifo) close(open(fifo, O_RDONLY));
    return AS_OK;
}

static int32_t handle(void *self, as_req *req)
{
    static const as_buf body = { "patient\n", 8, NULL, NULL };
    as_resp response;
    (void)self;
    memset(&response, 0, sizeof response);
    response.size = sizeof response;
    response.status = 200;
    response.body = &body;
    response.body_count = 1;
    response.content_length = -1;
    return host->respond(req, &response);
}

static int32_t health(void *self, as_error *error)
{
    const char *file = getenv("PATIENT");
    (void)self;
    if (!file || access(file, F_OK) != 0) return AS_OK;
    strcpy(error->text, "the database is gone");
    return AS_EFAIL;
}

AS_EXPORT const as_app app = { AS_APP_HEAD, "patient", "1", "C",  create, handle, NULL,
                               NULL,        NULL,      NULL, NULL, health, NULL };

AS_DECLARE_NOTE(1)
