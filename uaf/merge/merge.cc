#include "uaf/merge/merge.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/log/derive.h"
#include "uaf/merge/concurrent_fold.h"
#include "uaf/merge/decisions.h"
#include "uaf/merge/event_table.h"
#include "uaf/merge/judge.h"
#include "uaf/merge/open_conflicts.h"
#include "uaf/merge/reopen.h"

namespace ameide::uaf::merge {
namespace {

using document::Document;
using document::ImportOp;
using document::NodeIndex;
using document::Op;

/// Where stretches of concurrent events begin and end: true for an event that saw everything before it, and
/// that everything behind it saw all of.
std::vector<bool> Boundaries(const EventTable& events) {
  // The earliest event that somebody from here on has not seen.
  std::vector<EventIndex> unseen(events.size());
  Heads heads;
  for (EventIndex event = 0; event < events.size(); ++event) {
    unseen[event] = events.SawAll(event, heads) ? event : events.FirstUnseen(event);
    events.Advance(heads, event);
  }
  std::vector<bool> boundaries(events.size());
  EventIndex least = static_cast<EventIndex>(events.size());
  for (EventIndex event = static_cast<EventIndex>(events.size()); event-- > 0;) {
    least = std::min(least, unseen[event]);
    boundaries[event] = least >= event;
  }
  return boundaries;
}

/// Leaves out the derived events that do not count (uaf.md, In git): releases that import differently derived
/// different events of one commit's edit, and nobody built on the lower one who had not seen the higher.
std::vector<const ChangeSet*> Counting(std::span<const ChangeSet* const> change_sets,
                                       const Causality& causality) {
  std::vector<const ChangeSet*> counting(change_sets.begin(), change_sets.end());
  std::vector<const ChangeSet*> derived;
  std::copy_if(counting.begin(), counting.end(), std::back_inserter(derived), [](const ChangeSet* each) {
    return std::holds_alternative<ForeignEdit>(each->body) && IsDerived(*each);
  });
  if (derived.size() < 2) return counting;
  std::map<std::pair<std::vector<EventReference>, Hash256>, std::vector<const ChangeSet*>> derivations;
  for (const ChangeSet* each : derived)
    derivations[{each->parents, std::get<ForeignEdit>(each->body).blob}].push_back(each);
  for (const auto& derivation : derivations) {
    const std::vector<const ChangeSet*>& same = derivation.second;
    if (same.size() < 2) continue;
    const ChangeSet* best = *std::min_element(
        same.begin(), same.end(), [](const auto* a, const auto* b) { return CountsBefore(*a, *b); });
    std::erase_if(counting, [&](const ChangeSet* each) {
      if (each == best || std::find(same.begin(), same.end(), each) == same.end()) return false;
      return std::none_of(change_sets.begin(), change_sets.end(), [&](const ChangeSet* later) {
        return later != each && causality.Saw(later->id, each->id) && !causality.Saw(later->id, best->id);
      });
    });
  }
  return counting;
}

/// Several people may have put lines behind one that had no end, because it was the last: what concurrent
/// events left in such a file stays lines, each but the last with a line end.
void EndLines(Document& document, const EventId& event) {
  if (document.kind() != document::TreeKind::kLines) return;
  std::vector<NodeIndex> open;
  std::string_view end;
  NodeIndex last = document::kNoNode;
  for (NodeIndex line = document.first_child(document::kDocumentNode); line != document::kNoNode;
       line = document.next_sibling(line)) {
    const std::string_view raw = document.raw_text(line);
    if (raw.empty()) continue;
    if (last != document::kNoNode && !document.raw_text(last).ends_with('\n')) open.push_back(last);
    if (end.empty() && raw.ends_with('\n')) end = raw.ends_with("\r\n") ? "\r\n" : "\n";
    last = line;
  }
  if (end.empty()) end = "\n";
  for (const NodeIndex line : open) {
    std::string ended(document.raw_text(line));
    ended += end;
    // INVALID_ARGUMENT: a lone CR inside is no line; it stays as it is.
    document.Fold(document::SetTextOp{document.id(line), std::move(ended)}, event).IgnoreError();
  }
}

/// Folds events one after the other, as they are where nothing is concurrent.
class Merging {
 public:
  Merging(const Causality& causality, const BlobSource& blobs, const document::Format& format,
          std::optional<Document> start)
      : causality_(causality), blobs_(blobs), format_(format) {
    merged_.document = std::move(start);
  }

  absl::StatusOr<Merged> Run(std::span<const ChangeSet* const> all) {
    const std::vector<const ChangeSet*> change_sets = Counting(all, causality_);
    EventTable events(causality_);
    if (!change_sets.empty()) artifact_ = change_sets.front()->artifact;
    for (const ChangeSet* change_set : change_sets) events.Add(*change_set);
    const std::vector<bool> begins = Boundaries(events);
    const auto blocking = std::find_if(change_sets.begin(), change_sets.end(), [](const ChangeSet* each) {
      return std::holds_alternative<UnknownBody>(each->body);
    });
    if (blocking != change_sets.end()) merged_.blocked = WhyUnknown(**blocking);
    const auto folded = std::span(change_sets).first(static_cast<size_t>(blocking - change_sets.begin()));
    taken_back_ = TakenBackAmong(folded, causality_);
    for (size_t i = 0; i < taken_back_.size(); ++i) taken_back_at_.emplace(taken_back_[i].events.front(), i);
    for (size_t i = 0; i < folded.size(); ++i) {
      if (begins[i] && fold_) AMEIDE_RETURN_IF_ERROR(Close());
      const bool alone = begins[i] && (i + 1 == change_sets.size() || begins[i + 1]);
      if (alone) {
        AMEIDE_RETURN_IF_ERROR(Apply(*change_sets[i]));
      } else {
        if (!fold_) {
          size_t end = i + 1;
          while (end < folded.size() && !begins[end]) ++end;
          Open(folded.subspan(i, end - i));
        }
        AMEIDE_RETURN_IF_ERROR(fold_->Take(*change_sets[i]));
      }
      if (!open_.empty()) open_.See(*change_sets[i], *merged_.document);
    }
    if (fold_) AMEIDE_RETURN_IF_ERROR(Close());
    if (!open_.empty()) merged_.conflicts = open_.Left(*merged_.document, format_);
    if (!merged_.conflicts.empty()) {
      const std::set<Hash256> decided = Decided(folded, causality_);
      std::erase_if(merged_.conflicts, [&](const Conflict& each) { return decided.contains(each.key); });
    }
    return std::move(merged_);
  }

