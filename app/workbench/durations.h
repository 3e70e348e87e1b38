#pragma once

#include <QString>
#include <chrono>
#include <vector>

#include "ameide/process/v1/process.pb.h"

/// How long the elements of a process take. Pure.
namespace ameide::workbench {

/// One element over all of its activations that have ended.
struct ElementDuration {
  QString element;  ///< its id
  int count = 0;
  std::chrono::microseconds median{0};
  std::chrono::microseconds p95{0};     ///< nearest rank
  std::chrono::microseconds waited{0};  ///< median of the time in which nobody worked at it
  int heat = 0;  ///< 1 (the shortest median) to kMostHeat (the longest), by order of magnitude
};
inline constexpr int kMostHeat = 5;

/// What is around other elements (the process, subprocesses) and what passes without waiting is left out.
/// In order of the element.
std::vector<ElementDuration> SummarizeDurations(const std::vector<process::v1::ElementRun>& runs);

/// "0.2 s", "3 min 20 s", "2 h 5 min", "3 d 4 h", in the user's locale.
QString DurationText(std::chrono::microseconds duration);
std::chrono::microseconds ToMicroseconds(const google::protobuf::Duration& duration);

}  // namespace ameide::workbench
