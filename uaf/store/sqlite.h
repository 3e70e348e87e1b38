#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "uaf/store/page_checks.h"
#include "uaf/store/work_thread.h"

struct sqlite3;
struct sqlite3_stmt;

namespace ameide::uaf {

class Database;
class WordSplitter;

/// A prepared statement; must not outlive its database, which takes it back for the next Prepare of the same
/// text. Parameters are bound by position from 1, columns read from 0. Not thread-safe. A first failed Bind
/// is reported by Step.
class Statement {
 public:
  Statement(Statement&& other) noexcept;
  Statement& operator=(Statement&& other) noexcept;
  ~Statement();

  Statement& Bind(int position, int64_t value);
  /// Text is not copied: it must live until the next Reset.
  Statement& BindText(int position, std::string_view text);
  Statement& BindBlob(int position, std::string_view bytes);
  Statement& BindNull(int position);

  /// True when there is a row. Errors as in Database.
  absl::StatusOr<bool> Step();
  /// For statements without rows: runs to the end and resets.
  absl::Status Run();
  /// Makes it ready for another execution; parameters are cleared.
  void Reset();

  int64_t Int(int column) const;
  double Double(int column) const;
  /// Valid until the next Step or Reset.
  std::string_view Text(int column) const;
  std::string_view Blob(int column) const;
  bool IsNull(int column) const;

 private:
  friend class Database;
  absl::Status Await() const;
  Statement(Database* database, sqlite3_stmt* statement) : database_(database), statement_(statement) {}
  Database* database_ = nullptr;
  sqlite3_stmt* statement_ = nullptr;
  int failed_ = 0;
};

/// One connection to an SQLite database, used by one thread at a time. Errors: RESOURCE_EXHAUSTED (disk
/// full), PERMISSION_DENIED (read-only), DATA_LOSS (damaged file), FAILED_PRECONDITION (constraint),
/// UNAVAILABLE (I/O error: close and open again before going on), INTERNAL.
///
/// Work may be deferred to a thread of the database's own, so that the caller prepares what comes next while
/// SQLite inserts and the disk syncs. Whatever else the caller does with the database or a statement of it
/// waits for that work first, and fails where it failed: nobody sees the connection but as if all had been
/// done at once.
class Database {
 public:
  enum class Mode {
    kOwner,      ///< reads, writes, checkpoints; creates the file
    kReader,     ///< reads beside an owner in this or another process; never checkpoints
    kImmutable,  ///< reads a file in a folder that cannot be written and has no owner
  };
  /// `driver` names the SQLite VFS; empty: the default one.
  static absl::StatusOr<std::unique_ptr<Database>> Open(const std::filesystem::path& path, Mode mode,
                                                        const std::string& driver = {});
  /// A private database in memory.
  static absl::StatusOr<std::unique_ptr<Database>> OpenInMemory();
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs statements without parameters and results.
  absl::Status Execute(std::string_view sql);
  absl::StatusOr<Statement> Prepare(std::string_view sql);
  /// True between BEGIN and COMMIT or ROLLBACK; an error may end a transaction by itself.
  bool InTransaction() const;

  /// Writes every page of the file anew, with its checksum, as it reads now; outside a transaction.
  absl::Status WriteAnew();
  /// Does so when the file, of an earlier format, has no room for checksums yet (PageChecks).
  absl::Status AddPageChecks();
  /// Reads every page that holds anything, past what is kept in memory. Numbers of those that are not as
  /// they were written; pages that are only in the write-ahead log, which has its own checksums, are not
  /// looked at.
  absl::StatusOr<std::vector<uint64_t>> ChangedPages();

  /// From now on what is given to Do is deferred, or done at once.
  void Defer(bool deferred);
  bool deferred() const { return deferred_; }
  /// Does `work` (a function that returns a Status, and owns all that it needs) at once, or defers it. Then
  /// its failure is told by Settle, and nothing that was deferred behind it is done.
  template <typename Work>
  absl::Status Do(Work work) {
    if (!deferred_) return work();
    later_->Give(std::move(work));
    return absl::OkStatus();
  }
  /// What was deferred begins now, if it has not begun already.
  void BeginDeferred() {
    if (later_ != nullptr) later_->Begin();
  }
  /// Waits for what was deferred; its first failure, which is forgotten.
  absl::Status Settle() { return later_ == nullptr ? absl::OkStatus() : later_->Settle(); }

  /// What the tokenizer of the full-text index does (uaf/projection/words.h).
  const WordSplitter& words() const { return *words_; }

 private:
  friend class Statement;
  Database(sqlite3* handle, std::unique_ptr<PageChecks> checks);
  absl::Status PrepareForSearch();
  void TakeBack(sqlite3_stmt* statement);
  /// Waits for what was deferred, unless this is it; its failure.
  absl::Status Await() const {
    if (later_ == nullptr || later_->IsThis()) return absl::OkStatus();
    return later_->Wait();
  }

  std::unique_ptr<PageChecks> checks_;  ///< none in memory; outlives the connection
  sqlite3* handle_;
  std::unique_ptr<WordSplitter> words_;
  /// Statements that nobody uses at the moment, by their text.
  std::multimap<std::string, sqlite3_stmt*, std::less<>> idle_;
  bool deferred_ = false;
  std::unique_ptr<WorkThread> later_;  ///< made when it is needed first
};

}  // namespace ameide::uaf
