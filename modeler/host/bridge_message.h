#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

/// What an editor says to C++: the other side of `modeler/web/src/bridge/messages.ts`. Change both together
/// and count up the protocol number there.
namespace ameide::modeler {

inline constexpr int kBridgeProtocol = 3;

/// A child in the order of the document: an element that the editor has an object for, or one that only holds
/// text.
struct BridgeChild {
  std::string key;  ///< empty for a plain one
  std::string tag;  ///< of a plain one, expanded
  std::string text;
  bool operator==(const BridgeChild&) const = default;
};

/// One element without what is below its children. Names are expanded (`{uri}local`).
struct ElementState {
  std::string tag;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;
  std::vector<BridgeChild> children;
};

/// What changed of one element.
struct ElementChange {
  std::string key;
  std::optional<std::string> tag;
  std::vector<std::pair<std::string, std::optional<std::string>>> attributes;  ///< nullopt removes
  std::optional<std::string> text;                                             ///< empty when it was removed
  bool children_changed = false;
  std::vector<BridgeChild> before;
  std::vector<BridgeChild> after;
};

/// A command's effect.
struct Delta {
  uint64_t seq = 0;
  uint64_t base = 0;
  std::string label;
  std::vector<ElementChange> changes;
  std::map<std::string, ElementState> created;
};

/// Reads a delta message. INVALID_ARGUMENT says which member is missing or of the wrong type; the input comes
/// from a browser and is not trusted: at most 64 MiB and a million elements.
absl::StatusOr<Delta> ParseDelta(std::string_view json);

}  // namespace ameide::modeler
