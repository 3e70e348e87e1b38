#include "app/workbench/history_model.h"

#include <algorithm>
#include <chrono>
#include <set>
#include <utility>
#include <variant>

#include "app/workbench/found_places.h"
#include "app/workbench/times.h"
#include "app/workbench/workspace_service.h"
#include "base/status.h"
#include "sync/sync.h"
#include "uaf/projection/timeline.h"

namespace ameide::workbench {
namespace {

using Kind = HistoryEntry::Kind;

constexpr size_t kMostCommits = 200;
constexpr size_t kMostChanges = 1000;

WallTime ToWallTime(const QDateTime& time) {
  return WallTime(std::chrono::milliseconds(time.toMSecsSinceEpoch()));
}

/// Who counts as one person: as the timeline has it.
QString Person(const uaf::Author& author) {
  return ToQString(author.email.empty() ? author.name : author.email).toLower();
}

/// What somebody typed to find entries.
class Words {
 public:
  explicit Words(const QString& text) : words_(text.split(QLatin1Char(' '), Qt::SkipEmptyParts)) {}

  bool Any() const { return !words_.isEmpty(); }
  bool In(const QString& text) const {
    return std::ranges::all_of(words_,
                               [&](const QString& word) { return text.contains(word, Qt::CaseInsensitive); });
  }
  bool In(const uaf::ChangeSetSummary& change) const {
    return In(ToQString(change.label) + QLatin1Char('\n') + ToQString(change.path) + QLatin1Char('\n') +
              ToQString(change.author.name));
  }

