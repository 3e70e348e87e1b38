#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "uaf/document/document.h"

/// Which file that is gone is which that came (uaf.md, Outside renames). Pure.
namespace ameide::uaf {

/// What a file's nodes are, each as a number, sorted: its kind, name, attributes and own text, not its place.
/// White space does not count.
using NodePrints = std::vector<uint64_t>;
NodePrints PrintsOf(const document::Document& document);

/// How many nodes both have, as a part of the larger file, 0 to 1; 0 for two empty ones.
double PartInBoth(const NodePrints& a, const NodePrints& b);

/// Pairs (index of `gone`, index of `came`), by `gone`, of files that have at least 60 % of their nodes in
/// common; each file is in one pair at most, the most alike come first. Time grows with the number of nodes,
/// not with that of pairs: nodes that very many files have speak for none of them.
std::vector<std::pair<size_t, size_t>> PairMoved(std::span<const NodePrints> gone,
                                                 std::span<const NodePrints> came);

}  // namespace ameide::uaf
