#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "uaf/document/document.h"
#include "uaf/merge/event_table.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// The characters of one text that several people changed at the same time, and what each of them saw: a
/// sequence whose pieces know by whom they came and went (the idea of Gentle, Kleppmann: "Collaborative Text
/// Editing with Eg-walker", 2024, without its tree: texts of models are short).
///
/// The text falls into *stretches* between separators (white space of prose, else line ends) that are not in
/// dispute: nobody took them away, and whoever else changed the text had seen those who put them there, or
/// was seen by them. What an event saw is so a matter of its past alone, wherever the fold began. Changes in
/// different stretches do not concern each other and all show. A stretch that concurrent changes touched is
/// *divided*: it shows what the last of its heads saw. Whoever changes a divided stretch, having seen both,
/// replaces it as a whole and so settles it.
///
/// Where nobody changed anything, many words are one piece: a *run*, from one separator to another.
///
/// Should all of it together be no well-formed content of its node, the whole text is one stretch.
class TextSequence {
 public:
  /// `base` is the text before any of the events. `events` must outlive the sequence.
  TextSequence(std::string_view base, bool prose, document::NodeKind kind, const EventTable& events);

  /// Events come in fold order. SpliceTextOp against the text as `event` saw it; false, and nothing changed,
  /// when that is shorter.
  bool Splice(EventIndex event, uint32_t offset, uint32_t remove, std::string_view insert);
  /// SetTextOp: the smallest changes by words (prose) or lines that make what `event` saw into `text`.
  void Set(EventIndex event, std::string_view text);
  /// The same as a decision about all of it: nothing from before that `event` saw stays in question.
  void Settle(EventIndex event, std::string_view text);

  /// The text for whoever has all events.
  std::string Text() const;
  /// Heads of the stretches whose values differ, all together; empty when there is no conflict.
  Heads Divided() const;
  /// The whole text as it is when `head` stands in every divided stretch that it touched.
  std::string TextWith(EventIndex head) const;

 private:
  struct Piece {
    std::string text;
    bool separator = false;   ///< a run: begins and ends with separators (it may be one alone)
    uint64_t characters = 0;  ///< code points
    absl::InlinedVector<EventIndex, 1> inserted_by;  ///< empty: the base; several: the same change twice
    absl::InlinedVector<EventIndex, 1> deleted_by;
  };
  /// Whose past is looked at; nullopt: everything.
  using Viewer = std::optional<EventIndex>;
  struct Stretch {
    size_t begin = 0;  ///< pieces [begin, end)
    size_t end = 0;
    Heads heads;  ///< of the changes in it
    bool divided() const { return heads.size() > 1; }
  };
  /// What a viewer has before his eyes.
  struct View {
    std::vector<Stretch> stretches;
    std::vector<size_t> shown;  ///< pieces, in order
  };

  /// An event that changed the text, and the earliest ones that changed it beside: none of them has seen
  /// another, nor this one, nor this one them.
  struct Change {
    EventIndex event = 0;
    Heads beside;
  };

  bool Counts(EventIndex event, Viewer viewer) const { return !viewer || events_->Saw(*viewer, event); }
  /// Whether `event` knows that the piece ever was.
  bool Known(const Piece& piece, Viewer viewer) const;
  bool Visible(const Piece& piece, Viewer viewer) const;
  /// Whether somebody changed the text beside `event`, as far as the viewer knows.
  bool Disputed(EventIndex event, Viewer viewer) const;
  /// Whether stretches end at the piece.
  bool Divides(const Piece& piece, Viewer viewer) const;
  std::vector<Stretch> StretchesFor(Viewer viewer, bool whole) const;
  View Show(std::vector<Stretch> stretches, Viewer viewer, std::optional<EventIndex> preferred) const;
  View ViewFor(Viewer viewer, std::optional<EventIndex> preferred = std::nullopt) const;
  std::string TextOf(const View& view) const;
  /// Whether one event saw all others that changed any of it.
  bool IsOfOne(const std::vector<Stretch>& stretches) const;
  /// Where in the view's text a character begins; nullopt behind its end.
  std::optional<size_t> ByteAt(const View& view, uint64_t character) const;
  /// Pieces of a stretch that `head` saw.
  std::vector<size_t> ShownIn(const Stretch& stretch, EventIndex head) const;
  std::string TextIn(const Stretch& stretch, EventIndex head) const;

  /// The word or line in front of the first separator of `text`, that behind the last, and the run between.
  std::vector<Piece> PiecesOf(std::string_view text, std::optional<EventIndex> inserted_by) const;
  void Note(EventIndex event);
  /// Replaces bytes [begin, end) of what `event` sees.
  void Edit(EventIndex event, size_t begin, size_t end, std::string_view insert);
  /// Makes a piece begin at byte `at` of what `event` sees.
  void SplitAt(EventIndex event, size_t at);
  /// The same at byte `at` of one piece. What a run has on either side of that up to the next separator is a
  /// piece of its own from then on.
  void Split(size_t piece, size_t at);
  /// Whether somebody else made the same change of the pieces at `position`; then it is this event's too.
  bool IsThere(EventIndex event, size_t position, const std::vector<size_t>& removed,
               std::string_view insert);

  bool prose_;
  document::NodeKind kind_;
  const EventTable* events_;
  std::vector<Piece> pieces_;
  std::vector<Change> changes_;  ///< in fold order
};

}  // namespace ameide::uaf::merge
