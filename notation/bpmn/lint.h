#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "uaf/document/document.h"
#include "uaf/document/format.h"

namespace ameide::bpmn {

/// What a model is checked for (commands.md, lint).
enum class LintProfile : uint8_t {
  kExecution,      ///< the rules of the standard and those `target/` of our own engine
  kDocumentation,  ///< the rules of the standard only
  kCamunda8,       ///< `target/` rules by what Camunda 8 runs
};

/// "execution", "documentation", "camunda8"; nullopt for other names.
std::optional<LintProfile> ParseLintProfile(std::string_view name);

/// How to lint.
struct LintOptions {
  LintProfile profile = LintProfile::kExecution;
};

/// One rule, for lists and documentation.
struct RuleDescription {
  std::string_view id;  ///< stable: "bpmn/duplicate-id", "target/missing-implementation"
  uaf::document::Severity severity;
  std::string_view summary;
  std::string_view clause = {};  ///< of BPMN 2.0.2 ("10.5.2"); empty for rules of practice and of targets
  /// The standard forbids it, but what happens is defined all the same: `ameide run` executes the model.
  bool execution_is_defined = false;
};

/// Every rule that Lint knows, sorted by id.
std::span<const RuleDescription> LintRules();

/// Checks a document; any well-formed XML is taken, files that are not BPMN give no findings. Findings carry
/// the element's id and line and come in the order of the lines. Linear in the size of the file. Pure and
/// thread-safe.
std::vector<uaf::document::Finding> Lint(const uaf::document::Document& document, const LintOptions& options);

/// Adds to what Lint found in the document what breaks the standard's schemas and no rule says.
std::vector<uaf::document::Finding> WithSchema(const uaf::document::Document& document,
                                               std::vector<uaf::document::Finding> findings);

/// As Lint, with what breaks the standard's schemas (`xml/schema`, see CheckSchema): what `ameide lint` shows
/// and what the compiler refuses. Renders and parses the whole file once more.
std::vector<uaf::document::Finding> LintWithSchema(const uaf::document::Document& document,
                                                   const LintOptions& options);

/// The rule of that id, or nullptr: `xml/` findings have none.
const RuleDescription* FindLintRule(std::string_view id);

}  // namespace ameide::bpmn
