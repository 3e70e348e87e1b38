/// What events cost in the log (numbers.md, Store and sync: space per event), in packed segments of real
/// edits of a generated model, and what a commit costs in git beside the files themselves. With --profile
/// also where the bytes go, column by column.
#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/random.h"
#include "tests/bench/bpmn_generator.h"
#include "tests/uaf/fixture.h"
#include "uaf/document/edit.h"
#include "uaf/log/column_file.h"
#include "uaf/log/columns.h"
#include "uaf/log/segment.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

constexpr int kElements = 8000;
constexpr int kEvents = 2000;

[[noreturn]] void Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  std::exit(1);
}
template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) Fail(result.status());
  return *std::move(result);
}

const char* const kVerbs[] = {"Check",     "Approve", "Send",     "Receive", "Create",
                              "Update",    "Archive", "Review",   "Reject",  "Escalate",
                              "Calculate", "Confirm", "Register", "Notify",  "Prepare"};
const char* const kAdjectives[] = {"new",    "open",    "late",     "urgent",   "incoming",
                                   "signed", "foreign", "monthly",  "disputed", "partial",
                                   "final",  "missing", "internal", "recurring"};
const char* const kNouns[] = {
    "order",   "invoice",     "claim",    "customer", "delivery",    "contract",    "payment",
    "request", "application", "account",  "shipment", "report",      "complaint",   "quotation",
    "policy",  "reservation", "employee", "document", "credit note", "stock level", "price list"};

/// People at work on one model: what they do comes as the editor records it, at times as people have them.
class People {
 public:
  explicit People(uint64_t seed) : fixture_(seed), random_(seed), workspace_(fixture_.Open()) {
    fixture_.Write("model.bpmn", bench::GenerateBpmn(kElements));
    Must(workspace_->Import("model.bpmn"));
    artifact_ = workspace_->FindArtifact("model.bpmn")->id;
    const document::Document document = Must(workspace_->Load(artifact_));
    for (const document::NodeIndex node : document.Descendants(document.root_element())) {
      const std::string_view name = document.local_name(node);
      if (name == "task") tasks_.push_back(document.id(node));
      if (name == "Bounds") bounds_.push_back(document.id(node));
      if (name == "waypoint") waypoints_.push_back(document.id(node));
      if (name == "process") process_ = document.id(node);
      if (name == "BPMNPlane") plane_ = document.id(node);
      if (name == "endEvent") last_task_ = document.id(node);
      if (name == "BPMNEdge") last_shape_ = document.id(node);
    }
    Must(workspace_->Seal());
  }

  /// A task has a new name.
  Command Rename() {
    return Make("Rename task", {Set(tasks_[random_.Below(tasks_.size())], "name", Name())});
  }
  /// A shape is dragged, and the ends of four edges with it.
  Command Move() {
    const size_t shape = 1 + random_.Below(bounds_.size() - 2);
    const int x = Coordinate(6400), y = Coordinate(8000);
    std::vector<document::Op> ops{Set(bounds_[shape], "x", x), Set(bounds_[shape], "y", y)};
    for (const size_t waypoint : EdgesAt(shape)) {
      const bool right = random_.Below(2) == 0;
      ops.push_back(Set(waypoints_[waypoint], "x", right ? x + 100 : x));
      ops.push_back(Set(waypoints_[waypoint], "y", y + 40));
    }
    return Make("Move shape", std::move(ops));
  }
  /// The same, as a shift of what moved.
  Command Shift() {
    const size_t shape = 1 + random_.Below(bounds_.size() - 2);
    document::ShiftAttributesOp across, down;
    across.delta_milli = (Coordinate(400) - 200) * 1000;
    down.delta_milli = (Coordinate(400) - 200) * 1000;
    across.targets.push_back({bounds_[shape], "x"});
    for (const size_t waypoint : EdgesAt(shape)) across.targets.push_back({waypoints_[waypoint], "x"});
    for (const auto& target : across.targets) down.targets.push_back({target.node, "y"});
    return Make("Move shape", {across, down});
  }
  /// A new task and its shape.
  Command Insert() {
    const std::string id = "Activity_" + RandomWord();
    document::InsertNodeOp task;
    task.place = {process_, last_task_, std::nullopt};
    task.raw = "\n    <bpmn:task id=\"" + id + "\" name=\"" + Name() + "\" />";
    document::InsertNodeOp shape;
    shape.place = {plane_, last_shape_, std::nullopt};
    shape.first_ordinal = 1;
    shape.raw = "\n      <bpmndi:BPMNShape id=\"" + id + "_di\" bpmnElement=\"" + id +
                "\">\n        <dc:Bounds x=\"" + std::to_string(Coordinate(6400)) + "\" y=\"" +
                std::to_string(Coordinate(8000)) +
                "\" width=\"100\" height=\"80\" />\n      </bpmndi:BPMNShape>";
    return Make("Create task", {task, shape});
  }
  Command Mixed() {
    switch (random_.Below(4)) {
      case 0:
        return Rename();
      case 1:
        return Insert();
      case 2:
        return Shift();
      default:
        return Move();
    }
  }

