#pragma once

#include <cstddef>
#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/random.h"
#include "tests/uaf/fixture.h"
#include "uaf/workspace.h"

namespace ameide::bench {

/// People at work on one generated model: what they do comes as the editor records it, at times as people
/// have them.
class People {
 public:
  /// A model of about `elements` elements, imported as model.bpmn into a workspace of its own. `idle_wait`:
  /// see WorkspaceOptions; the fixture's when zero.
  People(uint64_t seed, int elements, uaf::Medium medium = uaf::Medium::kMemory,
         std::chrono::milliseconds idle_wait = std::chrono::milliseconds(0));

  /// A task has a new name.
  uaf::Command Rename();
  /// A shape is dragged, and the ends of four edges with it.
  uaf::Command Move();
  /// The same, as a shift of what moved.
  uaf::Command Shift();
  /// A new task and its shape.
  uaf::Command Insert();
  /// The oldest task that was inserted goes, with its shape.
  uaf::Command Remove();
  /// One of the four, each as often.
  uaf::Command Mixed();
  /// What people do all day: most of it renames and moves; as much comes as goes.
  uaf::Command Daily();

  /// Records one command.
  void Submit(uaf::Command command);
  /// Records `count` commands of Daily, many at a time.
  void Work(size_t count);

  /// Closes the workspace; Open opens it anew.
  void Close() { workspace_.reset(); }
  void Open() { workspace_ = fixture_.Open(); }

  uaf::Workspace& workspace() { return *workspace_; }
  const uaf::ArtifactId& artifact() const { return artifact_; }
  std::filesystem::path root() const { return fixture_.folder.path() / "workspace"; }
  const uaf::WorkspaceFixture& fixture() const { return fixture_; }

 private:
  /// A task that was inserted.
  struct Inserted {
    uaf::NodeId task;
    uaf::NodeId shape;
    uaf::NodeId bounds;
  };

  std::string Name();
  std::string RandomWord();
  int Coordinate(uint64_t below);
  /// Two edges that stand next to the shape, and two from elsewhere.
  std::vector<size_t> EdgesAt(size_t shape);
  uaf::Command Make(std::string_view label, std::vector<uaf::document::Op> ops);
  /// What the recorded command made is known from now on.
  void Learn(bool inserts, const uaf::EventId& event);

  uaf::WorkspaceFixture fixture_;
  SeededRandom random_;
  std::unique_ptr<uaf::Workspace> workspace_;
  uaf::ArtifactId artifact_;
  std::vector<uaf::NodeId> tasks_, bounds_, waypoints_;
  std::deque<Inserted> inserted_;
  uaf::NodeId process_, plane_, last_task_, last_shape_;
};

/// What benchmarks do with an error: say it and end.
[[noreturn]] void Fail(const absl::Status& status);

/// The value of `result`, or Fail.
template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) Fail(result.status());
  return *std::move(result);
}
/// Fail unless it is OK.
inline void Must(const absl::Status& status) {
  if (!status.ok()) Fail(status);
}

}  // namespace ameide::bench
