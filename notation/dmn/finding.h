#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "notation/dmn/view.h"
#include "notation/feel/finding.h"
#include "uaf/document/format.h"

namespace ameide::dmn {

/// Something wrong with a model, found without evaluating it. The place is kept as nodes and bytes until
/// somebody asks for lines: that costs a pass over the document.
struct ModelFinding {
  uaf::document::Severity severity = uaf::document::Severity::kError;
  std::string rule;              ///< stable: "dmn/unknown-name"
  uint32_t file = 0;             ///< index in the graph
  Element at;                    ///< the element that it is about
  Element text;                  ///< whose text `span` is in; empty when it is about the element as a whole
  feel::Span span;               ///< bytes of that text
  std::string message;           ///< what is wrong, and how to mend it
  std::optional<feel::Fix> fix;  ///< what mends it: an edit of that text
  std::string removal;           ///< or to take `surplus` away: "Remove the requirement"
  std::vector<Element> surplus;
};

/// The rule under which a finding of FEEL is told here: "dmn/unknown-name", "dmn/feel-syntax".
std::string RuleOf(const feel::Finding& finding);
/// Its severity here: what gives null because a name is missing is an error of the model.
uaf::document::Severity SeverityOf(const feel::Finding& finding);
/// What is wrong and how to mend it, in one sentence.
std::string MessageOf(const feel::Finding& finding);

/// The id of an element, or of the nearest one around it that has an id.
std::string NearestId(const Element& element);

}  // namespace ameide::dmn
