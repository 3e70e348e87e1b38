#pragma once

#include <string>
#include <vector>

#include "backend/compiler/compile.h"
#include "backend/compiler/process_compiler.h"

/// Puts what a process calls in other files into its plan; private to this folder.
namespace ameide::compiler {

/// Compiles what `calls` name in the files of `options.calls` (and what that calls in turn) and adds it to
/// the plan as further roots, each once. What is wrong with it is a problem of the call activity.
void LinkCalls(engine::Plan& plan, const std::vector<OutsideCall>& calls, const CompileOptions& options,
               std::vector<Problem>& problems);

}  // namespace ameide::compiler