 private:
  absl::Status Import(const ImportOp& import, const EventId& event) {
    AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, blobs_(import.blob));
    absl::StatusOr<Document> imported = Document::Import(import, bytes, event);
    if (!imported.ok()) {
      return absl::DataLossError(absl::StrCat("event ", FormatId(event),
                                              " imports what cannot be read: ", imported.status().message()));
    }
    merged_.document = *std::move(imported);
    return absl::OkStatus();
  }

  /// What is taken back of a stretch, all of it in there: the newest first.
  std::vector<TakenBack> TakenBackIn(std::span<const ChangeSet* const> stretch) const {
    std::set<size_t> found;
    absl::flat_hash_set<EventId> here;
    for (const ChangeSet* event : stretch) here.insert(event->id);
    for (const ChangeSet* event : stretch) {
      const auto range = taken_back_at_.equal_range(event->id);
      for (auto each = range.first; each != range.second; ++each) {
        const std::vector<EventId>& events = taken_back_[each->second].events;
        if (std::all_of(events.begin(), events.end(), [&](const EventId& id) { return here.contains(id); }))
          found.insert(each->second);
      }
    }
    std::vector<TakenBack> all;
    for (const size_t each : found) all.push_back(taken_back_[each]);
    return all;
  }

  absl::Status Apply(const ChangeSet& change_set) {
    if (const auto* created = std::get_if<ArtifactCreated>(&change_set.body))
      return Import(created->import, change_set.id);
    for (const Op& op : OpsOf(change_set.body)) {
      if (const auto* import = std::get_if<ImportOp>(&op)) {
        AMEIDE_RETURN_IF_ERROR(Import(*import, change_set.id));
      } else if (!merged_.document || !merged_.document->Apply(op, change_set.id).ok()) {
        ++merged_.passed_over;
      }
    }
    return absl::OkStatus();
  }

  /// `stretch`: what will be folded together.
  void Open(std::span<const ChangeSet* const> stretch) {
    stretch_ = stretch;
    reopening_.clear();
    before_.reset();
    if (!taken_back_.empty()) reopening_ = TakenBackIn(stretch);
    if (!reopening_.empty() && merged_.document) before_ = merged_.document->Clone();
    fold_.emplace(merged_.document, blobs_, causality_, format_);
  }

  /// Everybody has seen everything so far: what follows is folded by itself. So the state does not depend on
  /// where folding began, nor on what is undecided.
  absl::Status Close() {
    Judgement judgement = Judge(*fold_);
    std::vector<Settled> settled;
    if (!reopening_.empty()) {
      // Nothing of this changes the state.
      AMEIDE_RETURN_IF_ERROR(
          Reopen(stretch_, reopening_, before_, blobs_, causality_, format_, judgement.conflicts, settled));
    }
    merged_.notes.insert(merged_.notes.end(), std::make_move_iterator(judgement.notes.begin()),
                         std::make_move_iterator(judgement.notes.end()));
    merged_.passed_over += fold_->passed_over();
    fold_.reset();
    if (merged_.document) EndLines(*merged_.document, EventId{});
    for (Conflict& conflict : judgement.conflicts) conflict.artifact = artifact_;
    if (!judgement.conflicts.empty()) open_.Add(std::move(judgement.conflicts), *merged_.document);
    for (Settled& each : settled) {
      each.conflict.artifact = artifact_;
      open_.AddSettled(std::move(each.conflict), each.decision, *merged_.document);
    }
    return absl::OkStatus();
  }

  const Causality& causality_;
  const BlobSource& blobs_;
  const document::Format& format_;
  Merged merged_;
  std::optional<ConcurrentFold> fold_;
  std::span<const ChangeSet* const> stretch_;     ///< what the fold takes
  std::vector<TakenBack> reopening_;              ///< what is taken back of it, the newest first
  std::optional<Document> before_;                ///< what it began with, where something is
  std::vector<TakenBack> taken_back_;             ///< in all of the events, the newest first
  std::multimap<EventId, size_t> taken_back_at_;  ///< the same by the first event of each
  OpenConflicts open_;
  ArtifactId artifact_;
};

}  // namespace

std::string WhyUnknown(const ChangeSet& change_set) {
  if (!std::holds_alternative<UnknownBody>(change_set.body)) return {};
  return absl::StrCat("event ", FormatId(change_set.id), " (kind ", change_set.kind, ", version ",
                      change_set.version, ") was written by a newer version (", change_set.tool,
                      "); install it to change this artifact");
}

absl::StatusOr<Merged> MergeEvents(std::span<const ChangeSet* const> events, const Causality& causality,
                                   const BlobSource& blobs, const document::Format& format,
                                   std::optional<Document> start) {
  return Merging(causality, blobs, format, std::move(start)).Run(events);
}

}  // namespace ameide::uaf::merge
