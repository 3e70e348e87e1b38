#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backend/engine/plan.h"
#include "backend/engine/plan/decisions.h"
#include "uaf/document/document.h"

namespace ameide::compiler {

class CallLibrary;

/// What a plan is for.
enum class Target : uint8_t {
  kEmbedded,    ///< durable: every task needs an implementation
  kSimulation,  ///< `ameide run`
};

/// How to compile.
struct CompileOptions {
  Target target = Target::kEmbedded;
  /// Whether to refuse what breaks the standard only in how it is drawn or written, while what happens is
  /// defined (bpmn::RuleDescription::execution_is_defined), and what is wrong outside the processes to
  /// compile, like in the diagram. `ameide run` executes such models.
  bool form_matters = true;
  /// Tasks with no implementation become no-ops (`ameide run --stub`); else each is an error.
  bool stub = false;
  /// Element ids of tasks whose implementation a simulation replaces (`ameide run --throw`): they become stub
  /// jobs.
  std::set<std::string> replaced;
  /// Element ids of tasks whose results a simulation is given (`ameide run --complete`): with `stub` they are
  /// no no-ops.
  std::set<std::string> completed;
  /// The decision models that business rule tasks may call into; a plan carries those that it needs. Outlives
  /// the compilation; nullptr: none.
  const engine::DecisionLibrary* decisions = nullptr;
  /// Other files whose processes and global tasks call activities may call; what is called becomes part of
  /// the plan. Outlives the compilation; nullptr: none.
  const CallLibrary* calls = nullptr;
  /// Processes (ids) to compile besides the executable ones: whoever names one means it.
  std::set<std::string> named;
  /// The file's content hash, recorded in the plan; may be empty.
  std::string source_hash;
};

/// Why a model cannot be executed exactly as drawn.
struct CompileFinding {
  std::string element;  ///< id, or empty
  uint32_t line = 0;    ///< from 1; 0 when unknown
  std::string reason;   ///< what is wrong and what to do
  std::string
      clause;  ///< of BPMN 2.0.2 ("13.3.2"); where there is none, the id of what found it ("proto/syntax")
  std::string rule = {};  ///< the lint rule that says the same ("bpmn/duplicate-id"), or empty
};

/// One compiled process.
struct CompiledProcess {
  engine::Plan plan;
  std::string bytes;   ///< canonical
  std::string digest;  ///< SHA-256 of bytes, hexadecimal
};

/// Either plans (one per executable process; in document order) or findings.
struct CompileResult {
  std::vector<CompiledProcess> processes;
  std::vector<CompileFinding> findings;
  bool ok() const { return findings.empty(); }
};

/// Compiles a BPMN file. Pure and deterministic: same bytes, same plans. Everything that cannot be executed
/// exactly is a finding with element, reason and clause; nothing is dropped or guessed. A file without an
/// executable process is a finding too; a simulation also runs private processes that do not say whether they
/// are executable, in a file where none says yes. The lint is a gate: its errors, schema included, are
/// findings.
CompileResult Compile(const uaf::document::Document& document, const CompileOptions& options);

/// `element: reason (BPMN 2.0.2, clause 13.3.2)`.
std::string FormatFinding(const CompileFinding& finding);

}  // namespace ameide::compiler
