#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace ameide::runtime {

/// The trace (W3C Trace Context: 32 hexadecimal digits) that an instance is, for as long as it lives. Follows
/// from the names alone, so every program and every restart says the same.
std::string TraceIdOf(std::string_view tenant, std::string_view instance);

/// The span (16 hexadecimal digits) of an element's activation: by its key, or of one that ended where it
/// began (key 0) by its number.
std::string SpanIdOf(std::string_view tenant, std::string_view instance, int64_t key, int64_t number);

}  // namespace ameide::runtime
