#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// Decimal numbers in thousandths, as ShiftAttributesOp counts. Frozen with it. Private to this folder.
namespace ameide::uaf::document {

/// A plain decimal number ("-12.5"), digits beyond the third behind the point dropped; nullopt for anything
/// else or more than 12 digits before the point.
std::optional<int64_t> ParseMilli(std::string_view text);

/// The shortest plain decimal form.
std::string FormatMilli(int64_t milli);

}  // namespace ameide::uaf::document
