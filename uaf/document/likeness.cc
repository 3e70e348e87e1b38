#include "uaf/document/likeness.h"

#include <algorithm>
#include <string>

#include "uaf/document/text_splices.h"

namespace ameide::uaf::document {
namespace {

/// What a pair of one kind is worth when nothing but its place speaks for it: less than any likeness that
/// leaves another pair out.
constexpr float kByPlace = 0.3F;
/// Of what an element holds, how much must have stayed when its id, or its name, did not.
constexpr float kSameThoughIdChanged = 0.5F;
constexpr float kSameThoughNameChanged = 0.6F;
constexpr size_t kMostFeatures = 256;

void AddWords(std::string_view text, std::vector<uint64_t>& features) {
  for (const Word& word : SplitWords(text.substr(0, kMostFeatures * 16))) {
    if (features.size() >= kMostFeatures) return;
    if (!word.blank) features.push_back(HashOf(text.substr(word.begin, word.end - word.begin)));
  }
}

/// Sørensen and Dice's coefficient of two sorted lists; 1 for two empty ones.
float Dice(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  if (a.empty() && b.empty()) return 1;
  size_t common = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    common += a[i] == b[j] ? 1 : 0;
    const bool ahead = a[i] <= b[j];
    j += b[j] <= a[i] ? 1 : 0;
    i += ahead ? 1 : 0;
  }
  return 2 * static_cast<float>(common) / static_cast<float>(a.size() + b.size());
}

std::vector<uint64_t> FeaturesOf(const Document& document, NodeIndex node, LooseHashes& hashes) {
  std::vector<uint64_t> features;
  if (document.kind(node) != NodeKind::kElement) {
    AddWords(document.raw_text(node), features);
  } else {
    for (const Attribute& attribute : document.attributes(node)) {
      if (attribute.name != "id") features.push_back(Mix(HashOf(attribute.name), HashOf(attribute.raw)));
    }
    for (NodeIndex child = document.first_child(node); child != kNoNode && features.size() < kMostFeatures;
         child = document.next_sibling(child)) {
      if (document.kind(child) == NodeKind::kText || document.kind(child) == NodeKind::kCData)
        AddWords(document.raw_text(child), features);
      else
        features.push_back(hashes.Of(child));
      if (const auto id = document.attribute(child, "id")) features.push_back(HashOf(*id));
    }
  }
  std::sort(features.begin(), features.end());
  return features;
}

}  // namespace

const Likeness::Features& Likeness::Known(const Document& document, NodeIndex node, LooseHashes& hashes,
                                          std::unordered_map<uint32_t, Features>& known) {
  const auto [found, added] = known.try_emplace(static_cast<uint32_t>(node));
  if (added) found->second = FeaturesOf(document, node, hashes);
  return found->second;
}

float Likeness::Of(NodeIndex a, NodeIndex b) {
  if (from_.kind(a) != to_.kind(b)) return 0;
  switch (from_.kind(a)) {
    case NodeKind::kElement:
      return Elements(a, b);
    case NodeKind::kInstruction: {
      const auto target = [](std::string_view raw) { return raw.substr(0, raw.find_first_of(" \t\r\n")); };
      if (target(from_.raw_text(a)) != target(to_.raw_text(b))) return 0;
      break;
    }
    default:
      break;
  }
  return kByPlace +
         Dice(Known(from_, a, from_hashes_, from_features_), Known(to_, b, to_hashes_, to_features_));
}

float Likeness::Elements(NodeIndex a, NodeIndex b) {
  const auto id_before = from_.attribute(a, "id");
  const auto id_after = to_.attribute(b, "id");
  const bool same_name = from_.name(a) == to_.name(b);
  const bool same_id = id_before == id_after;
  if (!same_name && !same_id) return 0;
  // A file has one root: whatever else changed, it is the root.
  if (from_.parent(a) == kDocumentNode && to_.parent(b) == kDocumentNode) return kByPlace;
  const float alike =
      Dice(Known(from_, a, from_hashes_, from_features_), Known(to_, b, to_hashes_, to_features_));
  if (same_name && same_id) return kByPlace + alike;
  if (same_name) return alike >= kSameThoughIdChanged ? alike : 0;
  return alike >= kSameThoughNameChanged ? alike : 0;
}

}  // namespace ameide::uaf::document
