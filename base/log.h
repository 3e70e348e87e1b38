#pragma once

#include <initializer_list>
#include <string_view>
#include <utility>

namespace ameide {

/// One name and value of a log line. Never a secret: tokens, keys, passwords and variable payloads are not
/// logged.
using LogField = std::pair<std::string_view, std::string_view>;

/// Structured log, one JSON object a line on standard error: {"time","level","message", fields...}.
/// Thread-safe.
void LogDebug(std::string_view message, std::initializer_list<LogField> fields = {});
void LogInfo(std::string_view message, std::initializer_list<LogField> fields = {});
void LogWarning(std::string_view message, std::initializer_list<LogField> fields = {});
void LogError(std::string_view message, std::initializer_list<LogField> fields = {});

/// `debug`, `info`, `warning`, `error` or `off`; anything else leaves the level as it is. The default is
/// `warning` and the environment variable AMEIDE_LOG changes it.
void SetLogLevel(std::string_view level);

}  // namespace ameide
