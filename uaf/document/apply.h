#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/op.h"
#include "uaf/document/tree.h"

namespace ameide::uaf::document {

/// What Document::Apply does; see there. Private to this folder.
absl::StatusOr<std::vector<Op>> ApplyOp(Tree& tree, const Op& op, const EventId& event);

/// The recorded text of an attribute.
AttributeText TextOf(const AttributeSlot& slot);

/// Where a node keeps the number of its white space; nullptr for kSelfClosing, which is no white space.
uint32_t* TriviaOf(Node& node, Trivia which);

}  // namespace ameide::uaf::document
