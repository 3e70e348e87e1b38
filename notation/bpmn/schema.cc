#include "notation/bpmn/schema.h"

#include <memory>

#include "notation/bpmn/schema_files.h"
#include "notation/xml/schema.h"

namespace ameide::bpmn {

std::vector<uaf::document::Finding> CheckSchema(std::string_view text) {
  // Compiled when the first file needs them; a constant from then on.
  static const auto schemas = xml::SchemaSet::Load(SchemaFiles());
  if (text.find("<!DOCTYPE") != std::string_view::npos) return {};
  if (schemas.ok()) return (*schemas)->Check(text);
  uaf::document::Finding finding;
  finding.severity = uaf::document::Severity::kWarning;
  finding.rule = "xml/schema";
  finding.message = std::string(schemas.status().message());
  return {finding};
}

}  // namespace ameide::bpmn
