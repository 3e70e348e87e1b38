/// A program under load, to be killed: edits a workspace from two threads and says on standard output what
/// the store has acknowledged, one line each, before it goes on. `kill_child FOLDER SEED ROUND`.
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <thread>

#include "base/random.h"
#include "tests/uaf/fixture.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

void Say(const std::string& line) {
  // One write, so that a kill leaves whole lines only.
  const std::string text = line + "\n";
  if (::write(STDOUT_FILENO, text.data(), text.size()) < 0) std::_Exit(1);
}

void KeepEditing(Workspace& workspace, const std::string& element, uint64_t seed, const std::string& name) {
  SeededRandom random(seed);
  const ArtifactId artifact = workspace.FindArtifact("a.bpmn")->id;
  for (uint64_t number = 0;; ++number) {
    const std::string key = name + "-" + std::to_string(number);
    Command command = SetAttribute(artifact, *workspace.Load(artifact), element, "name", key);
    command.label = key;
    command.idempotency_key = key;
    const auto receipt = workspace.Submit(std::move(command));
    if (!receipt.ok()) std::_Exit(2);
    Say("ack " + key + " " + FormatId(receipt->event));
    if (random.Below(40) == 0) {
      const auto undone = workspace.Undo(artifact);
      if (undone.ok()) Say("undo " + FormatId(undone->receipt.event));
    }
    if (random.Below(60) == 0 && workspace.Seal().ok()) Say("sealed");
  }
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  const uint64_t seed = std::strtoull(argv[2], nullptr, 10);
  PosixFileSystem files;
  SystemClock clock;
  SystemRandom random;
  const auto formats = MakeTestFormats();
  WorkspaceOptions options;
  options.root = std::filesystem::path(argv[1]) / "workspace";
  options.profile = std::filesystem::path(argv[1]) / "profile";
  options.actor = {"Ada", "ada@example.org", "kill_child"};
  options.clock = &clock;
  options.random = &random;
  options.files = &files;
  options.formats = formats.get();
  options.idle_wait = std::chrono::milliseconds(1);
  options.longest_wait = std::chrono::milliseconds(5);
  auto workspace = Workspace::Open(options);
  if (!workspace.ok()) {
    Say(std::string(workspace.status().message()));
    return 2;
  }
  Say("open");
  const std::string round = argv[3];
  std::thread other([&] { KeepEditing(**workspace, "s", seed + 1, "b" + round); });
  KeepEditing(**workspace, "t", seed, "a" + round);
}
