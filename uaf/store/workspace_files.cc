#include "uaf/store/workspace_files.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/bytes.h"
#include "base/hash.h"
#include "base/status.h"
#include "uaf/lifecycle/policy.h"
#include "uaf/merge/artifacts.h"
#include "uaf/store/settings_file.h"

namespace ameide::uaf {
namespace {

constexpr uint64_t kLargestSettingsFile = 1 << 20;
constexpr size_t kLongestPath = 4096;

constexpr std::string_view kIgnored =
    "# What belongs to this computer alone.\n"
    "/store.db\n/store.db-*\n/lock\n/aside/\n*~\n";

constexpr std::string_view kAttributes =
    "# The log is binary for git. `.uaf/log` and `.uaf/blobs` are only ever added to.\n"
    "* -text -diff\n";

std::string NewWorkspaceId(const WorkspaceOptions& options) {
  if (options.root_commit.empty()) return HexEncode(options.random->Bytes(32));
  ByteWriter identity;
  identity.String("ameide workspace");
  identity.String(options.root_commit);
  identity.String(options.folder_in_repository);
  return Sha256(identity.bytes()).Hex();
}

bool IsValidUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80                   ? 1
                          : lead >= 0xf0 && lead < 0xf5 ? 4
                          : lead >= 0xe0                ? 3
                          : lead >= 0xc2                ? 2
                                                        : 0;
    if (length == 0 || lead >= 0xf5 || i + length > text.size()) return false;
    for (size_t j = 1; j < length; ++j) {
      if ((static_cast<unsigned char>(text[i + j]) & 0xc0) != 0x80) return false;
    }
    i += length;
  }
  return true;
}

absl::Status BadPath(std::string_view path, std::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("`", ReadableName(path), "` cannot be an artifact's path: ", std::string(why)));
}

}  // namespace

WorkspaceLayout::WorkspaceLayout(std::filesystem::path folder)
    : root(std::move(folder)),
      dot_uaf(root / ".uaf"),
      workspace_yaml(dot_uaf / "workspace.yaml"),
      policy_yaml(dot_uaf / "policy.yaml"),
      store(dot_uaf / "store.db"),
      lock(dot_uaf / "lock"),
      log(dot_uaf / "log"),
      blobs(dot_uaf / "blobs"),
      keys(dot_uaf / "keys"),
      aside(dot_uaf / "aside") {}

absl::Status CheckNoLinks(const WorkspaceLayout& layout) {
  const std::filesystem::path own[] = {layout.dot_uaf,
                                       layout.workspace_yaml,
                                       layout.policy_yaml,
                                       layout.store,
                                       layout.dot_uaf / "store.db-wal",
                                       layout.dot_uaf / "store.db-shm",
                                       layout.lock,
                                       layout.log,
                                       layout.blobs,
                                       layout.keys,
                                       layout.aside};
  for (const std::filesystem::path& path : own) {
    std::error_code error;
    if (std::filesystem::is_symlink(path, error)) {
      return absl::FailedPreconditionError(
          absl::StrCat(path.string(),
                       " is a symbolic link; nothing of a workspace's own may be one, because it "
                       "could lead anywhere: put the real file or folder in its place"));
    }
  }
  return absl::OkStatus();
}

absl::Status WriteWorkspaceFiles(const WorkspaceOptions& options) {
  const WorkspaceLayout layout(options.root);
  FileSystem& files = *options.files;
  if (files.Exists(layout.workspace_yaml)) {
    return absl::AlreadyExistsError(absl::StrCat(options.root.string(), " is a workspace already"));
  }
  AMEIDE_RETURN_IF_ERROR(files.CreateFolders(layout.dot_uaf));
  AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(layout.dot_uaf / ".gitignore", kIgnored));
  AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(layout.dot_uaf / ".gitattributes", kAttributes));
  AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(layout.policy_yaml, lifecycle::OpenPolicyText()));
  // Last, because this is what makes the folder a workspace.
  return files.WriteAtomically(layout.workspace_yaml,
                               SettingsText(kReaderVersion, NewWorkspaceId(options), std::nullopt));
}

absl::StatusOr<std::string> ReadWorkspaceId(const WorkspaceLayout& layout, const FileSystem& files) {
  absl::StatusOr<std::string> text = files.Read(layout.workspace_yaml, kLargestSettingsFile);
  if (absl::IsNotFound(text.status())) {
    return absl::NotFoundError(
        absl::StrCat(layout.root.string(), " is no workspace; `ameide init` makes it one"));
  }
  AMEIDE_RETURN_IF_ERROR(text.status());
  try {
    const YAML::Node settings = YAML::Load(*text);
    if (settings["reader"].as<int>(1) > kReaderVersion) {
      return absl::FailedPreconditionError(
          absl::StrCat(layout.workspace_yaml.string(), " asks for reader version ",
                       settings["reader"].as<int>(), "; install a newer Ameide"));
    }
    std::string id = settings["id"].as<std::string>("");
    if (Hash256::FromHex(id).ok()) return id;
  } catch (const YAML::Exception& error) {
    return absl::InvalidArgumentError(
        absl::StrCat(layout.workspace_yaml.string(), ": ", error.what(), "; restore it from git"));
  }
  return absl::InvalidArgumentError(
      absl::StrCat(layout.workspace_yaml.string(), " holds no valid `id`; restore it from git"));
}

