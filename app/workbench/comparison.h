#pragma once

#include <QString>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "app/workbench/model_drawing.h"
#include "uaf/compare.h"
#include "uaf/document/format.h"
#include "uaf/workspace.h"

/// What differs between two states, as people read it: one entry for each element of a diagram, whatever
/// belongs to it in the file. Reads the store; not for the UI thread.
namespace ameide::workbench {

/// A value of an element, or of something in it that has no name of its own.
struct ComparedValue {
  QString name;                   ///< "name", "condition expression", "x"
  std::optional<QString> before;  ///< nullopt: there was none
  std::optional<QString> after;   ///< nullopt: there is none any more
  bool operator==(const ComparedValue&) const = default;
};

/// One element that differs.
struct ComparedElement {
  enum class Kind { kAdded, kRemoved, kChanged, kMoved };
  Kind kind = Kind::kChanged;
  QString element;      ///< its id; of a removed one in the earlier state; empty where it has none
  QString type;         ///< in words: "user task"
  QString name;         ///< what people call it; may be empty
  bool layout = false;  ///< it is only drawn differently
  bool moved = false;   ///< it is drawn at another place or in another size, whatever else
  int inside = 0;       ///< elements in it that came or went with it
  std::vector<ComparedValue> values;
  std::vector<uaf::ChangeSetSummary> events;  ///< that made it so, newest first; their labels are the reasons
};

/// One artifact that differs.
struct ComparedArtifact {
  QString path;
  std::optional<QString> renamed_from;  ///< its path before, where it was another one
  std::string format;                   ///< "bpmn", "markdown", …
  bool diagram = false;                 ///< can be shown on a canvas
  std::optional<std::string> before;    ///< what it says, of a diagram in UTF-8; nullopt: it was not there
  std::optional<std::string> after;
  /// In the order of the file, those that only moved last; of a renamed artifact first one of kind kMoved
  /// that stands for the file.
  std::vector<ComparedElement> elements;
  std::vector<uaf::ChangeSetSummary> events;  ///< of an artifact that came or went as a whole, or is opaque
  QString lines;                              ///< by line, in the unified format; empty for diagrams
  std::vector<ModelDrawing> drawings_before;  ///< of notations that have diagrams and no editor here
  std::vector<ModelDrawing> drawings_after;
};

/// The artifacts that may differ between two states, by path: those that were touched in between. Reads no
/// content.
absl::StatusOr<std::vector<uaf::Artifact>> TouchedBetween(const uaf::Workspace& workspace,
                                                          const std::string& before,
                                                          const std::string& after);

/// Two states of the workspace, by what Workspace::ResolveCut takes; `only` limits it to one artifact.
absl::StatusOr<std::vector<ComparedArtifact>> CompareStates(const uaf::Workspace& workspace,
                                                            const uaf::document::FormatRegistry& formats,
                                                            const std::string& before,
                                                            const std::string& after,
                                                            const std::optional<uaf::ArtifactId>& only);

/// A file from outside as the earlier state, the artifact as it is now as the later one. INVALID_ARGUMENT
/// when the file cannot be read as the artifact's notation.
absl::StatusOr<std::vector<ComparedArtifact>> CompareWithFile(const uaf::Workspace& workspace,
                                                              const uaf::document::FormatRegistry& formats,
                                                              const uaf::Artifact& artifact,
                                                              const std::filesystem::path& file);

/// Two files from outside, the first one as the earlier state. INVALID_ARGUMENT when one of them cannot be
/// read, or when they are of different notations.
absl::StatusOr<std::vector<ComparedArtifact>> CompareFiles(const uaf::document::FormatRegistry& formats,
                                                           const std::filesystem::path& before,
                                                           const std::filesystem::path& after);

/// Groups what uaf::diff::Compare tells by element. `diagram`: what is not drawn belongs to the drawn element
/// around it. Pure.
std::vector<ComparedElement> GroupByElement(const std::vector<uaf::AttributedChange>& changes,
                                            const uaf::document::Document& before,
                                            const uaf::document::Document& after,
                                            const uaf::document::Format& format, bool diagram);

/// "Added", "Removed", "Changed", "Moved".
QString KindInWords(ComparedElement::Kind kind);
/// "added", "removed", "changed", "moved": the theme's role of its colour, and its class in reports.
QString RoleOf(ComparedElement::Kind kind);

}  // namespace ameide::workbench