  void Submit(Command command) {
    const bool inserts = command.label == "Create task";
    const Receipt receipt = Must(workspace_->Submit(std::move(command)));
    if (!inserts) return;
    last_task_ = {receipt.event, 0};
    last_shape_ = {receipt.event, 1};
    tasks_.push_back(last_task_);
    bounds_.push_back({receipt.event, 2});
  }
  Workspace& workspace() { return *workspace_; }
  std::filesystem::path root() const { return fixture_.folder.path() / "workspace"; }

 private:
  std::string Name() {
    std::string name = std::string(kVerbs[random_.Below(std::size(kVerbs))]) + " ";
    if (random_.Below(2) == 0) name += std::string(kAdjectives[random_.Below(std::size(kAdjectives))]) + " ";
    return name + kNouns[random_.Below(std::size(kNouns))];
  }
  std::string RandomWord() {
    std::string word;
    for (int i = 0; i < 7; ++i) word += "0123456789abcdefghijklmnopqrstuvwxyz"[random_.Below(36)];
    return word;
  }
  int Coordinate(uint64_t below) { return static_cast<int>(random_.Below(below / 10) * 10); }
  /// Two edges that stand next to the shape, and two from elsewhere.
  std::vector<size_t> EdgesAt(size_t shape) {
    const size_t count = waypoints_.size();
    return {std::min(2 * shape - 1, count - 1), std::min(2 * shape, count - 1), random_.Below(count),
            random_.Below(count)};
  }
  document::Op Set(const NodeId& node, std::string_view name, std::string value) {
    return document::SetAttributeOp{node, std::string(name),
                                    document::AttributeText{" ", "=", '"', std::move(value)}, ""};
  }
  document::Op Set(const NodeId& node, std::string_view name, int value) {
    return Set(node, name, std::to_string(value));
  }
  Command Make(std::string_view label, std::vector<document::Op> ops) {
    // Exponential pauses of five seconds in the mean, to the microsecond.
    const double uniform = static_cast<double>(1 + random_.Below(1'000'000)) / 1'000'001.0;
    fixture_.clock.Advance(std::chrono::microseconds(static_cast<int64_t>(-5e6 * std::log(uniform))));
    Command command;
    command.artifact = artifact_;
    command.label = label;
    command.ops = std::move(ops);
    return command;
  }

  WorkspaceFixture fixture_;
  SeededRandom random_;
  std::unique_ptr<Workspace> workspace_;
  ArtifactId artifact_;
  std::vector<NodeId> tasks_, bounds_, waypoints_;
  NodeId process_, plane_, last_task_, last_shape_;
};

