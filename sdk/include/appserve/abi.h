/* appserve/abi.h - the appserve plugin ABI, version 1.
 *
 * This header is the whole contract between the appserve server ("host") and an application loaded
 * as a shared object ("plugin").  It is plain C99, includes only <stddef.h> and <stdint.h>, and
 * declares no external function: a plugin has no undefined symbol that the host must satisfy, so it
 * links with -Wl,-z,defs, may be written in any language, with any compiler, C++ standard library or
 * allocator, and can be driven by a test program that is not the server.
 *
 * ---- 1. Entry points ------------------------------------------------------------------------------
 *   appserve libhello.so:app              the data symbol  `const as_app app`
 *   appserve --call libgame.so:create_app the function     `as_factory_fn create_app`
 * A .note.appserve ELF note (AS_DECLARE_NOTE) lets the host check the ABI before any plugin code,
 * static constructors included, has run.
 *
 * ---- 2. Versions ----------------------------------------------------------------------------------
 *   AS_ABI = major<<16 | minor.  A major change breaks; there is no plan to make one.
 *   A minor change only APPENDS: members at the end of as_host, as_app, as_req, as_resp;
 *   new enumerators; new flags in bits documented as zero.  Meaning never changes, nothing is reordered.
 *   Every such struct starts with `uint32_t size`, set by whoever allocates it.
 *     plugin: built with minor B, needs at least minor M <= B (AS_ABI_MIN, default: AS_ABI_1_0).
 *     host of minor H loads it iff majors are equal and H >= M.
 *     plugin reads host members beyond what M guarantees only after AS_HAS(host, member).
 *     host reads as_app members only within app->size, and treats absent ones as zero.
 *   Experimental things live in extensions (as_host.extension), never in these structs.
 *
 * ---- 3. Threads -----------------------------------------------------------------------------------
 *   The host runs N loops, one thread each.  Every request, timer and fd has one HOME loop
 *   for its whole life.  Marks used below:
 *     [home]  only on the thread of the object's loop.  All callbacks of the object arrive there,
 *             never two at once, and never from inside the call that started the operation.
 *     [any]   any thread, also threads made by the plugin.
 *     [pool]  a thread of the blocking pool.
 *     [ctl]   the control thread; never concurrently with another [ctl] call of the same instance.
 *   Two requests may run at the same time on different loops: state shared between requests needs
 *   a lock or must be per loop (as_req.loop_index).
 *   A [home] callback must not block.  Use offload().
 *
 * ---- 4. Memory ------------------------------------------------------------------------------------
 *   No memory is ever freed by the other side.  Host-owned views (as_str inside as_req, body chunks,
 *   config) live as long as their comment says.  Plugin-owned buffers handed to the host are copied
 *   before the call returns, unless an as_buf carries a release function: then the host keeps the
 *   pointer, writes from it, and calls release(arg) [home] exactly once.
 *   as_str is not NUL-terminated.
 *
 * ---- 5. Operations --------------------------------------------------------------------------------
 *   A function with an (as_done fn, void *arg) pair returns
 *     AS_OK       finished now; fn will NOT be called;
 *     AS_PENDING  fn(arg, status) will be called exactly once, [home], later;
 *     < 0         failed now; fn will NOT be called.
 *   Nothing is ever dropped silently: cancelling makes the pending fn arrive with AS_ECANCELED.
 *
 * ---- 6. Faults ------------------------------------------------------------------------------------
 *   No exception, longjmp or thread cancellation may cross this boundary in either direction.
 *   (C++: every exported function and every callback is noexcept.)  Errors are int32_t codes.
 *
 * ---- 7. Ending ------------------------------------------------------------------------------------
 *   A server process loads a plugin once and never unmaps it; a new version runs in a new process.
 *   At the end drain() is called, then, for each loop, loop_stop(), then destroy(): by then every
 *   request is released, every operation has called back, every as_buf is released, and no host thread
 *   is inside plugin code.  After destroy() returns no plugin thread may exist.
 */