std::string PublicKeyFile(const Ed25519PublicKey& key, const Author& owner, std::string_view device) {
  std::string comment = absl::StrCat(owner.name, " <", owner.email, "> on ", std::string(device));
  std::replace_if(
      comment.begin(), comment.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20; }, ' ');
  return absl::StrCat("ameide-ed25519 ", HexEncode(key.view()), " ", comment, "\n");
}

absl::StatusOr<Ed25519PublicKey> ReadPublicKey(const WorkspaceLayout& layout, const FileSystem& files,
                                               std::string_view fingerprint) {
  const bool plain = std::all_of(fingerprint.begin(), fingerprint.end(),
                                 [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!plain || fingerprint.empty()) return absl::DataLossError("it names no key");
  const std::filesystem::path path = layout.keys / absl::StrCat(std::string(fingerprint), ".pub");
  absl::StatusOr<std::string> text = files.Read(path, kLargestSettingsFile);
  if (absl::IsNotFound(text.status())) {
    return absl::DataLossError(absl::StrCat("its key ", path.string(), " is missing; restore it from git"));
  }
  AMEIDE_RETURN_IF_ERROR(text.status());
  if (absl::StatusOr<Ed25519PublicKey> key = ParsePublicKeyFile(*text, fingerprint); key.ok()) return key;
  return absl::DataLossError(
      absl::StrCat(path.string(), " does not hold the key that its name says; restore it from git"));
}

absl::StatusOr<Ed25519PublicKey> ParsePublicKeyFile(std::string_view text, std::string_view fingerprint) {
  constexpr std::string_view kPrefix = "ameide-ed25519 ";
  constexpr size_t kDigits = 64;
  if (text.starts_with(kPrefix) && text.size() > kPrefix.size() + kDigits && text.ends_with('\n') &&
      text[kPrefix.size() + kDigits] == ' ') {
    const std::string_view digits = text.substr(kPrefix.size(), kDigits);
    absl::StatusOr<std::string> bytes = HexDecode(digits);
    if (bytes.ok() && HexEncode(*bytes) == digits) {
      absl::StatusOr<Ed25519PublicKey> key = Ed25519PublicKey::FromBytes(*bytes);
      if (key.ok() && key->Fingerprint() == fingerprint) return key;
    }
  }
  return absl::DataLossError("its key's file does not hold the key that its name says");
}

absl::StatusOr<std::string> ArtifactPath(const std::filesystem::path& root,
                                         const std::filesystem::path& path) {
  std::error_code error;
  std::filesystem::path relative = path;
  if (path.is_absolute()) {
    // Only the folder is resolved: the file itself may be a symbolic link, and stays one.
    const std::filesystem::path folder = std::filesystem::weakly_canonical(path.parent_path(), error);
    relative = (folder / path.filename()).lexically_relative(std::filesystem::weakly_canonical(root, error));
  }
  const std::string text = relative.lexically_normal().generic_string();
  if (text.empty() || text == "." || text.back() == '/') return BadPath(path.string(), "it names no file");
  if (text.size() > kLongestPath) return BadPath(path.string(), "it is too long");
  if (!IsValidUtf8(text)) return BadPath(path.string(), "it is not valid UTF-8");
  for (const char c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f)
      return BadPath(path.string(), "it holds control characters");
  }
  for (const std::filesystem::path& part : std::filesystem::path(text)) {
    if (part == "..") return BadPath(path.string(), "it lies outside the workspace");
    if (SamePath(part.string(), ".git") || SamePath(part.string(), ".uaf")) {
      return BadPath(path.string(), ".git and .uaf hold no artifacts");
    }
  }
  if (relative.is_absolute()) return BadPath(path.string(), "it lies outside the workspace");
  return text;
}

std::string ReadableName(std::string_view name) {
  const bool plain = std::none_of(name.begin(), name.end(),
                                  [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; });
  if (plain && IsValidUtf8(name)) return std::string(name);
  return absl::CHexEscape(absl::string_view(name.data(), name.size()));
}

absl::Status CheckArtifactPath(const std::string& path) {
  if (std::filesystem::path(path).is_absolute()) return BadPath(path, "it lies outside the workspace");
  AMEIDE_ASSIGN_OR_RETURN(const std::string normal, ArtifactPath({}, path));
  return normal == path ? absl::OkStatus() : BadPath(path, "it is not in its normal form");
}

absl::Status CheckInside(const std::filesystem::path& root, const std::string& path) {
  std::error_code error;
  const std::filesystem::path real_root = std::filesystem::weakly_canonical(root, error);
  const std::filesystem::path real = std::filesystem::weakly_canonical(root / path, error);
  const std::filesystem::path relative = real.lexically_relative(real_root);
  if (error || relative.empty() || *relative.begin() == ".." || *relative.begin() == ".git" ||
      *relative.begin() == ".uaf") {
    return absl::PermissionDeniedError(absl::StrCat(
        path, " is reached through a symbolic link that leads out of the workspace; it is left alone"));
  }
  return absl::OkStatus();
}

bool SamePath(std::string_view a, std::string_view b) { return merge::FoldPath(a) == merge::FoldPath(b); }

}  // namespace ameide::uaf
