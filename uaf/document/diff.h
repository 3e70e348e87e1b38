#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/document.h"

namespace ameide::uaf::document {

/// Operations that turn `from` into a document that renders to exactly the bytes of `to`, element by element:
/// what absorbs an edit by another program. Elements are matched by their `id` attribute wherever they stand,
/// otherwise by equal text and by name among the children of matched parents; what cannot be expressed
/// smaller is replaced as the smallest subtree. The result is checked by rendering.
///
/// New nodes are numbered from ordinal 0; an operation names a node that an earlier one of the same list
/// inserted as NodeId{EventId{}, ordinal}: the caller puts the command's event there. FAILED_PRECONDITION
/// when the two differ in kind or encoding or one is opaque: then a whole-file import is the honest record.
/// O(size) plus, within one parent, the product of the numbers of children that have no equal on the other
/// side (bounded).
absl::StatusOr<std::vector<Op>> DiffDocuments(const Document& from, const Document& to);

}  // namespace ameide::uaf::document
