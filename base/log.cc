#include "base/log.h"

#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <cstdlib>
#include <string>

namespace ameide {
namespace {

void AppendJson(std::string& out, std::string_view text) {
  out.push_back('"');
  for (const char c : text) {
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        if (static_cast<unsigned char>(c) < 0x20) {
          char escape[8];
          std::snprintf(escape, sizeof escape, "\\u%04x", c);
          out += escape;
        } else {
          out.push_back(c);
        }
    }
  }
  out.push_back('"');
}

spdlog::logger& Logger() {
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("ameide", std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("{\"time\":\"%Y-%m-%dT%H:%M:%S.%eZ\",\"level\":\"%l\",%v}",
                      spdlog::pattern_time_type::utc);
    made->set_level(spdlog::level::warn);
    if (const char* level = std::getenv("AMEIDE_LOG")) made->set_level(spdlog::level::from_str(level));
    return made;
  }();
  return *logger;
}

void Log(spdlog::level::level_enum level, std::string_view message, std::initializer_list<LogField> fields) {
  spdlog::logger& logger = Logger();
  if (!logger.should_log(level)) return;
  std::string line = "\"message\":";
  AppendJson(line, message);
  for (const auto& [name, value] : fields) {
    line.push_back(',');
    AppendJson(line, name);
    line.push_back(':');
    AppendJson(line, value);
  }
  logger.log(level, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace

void LogDebug(std::string_view message, std::initializer_list<LogField> fields) {
  Log(spdlog::level::debug, message, fields);
}
void LogInfo(std::string_view message, std::initializer_list<LogField> fields) {
  Log(spdlog::level::info, message, fields);
}
void LogWarning(std::string_view message, std::initializer_list<LogField> fields) {
  Log(spdlog::level::warn, message, fields);
}
void LogError(std::string_view message, std::initializer_list<LogField> fields) {
  Log(spdlog::level::err, message, fields);
}

void SetLogLevel(std::string_view level) {
  if (level == "debug") Logger().set_level(spdlog::level::debug);
  if (level == "info") Logger().set_level(spdlog::level::info);
  if (level == "warning") Logger().set_level(spdlog::level::warn);
  if (level == "error") Logger().set_level(spdlog::level::err);
  if (level == "off") Logger().set_level(spdlog::level::off);
}

}  // namespace ameide
