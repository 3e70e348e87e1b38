#include "uaf/store/verify_files.h"

#include <algorithm>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/hash.h"

namespace ameide::uaf {
namespace {

using document::Finding;
using document::Severity;

constexpr uint64_t kLargestSettingsFile = 1 << 20;

/// What may lie in `.uaf`.
struct Expected {
  std::string_view name;
  EntryKind kind;
};
constexpr std::array<Expected, 12> kExpected = {{{"workspace.yaml", EntryKind::kFile},
                                                 {"policy.yaml", EntryKind::kFile},
                                                 {".gitignore", EntryKind::kFile},
                                                 {".gitattributes", EntryKind::kFile},
                                                 {"store.db", EntryKind::kFile},
                                                 {"store.db-wal", EntryKind::kFile},
                                                 {"store.db-shm", EntryKind::kFile},
                                                 {"lock", EntryKind::kFile},
                                                 {"log", EntryKind::kFolder},
                                                 {"blobs", EntryKind::kFolder},
                                                 {"keys", EntryKind::kFolder},
                                                 {"aside", EntryKind::kFolder}}};

bool IsDigits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool IsSegmentOrPack(std::string_view name) {
  if (name.ends_with(".seg")) return IsDigits(name.substr(0, name.size() - 4));
  if (!name.ends_with(".pack")) return false;
  const std::string_view range = name.substr(0, name.size() - 5);
  const size_t dash = range.find('-');
  return dash != std::string_view::npos && IsDigits(range.substr(0, dash)) &&
         IsDigits(range.substr(dash + 1));
}

bool IsTemporary(std::string_view name) { return name.starts_with('.') && name.ends_with('~'); }

class Checker {
 public:
  Checker(const WorkspaceLayout& layout, const FileSystem& files) : layout_(layout), files_(files) {}

  std::vector<Finding> Run() {
    const auto entries = files_.List(layout_.dot_uaf);
    if (!entries.ok()) {
      Tell(Severity::kError, "file/unreadable", std::string(entries.status().message()));
      return std::move(findings_);
    }
    std::set<std::string> sound;
    for (const FolderEntry& entry : *entries) {
      if (CheckEntry(entry)) sound.insert(entry.name);
    }
    CheckSettings(sound);
    CheckAttributes(sound.contains(".gitattributes"));
    if (sound.contains("log")) CheckLog();
    if (sound.contains("blobs")) {
      CheckFolder(layout_.blobs, [](std::string_view name) { return Hash256::FromHex(name).ok(); });
    }
    if (sound.contains("keys")) CheckKeys();
    if (sound.contains("aside")) CheckAside();
    return std::move(findings_);
  }

 private:
  void Tell(Severity severity, std::string_view rule, std::string message) {
    Finding finding;
    finding.severity = severity;
    finding.rule = rule;
    finding.message = std::move(message);
    findings_.push_back(std::move(finding));
  }
  void TellForeign(const std::filesystem::path& path) {
    Tell(Severity::kWarning, "file/foreign",
         absl::StrCat(ReadableName(path.string()),
                      " is nothing of Ameide's and is passed over; move it away"));
  }
  void TellLeftover(const std::filesystem::path& path) {
    Tell(Severity::kWarning, "file/leftover",
         absl::StrCat(
             ReadableName(path.string()),
             " was left by a write that was cut short; opening the workspace for writing removes it"));
  }

  /// True for one of ours that is what it should be.
  bool CheckEntry(const FolderEntry& entry) {
    const std::filesystem::path path = layout_.dot_uaf / entry.name;
    const auto expected = std::find_if(kExpected.begin(), kExpected.end(),
                                       [&](const Expected& each) { return each.name == entry.name; });
    if (expected == kExpected.end()) {
      IsTemporary(entry.name) ? TellLeftover(path) : TellForeign(path);
      return false;
    }
    if (entry.kind == expected->kind) return true;
    const bool store = entry.name == "store.db";
    Tell(Severity::kError, "file/kind",
         absl::StrCat(path.string(), " should be a ",
                      expected->kind == EntryKind::kFolder ? "folder" : "file", ", but is ",
                      entry.kind == EntryKind::kFolder ? "a folder"
                      : entry.kind == EntryKind::kLink ? "a symbolic link"
                      : entry.kind == EntryKind::kFile ? "a file"
                                                       : "a pipe or device",
                      store ? "; `ameide doctor --rebuild` sets it aside and builds the store from the log"
                            : "; move it away and restore the real one from git"));
    return false;
  }

  void CheckSettings(const std::set<std::string>& sound) {
    if (const auto id = ReadWorkspaceId(layout_, files_); !id.ok()) {
      Tell(Severity::kError, "workspace/settings", std::string(id.status().message()));
    }
    if (!sound.contains("policy.yaml")) {
      Tell(Severity::kError, "workspace/policy",
           absl::StrCat(layout_.policy_yaml.string(),
                        " is missing: nobody knows who approves what; restore it "
                        "from git"));
    } else if (const auto policy = files_.Read(layout_.policy_yaml, kLargestSettingsFile); !policy.ok()) {
      Tell(Severity::kError, "workspace/policy", std::string(policy.status().message()));
    }
    if (!sound.contains("store.db")) return;
    const auto stamp = files_.Stamp(layout_.store);
    if (stamp.ok() && stamp->size == 0) {
      Tell(Severity::kError, "store/empty",
           absl::StrCat(layout_.store.string(),
                        " is empty: it was cut to nothing, or never written; `ameide doctor "
                        "--rebuild` sets it aside and builds the store from the log"));
    }
  }

