#pragma once

namespace ameide::workbench {

inline constexpr char kVersion[] = AMEIDE_VERSION;
/// How this program signs what it does in the log.
inline constexpr char kTool[] = "ameide-workbench " AMEIDE_VERSION;

}  // namespace ameide::workbench
