#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "notation/dmn/finding.h"
#include "notation/dmn/graph.h"
#include "uaf/document/format.h"

namespace ameide::dmn {

/// One rule, for lists and documentation.
struct RuleDescription {
  std::string_view id;  ///< stable: "dmn/table-gap", "target/external-function"
  uaf::document::Severity severity;
  std::string_view summary;
};

/// Every rule that Lint knows, sorted by id.
std::span<const RuleDescription> LintRules();

/// Checks a DMN file: the schema's structure, ids and names, requirements and imports, types, every
/// expression, and decision tables for gaps, overlaps, conflicts and rules that never apply. Any well-formed
/// XML is taken; files that are not DMN give no findings. `path` is the file's own, for the loader; without a
/// loader names of imports are taken as unknown. Findings carry id, line and column of what they are about,
/// in the order of the lines. Linear in the size of the file but for the analysis of tables, which is
/// bounded. Pure and thread-safe.
std::vector<uaf::document::Finding> Lint(const Document& document, const std::string& path = {},
                                         const ImportLoader& loader = {});

}  // namespace ameide::dmn