#ifndef APPSERVE_ABI_H
#define APPSERVE_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define AS_ABI_1_0  0x00010000u
#define AS_ABI_1_1  0x00010001u      /* as_host.write_file */
#ifndef AS_ABI                       /* tests build fixtures of older minors by defining it */
#define AS_ABI      AS_ABI_1_1
#endif
#ifndef AS_ABI_MIN
#define AS_ABI_MIN  AS_ABI_1_0
#endif
#define AS_MAGIC    0x56525341u      /* "ASRV" */

#if defined(__GNUC__)
#define AS_EXPORT __attribute__((visibility("default")))
#else
#define AS_EXPORT
#endif

/* True when the object `p`, which starts with a size member, is new enough to have `m`. */
#define AS_HAS(p, m) ((p)->size >= offsetof(__typeof__(*(p)), m) + sizeof((p)->m))

/* ---- plain data ---------------------------------------------------------------------------------- */

typedef struct as_str { const char *ptr; size_t len; } as_str;

typedef struct as_field { as_str name, value; } as_field;      /* a header; names are lower case */

typedef struct as_buf {                                        /* a piece of an outgoing body */
    const char *ptr; size_t len;
    void (*release)(void *arg);      /* NULL: copied before the call returns.  Else called [home] exactly once,
                                        also when the call fails, and before the write's completion */
    void *arg;
} as_buf;

enum {                               /* results */
    AS_OK = 0, AS_PENDING = 1, AS_EOF = 2,
    AS_EINVAL = -1, AS_ECANCELED = -2, AS_EGONE = -3 /* peer has left */, AS_ETOOBIG = -4,
    AS_ETIMEDOUT = -5, AS_ENOMEM = -6, AS_ESTATE = -7 /* not now */, AS_ENOSYS = -8, AS_EFAIL = -9
};

enum { AS_TRACE, AS_DEBUG, AS_INFO, AS_WARN, AS_ERROR };       /* log levels */

enum { AS_GET = 1, AS_HEAD, AS_POST, AS_PUT, AS_DELETE, AS_PATCH, AS_OPTIONS, AS_OTHER_METHOD };

typedef struct as_error { int32_t code; char text[508]; } as_error;  /* create(): why it failed */

typedef struct as_loop as_loop;      /* one event loop = one thread          */
typedef struct as_ctx  as_ctx;       /* the host's record of one app instance */
typedef struct as_op   as_op;        /* a pending timer                       */
typedef struct as_fd   as_fd;        /* a watched file descriptor             */

typedef void (*as_done)(void *arg, int32_t status);
typedef void (*as_fn)(void *arg);

typedef struct as_config {           /* valid until destroy() returns */
    uint32_t size;
    as_str   prefix;                 /* mount point, "" or "/game" */
    as_str   name;                   /* instance name, e.g. "tictactoe1" */
    as_str   json;                   /* this app's [app.config] table as a JSON object */
    int32_t  (*get)(const struct as_config *, as_str dotted_key, as_str *out);  /* scalars as text [any] */
} as_config;

/* ---- request -------------------------------------------------------------------------------------
 * Allocated by the host.  Valid from handle() until it returns AS_OK, or, if it returned AS_PENDING,
 * until release().  It stays valid when the client goes away in between.  Views inside live as long. */
enum { AS_REQ_BODY_COMPLETE = 1, AS_REQ_TLS = 2, AS_REQ_HTTP10 = 4 };

