#pragma once

#include <string>
#include <vector>

#include "notation/dmn/finding.h"
#include "notation/dmn/graph.h"

/// What the files lint_*.cc share; private to this folder.
namespace ameide::dmn {

/// Takes findings of the model itself (file 0).
class Report {
 public:
  explicit Report(std::vector<ModelFinding>& findings) : findings_(findings) {}
  /// With the severity of the rule's description. What is returned lives until the next one.
  ModelFinding& Add(std::string_view rule, const Element& at, std::string message);

 private:
  std::vector<ModelFinding>& findings_;
};

/// The edit of an expression, whose text `source` is, as an edit of its file.
uaf::document::Fix EditOf(const feel::Fix& fix, const SourceText& source, const Document& document);

/// What the schema says about children and attributes (lint_structure.cc).
void CheckStructure(const Definitions& view, Report& report);
/// Ids and names, what is never used (lint_structure.cc).
void CheckNames(const Graph& graph, Report& report);
/// Decision tables as sets of values (lint_tables.cc).
void CheckTables(const Graph& graph, Report& report);

}  // namespace ameide::dmn
