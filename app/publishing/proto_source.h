#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace ameide::publishing {

/// What a `.proto` file declares, as far as references need it.
struct ProtoSource {
  std::string package;
  std::vector<std::string> services;  ///< without the package
  std::vector<std::string> imports;
};

/// Reads the top-level declarations of a `.proto`. Takes any bytes; what is malformed is for the domain's own
/// compiler to complain about.
ProtoSource ReadProtoSource(std::string_view text);

}  // namespace ameide::publishing
