#pragma once

#include <cstdint>
#include <optional>

#include "uaf/document/op.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// An attribute put together from what several said of its parts (value, spelling, white space, quotes): each
/// part is as it was set last.
class AttributeParts {
 public:
  enum Part : uint8_t { kValue = 1, kSpelling = 2, kLead = 4, kEquals = 8, kQuote = 16 };

  /// The parts that differ. Setting what is there already is a decision for its value.
  static uint8_t Changed(const std::optional<document::AttributeText>& before,
                         const std::optional<document::AttributeText>& after);

  explicit AttributeParts(const std::optional<document::AttributeText>& base);
  /// Sets `parts` as `said` has them; nullopt: there is no such attribute.
  void Set(const std::optional<document::AttributeText>& said, uint8_t parts);
  std::optional<document::AttributeText> Text() const;

 private:
  std::optional<document::AttributeText> text_;
  document::AttributeText style_;
};

}  // namespace ameide::uaf::merge
