#pragma once

#include <QRegularExpression>
#include <QString>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/workspace.h"

/// Find and replace in all artifacts of a workspace, as one change that is undone as one.
namespace ameide::workbench {

/// Where words stand.
enum class PlaceKind : uint8_t {
  kName,           ///< what elements are called
  kDocumentation,  ///< what is written for people: documentation, annotations, descriptions
  kValue,          ///< expressions, scripts, properties; never ids, references or drawing
  kLine            ///< a line of a text artifact
};

/// What is looked for.
struct ReplaceQuery {
  QString find;
  QString replacement;  ///< with `regular`, \1 stands for what the first group took
  bool match_case = false;
  bool whole_words = false;
  bool regular = false;
  bool names = true;
  bool documentation = true;
  bool values = false;
  bool lines = true;
};

/// One value that would change.
struct Replacement {
  uaf::ArtifactId artifact;
  std::string path;
  PlaceKind kind = PlaceKind::kName;
  uaf::NodeId node;       ///< whose attribute or text it is
  std::string attribute;  ///< empty: the text
  int line = 0;           ///< from 1: of the node, or the line itself
  std::string element;    ///< id of the nearest element that has one; empty for lines
  std::string before;
  std::string after;
};

/// The expression that a query looks for; INVALID_ARGUMENT says what is wrong with it.
absl::StatusOr<QRegularExpression> ExpressionOf(const ReplaceQuery& query);

/// Everything that would change, by path and place, at most `limit`. Reads the workspace only. Artifacts that
/// are read-only or no text are left out. An empty query finds nothing.
absl::StatusOr<std::vector<Replacement>> FindReplacements(const uaf::Workspace& workspace,
                                                          const uaf::document::FormatRegistry& formats,
                                                          const ReplaceQuery& query, size_t limit);

/// Makes them, all or none, in one change. What has changed since it was found is left alone. How many were
/// made.
absl::StatusOr<int> MakeReplacements(uaf::Workspace& workspace, const uaf::document::FormatRegistry& formats,
                                     const std::vector<Replacement>& chosen, const std::string& label);

}  // namespace ameide::workbench
