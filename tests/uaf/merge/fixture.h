#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "uaf/document/format.h"
#include "uaf/log/change_set.h"
#include "uaf/merge/merge.h"

namespace ameide::uaf::merge {

/// Knows of BPMN what merging asks about: references, layout, prose; and of decision tables that their rules
/// are ordered. XML where the tokenizer takes it, else lines, else opaque.
const document::Format& TestFormat();

/// A task between a start and an end event, with two flows and a diagram.
extern const char kProcess[];

/// `text` with the first occurrence of `what` replaced; aborts the test program when there is none.
std::string Replaced(std::string text, std::string_view what, std::string_view with);

/// Builds an event graph of one artifact, and asks for the state of any part of it. A replica is a stream and
/// what it has seen; its edits are made on the state that it has.
class Graph {
 public:
  /// `format` judges `file`, and must outlive the graph.
  explicit Graph(std::string_view file, const document::Format& format = TestFormat());
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  /// `replica` makes its file into `file`, in one event. Returns the event.
  EventId Saves(std::string_view replica, std::string_view file);
  /// `replica` does one edit; node ids with an empty event are its own.
  EventId Edits(std::string_view replica, std::vector<document::Op> ops);
  /// The operation that makes `file` the whole content, for Edits.
  document::Op Imports(std::string_view file);
  EventId Records(std::string_view replica, EventBody body);
  /// `replica` gets everything that `other` has.
  void Pulls(std::string_view replica, std::string_view other);

  /// The state that `replica` has.
  Merged StateOf(std::string_view replica);
  std::string FileOf(std::string_view replica);
  /// The state of everything.
  Merged All() const;
  /// Of all events, given in any order: they are folded in theirs.
  Merged Of(std::vector<const ChangeSet*> events) const;

  const std::vector<std::unique_ptr<ChangeSet>>& events() const { return events_; }
  const Causality& causality() const { return causality_; }
  const document::Format& format() const { return format_; }
  /// The number of `replica`'s newest own event.
  uint64_t SeqOf(std::string_view replica) {
    return ReplicaOf(replica).seen.heads[StreamId{std::string(replica)}];
  }
  bool HasSeen(std::string_view replica, const EventId& event) {
    return ReplicaOf(replica).seen.Covers(event);
  }
  /// Every event with its parents and operations, a line each, for messages of failing tests.
  std::string Trace() const;
  /// `replica` chooses.
  EventId Resolves(std::string_view replica, const Conflict& conflict, const Choice& choice);

 private:
  struct Replica {
    Cut seen;  ///< with its own events
    Cut told;  ///< what its events have named as parents so far
    uint64_t clock = 0;
  };
  Replica& ReplicaOf(std::string_view name);
  std::vector<const ChangeSet*> SeenBy(const Replica& replica) const;

  const document::Format& format_;
  std::map<Hash256, std::string> blobs_;
  std::vector<std::unique_ptr<ChangeSet>> events_;
  Causality causality_;
  std::map<std::string, Replica, std::less<>> replicas_;
};

/// Sorts into fold order.
void SortForFold(std::vector<const ChangeSet*>& events);

}  // namespace ameide::uaf::merge
