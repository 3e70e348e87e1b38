#include "uaf/merge/text_sequence.h"

#include <algorithm>
#include <iterator>

#include "uaf/document/check.h"

namespace ameide::uaf::merge {
namespace {

/// Above so many cells the middle of two texts is replaced as a whole.
constexpr size_t kMostCells = 1'000'000;

bool IsSeparator(char c, bool prose) { return c == '\n' || (prose && (c == ' ' || c == '\t' || c == '\r')); }

/// Words or lines, each separator alone.
std::vector<std::string_view> TokensOf(std::string_view text, bool prose) {
  std::vector<std::string_view> tokens;
  for (size_t at = 0; at < text.size();) {
    size_t end = at;
    while (end < text.size() && !IsSeparator(text[end], prose)) ++end;
    if (end > at) tokens.push_back(text.substr(at, end - at));
    if (end < text.size()) tokens.push_back(text.substr(end++, 1));
    at = end;
  }
  return tokens;
}

bool BeginsCharacter(char c) { return (c & 0xc0) != 0x80; }

uint64_t Characters(std::string_view text) {
  return static_cast<uint64_t>(std::count_if(text.begin(), text.end(), BeginsCharacter));
}

/// Bytes [begin, end) of one text become `text`.
struct Hunk {
  size_t begin = 0;
  size_t end = 0;
  std::string text;
};

using Tokens = std::vector<std::string_view>;

size_t SizeOf(const Tokens& tokens, size_t begin, size_t end) {
  size_t size = 0;
  for (size_t i = begin; i < end; ++i) size += tokens[i].size();
  return size;
}

std::string Joined(const Tokens& tokens, size_t begin, size_t end) {
  std::string text;
  for (size_t i = begin; i < end; ++i) text += tokens[i];
  return text;
}

/// The smallest changes by tokens (longest common subsequence), in order.
std::vector<Hunk> HunksBetween(std::string_view before, std::string_view after, bool prose) {
  const Tokens a = TokensOf(before, prose);
  const Tokens b = TokensOf(after, prose);
  size_t head = 0;
  while (head < a.size() && head < b.size() && a[head] == b[head]) ++head;
  size_t a_end = a.size();
  size_t b_end = b.size();
  while (a_end > head && b_end > head && a[a_end - 1] == b[b_end - 1]) --a_end, --b_end;
  const size_t rows = a_end - head;
  const size_t columns = b_end - head;
  if (rows == 0 && columns == 0) return {};
  const size_t begin = SizeOf(a, 0, head);
  if (rows == 0 || columns == 0 || rows > kMostCells / columns) {
    return {{begin, begin + SizeOf(a, head, a_end), Joined(b, head, b_end)}};
  }
  std::vector<uint32_t> length((rows + 1) * (columns + 1), 0);
  const auto at = [&](size_t i, size_t j) -> uint32_t& { return length[i * (columns + 1) + j]; };
  for (size_t i = rows; i-- > 0;) {
    for (size_t j = columns; j-- > 0;) {
      at(i, j) = a[head + i] == b[head + j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
    }
  }
  std::vector<Hunk> hunks;
  size_t offset = begin;
  for (size_t i = 0, j = 0; i < rows || j < columns;) {
    if (i < rows && j < columns && a[head + i] == b[head + j]) {
      offset += a[head + i].size();
      ++i, ++j;
      continue;
    }
    Hunk hunk{offset, offset, {}};
    while ((i < rows || j < columns) && !(i < rows && j < columns && a[head + i] == b[head + j])) {
      if (j == columns || (i < rows && at(i + 1, j) >= at(i, j + 1))) {
        hunk.end += a[head + i++].size();
      } else {
        hunk.text += b[head + j++];
      }
    }
    offset = hunk.end;
    hunks.push_back(std::move(hunk));
  }
  return hunks;
}

}  // namespace

TextSequence::TextSequence(std::string_view base, bool prose, document::NodeKind kind,
                           const EventTable& events)
    : prose_(prose), kind_(kind), events_(&events), pieces_(PiecesOf(base, std::nullopt)) {}

std::vector<TextSequence::Piece> TextSequence::PiecesOf(std::string_view text,
                                                        std::optional<EventIndex> inserted_by) const {
  std::vector<Piece> pieces;
  const auto add = [&](std::string_view part, bool separator) {
    if (part.empty()) return;
    Piece& piece = pieces.emplace_back(Piece{std::string(part), separator, Characters(part), {}, {}});
    if (inserted_by) piece.inserted_by.push_back(*inserted_by);
  };
  const auto separates = [&](char c) { return IsSeparator(c, prose_); };
  const auto first = static_cast<size_t>(std::find_if(text.begin(), text.end(), separates) - text.begin());
  const auto behind =
      text.size() - static_cast<size_t>(std::find_if(text.rbegin(), text.rend(), separates) - text.rbegin());
  add(text.substr(0, first), false);
  if (first < behind) {
    add(text.substr(first, behind - first), true);
    add(text.substr(behind), false);
  }
  return pieces;
}

void TextSequence::Note(EventIndex event) {
  if (!changes_.empty() && changes_.back().event == event) return;
  // Whoever saw a later one of what is left out here saw the earlier one that is kept.
  const auto keep = [&](Heads& beside, EventIndex other) {
    if (std::none_of(beside.begin(), beside.end(),
                     [&](EventIndex earlier) { return events_->Saw(other, earlier); }))
      beside.push_back(other);
  };
  Change change{event, {}};
  for (Change& earlier : changes_) {
    if (events_->Saw(event, earlier.event)) continue;
    keep(earlier.beside, event);
    keep(change.beside, earlier.event);
  }
  changes_.push_back(std::move(change));
}

bool TextSequence::Disputed(EventIndex event, Viewer viewer) const {
  const auto change =
      std::lower_bound(changes_.begin(), changes_.end(), event,
                       [](const Change& each, EventIndex wanted) { return each.event < wanted; });
  return std::any_of(change->beside.begin(), change->beside.end(),
                     [&](EventIndex other) { return Counts(other, viewer); });
}

bool TextSequence::Divides(const Piece& piece, Viewer viewer) const {
  return piece.separator && Visible(piece, viewer) &&
         std::none_of(piece.inserted_by.begin(), piece.inserted_by.end(),
                      [&](EventIndex event) { return Counts(event, viewer) && Disputed(event, viewer); });
}

bool TextSequence::Known(const Piece& piece, Viewer viewer) const {
  return piece.inserted_by.empty() || std::any_of(piece.inserted_by.begin(), piece.inserted_by.end(),
                                                  [&](EventIndex event) { return Counts(event, viewer); });
}

bool TextSequence::Visible(const Piece& piece, Viewer viewer) const {
  return Known(piece, viewer) && std::none_of(piece.deleted_by.begin(), piece.deleted_by.end(),
                                              [&](EventIndex event) { return Counts(event, viewer); });
}

std::vector<TextSequence::Stretch> TextSequence::StretchesFor(Viewer viewer, bool whole) const {
  std::vector<Stretch> stretches;
  std::vector<EventIndex> touched;
  size_t begin = 0;
  const auto close = [&](size_t end) {
    if (end == begin) return;
    std::sort(touched.begin(), touched.end());
    touched.erase(std::unique(touched.begin(), touched.end()), touched.end());
    Stretch stretch{begin, end, {}};
    for (const EventIndex event : touched) events_->Advance(stretch.heads, event);
    stretches.push_back(std::move(stretch));
    touched.clear();
    begin = end;
  };
  for (size_t i = 0; i < pieces_.size(); ++i) {
    const Piece& piece = pieces_[i];
    if (!whole && Divides(piece, viewer)) {
      close(i);
      begin = i + 1;
      stretches.push_back({i, i + 1, {}});
      continue;
    }
    for (const auto* who : {&piece.inserted_by, &piece.deleted_by}) {
      for (const EventIndex event : *who) {
        if (Counts(event, viewer)) touched.push_back(event);
      }
    }
  }
  close(pieces_.size());
  return stretches;
}

TextSequence::View TextSequence::Show(std::vector<Stretch> stretches, Viewer viewer,
                                      std::optional<EventIndex> preferred) const {
  View view;
  for (const Stretch& stretch : stretches) {
    if (stretch.divided()) {
      EventIndex head = stretch.heads.back();
      if (preferred &&
          std::find(stretch.heads.begin(), stretch.heads.end(), *preferred) != stretch.heads.end())
        head = *preferred;
      const std::vector<size_t> shown = ShownIn(stretch, head);
      view.shown.insert(view.shown.end(), shown.begin(), shown.end());
      continue;
    }
    for (size_t i = stretch.begin; i < stretch.end; ++i) {
      if (Visible(pieces_[i], viewer)) view.shown.push_back(i);
    }
  }
  view.stretches = std::move(stretches);
  return view;
}

std::string TextSequence::TextOf(const View& view) const {
  std::string text;
  for (const size_t index : view.shown) text += pieces_[index].text;
  return text;
}

bool TextSequence::IsOfOne(const std::vector<Stretch>& stretches) const {
  std::vector<EventIndex> all;
  for (const Stretch& stretch : stretches) {
    if (stretch.divided()) return false;
    all.insert(all.end(), stretch.heads.begin(), stretch.heads.end());
  }
  std::sort(all.begin(), all.end());
  Heads heads;
  for (const EventIndex event : all) events_->Advance(heads, event);
  return heads.size() <= 1;
}

std::optional<size_t> TextSequence::ByteAt(const View& view, uint64_t character) const {
  size_t begin = 0;
  for (const size_t index : view.shown) {
    const Piece& piece = pieces_[index];
    if (character < piece.characters) {
      size_t at = 0;
      for (; character > 0; --character) {
        while (++at < piece.text.size() && !BeginsCharacter(piece.text[at])) {
        }
      }
      return begin + at;
    }
    character -= piece.characters;
    begin += piece.text.size();
  }
  return character == 0 ? std::optional(begin) : std::nullopt;
}

TextSequence::View TextSequence::ViewFor(Viewer viewer, std::optional<EventIndex> preferred) const {
  View view = Show(StretchesFor(viewer, false), viewer, preferred);
  // What one wrote who saw all others fits together, or was no better when it was written.
  if (IsOfOne(view.stretches) || document::CheckText(kind_, TextOf(view)).ok()) return view;
  return Show(StretchesFor(viewer, true), viewer, preferred);
}

std::vector<size_t> TextSequence::ShownIn(const Stretch& stretch, EventIndex head) const {
  std::vector<size_t> shown = ViewFor(head).shown;
  std::erase_if(shown, [&](size_t index) { return index < stretch.begin || index >= stretch.end; });
  return shown;
}

std::string TextSequence::TextIn(const Stretch& stretch, EventIndex head) const {
  std::string text;
  for (const size_t index : ShownIn(stretch, head)) text += pieces_[index].text;
  return text;
}

bool TextSequence::Splice(EventIndex event, uint32_t offset, uint32_t remove, std::string_view insert) {
  const View view = ViewFor(event);
  const std::optional<size_t> begin = ByteAt(view, offset);
  const std::optional<size_t> end = ByteAt(view, uint64_t{offset} + remove);
  if (!begin || !end) return false;
  Edit(event, *begin, *end, insert);
  return true;
}

void TextSequence::Set(EventIndex event, std::string_view text) {
  const std::vector<Hunk> hunks = HunksBetween(TextOf(ViewFor(event)), text, prose_);
  // From the end, so that offsets stay what they are.
  for (auto hunk = hunks.rbegin(); hunk != hunks.rend(); ++hunk) {
    Edit(event, hunk->begin, hunk->end, hunk->text);
  }
}

void TextSequence::Settle(EventIndex event, std::string_view text) {
  Note(event);
  for (Piece& piece : pieces_) {
    if (Known(piece, event)) piece.deleted_by.push_back(event);
  }
  std::vector<Piece> settled = PiecesOf(text, event);
  pieces_.insert(pieces_.end(), std::make_move_iterator(settled.begin()),
                 std::make_move_iterator(settled.end()));
}

void TextSequence::SplitAt(EventIndex event, size_t at) {
  const View view = ViewFor(event);
  size_t offset = 0;
  for (const size_t index : view.shown) {
    const size_t size = pieces_[index].text.size();
    if (offset < at && at < offset + size) return Split(index, at - offset);
    offset += size;
  }
}

void TextSequence::Split(size_t piece, size_t at) {
  Piece& whole = pieces_[piece];
  size_t left = at, right = at;
  if (whole.separator) {
    while (!IsSeparator(whole.text[left - 1], prose_)) --left;
    while (!IsSeparator(whole.text[right], prose_)) ++right;
  }
  std::vector<Piece> behind;
  const auto add = [&](size_t begin, size_t end, bool separator) {
    if (begin == end) return;
    std::string text = whole.text.substr(begin, end - begin);
    const uint64_t characters = Characters(text);
    behind.push_back({std::move(text), separator, characters, whole.inserted_by, whole.deleted_by});
    whole.characters -= characters;
  };
  add(left, at, false);
  add(at, right, false);
  add(right, whole.text.size(), whole.separator);
  whole.text.resize(left);
  pieces_.insert(pieces_.begin() + static_cast<ptrdiff_t>(piece) + 1, std::make_move_iterator(behind.begin()),
                 std::make_move_iterator(behind.end()));
}

bool TextSequence::IsThere(EventIndex event, size_t position, const std::vector<size_t>& removed,
                           std::string_view insert) {
  size_t end = position;
  while (end < pieces_.size() && !Visible(pieces_[end], event)) ++end;
  std::vector<EventIndex> seen;
  for (size_t i = position; i < end; ++i) {
    const Piece& piece = pieces_[i];
    if (piece.inserted_by.empty() || Known(piece, event)) continue;
    const EventIndex other = piece.inserted_by.front();
    if (std::find(seen.begin(), seen.end(), other) != seen.end()) continue;
    seen.push_back(other);
    // All that it inserted here, in however many pieces that is by now.
    std::vector<size_t> run;
    std::string text;
    for (size_t j = i; j < end; ++j) {
      if (pieces_[j].inserted_by.empty() || pieces_[j].inserted_by.front() != other) continue;
      run.push_back(j);
      text += pieces_[j].text;
    }
    if (text != insert) continue;
    // The same change removed the same, and nothing behind it.
    const auto removed_by_other = [&](size_t index) {
      const auto& who = pieces_[index].deleted_by;
      return std::find(who.begin(), who.end(), other) != who.end();
    };
    if (!std::all_of(removed.begin(), removed.end(), removed_by_other)) continue;
    size_t next = removed.empty() ? run.back() + 1 : removed.back() + 1;
    while (next < pieces_.size() && !Visible(pieces_[next], event)) ++next;
    if (next < pieces_.size() && removed_by_other(next)) continue;
    for (const size_t index : run) pieces_[index].inserted_by.push_back(event);
    return true;
  }
  return false;
}

void TextSequence::Edit(EventIndex event, size_t begin, size_t end, std::string_view insert) {
  Note(event);
  SplitAt(event, begin);
  SplitAt(event, end);
  const View view = ViewFor(event);
  // The shown pieces [first, last) are replaced.
  size_t first = 0;
  size_t offset = 0;
  while (first < view.shown.size() && offset < begin) offset += pieces_[view.shown[first++]].text.size();
  size_t last = first;
  while (last < view.shown.size() && offset < end) offset += pieces_[view.shown[last++]].text.size();
  // Whatever it touches of a divided stretch is replaced with it. Positions count pieces.
  const size_t left = first == 0 ? 0 : view.shown[first - 1];
  const size_t right = last == view.shown.size() ? pieces_.size() : view.shown[last] + 1;
  std::string text(insert);
  std::vector<size_t> removed;
  size_t position = first == 0 ? 0 : view.shown[first - 1] + 1;
  bool settles = false;
  for (const Stretch& stretch : view.stretches) {
    if (!stretch.divided() || stretch.end <= left || stretch.begin >= right) continue;
    const auto inside = [&](size_t index) { return index >= stretch.begin && index < stretch.end; };
    std::string before;
    for (size_t i = 0; i < first; ++i) {
      if (inside(view.shown[i])) before += pieces_[view.shown[i]].text;
    }
    std::string after;
    for (size_t i = last; i < view.shown.size(); ++i) {
      if (inside(view.shown[i])) after += pieces_[view.shown[i]].text;
    }
    text = before + text + after;
    position = settles ? std::min(position, stretch.begin) : stretch.begin;
    settles = true;
    for (size_t i = stretch.begin; i < stretch.end; ++i) {
      if (Known(pieces_[i], event)) removed.push_back(i);
    }
  }
  for (size_t i = first; i < last; ++i) removed.push_back(view.shown[i]);
  std::sort(removed.begin(), removed.end());
  removed.erase(std::unique(removed.begin(), removed.end()), removed.end());
  const bool there = !settles && !text.empty() && IsThere(event, position, removed, text);
  for (const size_t index : removed) pieces_[index].deleted_by.push_back(event);
  if (there || text.empty()) return;
  std::vector<Piece> inserted = PiecesOf(text, event);
  pieces_.insert(pieces_.begin() + static_cast<ptrdiff_t>(position),
                 std::make_move_iterator(inserted.begin()), std::make_move_iterator(inserted.end()));
}

std::string TextSequence::Text() const { return TextOf(ViewFor(std::nullopt)); }

Heads TextSequence::Divided() const {
  std::vector<EventIndex> divided;
  for (const Stretch& stretch : ViewFor(std::nullopt).stretches) {
    if (!stretch.divided()) continue;
    const std::string standing = TextIn(stretch, stretch.heads.back());
    const bool same = std::all_of(stretch.heads.begin(), stretch.heads.end(),
                                  [&](EventIndex head) { return TextIn(stretch, head) == standing; });
    if (!same) divided.insert(divided.end(), stretch.heads.begin(), stretch.heads.end());
  }
  std::sort(divided.begin(), divided.end());
  divided.erase(std::unique(divided.begin(), divided.end()), divided.end());
  return {divided.begin(), divided.end()};
}

std::string TextSequence::TextWith(EventIndex head) const { return TextOf(ViewFor(std::nullopt, head)); }

}  // namespace ameide::uaf::merge