typedef struct as_req {
    uint32_t size;
    uint32_t flags;                  /* AS_REQ_* */
    uint32_t method;                 /* AS_GET.. */
    uint32_t loop_index;             /* 0 .. host->loop_count(ctx)-1 */
    as_str   method_name;
    as_str   target;                 /* as the client sent it, byte for byte */
    as_str   prefix;                 /* the mount point this request came through: "" or "/game" (SCRIPT_NAME) */
    as_str   path;                   /* below the mount point, percent-encoded, dot segments resolved, starts
                                        with '/' (PATH_INFO); only OPTIONS * has the path "*" */
    as_str   query;                  /* without '?' */
    as_str   scheme;                 /* "http" or "https", as the client sees it */
    as_str   authority;              /* host[:port] the client asked for; may be empty with HTTP/1.0 */
    as_str   id;                     /* of this request, in the log and in error answers */
    as_str   remote;                 /* the client: "192.0.2.1:49152", "[2001:db8::1]:80" or "unix:" */
    const as_field *fields;
    size_t   field_count;
    int64_t  content_length;         /* -1: unknown (chunked) */
    as_str   body;                   /* all of it if AS_REQ_BODY_COMPLETE (also when there is none), else empty;
                                        body_next and body_all work in both cases */
    as_loop *loop;                   /* home */
    void    *user;                   /* the plugin's; NULL at first */
} as_req;

/* ---- response ------------------------------------------------------------------------------------ */
enum { AS_RESP_CLOSE = 1 };          /* close the connection after this response */

typedef struct as_resp {
    uint32_t size;
    uint32_t status;
    uint32_t flags;
    uint32_t body_count;
    const as_field *fields;          /* copied before the call returns */
    size_t   field_count;
    as_str   content_type;           /* shortcut for the commonest field; may be empty */
    const as_buf *body;              /* array of body_count pieces */
    int64_t  content_length;         /* begin() only: -1 = chunked */
} as_resp;

/* ---- the host's functions ------------------------------------------------------------------------
 * One immutable table per process; a plugin may copy the pointer.  Nothing here is NULL within `size`. */
typedef struct as_host {
    uint32_t size;
    uint32_t abi;
    const char *server;              /* "appserve/1.0.0" */

    /* -- diagnostics [any] */
    void     (*log)(as_ctx *, int32_t level, const char *text, size_t len);
    int32_t  (*log_enabled)(as_ctx *, int32_t level);

    /* -- memory [any]: a recycling allocator for short-lived blocks; size must match on free */
    void    *(*mem_alloc)(size_t);
    void     (*mem_free)(void *, size_t);

    /* -- request [home] */
    int32_t  (*respond)(as_req *, const as_resp *);            /* whole response, once */
    int32_t  (*begin)(as_req *, const as_resp *);              /* head of a streamed response; body ignored */
    int32_t  (*write)(as_req *, const as_buf *, uint32_t n, as_done, void *);  /* PENDING = taken, wait */
    int32_t  (*end)(as_req *);
    int32_t  (*body_next)(as_req *, as_str *chunk, as_done, void *);  /* AS_EOF at the end; the chunk is
                                        valid until the next body_next; after PENDING call it again */
    int32_t  (*body_all)(as_req *, size_t max, as_str *all, as_done, void *);  /* after PENDING call it again */
    int32_t  (*on_cancel)(as_req *, as_fn, void *);            /* fn when the client leaves or shutdown
                                        nears; at most once; NULL unsets.  The request stays valid */
    void     (*set_route)(as_req *, const char *pattern);      /* static string: label for logs, metrics */
    int32_t  (*fail)(as_req *, as_str why);                    /* the handler failed: logs `why` with route and
                                        request id, answers 500 with the id, or cuts the connection when
                                        the head is out.  A failure after a complete response is only logged */
    void     (*release)(as_req *);                             /* ends a PENDING handle(), exactly once.
                                        Without a response the host answers 500 */
    /* -- loops */
    uint32_t (*loop_count)(as_ctx *);                          /* [any] */
    as_loop *(*loop_at)(as_ctx *, uint32_t);                   /* [any] */
    int32_t  (*post)(as_ctx *, as_loop *, as_fn, void *);      /* [any] run fn on that loop */
    int32_t  (*timer)(as_ctx *, as_loop *, uint64_t ns, as_done, void *, as_op **);  /* [home] */
    void     (*timer_cancel)(as_op *);                         /* [home] fn still arrives: AS_ECANCELED */
    int32_t  (*fd_open)(as_ctx *, as_loop *, int fd, as_fd **);       /* [home] fd stays the plugin's */
    int32_t  (*fd_wait)(as_fd *, int32_t events, as_done, void *);    /* [home] one shot; events: 1 read, 2 write */
    void     (*fd_close)(as_fd *);                             /* [home] before close(2); cancels waits */
    int32_t  (*offload)(as_ctx *, as_loop *, as_fn work, as_done done, void *); /* [any] work on [pool],
                                        then done on the loop.  The pool thread has left `work`
                                        before `done` is queued */
    /* -- optional interfaces, e.g. "appserve.metrics/1".  NULL if unknown.  [any] */
    const void *(*extension)(const char *id);

    uint64_t (*now_ns)(void);                                  /* the loops' monotonic clock [any] */

#if AS_ABI >= AS_ABI_1_1
    /* [home] Like write(), the piece being `length` bytes from `offset` of the regular file `fd`.  The kernel sends
     * them (sendfile).  The host duplicates `fd` where it has to: the plugin may close its own when the call returns.
     * A file that gets shorter meanwhile cuts the connection. */
    int32_t  (*write_file)(as_req *, int fd, uint64_t offset, uint64_t length, as_done, void *);
#endif
    /* a later minor appends here:  #if AS_ABI >= AS_ABI_1_2 ... #endif */
} as_host;

