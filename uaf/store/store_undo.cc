// Undo and redo: what takes events back, of this session and of earlier ones.
#include <algorithm>
#include <iterator>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/merge/writes.h"
#include "uaf/store/store.h"

namespace ameide::uaf {

using document::Document;
using document::ImportOp;
using document::Op;

namespace {

absl::Status CannotTakeBack(const std::string& label, const absl::Status& why) {
  return absl::FailedPreconditionError(absl::StrCat(
      "\"", label, "\" cannot be taken back, because what it changed was changed since: ", why.message()));
}

}  // namespace

std::vector<Op> Store::Reversed(std::vector<std::vector<Op>> groups) {
  std::vector<Op> ops;
  for (auto group = groups.rbegin(); group != groups.rend(); ++group) {
    ops.insert(ops.end(), std::make_move_iterator(group->begin()), std::make_move_iterator(group->end()));
  }
  return ops;
}

absl::StatusOr<std::vector<Op>> Store::InverseOf(const ArtifactId& artifact,
                                                 const std::vector<EventId>& events) {
  AMEIDE_ASSIGN_OR_RETURN(LiveArtifact * live, LoadLive(artifact));
  std::vector<std::vector<Op>> groups;
  for (const EventId& event : events) {
    const auto known = live->inverses.find(event);
    if (known == live->inverses.end()) break;
    groups.push_back(known->second);
  }
  if (groups.size() == events.size()) return Reversed(std::move(groups));
  // Not of this session: see what applying them to what their writer saw would take back.
  groups.clear();
  for (size_t i = 0; i < events.size();) {
    AMEIDE_ASSIGN_OR_RETURN(std::vector<std::vector<Op>> some,
                            InversesFrom(artifact, std::span(events).subspan(i), live->one_stream));
    i += some.size();
    groups.insert(groups.end(), std::make_move_iterator(some.begin()), std::make_move_iterator(some.end()));
  }
  return Reversed(std::move(groups));
}

absl::StatusOr<std::vector<std::vector<Op>>> Store::InversesFrom(const ArtifactId& artifact,
                                                                 std::span<const EventId> events,
                                                                 bool one_stream) {
  EventReader& reader = log_->reader();
  AMEIDE_ASSIGN_OR_RETURN(const merge::Causality* causality, reader.Causality());
  Cut before = causality->PastOf(events.front());
  before.heads[events.front().stream] = events.front().seq - 1;
  std::vector<std::vector<Op>> inverses;
  absl::StatusOr<Replayed> state = Replay(Source(), artifact, &before);
  if (!state.ok() && !absl::IsNotFound(state.status()) && !absl::IsFailedPrecondition(state.status()))
    return state.status();
  if (!state.ok()) {
    inverses.emplace_back();
    return inverses;
  }
  // Where nobody else wrote, what the writer of the next one saw follows from here.
  const EventId& last = one_stream ? events.back() : events.front();
  AMEIDE_ASSIGN_OR_RETURN(
      const std::vector<StoredEvent> all,
      reader.OfStreamAndArtifact(events.front().stream, artifact, events.front().seq, last.seq));
  for (const StoredEvent& each : all) {
    AMEIDE_ASSIGN_OR_RETURN(std::vector<Op> inverse, ApplyForInverse(each.change_set, state->document));
    if (each.change_set.id == events[inverses.size()]) inverses.push_back(std::move(inverse));
    if (inverses.size() == events.size()) break;
  }
  if (inverses.empty()) inverses.emplace_back();
  return inverses;
}

absl::StatusOr<std::vector<Op>> Store::ApplyForInverse(const ChangeSet& change_set, Document& document) {
  std::vector<Op> inverse;
  std::optional<ImportOp> whole;
  for (const Op& op : OpsOf(change_set.body)) {
    if (const auto* import = std::get_if<ImportOp>(&op)) {
      if (!whole) {
        whole = document.import();
        AMEIDE_ASSIGN_OR_RETURN(whole->blob, blobs_.Put(document.Render()));
      }
      AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, blobs_.Get(import->blob));
      AMEIDE_ASSIGN_OR_RETURN(document, Document::Import(*import, bytes, change_set.id));
      continue;
    }
    if (auto undo = document.Apply(op, change_set.id); undo.ok())
      inverse.insert(inverse.begin(), std::make_move_iterator(undo->begin()),
                     std::make_move_iterator(undo->end()));
  }
  if (whole) return std::vector<Op>{*whole};
  return inverse;
}

