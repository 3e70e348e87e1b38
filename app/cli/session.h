#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "app/cli/console.h"
#include "base/clock.h"
#include "base/platform/file_system.h"
#include "base/random.h"
#include "uaf/document/format.h"
#include "uaf/workspace.h"

namespace ameide::sync::git {
struct Transfer;
}

namespace ameide::cli {

/// One run of the program: what its verbs share, each made when it is first asked for. One thread.
class Session {
 public:
  Session();
  ~Session();

  Console& console() { return console_; }
  const Clock& clock() const { return clock_; }
  Random& random() { return random_; }
  FileSystem& files() { return files_; }
  const uaf::document::FormatRegistry& formats();

  /// Where the user stands; paths on the command line are relative to it.
  std::filesystem::path folder() const;
  /// The workspace around that folder. NOT_FOUND says how to make one.
  absl::StatusOr<std::filesystem::path> Root() const;

  /// What a workspace at `root` is opened with, the acting person by git's configuration there.
  absl::StatusOr<uaf::WorkspaceOptions> Options(const std::filesystem::path& root);
  /// Opens the workspace around the user's folder. For reading, an owner does not matter.
  absl::StatusOr<std::unique_ptr<uaf::Workspace>> OpenForReading();
  absl::StatusOr<std::unique_ptr<uaf::Workspace>> OpenForWriting();
  /// As OpenForWriting, after taking in what other programs saved; tells what that was.
  absl::StatusOr<std::unique_ptr<uaf::Workspace>> OpenAbsorbed();
  /// For readers that want to see the newest: absorbs outside edits and brings indexes up to date where
  /// nobody else owns the workspace; beside an owner, who does that, it opens for reading.
  absl::StatusOr<std::unique_ptr<uaf::Workspace>> OpenUpToDate();

  /// An artifact by what people type: a path from where they stand, a path in the workspace, or an id.
  absl::StatusOr<uaf::Artifact> FindArtifact(const uaf::Workspace& workspace, const std::string& name) const;

  /// An event as `ameide log` shows it: its id, or the beginning of its stream's name and its number.
  absl::StatusOr<uaf::EventId> FindEvent(const uaf::Workspace& workspace, const std::string& text) const;

  /// Transfers that show their progress and may ask on a terminal.
  sync::git::Transfer Transfer();

  /// Ends the command: its outcome, or its error on standard error and `on_error`.
  void Finish(const absl::StatusOr<Exit>& outcome, Exit on_error = Exit::kError);
  int exit_code() const { return static_cast<int>(exit_); }

 private:
  Console console_;
  SystemClock clock_;
  SystemRandom random_;
  PosixFileSystem files_;
  std::unique_ptr<uaf::document::FormatRegistry> formats_;
  Exit exit_ = Exit::kSuccess;
};

}  // namespace ameide::cli
