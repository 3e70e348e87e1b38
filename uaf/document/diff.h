#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/document.h"

namespace ameide::uaf::document {

/// Operations that turn `from` into a document that renders to exactly the bytes of `to`, element by element:
/// what absorbs an edit by another program, and what a merge of files merges. Nodes are matched as MatchNodes
/// (match.h) says; each operation touches only what the edit touched, so that edits of two people that do not
/// touch each other give operations that do not either. Texts and lines that changed in part are spliced by
/// words, last place first: offsets count characters of the old text. The result is checked by rendering.
///
/// New nodes are numbered from ordinal 0; an operation names a node that an earlier one of the same list
/// inserted as NodeId{EventId{}, ordinal}: the caller puts the command's event there. Empty when the bytes
/// are equal. FAILED_PRECONDITION when the two differ in kind or encoding or one is opaque, or what changed
/// is no element (a document type): then a whole-file import is the honest record. Cost as of MatchNodes.
absl::StatusOr<std::vector<Op>> DiffDocuments(const Document& from, const Document& to);

}  // namespace ameide::uaf::document