/* ---- the application ----------------------------------------------------------------------------- */
typedef void (*as_route_fn)(void *arg, const char *method, const char *pattern);

typedef struct as_app {
    uint32_t size;
    uint32_t magic;                  /* AS_MAGIC */
    uint32_t abi;                    /* built with */
    uint32_t abi_min;                /* works with hosts from here on */
    const char *name, *version, *build;  /* build: free text, e.g. compiler and library */

    /* One call per mount point and worker process, before any loop runs; several instances may live
     * at once.  < 0: the server does not start; AS_EINVAL: because of the configuration, and the error's
     * text names the key.  [ctl] */
    int32_t  (*create)(const struct as_app *, const as_host *, as_ctx *, const as_config *,
                       void **self, as_error *);
    /* AS_OK: answered, the request is over.  AS_PENDING: release() will follow.  < 0: host answers 500. [home] */
    int32_t  (*handle)(void *self, as_req *);
    /* Optional: the process is going away (reload, shutdown): finish long streams soon. [ctl] */
    void     (*drain)(void *self);
    /* Optional, once per loop: before the first handle() there / after the last request there was
     * released.  loop_stop closes the loop's fds and cancels its timers (pooled connections...). [home] */
    void     (*loop_start)(void *self, as_loop *, uint32_t index);
    void     (*loop_stop)(void *self, as_loop *, uint32_t index);
    /* See "Ending".  Never called when create() failed. [ctl] */
    void     (*destroy)(void *self);
    /* Optional: list the routes; a start tells how many there are. [ctl] */
    void     (*routes)(void *self, as_route_fn, void *arg);
    /* Optional: may requests come?  AS_OK, or < 0 with the reason in the error. [ctl] */
    int32_t  (*health)(void *self, as_error *);
    const void *user;                /* the plugin's */
} as_app;

/* --call lib:create_app.  The returned descriptor stays valid until its instance is destroyed. [ctl] */
typedef const as_app *(*as_factory_fn)(const as_host *, as_ctx *, const as_config *, as_error *);

#define AS_APP_HEAD  sizeof(as_app), AS_MAGIC, AS_ABI, AS_ABI_MIN

/* ---- the ELF note -------------------------------------------------------------------------------- */
typedef struct as_note { uint32_t namesz, descsz, type; char name[12]; uint32_t abi, abi_min, lang, rsvd; } as_note;
#if defined(__ELF__) && defined(__GNUC__)
#define AS_DECLARE_NOTE(lang_) \
    __attribute__((used, section(".note.appserve"), aligned(4))) static const as_note as_abi_note = \
        { 9, 16, 1, "appserve", AS_ABI, AS_ABI_MIN, (lang_), 0 };
#else
#define AS_DECLARE_NOTE(lang_)
#endif

#ifdef __cplusplus
} /* extern "C" */
#endif
#endif
