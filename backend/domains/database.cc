#include "backend/domains/database.h"

#include <sqlite3.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::domains {
namespace {

constexpr size_t kCachedStatements = 128;

void Bind(sqlite3_stmt* statement, int index, const Cell& cell) {
  if (const auto* integer = std::get_if<int64_t>(&cell)) {
    sqlite3_bind_int64(statement, index, *integer);
  } else if (const auto* real = std::get_if<double>(&cell)) {
    sqlite3_bind_double(statement, index, *real);
  } else if (const auto* text = std::get_if<std::string>(&cell)) {
    sqlite3_bind_text64(statement, index, text->data(), text->size(), SQLITE_TRANSIENT, SQLITE_UTF8);
  } else if (const auto* blob = std::get_if<Blob>(&cell)) {
    sqlite3_bind_blob64(statement, index, blob->bytes.data(), blob->bytes.size(), SQLITE_TRANSIENT);
  } else {
    sqlite3_bind_null(statement, index);
  }
}

Cell Column(sqlite3_stmt* statement, int index) {
  const auto bytes = [&](const void* data) {
    return std::string(static_cast<const char*>(data),
                       static_cast<size_t>(sqlite3_column_bytes(statement, index)));
  };
  switch (sqlite3_column_type(statement, index)) {
    case SQLITE_INTEGER:
      return int64_t{sqlite3_column_int64(statement, index)};
    case SQLITE_FLOAT:
      return sqlite3_column_double(statement, index);
    case SQLITE_TEXT:
      return bytes(sqlite3_column_text(statement, index));
    case SQLITE_BLOB: {
      const void* data = sqlite3_column_blob(statement, index);
      return data == nullptr ? Blob{} : Blob{bytes(data)};
    }
    default:
      return std::monostate();
  }
}

/// SQLite tells a full disk from other failures, but not a quota or a limit of the process.
bool IsNoSpace(int error) { return error == ENOSPC || error == EDQUOT || error == EFBIG; }

}  // namespace

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::filesystem::path& path, bool read_only) {
  sqlite3* connection = nullptr;
  const int flags =
      SQLITE_OPEN_NOMUTEX | (read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  const int code = sqlite3_open_v2(path.c_str(), &connection, flags, nullptr);
  std::unique_ptr<Database> database(new Database(connection, path));
  if (code != SQLITE_OK) return database->Error(code, "open it");
  sqlite3_busy_timeout(connection, 5000);
  if (read_only) {
    sqlite3_db_config(connection, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    AMEIDE_RETURN_IF_ERROR(database->Run("PRAGMA wal_autocheckpoint=0").status());
  } else {
    for (const char* pragma :
         {"PRAGMA journal_mode=WAL", "PRAGMA synchronous=FULL", "PRAGMA foreign_keys=ON"}) {
      AMEIDE_RETURN_IF_ERROR(database->Run(pragma).status());
    }
  }
  return database;
}

Database::~Database() {
  for (auto& [sql, statement] : statements_) sqlite3_finalize(statement);
  sqlite3_close_v2(connection_);
}

absl::Status Database::Error(int code, std::string_view doing) const {
  const int system_error = errno;  // sqlite3_system_errno is not set by a commit that fails
  const std::string text = absl::StrCat("domain database ", path_.string(), ": cannot ", std::string(doing),
                                        ": ", sqlite3_errmsg(connection_));
  const std::string no_space = text + "; free some space and try again";
  switch (code & 0xff) {
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(no_space);
    case SQLITE_IOERR:
      return IsNoSpace(system_error) ? absl::ResourceExhaustedError(no_space) : absl::InternalError(text);
    case SQLITE_CONSTRAINT:
      return absl::AlreadyExistsError(text);
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(
          text + "; the file is damaged: restore it from a backup, or move it away to begin anew");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(text);
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return absl::PermissionDeniedError(text + "; check the permissions of the file and its folder");
    default:
      return absl::InternalError(text);
  }
}

absl::StatusOr<sqlite3_stmt*> Database::Prepare(const std::string& sql) {
  const auto found =
      std::find_if(statements_.begin(), statements_.end(), [&](const auto& s) { return s.first == sql; });
  if (found != statements_.end()) return found->second;
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return Error(code, absl::StrCat("prepare `", sql, "`"));
  if (statements_.size() >= kCachedStatements) {
    sqlite3_finalize(statements_.front().second);
    statements_.erase(statements_.begin());
  }
  statements_.emplace_back(sql, statement);
  return statement;
}

absl::StatusOr<std::vector<Row>> Database::Run(const std::string& sql, const std::vector<Cell>& parameters) {
  AMEIDE_ASSIGN_OR_RETURN(sqlite3_stmt * statement, Prepare(sql));
  for (size_t i = 0; i < parameters.size(); ++i) Bind(statement, static_cast<int>(i) + 1, parameters[i]);
  std::vector<Row> rows;
  int code;
  errno = 0;
  while ((code = sqlite3_step(statement)) == SQLITE_ROW) {
    Row row;
    for (int i = 0; i < sqlite3_column_count(statement); ++i) row.push_back(Column(statement, i));
    rows.push_back(std::move(row));
  }
  absl::Status status;
  if (code != SQLITE_DONE) status = Error(code, "run a statement");
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (!status.ok()) return status;
  return rows;
}

int64_t Database::changes() const { return sqlite3_changes64(connection_); }

absl::StatusOr<std::unique_ptr<Transaction>> Transaction::Begin(Database* database) {
  AMEIDE_RETURN_IF_ERROR(database->Run("BEGIN IMMEDIATE").status());
  return std::unique_ptr<Transaction>(new Transaction(database));
}

Transaction::~Transaction() {
  // A failed rollback means that SQLite has rolled back by itself already.
  if (open_) database_->Run("ROLLBACK").IgnoreError();
}

absl::Status Transaction::Commit() {
  AMEIDE_RETURN_IF_ERROR(database_->Run("COMMIT").status());
  open_ = false;
  return absl::OkStatus();
}

}  // namespace ameide::domains
