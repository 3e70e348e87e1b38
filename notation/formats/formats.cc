#include "notation/formats/formats.h"

#include "notation/archimate/format.h"
#include "notation/bpmn/format.h"
#include "notation/dmn/format.h"
#include "notation/text/text_format.h"
#include "notation/xml/intake.h"

namespace ameide {

std::unique_ptr<uaf::document::FormatRegistry> MakeFormats() {
  std::vector<std::unique_ptr<uaf::document::Format>> formats;
  formats.push_back(bpmn::MakeBpmnFormat());
  formats.push_back(dmn::MakeDmnFormat());
  formats.push_back(archimate::MakeArchimateFormat());
  formats.push_back(std::make_unique<xml::XmlFormat>("xml", ".xml .xsd"));
  formats.push_back(text::MakeTextFormat("markdown", ".md .markdown"));
  formats.push_back(text::MakeTextFormat("proto", ".proto"));
  formats.push_back(text::MakeTextFormat("yaml", ".yaml .yml"));
  formats.push_back(text::MakeTextFormat("json", ".json .form"));
  formats.push_back(text::MakeTextFormat("text", ".txt .feel .csv"));
  formats.push_back(text::MakeOpaqueFormat());
  return std::make_unique<uaf::document::FormatRegistry>(std::move(formats));
}

}  // namespace ameide
