#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "uaf/document/document.h"

/// Hashes of subtrees, so that equal ones are found without rendering them at every level. Not
/// cryptographic: two texts with equal hashes are taken for equal only until bytes are compared.
namespace ameide::uaf::document {

/// The hash of what each node of `order` (all live nodes in document order) renders to, white space before it
/// included; by node index, below 2^61. Depends on the text alone, not on how it is split into nodes.
/// O(bytes).
std::vector<uint64_t> HashText(const Document& document, const std::vector<NodeIndex>& order);

/// Hashes of subtrees apart from white space, quoting and the order of attributes; each computed once, when
/// first asked for. White space alone counts as nothing, whether it is text or stands between markup.
class LooseHashes {
 public:
  /// `document` must outlive this and not change.
  explicit LooseHashes(const Document& document) : document_(document), known_(document.node_count(), 0) {}
  uint64_t Of(NodeIndex node);

 private:
  uint64_t Own(NodeIndex node) const;

  const Document& document_;
  std::vector<uint64_t> known_;  ///< 0: not computed
};

/// Mixes `value` into `hash`.
inline uint64_t Mix(uint64_t hash, uint64_t value) {
  hash ^= value + 0x9e3779b97f4a7c15ull + (hash << 6) + (hash >> 2);
  hash *= 0xff51afd7ed558ccdull;
  return hash ^ (hash >> 33);
}

/// The hash of a text: 64 bits, the same with every compiler and library, for ever. Not cryptographic.
uint64_t HashOf(std::string_view text);

/// The text without white space at its ends and with single blanks inside.
std::string Collapsed(std::string_view text);

}  // namespace ameide::uaf::document
