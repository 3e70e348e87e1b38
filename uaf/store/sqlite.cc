#include "uaf/store/sqlite.h"

#include <sqlite3.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/projection/words.h"

namespace ameide::uaf {
namespace {

absl::Status ErrorOf(sqlite3* handle, int code) {
  const std::string text = absl::StrCat("the store failed: ", sqlite3_errmsg(handle));
  switch (code & 0xff) {
    case SQLITE_FULL:
      return absl::ResourceExhaustedError(absl::StrCat(text, "; free some space and try again"));
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_CANTOPEN:
      return absl::PermissionDeniedError(absl::StrCat(text, "; check the permissions of the .uaf folder"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return absl::DataLossError(
          absl::StrCat(text, "; `ameide doctor --rebuild` builds it anew from the log"));
    case SQLITE_CONSTRAINT:
      return absl::FailedPreconditionError(text);
    case SQLITE_IOERR:
      // Readers, too, need a few pages beside the store (its -shm file).
      if (code == SQLITE_IOERR_SHMSIZE || code == SQLITE_IOERR_SHMOPEN || code == SQLITE_IOERR_SHMMAP) {
        return absl::ResourceExhaustedError(
            absl::StrCat(text,
                         ": reading needs 32 KiB beside the store, which the disk does not give; free some "
                         "space and try again"));
      }
      return absl::UnavailableError(absl::StrCat(text, " (I/O error ", code, "); check the disk"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return absl::UnavailableError(absl::StrCat(text, "; try again"));
    default:
      return absl::InternalError(absl::StrCat(text, "; try again, and run `ameide doctor` if that fails"));
  }
}

constexpr std::string_view kOwnerSettings =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA foreign_keys=ON;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON;"
    "PRAGMA cache_size=-16384;";

constexpr std::string_view kReaderSettings =
    "PRAGMA query_only=ON;"
    "PRAGMA wal_autocheckpoint=0;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON;";

}  // namespace

Statement::Statement(Statement&& other) noexcept
    : database_(other.database_),
      statement_(std::exchange(other.statement_, nullptr)),
      failed_(other.failed_) {}

Statement& Statement::operator=(Statement&& other) noexcept {
  if (this != &other) {
    if (statement_ != nullptr) database_->TakeBack(statement_);
    database_ = other.database_;
    statement_ = std::exchange(other.statement_, nullptr);
    failed_ = other.failed_;
  }
  return *this;
}

Statement::~Statement() {
  if (statement_ != nullptr) database_->TakeBack(statement_);
}

absl::Status Statement::Await() const { return database_->Await(); }

Statement& Statement::Bind(int position, int64_t value) {
  Await().IgnoreError();  // Step tells
  if (const int code = sqlite3_bind_int64(statement_, position, value); code != SQLITE_OK) failed_ = code;
  return *this;
}

Statement& Statement::BindText(int position, std::string_view text) {
  Await().IgnoreError();  // Step tells
  const int code = sqlite3_bind_text64(statement_, position, text.empty() ? "" : text.data(), text.size(),
                                       SQLITE_STATIC, SQLITE_UTF8);
  if (code != SQLITE_OK) failed_ = code;
  return *this;
}

Statement& Statement::BindBlob(int position, std::string_view bytes) {
  Await().IgnoreError();  // Step tells
  const int code = sqlite3_bind_blob64(statement_, position, bytes.empty() ? "" : bytes.data(), bytes.size(),
                                       SQLITE_STATIC);
  if (code != SQLITE_OK) failed_ = code;
  return *this;
}

Statement& Statement::BindNull(int position) {
  Await().IgnoreError();  // Step tells
  if (const int code = sqlite3_bind_null(statement_, position); code != SQLITE_OK) failed_ = code;
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  AMEIDE_RETURN_IF_ERROR(Await());
  sqlite3* const handle = sqlite3_db_handle(statement_);
  if (failed_ != 0) return ErrorOf(handle, failed_);
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  absl::Status status = ErrorOf(handle, sqlite3_extended_errcode(handle));
  sqlite3_reset(statement_);
  return status;
}

absl::Status Statement::Run() {
  while (true) {
    absl::StatusOr<bool> row = Step();
    if (!row.ok() || !*row) {
      Reset();
      return row.status();
    }
  }
}

void Statement::Reset() {
  Await().IgnoreError();  // Step tells
  sqlite3_reset(statement_);
  sqlite3_clear_bindings(statement_);
  failed_ = 0;
}

int64_t Statement::Int(int column) const {
  Await().IgnoreError();  // Step tells
  return sqlite3_column_int64(statement_, column);
}

double Statement::Double(int column) const {
  Await().IgnoreError();  // Step tells
  return sqlite3_column_double(statement_, column);
}

std::string_view Statement::Text(int column) const {
  Await().IgnoreError();  // Step tells
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, column));
  return {text == nullptr ? "" : text, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

std::string_view Statement::Blob(int column) const {
  Await().IgnoreError();  // Step tells
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(statement_, column));
  return {bytes == nullptr ? "" : bytes, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
}

bool Statement::IsNull(int column) const {
  Await().IgnoreError();  // Step tells
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

Database::Database(sqlite3* handle, std::unique_ptr<PageChecks> checks)
    : checks_(std::move(checks)), handle_(handle) {}

absl::Status Database::PrepareForSearch() {
  AMEIDE_RETURN_IF_ERROR(RegisterWords(handle_));
  AMEIDE_ASSIGN_OR_RETURN(words_, WordSplitter::Make(handle_));
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(const std::filesystem::path& path, Mode mode,
                                                         const std::string& driver) {
  std::string name = path.string();
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
  if (mode == Mode::kImmutable) {
    // A URI, so that SQLite looks for no -wal or -shm file that it could not create.
    std::string escaped;
    for (const char c : name) {
      if (c == '%' || c == '?' || c == '#') {
        absl::StrAppend(&escaped, "%", absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
      } else {
        escaped += c;
      }
    }
    name = absl::StrCat("file:", escaped, "?immutable=1");
    flags |= SQLITE_OPEN_URI | SQLITE_OPEN_READONLY;
  } else {
    // A reader also opens read-write, because it must be able to map the -shm file; query_only keeps it from
    // writing.
    flags |= SQLITE_OPEN_READWRITE | (mode == Mode::kOwner ? SQLITE_OPEN_CREATE : 0);
  }
  AMEIDE_ASSIGN_OR_RETURN(std::unique_ptr<PageChecks> checks, PageChecks::Make(driver));
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(name.c_str(), &handle, flags, checks->name().c_str());
  auto database = std::unique_ptr<Database>(new Database(handle, std::move(checks)));
  if (code != SQLITE_OK) return ErrorOf(handle, code);
  sqlite3_busy_timeout(handle, 5000);
  sqlite3_db_config(handle, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  AMEIDE_RETURN_IF_ERROR(database->PrepareForSearch());
  if (mode == Mode::kOwner) {
    int reserved = PageChecks::kReserved;  // counts for a new file, and for one that is written anew
    sqlite3_file_control(handle, "main", SQLITE_FCNTL_RESERVE_BYTES, &reserved);
    AMEIDE_RETURN_IF_ERROR(database->Execute(kOwnerSettings));
  } else {
    sqlite3_db_config(handle, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    AMEIDE_RETURN_IF_ERROR(database->Execute(kReaderSettings));
  }
  return database;
}

absl::StatusOr<std::unique_ptr<Database>> Database::OpenInMemory() {
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2(":memory:", &handle,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX, nullptr);
  auto database = std::unique_ptr<Database>(new Database(handle, nullptr));
  if (code != SQLITE_OK) return ErrorOf(handle, code);
  AMEIDE_RETURN_IF_ERROR(database->PrepareForSearch());
  AMEIDE_RETURN_IF_ERROR(database->Execute("PRAGMA foreign_keys=ON"));
  return database;
}

Database::~Database() {
  later_.reset();
  for (const auto& [sql, statement] : idle_) sqlite3_finalize(statement);
  words_.reset();
  sqlite3_close_v2(handle_);
}

void Database::Defer(bool deferred) {
  if (deferred && later_ == nullptr) later_ = std::make_unique<WorkThread>();
  deferred_ = deferred;
}

void Database::TakeBack(sqlite3_stmt* statement) {
  constexpr size_t kMostIdle = 100;
  Await().IgnoreError();  // Step tells
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  if (idle_.size() >= kMostIdle) {
    sqlite3_finalize(idle_.begin()->second);
    idle_.erase(idle_.begin());
  }
  idle_.emplace(sqlite3_sql(statement), statement);
}

absl::Status Database::Execute(std::string_view sql) {
  AMEIDE_RETURN_IF_ERROR(Await());
  const std::string text(sql);
  if (sqlite3_exec(handle_, text.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) {
    return ErrorOf(handle_, sqlite3_extended_errcode(handle_));
  }
  return absl::OkStatus();
}

absl::StatusOr<Statement> Database::Prepare(std::string_view sql) {
  AMEIDE_RETURN_IF_ERROR(Await());
  if (const auto idle = idle_.find(sql); idle != idle_.end()) {
    sqlite3_stmt* const ready = idle->second;
    idle_.erase(idle);
    return Statement(this, ready);
  }
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(handle_, sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return ErrorOf(handle_, code);
  return Statement(this, statement);
}

absl::Status Database::WriteAnew() {
  AMEIDE_RETURN_IF_ERROR(Execute("VACUUM"));
  // Into the file, whose header says that there are checksums.
  return Execute("PRAGMA wal_checkpoint(TRUNCATE)");
}

absl::Status Database::AddPageChecks() {
  AMEIDE_RETURN_IF_ERROR(Await());
  return checks_ == nullptr || checks_->on() ? absl::OkStatus() : WriteAnew();
}

absl::StatusOr<std::vector<uint64_t>> Database::ChangedPages() {
  AMEIDE_RETURN_IF_ERROR(Execute("PRAGMA shrink_memory"));
  AMEIDE_RETURN_IF_ERROR(Execute("PRAGMA integrity_check(1)"));
  return checks_ == nullptr ? std::vector<uint64_t>() : checks_->Changed();
}

bool Database::InTransaction() const {
  Await().IgnoreError();  // Step tells
  return sqlite3_get_autocommit(handle_) == 0;
}

}  // namespace ameide::uaf
