#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "uaf/document/tree.h"

namespace ameide::uaf::document {

/// The tree's state as bytes. Private to this folder; see Document::EncodeSnapshot.
std::string EncodeTree(const Tree& tree);
/// Inverse; every index is checked, so damaged bytes give DATA_LOSS and never a bad tree.
absl::StatusOr<Tree> DecodeTree(std::string_view bytes);

}  // namespace ameide::uaf::document