absl::Status Store::CheckNobodyElse(const ArtifactId& artifact, const UndoHistory::Unit& unit,
                                    std::span<const Op> inverse) {
  AMEIDE_ASSIGN_OR_RETURN(LiveArtifact * live, LoadLive(artifact));
  if (live->one_stream) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> all, log_->reader().OfArtifact(artifact, nullptr));
  AMEIDE_ASSIGN_OR_RETURN(const merge::Causality* causality, log_->reader().Causality());
  for (const StoredEvent& each : all) {
    const ChangeSet& other = each.change_set;
    if (other.id.stream == log_->own() || causality->Saw(unit.events.front(), other.id)) continue;
    if (!merge::Overwrites(*live->document, inverse, OpsOf(other.body))) continue;
    return absl::FailedPreconditionError(absl::StrCat(
        "\"", unit.label, "\" cannot be taken back: ", other.author.name, " changed the same (\"",
        other.label, "\", event ", FormatId(other.id), "); change it back by hand if that is meant"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<StoredEvent>> Store::EventsOfBatch(const EventId& member,
                                                              const std::string& batch) {
  // A batch is named after its first event, and its events follow each other.
  AMEIDE_ASSIGN_OR_RETURN(const EventId first, ParseEventId(batch));
  constexpr uint64_t kAtATime = 64;
  std::vector<StoredEvent> events;
  for (uint64_t seq = first.seq;; seq += kAtATime) {
    AMEIDE_ASSIGN_OR_RETURN(std::vector<StoredEvent> some,
                            log_->reader().OfStream(member.stream, seq, seq + kAtATime - 1));
    for (StoredEvent& event : some) {
      const auto* edit = std::get_if<Edit>(&event.change_set.body);
      if (edit == nullptr || edit->batch != batch) return events;
      events.push_back(std::move(event));
    }
    if (some.size() < kAtATime) return events;
  }
}

absl::StatusOr<UndoReceipt> Store::UndoOrRedoBatch(const ArtifactId& artifact, const UndoHistory::Unit& unit,
                                                   UndoRole role) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                          EventsOfBatch(unit.events.front(), unit.batch));
  std::vector<Command> commands;
  std::vector<EditTraits> traits;
  size_t asked = 0;
  for (const StoredEvent& event : events) {
    const ArtifactId& each = event.change_set.artifact;
    if (each == artifact) asked = commands.size();
    Command command;
    command.artifact = each;
    command.label = absl::StrCat(role == UndoRole::kUndo ? "Undo: " : "Redo: ", unit.label);
    command.intent = role == UndoRole::kUndo ? "undo" : "redo";
    AMEIDE_ASSIGN_OR_RETURN(command.ops, InverseOf(each, {event.change_set.id}));
    if (command.ops.empty())
      return CannotTakeBack(unit.label, absl::FailedPreconditionError("nothing of it is left"));
    AMEIDE_RETURN_IF_ERROR(
        CheckNobodyElse(each, {{event.change_set.id}, unit.label, "", unit.batch}, command.ops));
    commands.push_back(std::move(command));
    traits.push_back({.role = role, .reverts = {event.change_set.id}});
  }
  AMEIDE_ASSIGN_OR_RETURN(std::vector<Recorded> recorded,
                          RecordTogether(std::move(commands), std::move(traits)));
  if (asked >= recorded.size())
    return absl::DataLossError("the batch is not in the log; run `ameide doctor`");
  return UndoReceipt{recorded[asked].receipt, unit.label, std::move(recorded[asked].ops)};
}

absl::StatusOr<UndoReceipt> Store::BringBack(const ArtifactId& id, const ArtifactState& artifact) {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> newest,
                          log_->reader().NewestOfArtifact(id, log_->own(), 1));
  if (newest.empty() || !std::holds_alternative<ArtifactRetired>(newest.front().change_set.body)) {
    return absl::FailedPreconditionError(
        absl::StrCat(artifact.path,
                     " is removed, and its removal is not the last that was done with it here, so undo"
                     " cannot bring it back; `ameide log ",
                     artifact.path, "` shows who removed it, `ameide export --at` gives its last state"));
  }
  const std::string label = newest.front().change_set.label;
  const std::string path = artifact.path;
  AMEIDE_RETURN_IF_ERROR(CheckPathFree(path, &id));
  AMEIDE_ASSIGN_OR_RETURN(const StoredEvent* event,
                          RecordBody(id, absl::StrCat("Undo: ", label), ArtifactRenamed{path}));
  return UndoReceipt{{event->change_set.id, event->change_set.wall_time, false}, label, {}};
}

absl::StatusOr<UndoReceipt> Store::UndoOrRedo(const ArtifactId& artifact, UndoRole role) {
  AMEIDE_ASSIGN_OR_RETURN(const ArtifactState* state, projection_->Find(artifact));
  if (state->retired && role == UndoRole::kUndo) return BringBack(artifact, *state);
  AMEIDE_RETURN_IF_ERROR(FindLiveArtifact(artifact).status());
  AMEIDE_ASSIGN_OR_RETURN(const UndoHistory* history, History(artifact));
  const bool undo = role == UndoRole::kUndo;
  const UndoHistory::Unit* next = undo ? history->NextUndo() : history->NextRedo();
  if (next == nullptr)
    return absl::FailedPreconditionError(undo ? "there is nothing to undo" : "there is nothing to redo");
  const UndoHistory::Unit unit = *next;
  if (!unit.batch.empty()) {
    absl::StatusOr<UndoReceipt> receipt = UndoOrRedoBatch(artifact, unit, role);
    if (!absl::IsInvalidArgument(receipt.status())) return receipt;
    return CannotTakeBack(unit.label, receipt.status());
  }
  Command command;
  command.artifact = artifact;
  command.label = absl::StrCat(undo ? "Undo: " : "Redo: ", unit.label);
  command.intent = undo ? "undo" : "redo";
  if (!unit.bare) {
    AMEIDE_ASSIGN_OR_RETURN(command.ops, InverseOf(artifact, unit.events));
    if (command.ops.empty())
      return CannotTakeBack(unit.label, absl::FailedPreconditionError("nothing of it is left"));
    AMEIDE_RETURN_IF_ERROR(CheckNobodyElse(artifact, unit, command.ops));
  }
  EditTraits traits{.role = role, .reverts = {unit.events.rbegin(), unit.events.rend()}, .tool = {}};
  absl::StatusOr<Recorded> recorded = Record(std::move(command), traits);
  if (absl::IsInvalidArgument(recorded.status())) {
    return CannotTakeBack(unit.label, recorded.status());
  }
  AMEIDE_RETURN_IF_ERROR(recorded.status());
  return UndoReceipt{recorded->receipt, unit.label, std::move(recorded->ops)};
}

}  // namespace ameide::uaf
