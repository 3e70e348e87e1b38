#pragma once

#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/log/change_set.h"
#include "uaf/merge/causality.h"
#include "uaf/merge/conflict.h"
#include "uaf/merge/merge.h"

/// Conflicts that are not about the content of one artifact: paths, retiring. Pure. Those of approvals need
/// to know whose word counts: uaf/lifecycle.
namespace ameide::uaf::merge {

/// What concurrent events say about the artifact as a whole: two paths (kPath), an edit or a rename beside a
/// retirement (kRetired). `events` are all of the artifact, in fold order. The state is that of the last
/// rename, and retired when the last of renames and retirements is one; each conflict rests as soon as
/// somebody who saw it renamed or retired again, or named its key.
std::vector<Conflict> ArtifactConflicts(std::span<const ChangeSet* const> events, const Causality& causality);

/// An artifact that has a file.
struct NamedArtifact {
  ArtifactId artifact;
  std::string path;
};
/// Artifacts whose paths are one for some file systems (FoldPath), or of which one's path is a folder of
/// others. One conflict a path; sides by artifact, files of a folder behind the one that excludes it.
std::vector<Conflict> PathConflicts(std::vector<NamedArtifact> artifacts);

/// The renames that bring `choice` about in a conflict of kind kPath. Of artifacts on one path the chosen one
/// keeps it, the others get a part of their id behind their file's name, or of the chosen one's behind the
/// name of the folder that this cannot be. INVALID_ARGUMENT says what can be
/// chosen.
absl::StatusOr<std::vector<NamedArtifact>> ResolutionPaths(const Conflict& conflict, const Choice& choice);

/// A path as file systems compare it that know no case or keep another Unicode form: letters of Latin, Greek
/// and Cyrillic in lower case, and the combining grave, acute, circumflex, tilde, diaeresis, ring and cedilla
/// joined with the Latin letter before them where that is one character of Latin-1. Conservative: what it
/// does not cover stays apart.
std::string FoldPath(std::string_view path);

}  // namespace ameide::uaf::merge