 private:
  QStringList words_;
};

/// A query in the store's terms.
absl::StatusOr<uaf::LogQuery> ToLogQuery(const uaf::Workspace& workspace, const HistoryQuery& query) {
  uaf::LogQuery log;
  if (query.artifact) log.artifact = query.artifact->id;
  if (query.since) log.since = ToWallTime(*query.since);
  if (query.until) log.until = ToWallTime(*query.until);
  log.author = query.author.toStdString();
  log.workspace_events = !query.artifact;
  if (query.artifact && !query.element.isEmpty()) {
    AMEIDE_ASSIGN_OR_RETURN(log.node,
                            NodeOfElement(workspace, query.artifact->id, query.element.toStdString()));
  }
  return log;
}

/// Pages of the log that hold the words.
uaf::HistorySource Holding(const uaf::Workspace& workspace, uaf::LogQuery log, const Words& words) {
  return [&workspace, log = std::move(log),
          words](const uaf::HistoryPage& page) mutable -> absl::StatusOr<std::vector<uaf::ChangeSetSummary>> {
    std::vector<uaf::ChangeSetSummary> found;
    log.limit = page.limit;
    log.after = page.after;
    while (found.size() < page.limit) {
      AMEIDE_ASSIGN_OR_RETURN(std::vector<uaf::ChangeSetSummary> events, workspace.Log(log));
      const bool last = events.size() < log.limit;
      if (!events.empty()) log.after = events.back().id;
      for (uaf::ChangeSetSummary& event : events) {
        if (found.size() < page.limit && words.In(event)) found.push_back(std::move(event));
      }
      if (last) break;
    }
    return found;
  };
}

absl::StatusOr<std::vector<uaf::TimelineEntry>> Timeline(const uaf::Workspace& workspace,
                                                         const HistoryQuery& query,
                                                         const uaf::LogQuery& log) {
  const Words words(query.words);
  if (words.Any()) return uaf::FoldTimeline(Holding(workspace, log, words), query.limit, std::nullopt);
  uaf::TimelineQuery timeline;
  timeline.artifact = log.artifact;
  timeline.node = log.node;
  timeline.since = log.since;
  timeline.until = log.until;
  timeline.author = log.author;
  timeline.limit = query.limit;
  return workspace.Timeline(timeline);
}

Kind ToKind(const uaf::TimelineEntry& entry) {
  using enum uaf::TimelineEntry::Kind;
  switch (entry.kind) {
    case kSession:
      return entry.changes > 1 ? Kind::kSession : Kind::kChange;
    case kRevision:
      return Kind::kRevision;
    case kReview:
      return Kind::kReview;
    case kApproval:
      return Kind::kApproval;
    case kPromotion:
      return Kind::kPromotion;
    case kPublication:
      return Kind::kPublication;
    case kBranch:
      return Kind::kBranch;
  }
  return Kind::kChange;
}

HistoryEntry FromTimeline(const uaf::Workspace& workspace, const uaf::TimelineEntry& from) {
  HistoryEntry entry;
  entry.kind = ToKind(from);
  entry.label = from.labels.empty() ? QString() : ToQString(from.labels.front());
  if (from.labels.size() > 1) {
    entry.label =
        from.labels.size() == 2
            ? HistoryModel::tr("%1, and 1 other change").arg(entry.label)
            : HistoryModel::tr("%1, and %2 other changes").arg(entry.label).arg(from.labels.size() - 1);
  }
  entry.author = ToQString(from.author.name);
  entry.person = from.author;
  entry.time = ToDateTime(from.end);
  entry.begin = ToDateTime(from.begin);
  entry.from = from.begin;
  entry.to = from.end;
  for (const uaf::TimelineEntry::Changed& changed : from.artifacts)
    entry.paths.append(ToQString(changed.path));
  entry.path = entry.paths.value(0);
  entry.revision = ToQString(uaf::FormatId(from.newest));
  entry.changes = static_cast<int>(from.changes);
  entry.committed = !from.commits.empty();
  // A session grows at its newer end.
  entry.key = ToQString(uaf::FormatId(from.oldest));
  if (entry.kind == Kind::kRevision) {
    // The state that got the name need not be the one at which it was given.
    const absl::StatusOr<uaf::ChangeSet> event = workspace.Show(from.newest);
    const auto* tagged = event.ok() ? std::get_if<uaf::RevisionTagged>(&event->body) : nullptr;
    if (tagged != nullptr) entry.revision = ToQString(tagged->name);
  }
  return entry;
}

HistoryEntry FromChange(const uaf::ChangeSetSummary& change) {
  HistoryEntry entry;
  entry.label = ToQString(change.label);
  entry.author = ToQString(change.author.name);
  entry.person = change.author;
  entry.time = entry.begin = ToDateTime(change.time);
  entry.from = entry.to = change.time;
  entry.path = ToQString(change.path);
  if (!entry.path.isEmpty()) entry.paths.append(entry.path);
  entry.revision = ToQString(uaf::FormatId(change.id));
  entry.committed = change.sealed;
  entry.key = QStringLiteral("change ") + entry.revision;
  return entry;
}

HistoryEntry FromCommit(const sync::git::CommitSummary& commit) {
  HistoryEntry entry;
  entry.kind = Kind::kCommit;
  entry.label = ToQString(commit.message).section(QLatin1Char('\n'), 0, 0);
  entry.author = ToQString(commit.author.name);
  entry.time = entry.begin = ToDateTime(commit.time);
  entry.from = entry.to = commit.time;
  entry.revision = entry.key = ToQString(commit.id.hex);
  entry.committed = true;
  return entry;
}

/// The commits that belong to what was asked for and is listed.
std::vector<HistoryEntry> Commits(const uaf::Workspace& workspace, const HistoryQuery& query,
                                  const std::vector<uaf::TimelineEntry>& timeline, bool all) {
  std::vector<std::string> paths;
  if (query.artifact) paths.push_back(query.artifact->path);
  // A folder without commits has no history in git; that is no error here.
  const auto commits = sync::History(workspace.root(), paths, kMostCommits);
  if (!commits.ok()) return {};
  std::set<std::string> touching;
  for (const uaf::TimelineEntry& entry : timeline)
    touching.insert(entry.commits.begin(), entry.commits.end());
  const Words words(query.words);
  std::vector<HistoryEntry> entries;
  for (const sync::git::CommitSummary& commit : *commits) {
    HistoryEntry entry = FromCommit(commit);
    const QString person = entry.author + QLatin1Char('\n') + ToQString(commit.author.email);
    if (!query.element.isEmpty() && !touching.contains(commit.id.hex)) continue;
    if (!query.author.isEmpty() && !person.contains(query.author, Qt::CaseInsensitive)) continue;
    if (query.since && entry.time < *query.since) continue;
    if (query.until && entry.time >= *query.until) continue;
    if (words.Any() && !words.In(entry.label + QLatin1Char('\n') + entry.author)) continue;
    // What is older than the last entry comes when that part is asked for.
    if (!all && !timeline.empty() && commit.time < timeline.back().begin) break;
    entries.push_back(std::move(entry));
  }
  return entries;
}

/// Commits carry whole seconds: one counts as later than its own second's changes.
qint64 Place(const HistoryEntry& entry) {
  return entry.time.toMSecsSinceEpoch() + (entry.kind == Kind::kCommit ? 999 : 0);
}

}  // namespace

bool HistoryQuery::Filters() const {
  return !element.isEmpty() || !author.isEmpty() || since || until || !words.trimmed().isEmpty();
}

absl::StatusOr<LoadedHistory> LoadHistory(const uaf::Workspace& workspace, const HistoryQuery& query) {
  AMEIDE_ASSIGN_OR_RETURN(const uaf::LogQuery log, ToLogQuery(workspace, query));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::TimelineEntry> timeline, Timeline(workspace, query, log));
  LoadedHistory loaded;
  loaded.more = timeline.size() >= query.limit;
  for (const uaf::TimelineEntry& entry : timeline) loaded.entries.push_back(FromTimeline(workspace, entry));
  for (HistoryEntry& commit : Commits(workspace, query, timeline, !loaded.more))
    loaded.entries.push_back(std::move(commit));
  // Where all of it is about one artifact, nobody needs to be told which.
  if (query.artifact) {
    for (HistoryEntry& entry : loaded.entries) entry.paths.clear();
  }
  std::ranges::stable_sort(loaded.entries,
                           [](const HistoryEntry& a, const HistoryEntry& b) { return Place(a) > Place(b); });
  return loaded;
}

