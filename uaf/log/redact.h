#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "base/hash.h"
#include "uaf/log/change_set.h"

/// What is left of an event once its values are taken out (uaf.md, In git). Pure.
namespace ameide::uaf {

/// The event without the values that it brought: attribute values are empty, texts are as many
/// characters as they were, "*redacted*" and asterisks, so that later edits still find their places, what
/// people wrote (comments, notes, titles, reasons) is empty, whole files are empty opaque ones. Kinds of
/// operations, nodes, their ordinals and places, names of elements and attributes, namespaces, white space
/// and line ends stay, as do time, author and label. A redaction without its reason is unsigned.
/// INVALID_ARGUMENT for an event that has no values of that kind.
absl::StatusOr<ChangeSet> WithoutValues(const ChangeSet& event);

/// The whole files that an event brought.
std::vector<Hash256> BlobsOf(const EventBody& body);

}  // namespace ameide::uaf
