#include "uaf/store/event_dictionary.h"

#include <string_view>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"

namespace ameide::uaf {
namespace {

/// What is remembered of one kind; then it begins anew.
constexpr size_t kMostRemembered = 4096;

template <typename Map>
void KeepSmall(Map& map) {
  if (map.size() >= kMostRemembered) map.clear();
}

/// The value that `map` remembers, or what `read` makes of the row that `sql` finds for `number`.
template <typename Value, typename Read>
absl::StatusOr<const Value*> Lookup(Database& database, std::unordered_map<int64_t, Value>& map,
                                    int64_t number, std::string_view sql, const Read& read) {
  if (const auto known = map.find(number); known != map.end()) return &known->second;
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database.Prepare(sql));
  query.Bind(1, number);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) {
    return absl::DataLossError(absl::StrCat("events name number ", number,
                                            ", which the store does not hold (", std::string(sql),
                                            "); run `ameide doctor --rebuild`"));
  }
  KeepSmall(map);
  return &map.emplace(number, read(query)).first->second;
}

}  // namespace

absl::StatusOr<const EventActor*> EventDictionary::Actor(int64_t number) {
  return Lookup(
      *database_, actors_, number, "SELECT name, email, tool FROM actors WHERE id = ?",
      [](const Statement& row) {
        return EventActor{{std::string(row.Text(0)), std::string(row.Text(1))}, std::string(row.Text(2))};
      });
}

absl::StatusOr<const std::string*> EventDictionary::Label(int64_t number) {
  return Lookup(*database_, labels_, number, "SELECT label FROM labels WHERE id = ?",
                [](const Statement& row) { return std::string(row.Text(0)); });
}

absl::StatusOr<const StreamId*> EventDictionary::Stream(int64_t number) {
  return Lookup(*database_, streams_, number, "SELECT name FROM streams WHERE id = ?",
                [](const Statement& row) { return StreamId{std::string(row.Text(0))}; });
}

absl::StatusOr<const ArtifactId*> EventDictionary::Artifact(int64_t number) {
  return Lookup(*database_, artifacts_, number, "SELECT name FROM artifact_names WHERE id = ?",
                [](const Statement& row) { return ArtifactId{std::string(row.Text(0))}; });
}

absl::StatusOr<const SaidNames*> EventDictionary::Names(int64_t number) {
  if (const auto known = names_.find(number); known != names_.end()) return &known->second;
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare("SELECT s.name, n.after, m.name FROM said_names n JOIN streams s ON s.id = n.said"
                         " JOIN streams m ON m.id = n.meant WHERE n.id = ? ORDER BY s.name, n.after"));
  query.Bind(1, number);
  SaidNames names;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) break;
    names.push_back({StreamId{std::string(query.Text(0))}, static_cast<uint64_t>(query.Int(1)),
                     StreamId{std::string(query.Text(2))}});
  }
  KeepSmall(names_);
  return &(names_[number] = std::move(names));
}

absl::StatusOr<int64_t> EventDictionary::NumberOf(const EventActor& actor) {
  if (const auto known = actor_numbers_.find(actor); known != actor_numbers_.end()) return known->second;
  const auto bind = [&](Statement& statement) {
    statement.BindText(1, actor.author.name).BindText(2, actor.author.email).BindText(3, actor.tool);
  };
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare("INSERT INTO actors(name, email, tool) VALUES(?, ?, ?) ON CONFLICT DO NOTHING"));
  bind(insert);
  AMEIDE_RETURN_IF_ERROR(insert.Run());
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query, database_->Prepare("SELECT id FROM actors WHERE name = ? AND email = ? AND tool = ?"));
  bind(query);
  AMEIDE_RETURN_IF_ERROR(query.Step().status());
  KeepSmall(actor_numbers_);
  return actor_numbers_[actor] = query.Int(0);
}

absl::StatusOr<std::optional<int64_t>> EventDictionary::NumberOf(const std::string& label) {
  if (const auto known = label_numbers_.find(label); known != label_numbers_.end())
    return std::optional<int64_t>(known->second);
  KeepSmall(label_numbers_);
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare("SELECT id FROM labels WHERE label = ?"));
  query.BindText(1, label);
  AMEIDE_ASSIGN_OR_RETURN(bool found, query.Step());
  if (!found) {
    KeepSmall(met_once_);
    if (met_once_.insert(label).second) return std::optional<int64_t>();
    AMEIDE_ASSIGN_OR_RETURN(Statement insert, database_->Prepare("INSERT INTO labels(label) VALUES(?)"));
    insert.BindText(1, label);
    AMEIDE_RETURN_IF_ERROR(insert.Run());
    query.Reset();
    query.BindText(1, label);
    AMEIDE_ASSIGN_OR_RETURN(found, query.Step());
  }
  return std::optional<int64_t>(label_numbers_[label] = query.Int(0));
}

void EventDictionary::Forget() {
  actors_.clear();
  labels_.clear();
  streams_.clear();
  artifacts_.clear();
  names_.clear();
  actor_numbers_.clear();
  label_numbers_.clear();
}

}  // namespace ameide::uaf
