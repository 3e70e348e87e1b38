#include "uaf/merge/attribute_parts.h"

#include <string>

#include "uaf/document/document.h"

namespace ameide::uaf::merge {

using document::AttributeText;

uint8_t AttributeParts::Changed(const std::optional<AttributeText>& before,
                                const std::optional<AttributeText>& after) {
  if (!after) return kValue;
  if (!before) return kValue | kLead | kEquals | kQuote;
  uint8_t parts = 0;
  if (after->lead != before->lead) parts |= kLead;
  if (after->equals != before->equals) parts |= kEquals;
  if (after->quote != before->quote) parts |= kQuote;
  if (after->raw != before->raw) {
    const bool same = document::UnescapeXml(after->raw) == document::UnescapeXml(before->raw);
    parts |= same ? kSpelling : kValue;
  }
  return parts == 0 ? uint8_t{kValue} : parts;
}

AttributeParts::AttributeParts(const std::optional<AttributeText>& base)
    : text_(base), style_(base ? *base : AttributeText{" ", "=", '"', ""}) {}

void AttributeParts::Set(const std::optional<AttributeText>& said, uint8_t parts) {
  if (said && (parts & kLead) != 0) style_.lead = said->lead;
  if (said && (parts & kEquals) != 0) style_.equals = said->equals;
  if (said && (parts & kQuote) != 0) style_.quote = said->quote;
  if ((parts & kValue) != 0) {
    text_ = said;
  } else if ((parts & kSpelling) != 0 && text_ && said &&
             document::UnescapeXml(text_->raw) == document::UnescapeXml(said->raw)) {
    text_->raw = said->raw;
    text_->quote = said->quote;
  }
}

std::optional<AttributeText> AttributeParts::Text() const {
  if (!text_) return text_;
  AttributeText text = style_;
  text.raw = text_->raw;
  // Quotes that the value was not written for stay as they were with it.
  if (text.raw.find(text.quote) != std::string::npos) text.quote = text_->quote;
  return text;
}

}  // namespace ameide::uaf::merge
