#include "uaf/store/history.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "uaf/log/forks.h"
#include "uaf/log/history_file.h"
#include "uaf/log/segment.h"
#include "uaf/store/log_files.h"

namespace ameide::uaf {
namespace {

constexpr char kBlobs[] = ".uaf/blobs/";
constexpr char kKeys[] = ".uaf/keys/";
constexpr char kWorkspaceFile[] = ".uaf/workspace.yaml";

absl::Status In(const std::filesystem::path& file, std::string_view entry, absl::string_view why) {
  return absl::DataLossError(
      absl::StrCat(file.string(), ": ", std::string(entry), ": ", why, "; nothing was written"));
}

/// What a history holds must be believed before anything of it lies in a folder.
class Judge {
 public:
  Judge(const History& history, const std::filesystem::path& file) : history_(history), file_(file) {
    for (const HistoryEntry& entry : history.entries) by_path_.emplace(entry.path, &entry);
  }

  absl::Status Run() const {
    const auto settings = by_path_.find(kWorkspaceFile);
    if (settings == by_path_.end() || settings->second->bytes.find(history_.workspace) == std::string::npos) {
      return In(file_, kWorkspaceFile, "it is missing or belongs to another workspace");
    }
    for (const HistoryEntry& entry : history_.entries) {
      if (entry.path.starts_with(kBlobs) &&
          Sha256(entry.bytes).Hex() != entry.path.substr(sizeof(kBlobs) - 1))
        return In(file_, entry.path, "it does not hold what its name says");
      if (const auto name = ParseLogPath(entry.path)) AMEIDE_RETURN_IF_ERROR(CheckLog(*name, entry));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status CheckLog(const LogFileName& name, const HistoryEntry& entry) const {
    const absl::StatusOr<std::vector<SignedSegment>> segments = DecodePack(entry.bytes);
    if (!segments.ok()) return In(file_, entry.path, segments.status().message());
    for (const SignedSegment& segment : *segments) {
      const absl::Status verified =
          VerifySegment(segment, [this](std::string_view fingerprint) { return Key(fingerprint); });
      if (!verified.ok()) return In(file_, entry.path, verified.message());
    }
    const Segment& first = segments->front().segment;
    if (first.workspace != history_.workspace || first.stream != WrittenAs(name.stream) ||
        first.number != name.first || segments->back().segment.number != name.last) {
      return In(file_, entry.path, "it belongs to another place in the log");
    }
    return absl::OkStatus();
  }

  absl::StatusOr<Ed25519PublicKey> Key(std::string_view fingerprint) const {
    const auto found = by_path_.find(absl::StrCat(kKeys, std::string(fingerprint), ".pub"));
    if (found == by_path_.end()) return absl::DataLossError("its key is missing");
    return ParsePublicKeyFile(found->second->bytes, fingerprint);
  }

  const History& history_;
  const std::filesystem::path& file_;
  std::map<std::string, const HistoryEntry*, std::less<>> by_path_;
};

}  // namespace

absl::Status WriteHistory(const WorkspaceLayout& layout, FileSystem& files, const std::string& workspace,
                          std::span<const std::string> paths, const std::filesystem::path& file) {
  History history{workspace, {}};
  for (const std::string& path : paths) {
    if (!IsHistoryPath(path)) continue;
    AMEIDE_ASSIGN_OR_RETURN(std::string bytes, files.Read(layout.root / path, kLargestHistory));
    history.entries.push_back({path, std::move(bytes)});
  }
  std::sort(history.entries.begin(), history.entries.end());
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, EncodeHistory(history));
  return files.WriteAtomically(file, bytes);
}

absl::Status ReadHistory(const WorkspaceLayout& layout, FileSystem& files,
                         const std::filesystem::path& file) {
  if (files.Exists(layout.dot_uaf)) {
    return absl::AlreadyExistsError(
        absl::StrCat(layout.root.string(), " holds a workspace already; import into another folder"));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, files.Read(file, kLargestHistory));
  const absl::StatusOr<History> history = DecodeHistory(bytes);
  if (!history.ok()) {
    return absl::Status(history.status().code(),
                        absl::StrCat(file.string(), ": ", history.status().message()));
  }
  AMEIDE_RETURN_IF_ERROR(Judge(*history, file).Run());
  const HistoryEntry* workspace_file = nullptr;
  for (const HistoryEntry& entry : history->entries) {
    if (entry.path == kWorkspaceFile) {
      workspace_file = &entry;
      continue;
    }
    const std::filesystem::path path = layout.root / entry.path;
    AMEIDE_RETURN_IF_ERROR(files.CreateFolders(path.parent_path()));
    AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(path, entry.bytes));
  }
  // Last, because this is what makes the folder a workspace.
  AMEIDE_RETURN_IF_ERROR(files.CreateFolders(layout.dot_uaf));
  return files.WriteAtomically(layout.workspace_yaml, workspace_file->bytes);
}

}  // namespace ameide::uaf
