/// Parse rate of our tree beside Xerces alone on the same bytes, and an unchanged render beside a copy.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "notation/xml/well_formed.h"
#include "tests/bench/bpmn_generator.h"
#include "uaf/document/document.h"

using namespace ameide;
using namespace ameide::uaf::document;

namespace {

/// Median seconds of `runs` runs.
template <typename Work>
double Seconds(int runs, const Work& work) {
  std::vector<double> seconds;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    seconds.push_back(std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(seconds.begin(), seconds.end());
  return seconds[seconds.size() / 2];
}

}  // namespace

int main() {
  const std::string bytes = bench::GenerateBpmn(19'000);
  const double megabytes = static_cast<double>(bytes.size()) / 1e6;
  ImportOp import;
  import.kind = TreeKind::kXml;
  uint32_t nodes = 0;
  const double tree = Seconds(9, [&] {
    const auto document = Document::Import(import, bytes, {{"bench"}, 1});
    if (document.ok()) nodes = document->node_count();
  });
  const double xerces = Seconds(5, [&] {
    if (!xml::CheckWellFormed(bytes).ok()) std::abort();
  });
  const auto document = Document::Import(import, bytes, {{"bench"}, 1});
  if (!document.ok() || nodes == 0) return 1;
  const double render = Seconds(9, [&] {
    if (document->Render().size() != bytes.size()) std::abort();
  });
  const double copy = Seconds(9, [&] {
    std::string copied(bytes);
    if (copied.back() == 'x') std::abort();
  });
  std::printf("work: %.1f MB of BPMN, %u nodes, median of 9\n", megabytes, nodes);
  std::printf("parse into a tree: %.0f MB/s; Xerces alone: %.0f MB/s; ratio %.2f; bar >= 60 MB/s: %s\n",
              megabytes / tree, megabytes / xerces, xerces / tree,
              megabytes / tree >= 60 ? "reached" : "missed");
  std::printf("parse and judge (what an import costs): %.0f MB/s\n", megabytes / (tree + xerces));
  std::printf("render unchanged: %.0f MB/s; copy: %.0f MB/s; ratio %.2f; bar: a copy\n", megabytes / render,
              megabytes / copy, render / copy);
  return 0;
}
