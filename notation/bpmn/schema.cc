#include "notation/bpmn/schema.h"

#include <memory>

#include "notation/bpmn/schema_files.h"
#include "notation/xml/schema.h"

namespace ameide::bpmn {

namespace {

/// Whether the file has a document type: in front of its root element, not in a comment or in some text.
bool HasDoctype(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n\xef\xbb\xbf";  // and the byte order mark
  for (size_t at = 0; (at = text.find_first_not_of(kSpace, at)) != std::string_view::npos;) {
    const std::string_view rest = text.substr(at);
    const std::string_view end = rest.starts_with("<?") ? "?>" : rest.starts_with("<!--") ? "-->" : "";
    if (end.empty()) return rest.starts_with("<!DOCTYPE");
    const size_t close = text.find(end, at + 2);
    if (close == std::string_view::npos) return false;
    at = close + end.size();
  }
  return false;
}

}  // namespace

std::vector<uaf::document::Finding> CheckSchema(std::string_view text) {
  // Compiled when the first file needs them; a constant from then on.
  static const auto schemas = xml::SchemaSet::Load(SchemaFiles());
  if (HasDoctype(text)) return {};
  if (schemas.ok()) return (*schemas)->Check(text);
  uaf::document::Finding finding;
  finding.severity = uaf::document::Severity::kWarning;
  finding.rule = "xml/schema";
  finding.message = std::string(schemas.status().message());
  return {finding};
}

}  // namespace ameide::bpmn
