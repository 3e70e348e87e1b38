#pragma once

/// How long a test waits for what has to come, in ms: however slow and busy the machine is, it comes.
inline constexpr int kWaitMs = 60000;
