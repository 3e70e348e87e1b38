#include "tests/bench/people.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <iterator>
#include <memory>
#include <utility>

#include "tests/bench/bpmn_generator.h"

namespace ameide::bench {
namespace {

using uaf::Command;
using uaf::EventId;
using uaf::NodeId;
using uaf::Receipt;
namespace document = uaf::document;

constexpr std::string_view kInsertLabel = "Create task";

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

document::Op Set(const NodeId& node, std::string_view name, std::string value) {
  return document::SetAttributeOp{node, std::string(name),
                                  document::AttributeText{" ", "=", '"', std::move(value)}, ""};
}
document::Op Set(const NodeId& node, std::string_view name, int value) {
  return Set(node, name, std::to_string(value));
}

}  // namespace

void Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  std::exit(1);
}

People::People(uint64_t seed, int elements, uaf::Medium medium, std::chrono::milliseconds idle_wait)
    : fixture_(seed, medium), random_(seed) {
  if (idle_wait.count() > 0) fixture_.idle_wait = idle_wait;
  workspace_ = fixture_.Open();
  fixture_.Write("model.bpmn", GenerateBpmn(elements));
  Must(workspace_->Import("model.bpmn"));
  artifact_ = Must(workspace_->FindArtifact("model.bpmn")).id;
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

Command People::Rename() {
  return Make("Rename task", {Set(tasks_[random_.Below(tasks_.size())], "name", Name())});
}

Command People::Move() {
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

Command People::Shift() {
  const size_t shape = 1 + random_.Below(bounds_.size() - 2);
  document::ShiftAttributesOp across, down;
  across.delta_milli = (Coordinate(400) - 200) * 1000;
  down.delta_milli = (Coordinate(400) - 200) * 1000;
  across.targets.push_back({bounds_[shape], "x"});
  for (const size_t waypoint : EdgesAt(shape)) across.targets.push_back({waypoints_[waypoint], "x"});
  for (const auto& target : across.targets) down.targets.push_back({target.node, "y"});
  return Make("Move shape", {across, down});
}

Command People::Insert() {
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
  return Make(kInsertLabel, {task, shape});
}

Command People::Remove() {
  if (inserted_.empty()) return Rename();
  const Inserted gone = inserted_.front();
  inserted_.pop_front();
  tasks_.erase(std::find(tasks_.begin(), tasks_.end(), gone.task));
  bounds_.erase(std::find(bounds_.begin(), bounds_.end(), gone.bounds));
  return Make("Delete task", {document::MoveNodeOp{gone.task, std::nullopt},
                              document::MoveNodeOp{gone.shape, std::nullopt}});
}

Command People::Mixed() {
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

Command People::Daily() {
  const uint64_t percent = random_.Below(100);
  if (percent < 45) return Rename();
  if (percent < 75) return Shift();
  if (percent < 90) return Move();
  return percent < 95 ? Insert() : Remove();
}

void People::Learn(bool inserts, const EventId& event) {
  if (!inserts) return;
  last_task_ = {event, 0};
  last_shape_ = {event, 1};
  tasks_.push_back(last_task_);
  bounds_.push_back({event, 2});
  inserted_.push_back({last_task_, last_shape_, bounds_.back()});
}

void People::Submit(Command command) {
  const bool inserts = command.label == kInsertLabel;
  Learn(inserts, Must(workspace_->Submit(std::move(command))).event);
}

void People::Work(size_t count) {
  constexpr size_t kAtATime = 512;
  while (count > 0) {
    const size_t some = std::min(count, kAtATime);
    std::vector<bool> inserts(some);
    std::vector<EventId> events(some);
    std::promise<void> done;
    size_t left = some;
    for (size_t i = 0; i < some; ++i) {
      Command command = Daily();
      inserts[i] = command.label == kInsertLabel;
      workspace_->SubmitAsync(std::move(command), [&, i](const absl::StatusOr<Receipt>& receipt) {
        Must(receipt.status());
        events[i] = receipt->event;
        if (--left == 0) done.set_value();
      });
    }
    done.get_future().wait();
    for (size_t i = 0; i < some; ++i) Learn(inserts[i], events[i]);
    count -= some;
  }
}

std::string People::Name() {
  std::string name = std::string(kVerbs[random_.Below(std::size(kVerbs))]) + " ";
  if (random_.Below(2) == 0) name += std::string(kAdjectives[random_.Below(std::size(kAdjectives))]) + " ";
  return name + kNouns[random_.Below(std::size(kNouns))];
}

std::string People::RandomWord() {
  std::string word;
  for (int i = 0; i < 7; ++i) word += "0123456789abcdefghijklmnopqrstuvwxyz"[random_.Below(36)];
  return word;
}

int People::Coordinate(uint64_t below) { return static_cast<int>(random_.Below(below / 10) * 10); }

std::vector<size_t> People::EdgesAt(size_t shape) {
  const size_t count = waypoints_.size();
  return {std::min(2 * shape - 1, count - 1), std::min(2 * shape, count - 1), random_.Below(count),
          random_.Below(count)};
}

Command People::Make(std::string_view label, std::vector<document::Op> ops) {
  // Exponential pauses of five seconds in the mean, to the microsecond.
  const double uniform = static_cast<double>(1 + random_.Below(1'000'000)) / 1'000'001.0;
  fixture_.clock.Advance(std::chrono::microseconds(static_cast<int64_t>(-5e6 * std::log(uniform))));
  Command command;
  command.artifact = artifact_;
  command.label = label;
  command.ops = std::move(ops);
  return command;
}

}  // namespace ameide::bench
