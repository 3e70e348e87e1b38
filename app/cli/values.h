#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

/// How values out of files look in results.
namespace ameide::cli {

/// A value in quotes on one line, for people: line breaks in it as `\n` and `\r`.
std::string InQuotes(std::string_view value);

/// JSON on one line. Bytes that are not UTF-8 are replaced; controls that JSON lets stand (U+007F to U+009F)
/// are escaped, for some terminals obey them.
std::string JsonText(const nlohmann::ordered_json& value);

}  // namespace ameide::cli
