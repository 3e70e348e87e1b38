#include "tests/simulation/computer.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "tests/uaf/fixture.h"

namespace ameide::uaf::simulation {
namespace {

using uaf::Workspace;
using uaf::WorkspaceOptions;

/// Longer than any simulation runs.
constexpr std::chrono::hours kNever{24 * 365};

/// Calls `visit` with the path, relative to `root`, of every file below `folder`; an error where a folder
/// cannot be read.
template <typename Visit>
absl::Status ForEachFile(const FileSystem& files, const std::filesystem::path& root,
                         const std::string& folder, const Visit& visit) {
  const auto entries = files.List(root / folder);
  if (absl::IsNotFound(entries.status())) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(entries.status());
  for (const FolderEntry& entry : *entries) {
    const std::string path = folder.empty() ? entry.name : absl::StrCat(folder, "/", entry.name);
    if (entry.kind == EntryKind::kFolder) {
      AMEIDE_RETURN_IF_ERROR(ForEachFile(files, root, path, visit));
    } else {
      AMEIDE_RETURN_IF_ERROR(visit(path));
    }
  }
  return absl::OkStatus();
}

}  // namespace

Computer::Computer(DiskImage start, uint64_t seed, WallTime now, Pace pace, std::string person)
    : clock_(now),
      random_(seed),
      disk_(std::move(start), &clock_),
      formats_(uaf::MakeTestFormats()),
      pace_(pace),
      person_(std::move(person)) {}

WorkspaceOptions Computer::Options() {
  WorkspaceOptions options;
  options.root = root_;
  options.profile = "/simulated/profile";
  options.actor = {person_, absl::StrCat(absl::AsciiStrToLower(person_), "@example.org"), "simulation 1"};
  options.clock = &clock_;
  options.random = &random_;
  options.files = &files_;
  options.database_driver = driver_.name();
  options.formats = formats_.get();
  options.idle_wait = pace_ == Pace::kAtOnce ? std::chrono::milliseconds(0) : kNever;
  // What could not be written is tried again much later, not in a loop.
  options.longest_wait = kNever;
  return options;
}

absl::StatusOr<std::unique_ptr<Workspace>> Computer::Open() {
  const WorkspaceOptions options = Options();
  if (!files_.Exists(root_ / ".uaf" / "workspace.yaml")) {
    AMEIDE_RETURN_IF_ERROR(Workspace::Initialize(options));
  }
  return Workspace::Open(options);
}

std::optional<std::string> Computer::Read(std::string_view path) const {
  absl::StatusOr<std::string> bytes = files_.Read(root_ / path, kLargestArtifact);
  if (!bytes.ok()) return std::nullopt;
  return *std::move(bytes);
}

absl::Status Computer::Save(std::string_view path, std::string_view bytes) {
  const std::filesystem::path target = root_ / path;
  AMEIDE_RETURN_IF_ERROR(files_.CreateFolders(target.parent_path()));
  return files_.WriteAtomically(target, bytes, 0644);
}

absl::Status Computer::Carry(const CarriedFile& file) {
  if (!half_carried_.contains(file.path) && Read(file.path) == file.bytes) return absl::OkStatus();
  half_carried_[file.path] = file.bytes;
  AMEIDE_RETURN_IF_ERROR(Save(file.path, file.bytes));
  half_carried_.erase(file.path);
  return absl::OkStatus();
}

absl::Status Computer::CarryOn() {
  const std::map<std::string, std::string> left = half_carried_;
  for (const auto& each : left) AMEIDE_RETURN_IF_ERROR(Carry({each.first, each.second}));
  return absl::OkStatus();
}

absl::StatusOr<std::vector<CarriedFile>> Computer::Shared() const {
  std::vector<CarriedFile> shared;
  const absl::Status status =
      ForEachFile(files_, root_, ".uaf", [&](const std::string& path) -> absl::Status {
        if (path.starts_with(".uaf/store.db") || path == ".uaf/lock" || path.starts_with(".uaf/aside"))
          return absl::OkStatus();
        AMEIDE_ASSIGN_OR_RETURN(std::string bytes, files_.Read(root_ / path, kLargestArtifact));
        shared.push_back({path, std::move(bytes)});
        return absl::OkStatus();
      });
  if (status.ok()) return shared;
  return absl::InternalError(
      absl::StrCat("git cannot read the workspace; check the disk: ", status.ToString()));
}

std::vector<std::string> Computer::WorkingFiles() const {
  std::vector<std::string> found;
  ForEachFile(files_, root_, "", [&](const std::string& path) {
    if (!path.starts_with('.') && path.find("/.") == std::string::npos) found.push_back(path);
    return absl::OkStatus();
  }).IgnoreError();
  return found;
}

void Settle(const Workspace& workspace) {
  // Whatever waits goes first: the store's thread takes one thing after the other.
  (void)workspace.LogIncompleteBecause();
}

}  // namespace ameide::uaf::simulation
