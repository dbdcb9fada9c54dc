// The ground of the C++ layer: views of the C types, the frame allocator, failures and their names. Knows no request.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <appserve/abi.h>
#include <cxxabi.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <new>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <typeinfo>
#include <utility>

namespace appserve {
inline namespace v1 {

/// Thrown out of a pending or new wait when the client has left, a timeout fired or the process is going away. It is
/// no std::exception on purpose: `catch (const std::exception&)` lets it pass, so a handler ends through its RAII.
struct Cancelled {};

/// An answer other than the planned one. Usually made by abort().
class HttpError : public std::exception {
 public:
  explicit HttpError(int status, std::string text = {}) : status_(status), text_(std::move(text)) {}
  /// The status of the answer, and what it says.
  int status() const noexcept { return status_; }
  const std::string& text() const noexcept { return text_; }
  const char* what() const noexcept override { return text_.c_str(); }

 private:
  int status_;
  std::string text_;
};

/// Ends the handler with this status. `text` is shown to the client.
[[noreturn]] inline void abort(int status, std::string text = {}) { throw HttpError(status, std::move(text)); }

namespace detail {

inline std::string_view view(as_str s) noexcept { return {s.ptr, s.len}; }
inline as_str str(std::string_view s) noexcept { return {s.data(), s.size()}; }

/// The pieces as one text. Cheaper to compile than a row of +.
inline std::string joined(std::initializer_list<std::string_view> pieces) {
  std::string text;
  for (const std::string_view piece : pieces) text.append(piece);
  return text;
}

/// Gives `code` back, to be returned.
inline std::int32_t set_error(as_error* error, std::int32_t code, std::string_view text) noexcept {
  error->code = code;
  const std::size_t n = text.size() < sizeof error->text ? text.size() : sizeof error->text - 1;
  std::memcpy(error->text, text.data(), n);
  error->text[n] = '\0';
  return code;
}

/// Where coroutine frames and request records come from. The host's table is one per process, so remembering two of
/// its functions is no state of an app: every mount and every instance sets the same ones.
struct FrameMemory {
  void* (*alloc)(std::size_t) = +[](std::size_t n) { return std::malloc(n); };
  void (*free)(void*, std::size_t) = +[](void* p, std::size_t) { std::free(p); };
};
inline constinit FrameMemory frame_memory;

inline void use_frames_of(const as_host& host) noexcept {
  if (frame_memory.alloc != host.mem_alloc) frame_memory = {host.mem_alloc, host.mem_free};
}

/// Base of everything allocated per request.
struct FromHost {
  static void* operator new(std::size_t n) {
    if (void* p = frame_memory.alloc(n)) return p;
    throw std::bad_alloc();
  }
  static void operator delete(void* p, std::size_t n) noexcept { frame_memory.free(p, n); }
};

inline std::string demangled(const char* name) {
  int failed = 0;
  char* text = abi::__cxa_demangle(name, nullptr, nullptr, &failed);
  std::string result = failed == 0 && text ? text : name;
  std::free(text);
  return result;
}

/// "std::runtime_error: boom". [any]
inline std::string describe(const std::exception_ptr& error) noexcept try {
  try {
    std::rethrow_exception(error);
  } catch (const std::exception& e) {
    return joined({demangled(typeid(e).name()), ": ", e.what()});
  } catch (const char* text) {
    return joined({"const char*: ", text});
  } catch (const std::string& text) {
    return joined({"std::string: ", text});
  } catch (...) {
    const std::type_info* type = abi::__cxa_current_exception_type();
    return type ? demangled(type->name()) : "unknown exception";
  }
} catch (...) {
  return {};
}

/// The standard phrase of a status code, or "Status" for codes nobody registered.
inline const char* reason(int status) noexcept {
  switch (status) {
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 406:
      return "Not Acceptable";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 418:
      return "I'm a teapot";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 507:
      return "Insufficient Storage";
    default:
      return "Status";
  }
}

}  // namespace detail

/// Writes to the server's log, marked with this app's name. Copies nothing, may be kept as long as the app. [any]
class Log {
 public:
  Log(const as_host* host, as_ctx* ctx) noexcept : host_(host), ctx_(ctx) {}
  /// One message, at this level.
  void debug(std::string_view text) const noexcept { write(AS_DEBUG, text); }
  void info(std::string_view text) const noexcept { write(AS_INFO, text); }
  void warn(std::string_view text) const noexcept { write(AS_WARN, text); }
  void error(std::string_view text) const noexcept { write(AS_ERROR, text); }
  bool debug_enabled() const noexcept { return host_->log_enabled(ctx_, AS_DEBUG) != 0; }

 private:
  void write(std::int32_t level, std::string_view text) const noexcept {
    host_->log(ctx_, level, text.data(), text.size());
  }
  const as_host* host_;
  as_ctx* ctx_;
};

}  // namespace v1
}  // namespace appserve