absl::StatusOr<std::vector<HistoryEntry>> LoadSession(const uaf::Workspace& workspace,
                                                      const HistoryQuery& query,
                                                      const HistoryEntry& session) {
  AMEIDE_ASSIGN_OR_RETURN(uaf::LogQuery log, ToLogQuery(workspace, query));
  log.since = session.from;
  log.until = session.to + WallTime::duration(1);
  log.author = Person(session.person).toStdString();
  log.limit = kMostChanges;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<uaf::ChangeSetSummary> changes, workspace.Log(log));
  const Words words(query.words);
  std::vector<HistoryEntry> entries;
  for (const uaf::ChangeSetSummary& change : changes) {
    // The log takes a part of a name.
    const bool theirs = Person(change.author) == Person(session.person);
    const bool milestone = uaf::TimelineKindOf(change.kind) != uaf::TimelineEntry::Kind::kSession;
    if (!theirs || milestone || (words.Any() && !words.In(change))) continue;
    entries.push_back(FromChange(change));
    if (query.artifact) entries.back().paths.clear();
  }
  return entries;
}

void HistoryModel::Set(std::vector<HistoryEntry> entries) {
  beginResetModel();
  rows_.clear();
  for (HistoryEntry& entry : entries) rows_.push_back({std::move(entry), {}});
  endResetModel();
}

void HistoryModel::SetChanges(const QString& key, std::vector<HistoryEntry> changes) {
  const auto row = std::ranges::find_if(rows_, [&](const Row& each) { return each.entry.key == key; });
  if (row == rows_.end() || !row->changes.empty() || changes.empty()) return;
  const QModelIndex parent = index(static_cast<int>(row - rows_.begin()), 0);
  beginInsertRows(parent, 0, static_cast<int>(changes.size()) - 1);
  row->changes = std::move(changes);
  endInsertRows();
}

const HistoryEntry& HistoryModel::Entry(const QModelIndex& index) const {
  const QModelIndex above = index.parent();
  if (!above.isValid()) return At(index.row());
  return rows_[static_cast<size_t>(above.row())].changes[static_cast<size_t>(index.row())];
}

