#include "uaf/workspace.h"

#include <unistd.h>

#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/log.h"
#include "base/platform/paths.h"
#include "base/platform/process.h"
#include "base/status.h"
#include "uaf/owner/remote_workspace.h"
#include "uaf/store/history.h"
#include "uaf/store/owned_workspace.h"
#include "uaf/store/profile.h"
#include "uaf/store/reading_workspace.h"
#include "uaf/store/schema.h"
#include "uaf/store/verify_files.h"
#include "uaf/store/workspace_files.h"

namespace ameide::uaf {
namespace {

absl::Status CheckOptions(const WorkspaceOptions& options) {
  if (options.clock == nullptr || options.random == nullptr || options.files == nullptr ||
      options.formats == nullptr) {
    return absl::InternalError("a workspace needs a clock, randomness, a file system and formats");
  }
  if (!options.root.is_absolute())
    return absl::InvalidArgumentError("the workspace's folder must be an absolute path");
  return absl::OkStatus();
}

std::string LockNote(const WorkspaceOptions& options) {
  return absl::StrCat(options.actor.tool.empty() ? "ameide" : options.actor.tool, ", process ", ::getpid(),
                      " on ", HostName(), ", since ", FormatTime(options.clock->Now()));
}

/// Where the owner of the workspace listens: the same for all programs of the user.
absl::StatusOr<std::filesystem::path> OwnerSocket(const WorkspaceOptions& options) {
  std::error_code error;
  std::filesystem::path root = std::filesystem::canonical(options.root, error);
  if (error) root = options.root;
  return SocketPath(options.sockets /
                    absl::StrCat("workspace-", Sha256(root.string()).Hex().substr(0, 24), ".sock"));
}

}  // namespace

absl::Status Workspace::Initialize(const WorkspaceOptions& options) {
  AMEIDE_RETURN_IF_ERROR(CheckOptions(options));
  AMEIDE_RETURN_IF_ERROR(options.files->CreateFolders(options.root));
  if (const auto outer = FindRoot(options.root.parent_path()); outer.ok()) {
    return absl::FailedPreconditionError(absl::StrCat(options.root.string(), " lies inside the workspace ",
                                                      outer->string(), "; workspaces are not nested"));
  }
  AMEIDE_ASSIGN_OR_RETURN(const Ed25519PrivateKey key,
                          LoadOrMakeDeviceKey(options.profile, *options.files, *options.random));
  AMEIDE_RETURN_IF_ERROR(WriteWorkspaceFiles(options));
  const WorkspaceLayout layout(options.root);
  AMEIDE_RETURN_IF_ERROR(options.files->CreateFolders(layout.keys));
  return options.files->WriteAtomically(
      layout.keys / absl::StrCat(key.public_key().Fingerprint(), ".pub"),
      PublicKeyFile(key.public_key(), {options.actor.name, options.actor.email}, HostName()));
}

std::vector<document::Finding> Workspace::VerifyFolder(const WorkspaceOptions& options) {
  return VerifyFiles(WorkspaceLayout(options.root), *options.files);
}

absl::Status Workspace::ImportHistory(const WorkspaceOptions& options, const std::filesystem::path& file) {
  return ReadHistory(WorkspaceLayout(options.root), *options.files, file);
}

absl::StatusOr<std::filesystem::path> Workspace::FindRoot(const std::filesystem::path& start) {
  std::error_code error;
  for (std::filesystem::path folder = std::filesystem::absolute(start, error).lexically_normal();;
       folder = folder.parent_path()) {
    if (std::filesystem::exists(folder / ".uaf" / "workspace.yaml", error)) return folder;
    if (folder == folder.parent_path()) break;
  }
  return absl::NotFoundError(
      absl::StrCat(start.string(), " lies in no workspace; `ameide init` makes a folder one"));
}

absl::StatusOr<std::unique_ptr<Workspace>> Workspace::Open(const WorkspaceOptions& options) {
  AMEIDE_RETURN_IF_ERROR(CheckOptions(options));
  const WorkspaceLayout layout(options.root);
  AMEIDE_RETURN_IF_ERROR(CheckNoLinks(layout));
  AMEIDE_ASSIGN_OR_RETURN(std::string id, ReadWorkspaceId(layout, *options.files));
  absl::StatusOr<std::unique_ptr<FileLock>> lock = options.files->TryLock(layout.lock, LockNote(options));
  if (!lock.ok()) {
    const char* way_out = "";
    if (absl::IsPermissionDenied(lock.status())) {
      way_out =
          "; nothing can be changed here, commands that only read work (log, show, diff, export, search)";
    } else if (absl::IsFailedPrecondition(lock.status())) {
      way_out = "; close it there, or use commands that only read (log, show, diff, export, search)";
    }
    return absl::Status(lock.status().code(), absl::StrCat("workspace ", options.root.string(), ": ",
                                                           lock.status().message(), way_out));
  }
  AMEIDE_ASSIGN_OR_RETURN(std::unique_ptr<Store> store, Store::Open(options, id));
  AMEIDE_ASSIGN_OR_RETURN(std::unique_ptr<Database> reader,
                          Database::Open(layout.store, Database::Mode::kReader, options.database_driver));
  auto workspace = std::make_unique<OwnedWorkspace>(options, std::move(id), *std::move(lock),
                                                    std::move(store), std::move(reader));
  if (!options.sockets.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const std::filesystem::path socket, OwnerSocket(options));
    if (const absl::Status serving = workspace->Serve(socket); !serving.ok()) {
      LogWarning("other programs cannot reach the workspace", {{"reason", std::string(serving.message())}});
    }
  }
  return workspace;
}

