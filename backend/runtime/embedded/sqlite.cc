#include "backend/runtime/embedded/sqlite.h"

#include <sqlite3.h>

#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::runtime {
namespace {

// A checkpoint of many pages costs less per commit than many of few.
constexpr char kWriterPragmas[] =
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=4000; PRAGMA "
    "cache_size=-65536;"
    "PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY;";
constexpr char kReaderPragmas[] = "PRAGMA wal_autocheckpoint=0; PRAGMA query_only=ON;";
constexpr int kBusyMilliseconds = 5000;

/// SQLite tells a full disk from other failures, but not a quota or a limit of the process.
bool IsNoSpace(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

}  // namespace

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::operator=(Statement&& other) noexcept {
  std::swap(owner_, other.owner_);
  std::swap(statement_, other.statement_);
  std::swap(bound_, other.bound_);
  std::swap(running_, other.running_);
  return *this;
}

void Statement::Reset() {
  sqlite3_reset(statement_);
  running_ = false;
  bound_ = 0;
}

void Statement::BeginBinding() {
  if (running_) Reset();
}

Statement& Statement::Bind(int64_t value) {
  BeginBinding();
  sqlite3_bind_int64(statement_, ++bound_, value);
  return *this;
}

Statement& Statement::Bind(std::string_view text) {
  BeginBinding();
  sqlite3_bind_text64(statement_, ++bound_, text.data() == nullptr ? "" : text.data(), text.size(),
                      SQLITE_TRANSIENT, SQLITE_UTF8);
  return *this;
}

Statement& Statement::BindBlob(std::string_view bytes) {
  BeginBinding();
  sqlite3_bind_blob64(statement_, ++bound_, bytes.data() == nullptr ? "" : bytes.data(), bytes.size(),
                      SQLITE_TRANSIENT);
  return *this;
}

Statement& Statement::BindNull() {
  BeginBinding();
  sqlite3_bind_null(statement_, ++bound_);
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  running_ = true;
  errno = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  absl::Status status;
  if (code != SQLITE_DONE) status = owner_->Error(code, sqlite3_sql(statement_));
  sqlite3_reset(statement_);
  if (!status.ok()) return status;
  return false;
}

absl::Status Statement::Run() {
  if (bound_ == 0) BeginBinding();
  return Step().status();
}

int64_t Statement::Int(int column) const { return sqlite3_column_int64(statement_, column); }

std::string_view Statement::Text(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  return {static_cast<const char*>(bytes), static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::IsNull(int column) const { return sqlite3_column_type(statement_, column) == SQLITE_NULL; }

absl::StatusOr<std::unique_ptr<Sqlite>> Sqlite::Open(const std::filesystem::path& file, Mode mode) {
  sqlite3* connection = nullptr;
  const int access = mode == Mode::kRead ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  const int code = sqlite3_open_v2(file.c_str(), &connection, access | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<Sqlite> sqlite(new Sqlite(connection, file));
  if (code != SQLITE_OK) return sqlite->Error(code, "open");
  sqlite3_extended_result_codes(connection, 1);
  sqlite3_busy_timeout(connection, kBusyMilliseconds);
  if (mode == Mode::kRead) sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  AMEIDE_RETURN_IF_ERROR(sqlite->Execute(mode == Mode::kRead ? kReaderPragmas : kWriterPragmas));
  return sqlite;
}

Sqlite::~Sqlite() { sqlite3_close_v2(connection_); }

absl::Status Sqlite::Execute(const std::string& sql) {
  const int code = sqlite3_exec(connection_, sql.c_str(), nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Error(code, sql);
}

absl::StatusOr<Statement> Sqlite::Prepare(std::string_view sql) {
  Statement statement;
  statement.owner_ = this;
  const int code = sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement.statement_, nullptr);
  if (code != SQLITE_OK) return Error(code, sql);
  return statement;
}

absl::Status Sqlite::Error(int code, std::string_view doing) const {
  const int system_error = errno;  // sqlite3_system_errno is not set by a commit that fails
  const std::string what = absl::StrCat("journal ", file_.string(), ": ", sqlite3_errmsg(connection_));
  const std::string where = absl::StrCat(" (in `", std::string(doing.substr(0, 120)), "`)");
  switch (code & 0xff) {
    case SQLITE_IOERR:
      if (!IsNoSpace(system_error)) return absl::InternalError(what + where);
      [[fallthrough]];
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(what + "; free some space and try again");
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(
          what + "; the file is damaged: restore it from a backup, or move it away to begin anew");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return absl::PermissionDeniedError(what + "; check the folder's permissions");
    case SQLITE_CONSTRAINT:
      return absl::AlreadyExistsError(what + where);
    case SQLITE_BUSY:
      return absl::UnavailableError(what + where);
    default:
      return absl::InternalError(what + where);
  }
}

}  // namespace ameide::runtime
