#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/clock.h"
#include "base/hash.h"
#include "uaf/document/document.h"
#include "uaf/log/change_set.h"

/// Derived events (uaf.md, In git): what a commit by somebody who knows nothing of us did to an artifact, as
/// a pure function of that commit. Whoever sees the commit derives the same event, byte for byte, so nobody
/// needs to sign it: its stream is named by what it was derived from, its one event has seq 1.
namespace ameide::uaf {

/// Of the rules here, of DiffDocuments and of the frozen tokenizer together: whoever changes what any of them
/// gives counts this one up. Of several derivations of one (artifact, base cut, blob) only the highest
/// counts.
inline constexpr uint32_t kImporterVersion = 6;

/// What is needed of a commit. Its name and author are recorded for people; its time is the author's.
struct CommitFacts {
  std::string id;
  Author author;
  WallTime time;
};

/// What a commit's change to one artifact is derived from.
struct DerivationInput {
  std::string workspace;
  ArtifactId artifact;
  RecordedCut base;   ///< the log of the commit's first parent, sorted by stream
  HybridTime latest;  ///< the greatest in that cut
  CommitFacts commit;
  std::string_view blob;  ///< the artifact's file in the commit
};

/// SHA-256 over workspace, artifact, base cut, blob and importer version, as 64 hexadecimal digits.
StreamId DerivedStream(const DerivationInput& input);

/// Where git left both sides of a conflict in the text, which `before` did not show: `<<<<<<<`, `=======`,
/// `>>>>>>>` at the beginning of lines, in this order. The line of the first, from 1; nullopt: nowhere.
std::optional<size_t> LineOfConflictMarkers(std::string_view text, std::string_view before);

/// The edit that turns `base`, the artifact at the base cut, into the commit's file: element by element where
/// both are trees, else as a whole. INVALID_ARGUMENT with `LINE:COLUMN: why` when the file is no longer what
/// the artifact is (new conflict markers, cut off): then there is no event, and the file is kept aside.
absl::StatusOr<ChangeSet> DeriveForeignEdit(const DerivationInput& input, const document::Document& base);

/// Names an artifact that begins with a file in a commit: SHA-256 over workspace, path and root commit.
ArtifactId DerivedArtifact(std::string_view workspace, std::string_view path, std::string_view root_commit);
/// Its first event: `input.artifact` is DerivedArtifact's, `format` the notation's name. `kind` is what the
/// notation keeps its files as; a file that is not of that kind is opaque.
ChangeSet DeriveCreated(const DerivationInput& input, std::string_view path, std::string_view format,
                        document::TreeKind kind);

/// What follows when a commit has an artifact's file no more, or under another name. `input.blob` is not
/// asked for; the stream is named by the author and time in its place: all that the event says.
ChangeSet DeriveRetired(const DerivationInput& input);
ChangeSet DeriveRenamed(const DerivationInput& input, std::string_view path);

/// True for the name of a derived event's stream.
bool IsDerivedName(const StreamId& stream);
/// True when `event` may be a derived one: its stream has such a name, it is the first there, and its body is
/// of a kind that is derived.
bool IsDerived(const ChangeSet& event);

/// The file that a derived event was derived from; nullopt for others.
std::optional<Hash256> DerivedFrom(const ChangeSet& event);

/// Of two derivations of one (artifact, base cut, blob), which counts: the one of the higher importer
/// version, else the one with the smaller canonical bytes. True when it is `a`.
bool CountsBefore(const ChangeSet& a, const ChangeSet& b);
/// True when both were derived from one (artifact, base cut, blob).
bool AreOfOneDerivation(const ChangeSet& a, const ChangeSet& b);

}  // namespace ameide::uaf
