/// Lint of 8,000 elements: in full beside the view's index alone, which is its floor; and after single edits,
/// with and without what tells lines and fixes, in a model without findings and in one with thousands.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "notation/bpmn/lint_session.h"
#include "notation/bpmn/view.h"
#include "tests/bench/bpmn_generator.h"
#include "uaf/document/document.h"
#include "uaf/document/edit.h"

using namespace ameide;
using namespace ameide::uaf::document;

namespace {

/// Median milliseconds of `runs` runs.
template <typename Work>
double Milliseconds(int runs, const Work& work) {
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

NodeIndex ById(const Document& document, const std::string& id) {
  for (const NodeIndex node : document.Descendants(kDocumentNode)) {
    if (document.attribute(node, "id") == id) return node;
  }
  return kNoNode;
}

void Row(const char* what, double value, double bar) {
  std::printf("%-58s %8.2f ms, bar %3.0f ms: %s\n", what, value, bar, value <= bar ? "reached" : "missed");
}

constexpr double kEditBar = 5;

/// Makes the operations of one edit for a state of the document, and those that take it back.
using Edit = std::vector<Op> (*)(const Document&);

std::vector<Op> Rename(const Document& now) {
  return SetAttributeOps(now, ById(now, "Task_2000"), "name", "Another name");
}
std::vector<Op> Move(const Document& now) {
  return SetAttributeOps(now, now.first_child(ById(now, "Task_2000_di")), "x", "17");
}
std::vector<Op> Reconnect(const Document& now) {
  return SetAttributeOps(now, ById(now, "Flow_2000"), "targetRef", "Task_2100");
}
std::vector<Op> Delete(const Document& now) {
  std::vector<Op> ops;
  for (const char* id :
       {"Task_2000", "Flow_2000", "Flow_2001", "Task_2000_di", "Flow_2000_di", "Flow_2001_di"}) {
    for (Op& op : DeleteOps(now, ById(now, id))) ops.push_back(std::move(op));
  }
  return ops;
}
std::vector<Op> Append(const Document& now) {
  const NodeIndex process = ById(now, "Process_1"), plane = ById(now, "Plane_1");
  std::vector<Op> ops = InsertElementOps(now, process, ById(now, "End"),
                                         {"bpmn:task", {{"id", "New"}, {"name", "New"}}, "", {}}, 0);
  const auto add = [&](NodeIndex parent, const NewElement& element) {
    for (Op& op : InsertElementOps(now, parent, kNoNode, element, static_cast<uint32_t>(100 * ops.size())))
      ops.push_back(std::move(op));
  };
  add(process,
      {"bpmn:sequenceFlow", {{"id", "NewFlow"}, {"sourceRef", "Task_2000"}, {"targetRef", "New"}}, "", {}});
  add(plane, {"bpmndi:BPMNShape", {{"id", "New_di"}, {"bpmnElement", "New"}}, "", {}});
  add(plane, {"bpmndi:BPMNEdge", {{"id", "NewFlow_di"}, {"bpmnElement", "NewFlow"}}, "", {}});
  return ops;
}

/// Each edit several times, taken back in between: re-checking, and re-checking with places and fixes.
void MeasureEdits(bpmn::LintSession& session, const char* beside) {
  struct Kind {
    const char* name;
    Edit make;
  };
  uint64_t seq = 1;
  for (const Kind& kind : {Kind{"move a task", Move},
                           {"rename a task", Rename},
                           {"reconnect a flow", Reconnect},
                           {"append a task", Append},
                           {"delete a task", Delete}}) {
    std::vector<double> checks, findings;
    size_t checked = 0;
    for (int i = 0; i < 9; ++i) {
      Document copy = session.document().Clone();
      const std::vector<Op> ops = kind.make(copy);
      const uaf::EventId event{{"edits"}, ++seq};
      std::vector<Op> inverse;
      for (const Op& op : ops) {
        auto undone = copy.Apply(op, event);
        if (!undone.ok()) std::abort();
        inverse.insert(inverse.begin(), undone->begin(), undone->end());
      }
      const auto start = std::chrono::steady_clock::now();
      if (!session.Apply(ops, event).ok()) std::abort();
      const auto applied = std::chrono::steady_clock::now();
      checked = session.checked();
      (void)session.Findings();
      const auto found = std::chrono::steady_clock::now();
      checks.push_back(std::chrono::duration<double, std::milli>(applied - start).count());
      findings.push_back(std::chrono::duration<double, std::milli>(found - start).count());
      if (!session.Apply(inverse, {{"edits"}, ++seq}).ok()) std::abort();
    }
    std::sort(checks.begin(), checks.end());
    std::sort(findings.begin(), findings.end());
    const std::string name = std::string(kind.name) + beside;
    Row((name + ": check").c_str(), checks[checks.size() / 2], kEditBar);
    Row((name + ": with lines and fixes").c_str(), findings[findings.size() / 2], kEditBar);
    std::printf("  work: %zu elements checked\n", checked);
  }
}

absl::StatusOr<Document> Read(const std::string& bytes) {
  ImportOp import;
  import.kind = TreeKind::kXml;
  return Document::Import(import, bytes, {{"bench"}, 1});
}

}  // namespace

int main() {
  constexpr double kBar = 150;
  const std::string bytes = bench::GenerateBpmn(8'000);
  auto document = Read(bytes);
  if (!document.ok()) {
    std::fprintf(stderr, "%s\n", std::string(document.status().message()).c_str());
    return 1;
  }
  size_t elements = 0, findings = 0;
  const double index =
      Milliseconds(9, [&] { elements = bpmn::Definitions(*document).model_elements().size(); });
  const double lint = Milliseconds(9, [&] { findings = bpmn::Lint(*document, {}).size(); });
  std::printf("lint: %.1f ms, index alone (floor) %.1f ms, ratio %.2f, bar %.0f ms: %s\n", lint, index,
              lint / index, kBar, lint <= kBar ? "reached" : "missed");
  std::printf("work: %zu bytes, %u nodes, %zu model elements, %zu findings\n", bytes.size(),
              document->node_count(), elements, findings);
  // Executable, every task is one that no engine runs.
  std::string wrong = bytes;
  wrong.replace(wrong.find("isExecutable=\"false\""), 20, "isExecutable=\"true\"");
  auto faulty = Read(wrong);
  if (!faulty.ok()) return 1;
  Row("in full, 4,000 findings", Milliseconds(9, [&] { findings = bpmn::Lint(*faulty, {}).size(); }), kBar);
  std::printf("  work: %zu findings\n", findings);
  bpmn::LintSession session(*std::move(document), {});
  MeasureEdits(session, "");
  bpmn::LintSession other(*std::move(faulty), {});
  MeasureEdits(other, ", 4,000 findings");
  return 0;
}
