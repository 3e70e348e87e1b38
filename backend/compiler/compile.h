#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "backend/engine/plan.h"
#include "uaf/document/document.h"

namespace ameide::compiler {

/// What a plan is for.
enum class Target : uint8_t {
  kEmbedded,    ///< durable: every task needs an implementation
  kSimulation,  ///< `ameide run`
};

/// How to compile.
struct CompileOptions {
  Target target = Target::kEmbedded;
  /// Tasks with no implementation become no-ops (`ameide run --stub`); else each is an error.
  bool stub = false;
  /// Element ids of tasks whose implementation a simulation replaces (`ameide run --throw`): they become stub
  /// jobs.
  std::set<std::string> replaced;
  /// Element ids of tasks whose results a simulation is given (`ameide run --complete`): with `stub` they are
  /// no no-ops.
  std::set<std::string> completed;
  /// The file's content hash, recorded in the plan; may be empty.
  std::string source_hash;
};

/// Why a model cannot be executed exactly as drawn.
struct CompileFinding {
  std::string element;  ///< id, or empty
  uint32_t line = 0;    ///< from 1; 0 when unknown
  std::string reason;   ///< what is wrong and what to do
  std::string clause;   ///< of BPMN 2.0.2 ("13.3.2"), or of commands.md's lint rule
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
/// are executable, in a file where none says yes. The lint of profile execution is a gate: its errors are
/// findings.
CompileResult Compile(const uaf::document::Document& document, const CompileOptions& options);

/// `element: reason (BPMN 2.0.2, clause 13.3.2)`.
std::string FormatFinding(const CompileFinding& finding);

}  // namespace ameide::compiler
