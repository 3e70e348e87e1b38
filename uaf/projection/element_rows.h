#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "uaf/projection/element.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/sqlite.h"

namespace ameide::uaf {

/// The rows of `elements`, `search_text` and `usages`. One connection, one thread; changes are made in the
/// caller's transaction.
class ElementRows {
 public:
  ElementRows(Database* database, EventReader* reader) : database_(database), reader_(reader) {}

  struct Stored {
    int64_t id = 0;
    int64_t artifact = 0;  ///< its number
    IndexedElement element;
  };
  /// What is kept of a node; nullopt when nothing.
  absl::StatusOr<std::optional<Stored>> Find(int64_t artifact, const NodeId& node);
  /// By the row's id; without its usages.
  absl::StatusOr<std::optional<Stored>> Get(int64_t id);
  /// Hands over everything that is kept of an artifact.
  absl::Status ForEach(int64_t artifact, const std::function<void(Stored)>& take);

  absl::Status Insert(int64_t artifact, const IndexedElement& element);
  absl::Status Remove(const Stored& stored);
  /// Puts `element` where `stored` was; either may be missing. Writes nothing when they are equal.
  absl::Status Replace(int64_t artifact, const std::optional<Stored>& stored,
                       const std::optional<IndexedElement>& element);

  /// The number that a node's event has in this store; nullopt when the store has no such stream.
  absl::StatusOr<std::optional<int64_t>> KeyOf(const EventId& event);

 private:
  absl::StatusOr<Stored> Row(const Statement& row);
  absl::Status ReadUsages(Stored& stored);
  absl::StatusOr<int64_t> NewId(const IndexedElement& element);
  absl::Status WriteWords(int64_t id, const IndexedElement& element, bool remove);

  Database* database_;
  EventReader* reader_;
  std::map<StreamId, int64_t> streams_;
};

/// How many words the name that begins an element's id has, at most kLongName; kNameless and more for those
/// that have none.
int64_t NameLengthOf(int64_t id);
inline constexpr int64_t kLongName = 31;
inline constexpr int64_t kNameless = 32;

}  // namespace ameide::uaf
