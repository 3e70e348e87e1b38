#include "tests/simulation/tampering.h"

#include <algorithm>
#include <mutex>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "tests/simulation/workload.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf::simulation {
namespace {

constexpr char kStore[] = ".uaf/store.db";

/// What can be read of a workspace: by table of the store, and what a person sees.
using Contents = std::map<std::string, std::string>;

absl::StatusOr<std::vector<std::string>> TextColumn(Database& database, const std::string& sql) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database.Prepare(sql));
  std::vector<std::string> texts;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return texts;
    texts.emplace_back(query.Text(0));
  }
}

/// Every row of every table.
absl::Status ReadTables(Database& database, Contents& contents) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> tables,
                          TextColumn(database,
                                     "SELECT name FROM sqlite_schema WHERE type = 'table' AND sql NOT"
                                     " LIKE 'CREATE VIRTUAL%' ORDER BY name"));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> schema,
                          TextColumn(database, "SELECT sql FROM sqlite_schema ORDER BY rowid"));
  for (const std::string& line : schema) absl::StrAppend(&contents["schema"], line, "\n");
  for (const std::string& table : tables) {
    AMEIDE_ASSIGN_OR_RETURN(
        const std::vector<std::string> columns,
        TextColumn(database,
                   absl::StrCat("SELECT 'quote(\"' || name || '\")' FROM pragma_table_info('", table, "')")));
    std::string row;
    for (const std::string& column : columns) absl::StrAppend(&row, row.empty() ? "" : " || ',' || ", column);
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<std::string> rows,
                            TextColumn(database, absl::StrCat("SELECT ", row, " FROM \"", table, "\"")));
    for (const std::string& line : rows)
      absl::StrAppend(&contents[absl::StrCat("table ", table)], line, "\n");
  }
  return absl::OkStatus();
}

/// What somebody sees who opens the workspace; an error, or what Verify finds first.
absl::Status Look(const DiskImage& image, WallTime now, Contents& contents) {
  Computer computer(image, 1, now, Pace::kOnRequest);
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Workspace> workspace,
                          Workspace::OpenReadOnly(computer.Options()));
  AMEIDE_ASSIGN_OR_RETURN(const auto findings, Damage(*workspace));
  if (!findings.empty()) return absl::DataLossError(findings.front().message);
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Artifact> artifacts, workspace->Artifacts(true));
  for (const Artifact& artifact : artifacts) {
    AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, workspace->Render(artifact.id));
    absl::StrAppend(&contents["artifacts"], artifact.path, "\n", bytes);
  }
  AMEIDE_ASSIGN_OR_RETURN(
      const std::unique_ptr<Database> database,
      Database::Open(computer.root() / kStore, Database::Mode::kReader, computer.Options().database_driver));
  return ReadTables(*database, contents);
}

/// Opening for writing must not crash, whatever it finds; then what it holds is judged as above.
absl::Status OpenAsOwner(const DiskImage& image, WallTime now) {
  Computer computer(image, 1, now, Pace::kOnRequest);
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<Workspace> workspace, computer.Open());
  return workspace->Verify().status();
}

bool IsNamed(const std::string& path, const std::string& message) {
  const std::string name = path.substr(path.rfind('/') + 1);
  if (absl::StrContains(message, name)) return true;
  if (path != kStore) return false;
  for (const char* word : {"the store", "event ", "stream ", "snapshot", "artifact"}) {
    if (absl::StrContains(message, word)) return true;
  }
  return false;
}

std::string FileKind(const std::string& path) {
  for (const char* folder : {".uaf/log", ".uaf/blobs", ".uaf/keys"}) {
    if (path.starts_with(folder)) return folder;
  }
  return path;
}

struct TargetFile {
  std::string path;
  InodeNumber inode = 0;
};

class Trial {
 public:
  Trial(const TamperPlan& plan, DiskImage image, WallTime now, std::vector<TargetFile> targets)
      : plan_(plan), image_(std::move(image)), now_(now), targets_(std::move(targets)) {}

