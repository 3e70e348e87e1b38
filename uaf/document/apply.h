#pragma once

#include <vector>

#include "absl/status/status.h"
#include "uaf/document/op.h"
#include "uaf/document/tree.h"

namespace ameide::uaf::document {

/// What Document::Apply and Document::Fold do; see there. `inverse`, empty or nullptr, gets the operations
/// that undo it; after an error it holds nothing of use. Private to this folder.
absl::Status ApplyOp(Tree& tree, const Op& op, const EventId& event, std::vector<Op>* inverse);

/// The recorded text of an attribute.
AttributeText TextOf(const AttributeSlot& slot);

/// Where a node keeps the number of its white space; nullptr for kSelfClosing, which is no white space.
uint32_t* TriviaOf(Node& node, Trivia which);

}  // namespace ameide::uaf::document
