// SQLite's C API with owners: a connection, a prepared statement, one run of a statement. The only door to sqlite3.h.
// Not thread-safe: whoever owns the Database takes turns. Errors throw StoreError.
#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace tictactoe::sqlite {

class Database {
 public:
  explicit Database(const std::string& path);

  /// Runs one or more statements without parameters.
  void execute(const char* sql);
  /// A one-row, one-number query, e.g. "PRAGMA user_version".
  std::int64_t number(const char* sql);
  /// Rows the last insert, update or delete touched.
  int changes() const { return sqlite3_changes(handle_.get()); }
  [[noreturn]] void fail(std::string_view doing) const;
  sqlite3* handle() const { return handle_.get(); }

 private:
  struct Close {
    void operator()(sqlite3* db) const { sqlite3_close(db); }
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

class Statement {
 public:
  Statement(Database& db, std::string_view sql);

 private:
  friend class Run;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Database& db_;
  std::unique_ptr<sqlite3_stmt, Finalize> handle_;
};

/// One execution of a statement: bind in order, step through the rows; the statement is ready again when it ends.
class Run {
 public:
  explicit Run(Statement& statement) : statement_(statement) {}
  Run(const Run&) = delete;
  Run& operator=(const Run&) = delete;
  ~Run();

  /// The text must stay alive as long as the Run.
  Run& bind(std::string_view text);
  Run& bind(std::int64_t number);
  /// True: a row is there. False: done.
  bool step();
  /// step() that also tells a broken unique rule (false) from success (true); for inserts.
  bool insert();

  std::string text(int column) const;
  std::int64_t number(int column) const { return sqlite3_column_int64(handle(), column); }

 private:
  sqlite3_stmt* handle() const { return statement_.handle_.get(); }
  void check(int result, std::string_view doing) const;

  Statement& statement_;
  int bound_ = 0;
};

/// BEGIN IMMEDIATE … COMMIT; rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& db) : db_(db) { db_.execute("BEGIN IMMEDIATE"); }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction();
  void commit();

 private:
  Database& db_;
  bool open_ = true;
};

}  // namespace tictactoe::sqlite