  TamperReport Run() {
    if (const absl::Status sound = Look(image_, now_, before_); !sound.ok()) {
      report_.silent["untouched"] = {1, sound.ToString()};
      return report_;
    }
    std::vector<std::thread> threads;
    for (unsigned i = 0; i < plan_.threads; ++i) threads.emplace_back([this, i] { Work(i); });
    for (std::thread& thread : threads) thread.join();
    return report_;
  }

 private:
  void Work(unsigned worker) {
    uint64_t number = 0;
    for (const TargetFile& target : targets_) {
      const size_t size = image_.at(target.inode).bytes->size();
      for (uint64_t at = plan_.seed % plan_.stride; at < size; at += plan_.stride) {
        if (number++ % plan_.threads == worker) Change(target, at);
      }
    }
  }

  void Change(const TargetFile& target, uint64_t at) {
    DiskImage changed = image_;
    Inode& inode = changed[target.inode];
    inode.bytes = std::make_shared<std::string>(*inode.bytes);
    (*inode.bytes)[at] = static_cast<char>((*inode.bytes)[at] ^ (1 << (at % 7)));
    Contents after;
    const absl::Status look = Look(changed, now_, after);
    if (look.ok()) OpenAsOwner(changed, now_).IgnoreError();
    const std::scoped_lock lock(mutex_);
    ++report_.changes;
    TamperCount& count = report_.files[FileKind(target.path)];
    ++count.changes;
    if (!look.ok()) {
      ++count.found;
      if (IsNamed(target.path, std::string(look.message()))) return;
      Tell(absl::StrCat(FileKind(target.path), " (found, not named)"), target, at,
           std::string(look.message()));
      return;
    }
    if (after == before_) {
      ++count.without;
      return;
    }
    for (const auto& [part, content] : before_) {
      if (after[part] != content) Tell(part, target, at, "reads differently, and nobody finds it");
    }
  }

  void Tell(const std::string& part, const TargetFile& target, uint64_t at, const std::string& what) {
    auto& entry = report_.silent[part];
    if (++entry.first == 1)
      entry.second = absl::StrCat("seed ", plan_.seed, ", ", target.path, " byte ", at, ": ", what);
  }

  const TamperPlan& plan_;
  const DiskImage image_;
  WallTime now_;
  std::vector<TargetFile> targets_;
  Contents before_;
  std::mutex mutex_;
  TamperReport report_;
};

}  // namespace

TamperReport TryTampering(const TamperPlan& plan) {
  Workload::Options options;
  options.seed = plan.seed;
  options.steps = plan.steps;
  options.pace = Pace::kAtOnce;
  TamperReport report;
  DiskImage image;
  WallTime now;
  std::vector<TargetFile> targets;
  {
    Workload workload(std::move(options));
    std::string problem = workload.Run();
    if (problem.empty()) problem = workload.Reopen();
    if (problem.empty() && !workload.workspace()->Seal().ok()) problem = "it cannot be sealed";
    if (!problem.empty()) {
      report.silent["run"] = {1, problem};
      return report;
    }
    workload.Close();
    Computer& ada = workload.ada();
    now = workload.recording().latest + std::chrono::hours(1);
    image = ada.disk().Snapshot();
    std::vector<std::string> paths = {kStore};
    const auto shared = ada.Shared();
    if (!shared.ok()) return report;
    for (const CarriedFile& file : *shared) paths.push_back(file.path);
    for (const std::string& path : paths) {
      struct stat status {};
      if (path.ends_with(".gitignore") || path.ends_with(".gitattributes")) continue;
      if (ada.disk().StatusOf((ada.root() / path).c_str(), &status) == 0)
        targets.push_back({path, status.st_ino});
    }
  }
  return Trial(plan, std::move(image), now, std::move(targets)).Run();
}

}  // namespace ameide::uaf::simulation
