#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "modeler/host/bridge_message.h"
#include "uaf/document/document.h"

namespace ameide::modeler {

/// One edit, ready to be recorded as a change set. Operations that name a node which the same edit made use
/// NodeId{EventId{}, ordinal}; the recorder puts its own event there.
struct Edit {
  uint64_t ticket = 0;  ///< to be given back to Acknowledge
  std::string label;
  std::vector<uaf::document::Op> ops;
};

/// The document behind one editor: turns what the editor says has changed into operations that touch only
/// that, and keeps everything that the editor does not know (comments, foreign markup, spelling).
///
/// Not thread-safe; no browser needed. Edits must be acknowledged in the order in which they were made.
class Bridge {
 public:
  /// Takes a document. Keys `n0`, `n1`, … name its elements in document order from now on. `stream` is the
  /// one that this program's edits will belong to, as far as it is known: edits that are not durable yet are
  /// ordered like its newest.
  explicit Bridge(uaf::document::Document document, uaf::StreamId stream = {});

  const uaf::document::Document& document() const { return document_; }
  /// What the editor is given to read: the document as UTF-8 text.
  std::string Text() const;
  /// Names the elements anew by their present order: to be called whenever the editor is given Text.
  void Rekey();

  /// Applies a delta to the document. On error (unknown key, malformed text) nothing has changed, and the
  /// editor must be given the document anew. O(what changed), plus the number of children where children
  /// changed.
  absl::StatusOr<Edit> Apply(const Delta& delta);

  /// The edit's change set is durable under this event: later edits name its nodes by it.
  void Acknowledge(uint64_t ticket, const uaf::EventId& event);
  /// Applies operations that were recorded elsewhere as `event` (others' edits, undo, redo). On error nothing
  /// has changed.
  absl::Status ApplyRecorded(const std::vector<uaf::document::Op>& ops, const uaf::EventId& event);
  /// True while an edit that `edit` builds on is not acknowledged: then `edit` cannot be recorded yet.
  bool MustWait(const Edit& edit) const;
  /// Puts real events in place of the tickets of acknowledged edits. To be called when MustWait is false.
  Edit Resolve(Edit edit) const;

 private:
  class Applier;

  uaf::document::Document document_;
  std::map<std::string, uaf::document::NodeIndex, std::less<>> keys_;
  struct Ticket {
    uaf::EventId pending;  ///< the name of its event until the real one is known
    std::optional<uaf::EventId> event;
  };
  uaf::StreamId stream_;
  std::map<uint64_t, Ticket> tickets_;
  uint64_t last_ticket_ = 0;
};

}  // namespace ameide::modeler
