#pragma once

#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "base/clock.h"

namespace ameide::runtime {

/// The options of `ameide run`, as written on the command line.
struct RunOptions {
  std::vector<std::string> processes;  ///< `--process ID`; empty: the one executable process
  std::vector<std::string> variables;  ///< `--var NAME=JSON`: variables of every instance started
  std::vector<std::string>
      complete;  ///< `--complete TASK[=JSON object]`: in order per task, the last repeats
  /// `--message NAME[:KEY][=JSON]` and `--signal NAME`, in the order given.
  struct Sent {
    bool signal = false;
    std::string text;
  };
  std::vector<Sent> sent;
  std::vector<std::string> throws;  ///< `--throw ELEMENT=CODE`: in order per task, the last repeats
  std::string advance;              ///< `--advance ISO-DURATION`; empty: without limit
  bool stub = false;
  bool trace = false;
  /// Runs each plan from its canonical bytes, as whoever publishes the model does, not as it was compiled.
  bool from_bytes = false;
  /// Other files of the workspace (BPMN and DMN) that decisions and calls may be in; asked only when the file
  /// refers to any.
  struct OtherFile {
    std::string path;
    std::string bytes;
  };
  std::function<std::vector<OtherFile>()> others;
  /// What the virtual clock shows when the run begins. The command line gives the time of day.
  WallTime start = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);
};

/// Executes one BPMN file (its bytes) in a fresh engine in memory, as commands.md says of `ameide run`.
///
/// Work that is done outside the engine is simulated: a worker's job or a domain's command completes by
/// `--complete` (with its results), as a no-op with `--stub`, or throws by `--throw`; else it fails, and the
/// instance has an incident that says what to pass. A message or signal of the options that nothing in the
/// file catches stays buffered.
///
/// JSON lines go to `out`, what people should read to `log`. Returns the exit code: 0, or 1 when an instance
/// failed or the file does not compile. INVALID_ARGUMENT for options that are wrong, UNAVAILABLE when `out`
/// takes no more (both exit code 2). The same input gives the same output. A run that does not come to rest
/// (an endless loop) is stopped after a million steps, with a message; its instances count as active.
absl::StatusOr<int> Run(std::string_view file, const RunOptions& options, std::ostream& out,
                        std::ostream& log);

}  // namespace ameide::runtime
