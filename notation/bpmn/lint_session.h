#pragma once

#include <memory>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "notation/bpmn/lint.h"
#include "uaf/document/document.h"
#include "uaf/document/op.h"

namespace ameide::bpmn {

/// What Lint finds in one document, kept while the document is edited: an edit costs what it touches, not the
/// size of the file. Edits of what concerns all (processes' own attributes, namespaces, imports) and large
/// ones are checked as a whole. Not thread-safe; belongs to whatever thread checks.
class LintSession {
 public:
  /// Takes the document over and checks it.
  LintSession(uaf::document::Document document, const LintOptions& options);
  ~LintSession();
  LintSession(const LintSession&) = delete;
  LintSession& operator=(const LintSession&) = delete;

  /// Applies the operations of one change set and checks what they touch. On error the document holds the
  /// operations before the one that failed, and everything was checked.
  absl::Status Apply(std::span<const uaf::document::Op> ops, const uaf::EventId& event);

  const uaf::document::Document& document() const;
  /// The same as Lint(document(), options). Places and fixes are looked up in the text: linear in its size
  /// when there are findings.
  std::vector<uaf::document::Finding> Findings() const;
  /// How many elements the last edit, or the beginning, had checked; for tests and figures.
  size_t checked() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace ameide::bpmn
