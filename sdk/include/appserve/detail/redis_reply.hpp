// What goes to Redis and what comes back: commands as bytes, replies as values, failures. Both by hiredis. No sockets.
#pragma once
#ifndef APPSERVE_CHECK_HEADERS
#pragma GCC system_header
#endif
#include <hiredis/hiredis.h>
#include <appserve/app.hpp>
#include <appserve/detail/text.hpp>

#include <memory>
#include <vector>

namespace appserve {
inline namespace v1 {

/// Why a command has no result. what() is a sentence with the server's address, never with a password.
class RedisError : public std::runtime_error {
 public:
  enum class Kind {
    unreachable,  ///< no connection; nothing was done
    refused,      ///< login, database or URL are wrong; nothing was done
    overloaded,   ///< too many commands are waiting already; nothing was done
    lost,         ///< the connection broke before the reply: done or not, nobody knows
    timed_out,    ///< no reply in time: done or not, nobody knows
    reply,        ///< the server's own error reply, e.g. "WRONGTYPE …": the command did nothing
    unexpected,   ///< the reply is of another type than the code asks for
  };
  RedisError(Kind kind, const std::string& text) : std::runtime_error(text), kind_(kind) {}
  /// Whether the command was done, was not, or nobody knows.
  Kind kind() const noexcept { return kind_; }

 private:
  Kind kind_;
};

/// A reply, or an element of one. Copies share it; an element keeps the whole alive. Empty means nil.
class RedisReply {
 public:
  RedisReply() = default;
  explicit RedisReply(std::shared_ptr<const redisReply> reply) noexcept : reply_(std::move(reply)) {}

  /// What it is. A reply is true unless it is nil.
  bool is_nil() const noexcept { return type() == REDIS_REPLY_NIL; }
  bool is_error() const noexcept { return type() == REDIS_REPLY_ERROR; }
  bool is_array() const noexcept { return type() == REDIS_REPLY_ARRAY; }
  explicit operator bool() const noexcept { return !is_nil(); }

  /// A string, a status ("OK") or an error's text; lives as long as a copy of this reply.
  std::string_view text() const {
    if (type() != REDIS_REPLY_STRING && type() != REDIS_REPLY_STATUS && type() != REDIS_REPLY_ERROR) wrong("a text");
    return {reply_->str, reply_->len};
  }
  std::string str() const { return std::string(text()); }
  /// A string, or nullopt for nil.
  std::optional<std::string> optional() const { return is_nil() ? std::nullopt : std::optional(str()); }
  /// An integer, also one that is stored as text.
  std::int64_t integer() const {
    if (type() == REDIS_REPLY_INTEGER) return reply_->integer;
    std::int64_t number = 0;
    if (!detail::parse_scalar(text(), number)) wrong("a number");
    return number;
  }
  /// The number of elements of an array; 0 for nil.
  std::size_t size() const {
    if (is_nil()) return 0;
    if (!is_array()) wrong("an array");
    return reply_->elements;
  }
  RedisReply operator[](std::size_t i) const {
    if (i >= size()) wrong("a longer array");
    return RedisReply(std::shared_ptr<const redisReply>(reply_, reply_->element[i]));
  }
  std::vector<std::string> strings() const {
    std::vector<std::string> all;
    for (std::size_t i = 0; i < size(); ++i) all.push_back((*this)[i].str());
    return all;
  }

 private:
  int type() const noexcept { return reply_ ? reply_->type : REDIS_REPLY_NIL; }
  [[noreturn]] void wrong(const char* wanted) const {
    static constexpr const char* kNames[] = {"", "a string", "an array", "a number", "nil", "a status", "an error"};
    const char* have = type() >= 1 && type() <= 6 ? kNames[type()] : "something else";
    throw RedisError(RedisError::Kind::unexpected, std::string("the Redis reply is ") + have + ", not " + wanted);
  }
  std::shared_ptr<const redisReply> reply_;
};

namespace detail {

/// A word of a command: text, or a number in decimal.
class RedisWord {
 public:
  template <class T>
    requires std::is_convertible_v<const T&, std::string_view>
  RedisWord(const T& text) : view_(text) {}  // NOLINT(google-explicit-constructor)
  template <std::integral T>
  RedisWord(T number) : own_(std::to_string(number)), view_(own_) {}  // NOLINT(google-explicit-constructor)
  RedisWord(const RedisWord&) = delete;
  RedisWord& operator=(const RedisWord&) = delete;
  std::string_view view() const noexcept { return view_; }

 private:
  std::string own_;
  std::string_view view_;
};

}  // namespace detail

/// Commands for Redis::pipeline, in order.
class RedisCommands {
 public:
  /// Words are text or integers; the first is the command's name.
  template <class... Words>
    requires(sizeof...(Words) > 0)
  RedisCommands& add(const Words&... words) {
    return add_words({detail::RedisWord(words).view()...});
  }
  RedisCommands& add_words(const std::vector<std::string_view>& words) {
    if (words.empty()) throw std::logic_error("a Redis command needs a name");
    std::vector<const char*> texts;
    std::vector<std::size_t> lengths;
    for (const std::string_view word : words) {
      texts.push_back(word.data());
      lengths.push_back(word.size());
    }
    char* formatted = nullptr;
    const auto size = redisFormatCommandArgv(&formatted, static_cast<int>(words.size()), texts.data(), lengths.data());
    if (size < 0) throw std::bad_alloc();
    const std::unique_ptr<char, void (*)(char*)> owner(formatted, &redisFreeCommand);
    bytes_.append(formatted, static_cast<std::size_t>(size));
    ++count_;
    return *this;
  }
  /// As they go over the wire.
  const std::string& bytes() const noexcept { return bytes_; }
  std::size_t count() const noexcept { return count_; }

 private:
  std::string bytes_;
  std::size_t count_ = 0;
};

namespace detail {

/// Bytes that come in, replies that come out.
class RedisParser {
 public:
  RedisParser() : reader_(redisReaderCreate()) {
    if (!reader_) throw std::bad_alloc();
  }
  void feed(const char* data, std::size_t size) { redisReaderFeed(reader_.get(), data, size); }
  /// False: more bytes are needed. Throws the parser's complaint as std::runtime_error.
  bool next(RedisReply& reply) {
    void* parsed = nullptr;
    if (redisReaderGetReply(reader_.get(), &parsed) != REDIS_OK) throw std::runtime_error(reader_->errstr);
    if (!parsed) return false;
    reply = RedisReply(std::shared_ptr<const redisReply>(static_cast<redisReply*>(parsed), &freeReplyObject));
    return true;
  }

 private:
  struct Free {
    void operator()(redisReader* reader) const noexcept { redisReaderFree(reader); }
  };
  std::unique_ptr<redisReader, Free> reader_;
};

}  // namespace detail
}  // namespace v1
}  // namespace appserve
