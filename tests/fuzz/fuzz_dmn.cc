#include <cstdint>
#include <string>
#include <string_view>

#include "notation/dmn/lint.h"
#include "notation/dmn/model.h"
#include "notation/dmn/tck.h"
#include "notation/xml/intake.h"
#include "uaf/document/document.h"

/// Any well-formed file is read as a decision model: linted, compiled and evaluated within bounds, with
/// inputs of several kinds; it is also read as test cases.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ameide;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto intake = xml::Accept(bytes);
  if (!intake.ok()) return 0;
  const auto document = uaf::document::Document::Import(intake->import, bytes, {{"fuzz"}, 1});
  if (!document.ok()) return 0;
  (void)dmn::ReadTests(*document);
  if (!dmn::IsDmn(*document)) return 0;
  (void)dmn::Lint(*document, "fuzz.dmn");
  const dmn::Model model(dmn::Graph(*document, "fuzz.dmn"));
  const feel::Value values[] = {feel::Value(5), feel::Value("a"),
                                feel::Value(feel::List{feel::Value(1), feel::Value(2)}), feel::Value()};
  for (const feel::Value& value : values) {
    dmn::Model::Inputs inputs;
    for (uint32_t i = 0; i < model.nodes().size(); ++i) {
      if (model.nodes()[i].kind == dmn::NodeKind::kInputData) inputs.emplace_back(i, value);
    }
    for (uint32_t i = 0; i < model.nodes().size() && i < 50; ++i) {
      std::vector<dmn::Diagnostic> diagnostics;
      dmn::EvaluateOptions options;
      options.diagnostics = &diagnostics;
      options.steps = 20'000;
      (void)model.Evaluate(i, inputs, options);
      for (const dmn::Diagnostic& diagnostic : diagnostics) (void)dmn::Render(diagnostic);
    }
  }
  return 0;
}
