#include "uaf/document/text_edits.h"

#include <algorithm>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace ameide::uaf::document {
namespace {

bool Before(const TextPosition& a, const TextPosition& b) {
  return std::tie(a.line, a.column) < std::tie(b.line, b.column);
}

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

LineIndex::LineIndex(std::string_view text) : text_(text) {
  begins_.push_back(0);
  for (size_t at = 0; (at = text.find('\n', at)) != std::string_view::npos;) begins_.push_back(++at);
}

std::optional<size_t> LineIndex::OffsetAt(const TextPosition& place) const {
  if (place.line == 0 || place.line > begins_.size() || place.column == 0) return std::nullopt;
  size_t offset = begins_[place.line - 1];
  for (uint32_t column = 1; column < place.column; ++column) {
    if (offset >= text_.size() || text_[offset] == '\n') return std::nullopt;
    ++offset;
    while (offset < text_.size() && IsContinuation(text_[offset])) ++offset;
  }
  return offset;
}

TextPosition LineIndex::PositionAt(size_t offset) const {
  offset = std::min(offset, text_.size());
  const auto line = std::upper_bound(begins_.begin(), begins_.end(), offset) - begins_.begin();
  const std::string_view before =
      text_.substr(begins_[static_cast<size_t>(line) - 1], offset - begins_[static_cast<size_t>(line) - 1]);
  const auto column = std::count_if(before.begin(), before.end(), [](char c) { return !IsContinuation(c); });
  return {static_cast<uint32_t>(line), static_cast<uint32_t>(column) + 1};
}

absl::StatusOr<std::string> ApplyEdits(std::string_view text, std::span<const TextEdit> edits) {
  std::vector<const TextEdit*> ordered;
  for (const TextEdit& edit : edits) ordered.push_back(&edit);
  std::stable_sort(ordered.begin(), ordered.end(),
                   [](const TextEdit* a, const TextEdit* b) { return Before(a->begin, b->begin); });
  const LineIndex lines(text);
  std::string result;
  size_t taken = 0;
  const TextEdit* last = nullptr;
  for (const TextEdit* const edit : ordered) {
    if (Before(edit->end, edit->begin) || (last != nullptr && Before(edit->begin, last->end))) {
      return absl::InvalidArgumentError(
          absl::StrCat("the edit at ", edit->begin.line, ":", edit->begin.column, " overlaps another one"));
    }
    const std::optional<size_t> begin = lines.OffsetAt(edit->begin);
    const std::optional<size_t> end = lines.OffsetAt(edit->end);
    if (!begin || !end) {
      return absl::OutOfRangeError(absl::StrCat("the text has no place ", edit->begin.line, ":",
                                                edit->begin.column, " to ", edit->end.line, ":",
                                                edit->end.column));
    }
    absl::StrAppend(&result, std::string(text.substr(taken, *begin - taken)), edit->text);
    taken = *end;
    last = edit;
  }
  result.append(text.substr(taken));
  return result;
}

std::vector<TextEdit> FixesOf(std::span<const Finding> findings, FixChoice choice) {
  std::vector<TextEdit> chosen;
  const auto overlaps = [&](const TextEdit& edit) {
    return std::any_of(chosen.begin(), chosen.end(), [&](const TextEdit& other) {
      const bool apart = !Before(other.begin, edit.end) || !Before(edit.begin, other.end);
      const bool same_place = !Before(other.begin, edit.begin) && !Before(edit.begin, other.begin);
      return !apart || same_place;
    });
  };
  for (const Finding& finding : findings) {
    if (!finding.fix || (choice == FixChoice::kCertain && !finding.fix->certain)) continue;
    if (std::any_of(finding.fix->edits.begin(), finding.fix->edits.end(), overlaps)) continue;
    chosen.insert(chosen.end(), finding.fix->edits.begin(), finding.fix->edits.end());
  }
  return chosen;
}

}  // namespace ameide::uaf::document
