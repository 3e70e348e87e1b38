#pragma once

#include <QtTest>
#include <string>

#include "backend/compiler/compile.h"
#include "notation/xml/intake.h"
#include "tests/backend/bpmn_builder.h"

namespace ameide::runtime {

/// The plan of a model's one process; empty when it does not compile.
inline std::string Compiled(const BpmnBuilder& model) {
  const std::string xml = model.Xml();
  const auto intake = xml::Accept(xml);
  const auto document = uaf::document::Document::Import(intake->import, xml, {});
  compiler::CompileOptions options;
  options.form_matters = false;
  const compiler::CompileResult result = compiler::Compile(*document, options);
  for (const compiler::CompileFinding& finding : result.findings)
    qWarning("%s", compiler::FormatFinding(finding).c_str());
  return result.ok() ? result.processes[0].bytes : std::string();
}

}  // namespace ameide::runtime
