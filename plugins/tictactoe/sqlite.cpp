#include "sqlite.hpp"

#include "store.hpp"

namespace tictactoe::sqlite {

Database::Database(const std::string& path) : path_(path) {
  sqlite3* opened = nullptr;
  // NOMUTEX: the owner takes turns already.
  const int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  const int result = sqlite3_open_v2(path.c_str(), &opened, flags, nullptr);
  handle_.reset(opened);
  if (result != SQLITE_OK) fail("cannot open");
}

void Database::execute(const char* sql) {
  if (sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr) != SQLITE_OK) fail(sql);
}

std::int64_t Database::number(const char* sql) {
  Statement statement(*this, sql);
  Run run(statement);
  return run.step() ? run.number(0) : 0;
}

void Database::fail(std::string_view doing) const {
  const char* why = handle_ ? sqlite3_errmsg(handle_.get()) : "out of memory";
  throw StoreError("SQLite, " + path_ + ": " + std::string(doing) + ": " + why);
}

Statement::Statement(Database& db, std::string_view sql) : db_(db) {
  sqlite3_stmt* prepared = nullptr;
  const int result = sqlite3_prepare_v3(db.handle(), sql.data(), static_cast<int>(sql.size()),
                                        SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
  handle_.reset(prepared);
  if (result != SQLITE_OK) db.fail("cannot prepare a statement");
}

Run::~Run() {
  sqlite3_reset(handle());
  sqlite3_clear_bindings(handle());
}

Run& Run::bind(std::string_view text) {
  // An empty view may have no data; SQLite would read that as NULL.
  const char* data = text.empty() ? "" : text.data();
  check(sqlite3_bind_text(handle(), ++bound_, data, static_cast<int>(text.size()), SQLITE_STATIC), "cannot bind");
  return *this;
}

Run& Run::bind(std::int64_t number) {
  check(sqlite3_bind_int64(handle(), ++bound_, number), "cannot bind");
  return *this;
}

bool Run::step() {
  const int result = sqlite3_step(handle());
  if (result == SQLITE_ROW) return true;
  if (result != SQLITE_DONE) statement_.db_.fail("cannot run a statement");
  return false;
}

bool Run::insert() {
  const int result = sqlite3_step(handle());
  if (result == SQLITE_CONSTRAINT_PRIMARYKEY) return false;
  if (result != SQLITE_DONE) statement_.db_.fail("cannot insert");
  return true;
}

std::string Run::text(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle(), column));
  return bytes ? std::string(bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle(), column))) : std::string();
}

void Run::check(int result, std::string_view doing) const {
  if (result != SQLITE_OK) statement_.db_.fail(doing);
}

Transaction::~Transaction() {
  if (open_) sqlite3_exec(db_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
}

void Transaction::commit() {
  db_.execute("COMMIT");
  open_ = false;
}

}  // namespace tictactoe::sqlite
