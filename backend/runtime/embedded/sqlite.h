#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ameide::runtime {

class Sqlite;

/// A prepared statement that is run again and again. Usage: bind every parameter, then Step until it says
/// false or fails; the next Bind begins anew. Texts are copied when bound unless said otherwise. Not
/// thread-safe; must not outlive its connection.
class Statement {
 public:
  Statement() = default;
  ~Statement();
  Statement(Statement&& other) noexcept { *this = std::move(other); }
  Statement& operator=(Statement&& other) noexcept;

  /// Binds the next parameter, from the first after a run.
  Statement& Bind(int64_t value);
  Statement& Bind(std::string_view text);
  Statement& BindBlob(std::string_view bytes);
  Statement& BindNull();

  /// True when there is a row, false at the end.
  absl::StatusOr<bool> Step();
  /// Runs a statement that has no rows.
  absl::Status Run();

  /// Ends a run early; without it a statement with rows left keeps its connection at the moment when it
  /// began.
  void Reset();

  /// Columns of the present row, from 0; views are valid until the next Step.
  int64_t Int(int column) const;
  std::string_view Text(int column) const;
  bool IsNull(int column) const;

 private:
  friend class Sqlite;
  void BeginBinding();

  Sqlite* owner_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  int bound_ = 0;
  bool running_ = false;
};

/// Resets a statement that outlives a scope when the scope is left, by whatever way.
class ResetAtEnd {
 public:
  explicit ResetAtEnd(Statement& statement) : statement_(statement) {}
  ~ResetAtEnd() { statement_.Reset(); }
  ResetAtEnd(const ResetAtEnd&) = delete;
  ResetAtEnd& operator=(const ResetAtEnd&) = delete;

 private:
  Statement& statement_;
};

/// One SQLite connection; errors are values that name the file: RESOURCE_EXHAUSTED for a full disk, DATA_LOSS
/// for a damaged file, PERMISSION_DENIED, else INTERNAL. Not thread-safe.
class Sqlite {
 public:
  enum class Mode { kWrite, kRead };
  /// kWrite creates the file, with WAL and every commit synchronised to the disk. kRead never checkpoints:
  /// SQLite before 3.51.3 loses data when two connections do.
  static absl::StatusOr<std::unique_ptr<Sqlite>> Open(const std::filesystem::path& file, Mode mode);
  ~Sqlite();
  Sqlite(const Sqlite&) = delete;
  Sqlite& operator=(const Sqlite&) = delete;

  /// Runs statements without parameters and rows.
  absl::Status Execute(const std::string& sql);
  absl::StatusOr<Statement> Prepare(std::string_view sql);
  /// The error that a result code stands for.
  absl::Status Error(int code, std::string_view doing) const;
  const std::filesystem::path& file() const { return file_; }

 private:
  Sqlite(sqlite3* connection, std::filesystem::path file) : connection_(connection), file_(std::move(file)) {}
  sqlite3* connection_;
  std::filesystem::path file_;
};

}  // namespace ameide::runtime
