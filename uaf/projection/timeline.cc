#include "uaf/projection/timeline.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/projection/element_rows.h"

namespace ameide::uaf {
namespace {

constexpr size_t kPage = 500;
constexpr size_t kMostLabels = 20;

std::string PersonOf(const Author& author) {
  return absl::AsciiStrToLower(author.email.empty() ? author.name : author.email);
}

bool Continues(WallTime newer, WallTime older) {
  const auto gap = newer < older ? older - newer : newer - older;
  return gap < kSessionGap;
}

/// Takes events newest first.
class Folding {
 public:
  Folding(size_t limit, const std::optional<TimelineStart>& after)
      : limit_(limit), after_(after), behind_(!after) {}

  /// False when nothing that comes later belongs to the page.
  bool Add(const ChangeSetSummary& event) {
    const TimelineEntry::Kind kind = TimelineKindOf(event.kind);
    if (!behind_) {
      // Told on an earlier page; their sessions may go on here.
      if (kind == TimelineEntry::Kind::kSession) told_[PersonOf(event.author)] = event.time;
      behind_ = event.id == after_->event;
      return true;
    }
    if (kind != TimelineEntry::Kind::kSession) {
      if (Full()) return !Complete(event.time);
      Begin(kind, event);
    } else if (!Continue(event)) {
      if (Full()) return !Complete(event.time);
      open_[PersonOf(event.author)] = entries_.size();
      Begin(kind, event);
    }
    return true;
  }

  std::vector<TimelineEntry> Take() {
    for (TimelineEntry& entry : entries_) {
      std::stable_sort(entry.artifacts.begin(), entry.artifacts.end(),
                       [](const auto& a, const auto& b) { return a.changes > b.changes; });
    }
    return std::move(entries_);
  }

 private:
  bool Full() const { return entries_.size() >= limit_; }

  /// True when no event of `time` or before can belong to a listed session.
  bool Complete(WallTime time) const {
    return std::none_of(open_.begin(), open_.end(), [&](const auto& open) {
      const WallTime begin = entries_[open.second].begin;
      return time > begin || Continues(begin, time);
    });
  }

  bool Continue(const ChangeSetSummary& event) {
    const std::string person = PersonOf(event.author);
    if (const auto open = open_.find(person); open != open_.end()) {
      if (Continues(entries_[open->second].begin, event.time)) {
        Count(event, entries_[open->second]);
        return true;
      }
      open_.erase(open);
      return false;
    }
    const auto told = told_.find(person);
    if (told == told_.end()) return false;
    if (Continues(told->second, event.time)) {
      told->second = event.time;
      return true;
    }
    told_.erase(told);
    return false;
  }

  void Begin(TimelineEntry::Kind kind, const ChangeSetSummary& event) {
    TimelineEntry entry;
    entry.kind = kind;
    entry.newest = event.id;
    entry.begin = entry.end = event.time;
    entry.author = event.author;
    entries_.push_back(std::move(entry));
    Count(event, entries_.back());
  }

  static void Count(const ChangeSetSummary& event, TimelineEntry& entry) {
    entry.oldest = event.id;
    entry.begin = std::min(entry.begin, event.time);
    entry.end = std::max(entry.end, event.time);
    ++entry.changes;
    if (entry.labels.size() < kMostLabels &&
        std::find(entry.labels.begin(), entry.labels.end(), event.label) == entry.labels.end()) {
      entry.labels.push_back(event.label);
    }
    if (!event.commit.empty() &&
        std::find(entry.commits.begin(), entry.commits.end(), event.commit) == entry.commits.end()) {
      entry.commits.push_back(event.commit);
    }
    if (event.artifact.name.empty()) return;
    const auto known = std::find_if(entry.artifacts.begin(), entry.artifacts.end(),
                                    [&](const auto& each) { return each.artifact == event.artifact; });
    if (known == entry.artifacts.end()) {
      entry.artifacts.push_back({event.artifact, event.path, 1});
    } else {
      ++known->changes;
    }
  }

  size_t limit_;
  std::optional<TimelineStart> after_;
  bool behind_;
  std::vector<TimelineEntry> entries_;
  std::map<std::string, size_t> open_;    ///< by person, the session that may go on
  std::map<std::string, WallTime> told_;  ///< by person, the last event of a session of an earlier page
};

}  // namespace

TimelineEntry::Kind TimelineKindOf(uint32_t kind) {
  using enum TimelineEntry::Kind;
  switch (static_cast<EventKind>(kind)) {
    case EventKind::kRevisionTagged:
      return kRevision;
    case EventKind::kReviewRequested:
    case EventKind::kReviewSubmitted:
      return kReview;
    case EventKind::kApproved:
      return kApproval;
    case EventKind::kPromotionRequested:
    case EventKind::kPromoted:
    case EventKind::kPromotionRefused:
      return kPromotion;
    case EventKind::kPublished:
      return kPublication;
    case EventKind::kBranchStarted:
    case EventKind::kBranchMerged:
    case EventKind::kBranchClosed:
      return kBranch;
    default:
      return kSession;
  }
}

absl::StatusOr<std::vector<TimelineEntry>> FoldTimeline(const HistorySource& source, size_t limit,
                                                        const std::optional<TimelineStart>& after) {
  Folding folding(limit, after);
  HistoryPage page;
  page.limit = kPage;
  if (after) {
    page.newest = after->time;
    page.newest->micros += static_cast<uint64_t>(std::chrono::microseconds(kSessionGap).count());
  }
  while (limit > 0) {
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<ChangeSetSummary> events, source(page));
    bool more = events.size() == page.limit;
    for (const ChangeSetSummary& event : events) {
      if (folding.Add(event)) continue;
      more = false;
      break;
    }
    if (!more) break;
    page.after = events.back().id;
  }
  return folding.Take();
}

absl::StatusOr<std::vector<int64_t>> ChangesOf(Database& database, EventReader& reader,
                                               const ArtifactId& artifact, const document::Document& document,
                                               const NodeId& node) {
  const std::optional<document::NodeIndex> found = document.Find(node);
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader.ArtifactNumber(artifact));
  if (!found || !number) {
    return absl::NotFoundError(absl::StrCat("there is no node ", FormatId(node), " in artifact ",
                                            artifact.name, "; its file may have been imported anew"));
  }
  ElementRows rows(&database, &reader);
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database.Prepare("SELECT change FROM touches WHERE artifact = ? AND event = ? AND ordinal = ?"));
  std::set<int64_t> changes;
  for (const document::NodeIndex below : document.EverBelow(*found)) {
    const NodeId id = document.id(below);
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> made_by, rows.KeyOf(id.event));
    if (!made_by) continue;
    changes.insert(*made_by);
    query.Bind(1, *number).Bind(2, *made_by).Bind(3, id.ordinal);
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      changes.insert(query.Int(0));
    }
    query.Reset();
  }
  return std::vector<int64_t>(changes.begin(), changes.end());
}

}  // namespace ameide::uaf