  /// Git must not change line ends of the log: whatever else it says, the last word on `*` is ours.
  void CheckAttributes(bool present) {
    const std::filesystem::path path = layout_.dot_uaf / ".gitattributes";
    const auto text =
        present ? files_.Read(path, kLargestSettingsFile) : absl::StatusOr<std::string>(std::string());
    if (!text.ok()) return Tell(Severity::kError, "file/unreadable", std::string(text.status().message()));
    bool binary = false;
    for (const absl::string_view line : absl::StrSplit(*text, '\n')) {
      const std::vector<std::string> words =
          absl::StrSplit(line, absl::ByAnyChar(" \t\r"), absl::SkipEmpty());
      if (words.empty() || words[0].starts_with('#')) continue;
      if (words[0] == "*" || words[0] == "**") binary = binary || Has(words, "-text") || Has(words, "binary");
      if (Has(words, "text") || Has(words, "text=auto")) binary = false;
    }
    if (binary) return;
    Tell(
        Severity::kWarning, "file/attributes",
        absl::StrCat(path.string(), present ? " lets" : " is missing, which lets",
                     " git change line ends of the log, which breaks its hashes on computers that do so; put "
                     "the line `* -text -diff` at its end"));
  }

  static bool Has(const std::vector<std::string>& words, std::string_view word) {
    return std::find(words.begin(), words.end(), word) != words.end();
  }

  template <typename IsOurs>
  void CheckFolder(const std::filesystem::path& folder, IsOurs is_ours) {
    const auto entries = files_.List(folder);
    if (!entries.ok())
      return Tell(Severity::kError, "file/unreadable", std::string(entries.status().message()));
    for (const FolderEntry& entry : *entries) {
      if (entry.kind == EntryKind::kFile && is_ours(entry.name)) continue;
      IsTemporary(entry.name) ? TellLeftover(folder / entry.name) : TellForeign(folder / entry.name);
    }
  }

  void CheckLog() {
    const auto streams = files_.List(layout_.log);
    if (!streams.ok())
      return Tell(Severity::kError, "file/unreadable", std::string(streams.status().message()));
    for (const FolderEntry& stream : *streams) {
      if (stream.kind == EntryKind::kFolder) {
        CheckFolder(layout_.log / stream.name,
                    [](std::string_view name) { return IsSegmentOrPack(name) || name == ".gitignore"; });
      } else {
        IsTemporary(stream.name) ? TellLeftover(layout_.log / stream.name)
                                 : TellForeign(layout_.log / stream.name);
      }
    }
  }

  void CheckKeys() {
    CheckFolder(layout_.keys, [this](std::string_view name) {
      if (!name.ends_with(".pub")) return false;
      const auto key = ReadPublicKey(layout_, files_, name.substr(0, name.size() - 4));
      if (!key.ok()) {
        Tell(Severity::kError, "key/changed", std::string(key.status().message()));
      }
      return true;
    });
  }

  void CheckAside() {
    const auto entries = files_.List(layout_.aside);
    if (!entries.ok())
      return Tell(Severity::kError, "file/unreadable", std::string(entries.status().message()));
    if (entries->empty()) return;
    Tell(Severity::kInfo, "file/aside",
         absl::StrCat(layout_.aside.string(), " keeps ", entries->size(),
                      " files that could not be taken in or were replaced; look at them, then remove them"));
  }

  const WorkspaceLayout& layout_;
  const FileSystem& files_;
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> VerifyFiles(const WorkspaceLayout& layout, const FileSystem& files) {
  return Checker(layout, files).Run();
}

std::vector<Finding> VerifyLeftovers(const WorkspaceLayout& layout, const FileSystem& files,
                                     std::span<const std::string> paths) {
  std::set<std::filesystem::path> folders;
  std::set<std::filesystem::path> known;
  for (const std::string& path : paths) {
    known.insert(layout.root / path);
    folders.insert((layout.root / path).parent_path());
  }
  std::vector<Finding> findings;
  for (const std::filesystem::path& folder : folders) {
    const auto entries = files.List(folder);
    if (!entries.ok()) continue;  // the missing file itself is told
    for (const FolderEntry& entry : *entries) {
      if (!IsTemporary(entry.name)) continue;
      // `.<file>.<digits>~`
      const size_t dot = entry.name.rfind('.');
      if (dot < 2 || !known.contains(folder / entry.name.substr(1, dot - 1))) continue;
      Finding finding;
      finding.severity = Severity::kWarning;
      finding.rule = "file/leftover";
      finding.message = absl::StrCat((folder / entry.name).string(),
                                     " was left by a write that was cut short; opening the "
                                     "workspace for writing removes it, or keeps it aside");
      findings.push_back(std::move(finding));
    }
  }
  return findings;
}

}  // namespace ameide::uaf
