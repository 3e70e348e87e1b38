#pragma once

namespace ameide::cli {

inline constexpr char kVersion[] = AMEIDE_VERSION;
/// How this program signs what it does in the log.
inline constexpr char kTool[] = "ameide " AMEIDE_VERSION;

}  // namespace ameide::cli