bool HistoryModel::WantsChanges(const QModelIndex& index) const {
  return hasChildren(index) && rowCount(index) == 0;
}

QModelIndex HistoryModel::Find(const QString& key) const {
  for (int row = 0; row < rowCount(); ++row) {
    const Row& each = rows_[static_cast<size_t>(row)];
    if (each.entry.key == key) return index(row, 0);
    for (size_t change = 0; change < each.changes.size(); ++change) {
      if (each.changes[change].key == key) return index(static_cast<int>(change), 0, index(row, 0));
    }
  }
  return {};
}

// The internal id of an index is 0 on the first level, else one more than the row of the session.
QModelIndex HistoryModel::index(int row, int column, const QModelIndex& parent) const {
  if (!hasIndex(row, column, parent)) return {};
  return createIndex(row, column, parent.isValid() ? static_cast<quintptr>(parent.row()) + 1 : quintptr{0});
}

QModelIndex HistoryModel::parent(const QModelIndex& child) const {
  if (!child.isValid() || child.internalId() == 0) return {};
  return createIndex(static_cast<int>(child.internalId() - 1), 0, quintptr{0});
}

int HistoryModel::rowCount(const QModelIndex& parent) const {
  if (!parent.isValid()) return static_cast<int>(rows_.size());
  if (parent.internalId() != 0) return 0;
  return static_cast<int>(rows_[static_cast<size_t>(parent.row())].changes.size());
}

bool HistoryModel::hasChildren(const QModelIndex& parent) const {
  if (!parent.isValid()) return !rows_.empty();
  return parent.internalId() == 0 && At(parent.row()).kind == Kind::kSession;
}

QVariant HistoryModel::data(const QModelIndex& index, int role) const {
  if (!index.isValid()) return {};
  const HistoryEntry& entry = Entry(index);
  switch (role) {
    case Qt::DisplayRole:
      return entry.label;
    case kKindRole:
      return static_cast<int>(entry.kind);
    case kCommittedRole:
      return entry.committed;
    case kDetailRole: {
      QStringList parts{entry.author, RelativeTime(entry.time, QDateTime::currentDateTime())};
      if (entry.kind == Kind::kSession) parts.append(tr("%1 changes").arg(entry.changes));
      if (!entry.paths.isEmpty()) {
        const QString file = entry.path.section(QLatin1Char('/'), -1);
        parts.append(entry.paths.size() > 1 ? tr("%1 and %2 more").arg(file).arg(entry.paths.size() - 1)
                                            : file);
      }
      return parts.join(QStringLiteral(" · "));
    }
    case Qt::ToolTipRole: {
      QStringList lines{entry.label, entry.author};
      lines.append(entry.kind == Kind::kSession
                       ? tr("%1 to %2").arg(ExactTime(entry.begin), ExactTime(entry.time))
                       : ExactTime(entry.time));
      lines.append(entry.paths);
      if (entry.kind == Kind::kCommit) lines.append(tr("Commit %1").arg(entry.revision.left(10)));
      return lines.join(QLatin1Char('\n'));
    }
    case Qt::AccessibleTextRole:
      return QStringLiteral("%1: %2, %3")
          .arg(KindInWords(entry), entry.label, index.data(kDetailRole).toString());
    default:
      return {};
  }
}

QString KindInWords(const HistoryEntry& entry) {
  switch (entry.kind) {
    case Kind::kChange:
      return HistoryModel::tr("change");
    case Kind::kSession:
      return HistoryModel::tr("session");
    case Kind::kCommit:
      return HistoryModel::tr("commit");
    case Kind::kRevision:
      return HistoryModel::tr("revision");
    case Kind::kReview:
      return HistoryModel::tr("review");
    case Kind::kApproval:
      return HistoryModel::tr("approval");
    case Kind::kPromotion:
      return HistoryModel::tr("promotion");
    case Kind::kPublication:
      return HistoryModel::tr("publication");
    case Kind::kBranch:
      return HistoryModel::tr("branch");
  }
  return {};
}

}  // namespace ameide::workbench
