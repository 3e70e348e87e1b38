#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "uaf/document/op.h"

/// Decimal numbers in thousandths, as ShiftAttributesOp counts. Frozen with it.
namespace ameide::uaf::document {

/// A plain decimal number ("-12.5"), digits beyond the third behind the point dropped; nullopt for anything
/// else or more than 12 digits before the point.
std::optional<int64_t> ParseMilli(std::string_view text);

/// The shortest plain decimal form.
std::string FormatMilli(int64_t milli);

/// The attribute as a ShiftAttributesOp leaves it; as it was where it holds no number to shift.
std::optional<AttributeText> Shifted(std::optional<AttributeText> text, int64_t delta_milli);

}  // namespace ameide::uaf::document
