/// Merging beside its floor (numbers.md, Store and sync): 10,000 + 10,000 concurrent edits of one model by
/// two people, beside a plain fold of the same 20,000 edits in one stream. Product and floor alternate.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/random.h"
#include "tests/bench/bpmn_generator.h"
#include "tests/uaf/merge/fixture.h"
#include "uaf/merge/merge.h"

namespace {

using namespace ameide;
using namespace ameide::uaf;
using document::Document;
using document::NodeIndex;
using document::NodeKind;
using document::Op;

constexpr int kElements = 8000;
constexpr int kEditsEach = 10'000;
constexpr int kRounds = 9;
constexpr double kBarMilliseconds = 150;

/// Everyday edits of one side: names, documentation, shapes that move, elements that come and go.
class Editor {
 public:
  Editor(const Document& document, uint64_t seed) : document_(document), random_(seed) {
    for (const NodeIndex node : document.Descendants(document::kDocumentNode)) {
      if (document.kind(node) != NodeKind::kElement || node == document.root_element()) continue;
      if (document.attribute(node, "x")) shapes_.push_back(node);
      if (document.attribute(node, "name")) named_.push_back(node);
    }
    if (shapes_.empty() || named_.empty()) std::abort();
  }

  Op Next() {
    const uint64_t kind = random_.Below(10);
    const NodeIndex node = named_[random_.Below(named_.size())];
    const NodeId id = document_.id(node);
    if (kind < 4) {
      auto text = *document_.attribute_text(node, "name");
      text.raw = "Name " + std::to_string(random_.Below(100'000));
      return document::SetAttributeOp{id, "name", std::move(text), {}};
    }
    if (kind < 8) {
      const NodeId shape = document_.id(shapes_[random_.Below(shapes_.size())]);
      return document::ShiftAttributesOp{{{shape, "x"}, {shape, "y"}},
                                         static_cast<int64_t>(random_.Below(90'000))};
    }
    if (kind == 8) {
      document::Place place{document_.id(document_.parent(node)), id, std::nullopt};
      if (const NodeIndex next = document_.next_sibling(node); next != document::kNoNode)
        place.right = document_.id(next);
      const std::string number = std::to_string(random_.Below(1'000'000));
      return document::InsertNodeOp{place, 0, "\n    <task id=\"New" + number + "\"/>", 1};
    }
    return document::SetTriviaOp{id, document::Trivia::kLead, random_.Below(2) == 0 ? "\n  " : "\n    "};
  }

 private:
  const Document& document_;
  SeededRandom random_;
  std::vector<NodeIndex> shapes_;
  std::vector<NodeIndex> named_;
};

ChangeSet Event(const std::string& stream, uint64_t seq, uint64_t micros, EventBody body) {
  ChangeSet change_set;
  change_set.id = {{stream}, seq};
  change_set.time = {micros, 0};
  const BodyType type = TypeOf(body);
  change_set.kind = type.kind;
  change_set.version = type.version;
  change_set.body = std::move(body);
  return change_set;
}

double Milliseconds(const std::vector<const ChangeSet*>& events, const merge::Causality& causality,
                    const merge::BlobSource& blobs, size_t& conflicts) {
  const auto begin = std::chrono::steady_clock::now();
  const auto merged = merge::MergeEvents(events, causality, blobs, merge::TestFormat());
  const double elapsed =
      std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begin).count();
  if (!merged.ok() || merged->passed_over != 0) std::abort();
  conflicts = merged->conflicts.size();
  return elapsed;
}

double Median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

int main() {
  const std::string file = bench::GenerateBpmn(kElements);
  ArtifactCreated created;
  created.import.kind = document::TreeKind::kXml;
  created.import.blob = Sha256(file);
  const auto document = Document::Import(created.import, file, {{"origin"}, 1});
  if (!document.ok()) std::abort();
  const merge::BlobSource blobs = [&](const Hash256&) { return absl::StatusOr<std::string>(file); };

  std::vector<ChangeSet> concurrent = {Event("origin", 1, 1, created)};
  std::vector<ChangeSet> linear = {Event("origin", 1, 1, created)};
  merge::Causality causality;
  const std::vector<EventReference> origin = {{{{"origin"}, 1}, {}}};
  Editor ann(*document, 1);
  Editor bob(*document, 2);
  for (uint64_t i = 1; i <= kEditsEach; ++i) {
    for (const bool first : {true, false}) {
      Edit edit;
      edit.ops.push_back(first ? ann.Next() : bob.Next());
      linear.push_back(Event("one", linear.size(), linear.size() + 1, edit));
      concurrent.push_back(Event(first ? "ann" : "bob", i, i + 1, std::move(edit)));
    }
  }
  for (const char* stream : {"ann", "bob", "one"}) causality.Add({{stream}, 1}, origin);
  const auto pointers = [](const std::vector<ChangeSet>& events) {
    std::vector<const ChangeSet*> all;
    for (const ChangeSet& each : events) all.push_back(&each);
    merge::SortForFold(all);
    return all;
  };
  const auto merging = pointers(concurrent);
  const auto folding = pointers(linear);
  std::vector<double> product;
  std::vector<double> floor;
  size_t conflicts = 0;
  size_t none = 0;
  for (int round = 0; round < kRounds; ++round) {
    product.push_back(Milliseconds(merging, causality, blobs, conflicts));
    floor.push_back(Milliseconds(folding, causality, blobs, none));
  }
  std::printf("merge of %d + %d concurrent edits, %d elements, %zu conflicts: %.1f ms (bar %.0f ms)\n",
              kEditsEach, kEditsEach, kElements, conflicts, Median(product), kBarMilliseconds);
  std::printf("floor, the same %d edits folded in one stream: %.1f ms; ratio %.2f\n", 2 * kEditsEach,
              Median(floor), Median(product) / Median(floor));
  return 0;
}
