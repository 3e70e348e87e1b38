#include "tests/bench/bpmn_generator.h"

#include "absl/strings/str_cat.h"

namespace ameide::bench {

std::string GenerateBpmn(int elements) {
  // Every task comes with the flow to it: two elements each, plus start and end.
  const int tasks = std::max(1, (elements - 3) / 2);
  constexpr int kRow = 40;
  std::string process;
  std::string diagram;
  const auto shape = [&](const std::string& id, int index, int width, int height) {
    absl::StrAppend(&diagram, "      <bpmndi:BPMNShape id=\"", id, "_di\" bpmnElement=\"", id,
                    "\">\n        <dc:Bounds x=\"", 160 + (index % kRow) * 160, "\" y=\"",
                    100 + (index / kRow) * 140 + (80 - height) / 2, "\" width=\"", width, "\" height=\"",
                    height, "\" />\n      </bpmndi:BPMNShape>\n");
  };
  const auto flow = [&](int index, const std::string& from, const std::string& to) {
    absl::StrAppend(&process, "    <bpmn:sequenceFlow id=\"Flow_", index, "\" sourceRef=\"", from,
                    "\" targetRef=\"", to, "\" />\n");
    absl::StrAppend(&diagram, "      <bpmndi:BPMNEdge id=\"Flow_", index, "_di\" bpmnElement=\"Flow_", index,
                    "\">\n");
    for (int i = 0; i < 2; ++i) {
      absl::StrAppend(&diagram, "        <di:waypoint x=\"", 260 + ((index - 1 + i) % kRow) * 160 - i * 100,
                      "\" y=\"", 140 + ((index - 1 + i) / kRow) * 140, "\" />\n");
    }
    absl::StrAppend(&diagram, "      </bpmndi:BPMNEdge>\n");
  };
  absl::StrAppend(&process,
                  "    <bpmn:startEvent id=\"Start\" name=\"Start\">\n      "
                  "<bpmn:outgoing>Flow_1</bpmn:outgoing>\n    </bpmn:startEvent>\n");
  shape("Start", 0, 36, 36);
  for (int i = 1; i <= tasks; ++i) {
    const std::string id = absl::StrCat("Task_", i);
    absl::StrAppend(&process, "    <bpmn:task id=\"", id, "\" name=\"Check item ", i,
                    " of the order\">\n      <bpmn:incoming>Flow_", i,
                    "</bpmn:incoming>\n      <bpmn:outgoing>Flow_", i + 1,
                    "</bpmn:outgoing>\n    </bpmn:task>\n");
    shape(id, i, 100, 80);
    flow(i, i == 1 ? "Start" : absl::StrCat("Task_", i - 1), id);
  }
  absl::StrAppend(&process, "    <bpmn:endEvent id=\"End\" name=\"End\">\n      <bpmn:incoming>Flow_",
                  tasks + 1, "</bpmn:incoming>\n    </bpmn:endEvent>\n");
  shape("End", tasks + 1, 36, 36);
  flow(tasks + 1, absl::StrCat("Task_", tasks), "End");
  return absl::StrCat(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<bpmn:definitions xmlns:bpmn=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" "
      "xmlns:bpmndi=\"http://www.omg.org/spec/BPMN/20100524/DI\" "
      "xmlns:dc=\"http://www.omg.org/spec/DD/20100524/DC\" "
      "xmlns:di=\"http://www.omg.org/spec/DD/20100524/DI\" id=\"Definitions_1\" "
      "targetNamespace=\"http://ameide.io/bench\">\n"
      "  <bpmn:process id=\"Process_1\" isExecutable=\"false\">\n",
      process,
      "  </bpmn:process>\n  <bpmndi:BPMNDiagram id=\"Diagram_1\">\n    <bpmndi:BPMNPlane id=\"Plane_1\" "
      "bpmnElement=\"Process_1\">\n",
      diagram, "    </bpmndi:BPMNPlane>\n  </bpmndi:BPMNDiagram>\n</bpmn:definitions>\n");
}

}  // namespace ameide::bench
