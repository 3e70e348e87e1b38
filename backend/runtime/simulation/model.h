#pragma once

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "backend/compiler/compile.h"

/// A file made ready to be simulated; what all simulations share.
namespace ameide::runtime {

/// Compiles a BPMN file's bytes. INVALID_ARGUMENT when they are no XML; findings are in the result.
absl::StatusOr<compiler::CompileResult> CompileFile(std::string_view file,
                                                    const compiler::CompileOptions& options);

/// INVALID_ARGUMENT with a line for each finding, when there are some.
absl::Status FindingsAsStatus(const compiler::CompileResult& compiled);

/// Whether an instance can be started without an event: it has a none start event, or begins without one.
bool BeginsByItself(const engine::Plan& plan);

/// Whether another process of the file calls it: then it is a part of that, not a thing to start.
bool IsCalled(const compiler::CompileResult& compiled, const engine::Plan& plan);

/// The process `id`, or without an id the only one that begins by itself and is not called. INVALID_ARGUMENT
/// names those there are.
absl::StatusOr<size_t> ChooseProcess(const compiler::CompileResult& compiled, const std::string& id);

}  // namespace ameide::runtime
