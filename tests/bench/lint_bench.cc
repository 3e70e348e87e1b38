/// Lint of 8,000 elements, each profile; and the view's index alone, which is its floor.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "notation/bpmn/lint.h"
#include "notation/bpmn/view.h"
#include "tests/bench/bpmn_generator.h"
#include "uaf/document/document.h"

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

}  // namespace

int main() {
  constexpr double kBar = 150;
  const std::string bytes = bench::GenerateBpmn(8'000);
  ImportOp import;
  import.kind = TreeKind::kXml;
  const auto document = Document::Import(import, bytes, {{"bench"}, 1});
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
  return 0;
}
