#pragma once

#include <chrono>
#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace ameide::cli {

/// What a command tells the shell (commands.md).
enum class Exit : int {
  kSuccess = 0,
  kFinding = 1,  ///< a lint error, a difference, a failed case, an unknown instance
  kError = 2,    ///< wrong usage or an environment problem
};

/// Where commands write: results to standard output, everything else to standard error. What comes out of
/// files is shown with control characters made visible, so that no file can drive the terminal.
class Console {
 public:
  Console();

  /// One line of a result for people.
  void Line(std::string_view text) const;
  /// A result for programs: one JSON value on one line; bytes that are not UTF-8 are replaced.
  void Json(const nlohmann::ordered_json& value) const;
  /// A result's bytes as they are.
  void Bytes(std::string_view bytes) const;

  /// "ameide: …" on standard error.
  /// Writes out what was printed; false, with a message, when it could not all be written.
  bool Finish() const;
  void Error(std::string_view message) const;
  void Error(const absl::Status& status) const;
  /// A remark on standard error that is no error.
  void Note(std::string_view message) const;

  /// One updating line on a terminal, nothing in a pipe. `total` 0 while unknown.
  void Progress(std::string_view phase, uint64_t done, uint64_t total);
  /// Ends the updating line, if there is one.
  void EndProgress();

  /// Whether a person sits there who can be asked.
  bool interactive() const { return interactive_; }

 private:
  bool interactive_ = false;
  bool progress_shown_ = false;
  bool show_progress_ = false;
};

/// `text` with control characters other than tab as `\xNN`.
std::string Printable(std::string_view text);

}  // namespace ameide::cli
