#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ameide::domains {

/// A value of a column: null, integer, real, text or blob.
struct Blob {
  std::string bytes;
  bool operator==(const Blob&) const = default;
};
/// One column's value as SQLite knows it.
using Cell = std::variant<std::monostate, int64_t, double, std::string, Blob>;
/// One row of a result.
using Row = std::vector<Cell>;

/// One SQLite connection: prepared, cached statements, errors as values. Not thread-safe.
class Database {
 public:
  /// Opens or creates with WAL, synchronous=FULL and foreign keys. `read_only` connections never checkpoint
  /// (SQLite's WAL-reset bug before 3.51.3: only the one writing connection may).
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::filesystem::path& path, bool read_only);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs one statement with `?` parameters and returns all rows. RESOURCE_EXHAUSTED for a full disk,
  /// ALREADY_EXISTS for a uniqueness violation, DATA_LOSS for a damaged file, else INTERNAL.
  absl::StatusOr<std::vector<Row>> Run(const std::string& sql, const std::vector<Cell>& parameters = {});
  /// Number of rows that the last statement changed.
  int64_t changes() const;

 private:
  Database(sqlite3* connection, std::filesystem::path path)
      : connection_(connection), path_(std::move(path)) {}
  absl::StatusOr<sqlite3_stmt*> Prepare(const std::string& sql);
  absl::Status Error(int code, std::string_view doing) const;

  sqlite3* connection_;
  const std::filesystem::path path_;
  std::vector<std::pair<std::string, sqlite3_stmt*>> statements_;
};

/// Rolls back on destruction unless committed.
class Transaction {
 public:
  /// BEGIN IMMEDIATE.
  static absl::StatusOr<std::unique_ptr<Transaction>> Begin(Database* database);
  ~Transaction();
  /// Durable when it returns OK.
  absl::Status Commit();

 private:
  explicit Transaction(Database* database) : database_(database) {}
  Database* database_;
  bool open_ = true;
};

}  // namespace ameide::domains
