#pragma once

#include <functional>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/document.h"
#include "uaf/document/format.h"
#include "uaf/log/change_set.h"
#include "uaf/merge/causality.h"
#include "uaf/merge/conflict.h"

/// Merge: a pure, symmetric function of the event graph. There is no "ours" and no "theirs".
namespace ameide::uaf::merge {

/// Gives the bytes of a blob.
using BlobSource = std::function<absl::StatusOr<std::string>(const Hash256&)>;

/// The state of one artifact and everything that merging has to say about it.
struct Merged {
  std::optional<document::Document> document;  ///< nullopt: no content yet
  std::vector<Conflict> conflicts;             ///< open ones, by first event, then node
  std::vector<Note> notes;
  /// Operations of recorded events that could not be carried out where they were folded, and that no conflict
  /// speaks of (damaged or hostile logs): counted, so that nothing is silent.
  size_t passed_over = 0;
  std::string blocked;  ///< not empty: why later events are not folded (an unknown kind)
};

/// Why an event of this kind and version blocks its artifact; empty for those that this release knows.
std::string WhyUnknown(const ChangeSet& change_set);

/// Folds the events of one artifact into its state: `events` in fold order (HLC, stream, seq), `causality`
/// over the whole workspace. Equal sets of events give equal states, conflicts and notes, byte for byte.
/// Events that are not concurrent to any other of the artifact are folded as they are, so the cost of merging
/// follows the concurrent part.
///
/// `start` is the state of earlier events that each of `events` has seen all of: the state comes
/// out the same as from the beginning; conflicts and notes of the earlier events are then not told.
///
/// Errors come only from blobs: NOT_FOUND, DATA_LOSS.
absl::StatusOr<Merged> MergeEvents(std::span<const ChangeSet* const> events, const Causality& causality,
                                   const BlobSource& blobs, const document::Format& format,
                                   std::optional<document::Document> start = std::nullopt);

/// What somebody wants in a conflict: a side ("A" is sides[0]), or a value of their own for conflicts about
/// an attribute, a text, a type or a connection.
struct Choice {
  std::optional<size_t> side;
  std::optional<std::string> value;
};

/// The operations that bring `choice` about in `document`, the merged state. What stands already is written
/// anew, so that whoever edits it without knowing the decision disagrees with it openly (only a whole file
/// that stands needs no operation). What is brought back out of the trash comes with what was deleted along
/// with it (Conflict::together). INVALID_ARGUMENT when the conflict cannot be settled so (a value for a
/// deletion), with what can be chosen.
absl::StatusOr<std::vector<document::Op>> ResolutionOps(const document::Document& document,
                                                        const Conflict& conflict, const Choice& choice,
                                                        const document::Format& format);

/// Three versions of one file that never need to have seen a workspace.
struct FileMerge {
  std::string bytes;  ///< the merged file
  /// Sides: A is the version with the smaller SHA-256. Nodes and events are of this merge alone: what names a
  /// conflict for people are `type`, `name`, `element` and `attribute`.
  std::vector<Conflict> conflicts;
  std::vector<Note> notes;  ///< name what they are about
  bool a_is_ours = true;    ///< which of the two versions side A came from
};

/// Merges two descendants of `base` element by element, as MergeEvents does with two concurrent edits. Two
/// edits that do not touch each other come out as exactly both, byte for byte. The same two versions give the
/// same bytes and conflicts whichever is named first. Files that `format` refuses are merged as lines, what
/// is no text as a whole, and so are two models that began apart (an empty base). Versions in different
/// encodings are merged as characters; the result has the encoding that one side changed to, where that can
/// hold it. Names written with a prefix that the other side renamed get the new one, which is noted. Where
/// `format` takes all versions and not what both edits come to together (lines of overlapping elements), the
/// whole file is a conflict. Never fails on any bytes.
FileMerge MergeFiles(std::string_view base, std::string_view ours, std::string_view theirs,
                     const document::Format& format);

}  // namespace ameide::uaf::merge
