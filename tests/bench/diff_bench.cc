/// The difference of two versions of a file: as operations (DiffDocuments) and by element (diff::Compare),
/// beside the parse of both files, which anybody who compares files must pay.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "base/random.h"
#include "notation/formats/formats.h"
#include "tests/bench/bpmn_generator.h"
#include "uaf/diff/diff.h"
#include "uaf/document/diff.h"

using namespace ameide;
using namespace ameide::uaf::document;

namespace {

Document Parse(std::string_view bytes, std::string_view stream) {
  ImportOp import;
  import.kind = TreeKind::kXml;
  auto document = Document::Import(import, bytes, {{std::string(stream)}, 1});
  if (!document.ok()) std::abort();
  return *std::move(document);
}

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

void Apply(Document& document, const Op& op) {
  if (!document.Apply(op, {{"edit"}, 1}).ok()) std::abort();
}

/// The file after `edits` renames and as many deletions, spread over it.
std::string Edited(const std::string& bytes, size_t renames, size_t deletions) {
  Document document = Parse(bytes, "edited");
  SeededRandom random(7);
  std::vector<NodeIndex> named;
  for (const NodeIndex node : document.Descendants(document.root_element())) {
    if (document.attribute(node, "id") && document.parent(node) != document.root_element())
      named.push_back(node);
  }
  for (size_t i = 0; i < renames; ++i) {
    const NodeIndex node = named[random.Below(named.size())];
    Apply(document, SetAttributeOp{document.id(node), "name", AttributeText{" ", "=", '"', "renamed"}, "id"});
  }
  for (size_t i = 0; i < deletions && !named.empty();) {
    const size_t at = random.Below(named.size());
    const NodeIndex node = named[at];
    named[at] = named.back();
    named.pop_back();
    if (document.InTrash(node) || document.kind(node) != NodeKind::kElement) continue;
    Apply(document, MoveNodeOp{document.id(node), std::nullopt});
    ++i;
  }
  return document.Render();
}

void Measure(const char* what, const std::string& before, const std::string& after, double bar) {
  const auto formats = MakeFormats();
  const Format& format = *formats->Named("bpmn");
  const double parse = Milliseconds(7, [&] {
    Parse(before, "a");
    Parse(after, "b");
  });
  const Document a = Parse(before, "a");
  const Document b = Parse(after, "b");
  size_t ops = 0;
  const double diff = Milliseconds(7, [&] {
    const auto found = DiffDocuments(a, b);
    if (!found.ok()) std::abort();
    ops = found->size();
  });
  size_t changes = 0;
  const double compare = Milliseconds(7, [&] { changes = uaf::diff::Compare(a, b, format).size(); });
  std::printf("%s (%.1f MB, %u nodes), median of 7\n", what, static_cast<double>(before.size()) / 1e6,
              a.node_count());
  std::printf("  operations: %.1f ms for %zu; parse of both: %.1f ms; ratio %.2f\n", diff, ops, parse,
              diff / parse);
  std::printf("  by element: %.1f ms for %zu; ratio %.2f; bar <= %.0f ms: %s\n", compare, changes,
              compare / parse, bar, compare <= bar ? "reached" : "missed");
}

}  // namespace

int main() {
  const std::string megabyte = bench::GenerateBpmn(4'800);
  Measure("1 MB, 100 renames", megabyte, Edited(megabyte, 100, 0), 50);
  const std::string twenty = bench::GenerateBpmn(20'000);
  Measure("7,000 deletions", twenty, Edited(twenty, 0, 7'000), 100);
  const std::string large = bench::GenerateBpmn(100'000);
  Measure("100,000 elements, 100 renames and 100 deletions", large, Edited(large, 100, 100), 1000);
  return 0;
}
