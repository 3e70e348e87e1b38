#include "uaf/store/moved_files.h"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace ameide::uaf {
namespace {

using document::Document;
using document::NodeIndex;

constexpr double kLeast = 0.6;
/// A node that more new files have than this says nothing about which of them a file became.
constexpr size_t kMostOwners = 64;
/// Of one file that is gone, the new ones that share most nodes are looked at.
constexpr size_t kMostCandidates = 8;

uint64_t Mixed(uint64_t hash, std::string_view text) {
  constexpr uint64_t kPrime = 0x100000001b3;
  return (hash ^ std::hash<std::string_view>()(text)) * kPrime;
}

/// White space between elements, and empty lines: every file has them.
bool SaysNothing(const Document& document, NodeIndex node) {
  return document.kind(node) != document::NodeKind::kElement &&
         document.raw_text(node).find_first_not_of(" \t\r\n") == std::string_view::npos;
}

uint64_t PrintOf(const Document& document, NodeIndex node) {
  uint64_t print = Mixed(static_cast<uint64_t>(document.kind(node)), "");
  if (document.kind(node) != document::NodeKind::kElement) return Mixed(print, document.raw_text(node));
  print = Mixed(print, document.name(node));
  for (const document::Attribute& attribute : document.attributes(node))
    print = Mixed(Mixed(print, attribute.name), attribute.raw);
  return print;
}

}  // namespace

NodePrints PrintsOf(const Document& document) {
  NodePrints prints;
  std::vector<NodeIndex> open = {document.first_child(document::kDocumentNode)};
  while (!open.empty()) {
    const NodeIndex node = open.back();
    open.pop_back();
    if (node == document::kNoNode) continue;
    if (!SaysNothing(document, node)) prints.push_back(PrintOf(document, node));
    open.push_back(document.next_sibling(node));
    open.push_back(document.first_child(node));
  }
  std::sort(prints.begin(), prints.end());
  return prints;
}

double PartInBoth(const NodePrints& a, const NodePrints& b) {
  size_t common = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j]) {
      ++common;
      ++i;
      ++j;
    } else if (a[i] < b[j]) {
      ++i;
    } else {
      ++j;
    }
  }
  const size_t larger = std::max(a.size(), b.size());
  return larger == 0 ? 0 : static_cast<double>(common) / static_cast<double>(larger);
}

std::vector<std::pair<size_t, size_t>> PairMoved(std::span<const NodePrints> gone,
                                                 std::span<const NodePrints> came) {
  std::unordered_map<uint64_t, std::vector<size_t>> owners;
  for (size_t each = 0; each < came.size(); ++each) {
    const NodePrints& prints = came[each];
    for (size_t i = 0; i < prints.size(); ++i) {
      if (i > 0 && prints[i] == prints[i - 1]) continue;
      if (std::vector<size_t>& those = owners[prints[i]]; those.size() <= kMostOwners) those.push_back(each);
    }
  }
  std::vector<std::tuple<double, size_t, size_t>> alike;  // the less alike, the earlier
  for (size_t each = 0; each < gone.size(); ++each) {
    std::map<size_t, size_t> shared;
    const NodePrints& prints = gone[each];
    for (size_t i = 0; i < prints.size(); ++i) {
      if (i > 0 && prints[i] == prints[i - 1]) continue;
      const auto found = owners.find(prints[i]);
      if (found == owners.end() || found->second.size() > kMostOwners) continue;
      for (const size_t owner : found->second) ++shared[owner];
    }
    std::vector<std::pair<size_t, size_t>> candidates;
    for (const auto& [owner, count] : shared) candidates.emplace_back(count, owner);
    std::sort(candidates.begin(), candidates.end(), [](const auto& a, const auto& b) {
      return a.first != b.first ? a.first > b.first : a.second < b.second;
    });
    if (candidates.size() > kMostCandidates) candidates.resize(kMostCandidates);
    for (const auto& [count, owner] : candidates) {
      const double part = PartInBoth(prints, came[owner]);
      if (part >= kLeast) alike.emplace_back(-part, each, owner);
    }
  }
  std::sort(alike.begin(), alike.end());
  std::map<size_t, size_t> pairs;
  std::set<size_t> taken;
  for (const auto& [part, from, to] : alike) {
    if (pairs.contains(from) || !taken.insert(to).second) continue;
    pairs.emplace(from, to);
  }
  return {pairs.begin(), pairs.end()};
}

}  // namespace ameide::uaf