absl::StatusOr<std::unique_ptr<Workspace>> Workspace::OpenShared(const WorkspaceOptions& options) {
  // The owner may be about to begin listening, or to close: then the lock is free a moment later. Where many
  // programs begin at once, each may be the owner in its turn.
  constexpr std::chrono::seconds kPatience(10);
  constexpr std::chrono::milliseconds kPause(20);
  auto deadline = std::chrono::steady_clock::now() + kPatience;
  std::string owner_before;
  while (true) {
    absl::StatusOr<std::unique_ptr<Workspace>> own = Open(options);
    const WorkspaceLayout layout(options.root);
    const bool owned_by_other =
        absl::IsFailedPrecondition(own.status()) && options.files->Exists(layout.lock);
    if (own.ok() || !owned_by_other || options.sockets.empty()) return own;
    AMEIDE_ASSIGN_OR_RETURN(const std::filesystem::path socket, OwnerSocket(options));
    absl::StatusOr<std::unique_ptr<LocalConnection>> owner = owner::RemoteWorkspace::Greet(socket);
    if (owner.ok()) {
      AMEIDE_ASSIGN_OR_RETURN(std::string id, ReadWorkspaceId(layout, *options.files));
      AMEIDE_ASSIGN_OR_RETURN(std::unique_ptr<Database> reader,
                              Database::Open(layout.store, Database::Mode::kReader, options.database_driver));
      return std::make_unique<owner::RemoteWorkspace>(options, std::move(id), std::move(reader),
                                                      *std::move(owner));
    }
    if (absl::IsFailedPrecondition(owner.status())) return owner.status();
    if (std::string owner_now(own.status().message()); owner_now != owner_before) {
      owner_before = std::move(owner_now);
      deadline = std::chrono::steady_clock::now() + kPatience;
    }
    if (std::chrono::steady_clock::now() >= deadline) return own.status();
    std::this_thread::sleep_for(kPause);
  }
}

absl::StatusOr<std::filesystem::path> Workspace::SetStoreAside(const WorkspaceOptions& options) {
  AMEIDE_RETURN_IF_ERROR(CheckOptions(options));
  const WorkspaceLayout layout(options.root);
  AMEIDE_RETURN_IF_ERROR(CheckNoLinks(layout));
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<FileLock> lock,
                          options.files->TryLock(layout.lock, LockNote(options)));
  const std::filesystem::path folder =
      layout.aside / absl::StrCat("store-", HexEncode(options.random->Bytes(6)));
  AMEIDE_RETURN_IF_ERROR(options.files->CreateFolders(folder));
  // The database last: without it the others are of no use, and a new one would not fit them.
  for (const char* name : {"store.db-shm", "store.db-wal", "store.db"}) {
    const std::filesystem::path from = layout.dot_uaf / name;
    if (options.files->Exists(from)) AMEIDE_RETURN_IF_ERROR(options.files->Move(from, folder / name));
  }
  return folder;
}

namespace {

/// Where an older program left the store behind, opening it as its owner brings it to the present format.
absl::Status BringUpToDate(const WorkspaceOptions& options, const WorkspaceLayout& layout) {
  absl::StatusOr<std::unique_ptr<Database>> database =
      Database::Open(layout.store, Database::Mode::kReader, options.database_driver);
  if (!database.ok() || !absl::IsOutOfRange(CheckFormat(**database))) return absl::OkStatus();
  database->reset();
  return Workspace::Open(options).status();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Workspace>> Workspace::OpenReadOnly(const WorkspaceOptions& options) {
  AMEIDE_RETURN_IF_ERROR(CheckOptions(options));
  const WorkspaceLayout layout(options.root);
  AMEIDE_RETURN_IF_ERROR(CheckNoLinks(layout));
  AMEIDE_ASSIGN_OR_RETURN(std::string id, ReadWorkspaceId(layout, *options.files));
  if (!options.files->Exists(layout.store) && ::access(layout.dot_uaf.c_str(), W_OK) == 0) {
    const absl::Status made = Open(options).status();
    if (!made.ok() && !absl::IsFailedPrecondition(made)) return made;
  }
  if (!options.files->Exists(layout.store)) {
    return absl::FailedPreconditionError(
        absl::StrCat(options.root.string(),
                     " has no store yet and is to be read only; open it once where it can be written"));
  }
  const bool writable = ::access(layout.dot_uaf.c_str(), W_OK) == 0;
  if (writable) AMEIDE_RETURN_IF_ERROR(BringUpToDate(options, layout));
  std::string why = writable ? "it was asked for" : "the folder cannot be written";
  absl::StatusOr<std::unique_ptr<Database>> database =
      Database::Open(layout.store, Database::Mode::kReader, options.database_driver);
  // Where nothing can be written, SQLite may fail only when it reads: it wants to make its index of the log.
  const bool readable = database.ok() && (writable || CheckFormat(**database).ok());
  if (!readable) {
    database = Database::Open(layout.store, Database::Mode::kImmutable, options.database_driver);
    std::error_code none;
    if (std::filesystem::file_size(layout.store.string() + "-wal", none) > 0 && !none) {
      absl::StrAppend(&why, "; the newest edits are missing until it is opened once where it can be written");
    }
  }
  AMEIDE_RETURN_IF_ERROR(database.status());
  AMEIDE_RETURN_IF_ERROR(CheckFormat(**database));
  return std::make_unique<ReadingWorkspace>(options, std::move(id), *std::move(database), std::move(why));
}

}  // namespace ameide::uaf