std::string NewestSegment(People& people) {
  const StreamId stream = people.workspace().Log({.limit = 1})->front().id.stream;
  std::ifstream file(people.root() / ".uaf" / "log" / stream.name / "2.seg", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void Profile(const SignedSegment& segment) {
  const std::string columns =
      EncodeColumns(segment.segment.stream, segment.segment.first, segment.segment.events);
  ByteReader in(columns);
  if (in.Byte() != 1) return std::puts("    not in columns of their own"), void();
  for (size_t column = 0; column < kColumns; ++column) {
    const uint64_t size = in.Varint();
    if (size == 0) continue;
    const uint64_t packed = in.Varint();
    const uint64_t bytes = packed == 0 ? size : packed;
    in.Raw(bytes);
    std::printf("    column %2zu: %7llu -> %6llu B, %5.2f B/event\n", column,
                static_cast<unsigned long long>(size), static_cast<unsigned long long>(bytes),
                static_cast<double>(bytes) / static_cast<double>(segment.segment.events.size()));
  }
}

void Measure(const char* what, double bar, Command (People::*make)(), bool profile) {
  People people(7);
  for (int i = 0; i < kEvents; ++i) people.Submit((people.*make)());
  Must(people.workspace().Seal());
  const std::string file = NewestSegment(people);
  const SignedSegment segment = Must(DecodeSegment(file));
  size_t canonical = 0;
  for (const std::string& event : segment.segment.events) canonical += event.size();
  const double events = static_cast<double>(segment.segment.events.size());
  const double each = static_cast<double>(file.size()) / events;
  std::printf("space of %-34s %6.1f B/event (canonical %6.1f), bar %s, %d events\n", what, each,
              static_cast<double>(canonical) / events,
              bar == 0 ? "-" : std::to_string(static_cast<int>(bar)).c_str(), static_cast<int>(events));
  if (bar != 0) std::printf("  ratio to the bar: %.2f %s\n", each / bar, each <= bar ? "met" : "MISSED");
  if (profile) Profile(segment);
}

/// Runs a command of git in `folder`; gives the first line that it prints.
std::string Git(const std::filesystem::path& folder, const std::string& arguments) {
  const std::string command =
      "git -C '" + folder.string() + "' -c user.name=Ada -c user.email=ada@example.org " + arguments;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) Fail(absl::UnavailableError("git does not start"));
  char line[256] = {};
  if (std::fgets(line, sizeof(line), pipe) == nullptr) line[0] = '\0';
  if (::pclose(pipe) != 0) Fail(absl::UnavailableError("failed: " + command));
  return line;
}

/// Bytes of all packed objects of a repository.
double PackedSize(const std::filesystem::path& repository) {
  Git(repository, "repack -adfq --depth=50 --window=250");
  Git(repository, "prune-packed -q");
  double bytes = 0;
  for (const auto& entry : std::filesystem::directory_iterator(repository / ".git" / "objects" / "pack")) {
    if (entry.path().extension() == ".pack") bytes += static_cast<double>(entry.file_size());
  }
  return bytes;
}

/// What the log adds to commits of ten edits each, beside the same commits of the rendered file alone.
void MeasureCommits() {
  constexpr int kCommits = 100;
  constexpr int kEdits = 10;
  People people(7);
  const std::filesystem::path plain = people.root().parent_path() / "plain";
  std::filesystem::create_directories(plain);
  for (const std::filesystem::path& repository : {people.root(), plain}) Git(repository, "init -q");
  const auto copy = std::filesystem::copy_options::overwrite_existing;
  double first = 0;
  for (int commit = 0; commit <= kCommits; ++commit) {
    for (int i = 0; i < kEdits; ++i) people.Submit(people.Mixed());
    if (const auto notes = people.workspace().SyncWorkingFiles(); !notes.ok()) Fail(notes.status());
    Must(people.workspace().Seal());
    std::filesystem::copy_file(people.root() / "model.bpmn", plain / "model.bpmn", copy);
    for (const std::filesystem::path& repository : {people.root(), plain}) {
      Git(repository, "add -A");
      Git(repository, "commit -qm Edit");
    }
    // The first one brings the whole model, keys and settings.
    if (commit == 0) first = PackedSize(people.root()) - PackedSize(plain);
  }
  const double each = (PackedSize(people.root()) - PackedSize(plain) - first) / kCommits;
  constexpr double kBar = 2048;
  std::printf(
      "git overhead of a commit of %d edits, log included: %.0f B, bar %.0f, ratio to the bar %.2f %s, %d "
      "commits\n",
      kEdits, each, kBar, each / kBar, each <= kBar ? "met" : "MISSED", kCommits);
}

}  // namespace

int main(int argc, char** argv) {
  const bool profile = argc > 1 && std::strcmp(argv[1], "--profile") == 0;
  Measure("a rename", 15, &People::Rename, profile);
  Measure("a move with four edges", 40, &People::Move, profile);
  Measure("a move with four edges, as a shift", 40, &People::Shift, profile);
  Measure("an insert (task and shape)", 70, &People::Insert, profile);
  Measure("a mix of these", 0, &People::Mixed, profile);
  MeasureCommits();
  return 0;
}
