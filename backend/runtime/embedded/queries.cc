#include "backend/runtime/embedded/queries.h"

#include <algorithm>
#include <charconv>
#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "backend/engine/engine.h"
#include "backend/runtime/embedded/element_times.h"
#include "backend/runtime/embedded/history.h"
#include "backend/runtime/embedded/instance_store.h"
#include "base/status.h"
#include "notation/feel/json.h"

namespace ameide::runtime {
namespace {

constexpr char kInstanceColumns[] =
    "SELECT id, plan, status, started_at, ended_at, incidents, revision, ifnull(first_plan, plan) FROM "
    "instance ";
constexpr char kTaskColumns[] =
    "SELECT task.instance, task.task, task.process, task.element, task.name, task.groups, task.form, "
    "task.created_at, "
    "task.variables, task.assignee, task.owner, task.users, task.due, task.follow_up, task.priority FROM "
    "task ";
constexpr char kIncidentColumns[] =
    "SELECT instance, incident, process, element, kind, message, created_at, payload FROM incident ";

WallTime TimeIn(const Statement& row, int column) {
  return WallTime(std::chrono::microseconds(row.Int(column)));
}

absl::Status BadToken(const std::string& token) {
  return absl::InvalidArgumentError(
      absl::StrCat("`", token.substr(0, 64), "` is not a page token of this list; begin without one"));
}

absl::StatusOr<int64_t> NumberIn(std::string_view text, const std::string& token) {
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return BadToken(token);
  return number;
}

/// A place in a list ordered by (created_at, instance, part).
struct AgePlace {
  int64_t created_at = 0;
  PartId part;
};

std::string FormatPlace(WallTime created_at, std::string_view part) {
  return absl::StrCat(created_at.time_since_epoch().count(), ".", std::string(part));
}

absl::StatusOr<AgePlace> ParsePlace(const std::string& token) {
  if (token.empty()) return AgePlace{INT64_MIN, {0, 0}};
  const std::string_view text = token;
  const size_t dot = text.find('.');
  if (dot == std::string_view::npos) return BadToken(token);
  AgePlace place;
  AMEIDE_ASSIGN_OR_RETURN(place.created_at, NumberIn(text.substr(0, dot), token));
  const auto part = ParsePart(text.substr(dot + 1));
  if (!part) return BadToken(token);
  place.part = *part;
  return place;
}

/// Ends a read transaction with its scope, so that a whole answer is of one moment.
class ReadTransaction {
 public:
  explicit ReadTransaction(Sqlite& sqlite) : sqlite_(sqlite), status_(sqlite.Execute("BEGIN")) {}
  ~ReadTransaction() {
    if (status_.ok()) sqlite_.Execute("COMMIT").IgnoreError();
  }
  const absl::Status& status() const { return status_; }

 private:
  Sqlite& sqlite_;
  const absl::Status status_;
};

/// Where all rows are wanted, they are read in pieces, so that nobody waits for one who asks for many.
constexpr int kRowsOfAnAnswer = 1000;

/// A page ends with the row that makes it so large: an answer must fit into a message.
constexpr size_t kLargestPageBytes = 8 << 20;

/// How many rows the pages before had, where a token is a place in a list.
absl::StatusOr<size_t> SkippedBy(const std::string& token) {
  if (token.empty()) return size_t{0};
  AMEIDE_ASSIGN_OR_RETURN(const int64_t skipped, NumberIn(token, token));
  if (skipped < 0) return BadToken(token);
  return static_cast<size_t>(skipped);
}

/// The page of `all` behind `skipped` rows.
template <typename Row>
Page<Row> PageOf(std::vector<Row> all, size_t skipped, int size) {
  Page<Row> page;
  const size_t begin = std::min(skipped, all.size());
  const size_t end = std::min(begin + static_cast<size_t>(size), all.size());
  page.rows.assign(std::make_move_iterator(all.begin() + static_cast<ptrdiff_t>(begin)),
                   std::make_move_iterator(all.begin() + static_cast<ptrdiff_t>(end)));
  if (end < all.size()) page.next_token = absl::StrCat(end);
  return page;
}

/// At most `most` bytes of UTF-8, no character cut in two.
std::string_view PrefixOf(std::string_view text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;
  return text.substr(0, most);
}

/// Reads rows into a page of at most `size` and one more, which tells that there is a next page.
template <typename Row, typename Read, typename Token>
absl::Status FillPage(Statement& statement, int size, Page<Row>& page, Read read, Token token) {
  size_t bytes = 0;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, statement.Step());
    if (!more) return absl::OkStatus();
    if (page.rows.size() == static_cast<size_t>(size) || bytes > kLargestPageBytes) {
      page.next_token = token(page.rows.back());
      return absl::OkStatus();
    }
    AMEIDE_ASSIGN_OR_RETURN(Row row, read(statement));
    if constexpr (requires { row.variables_json; }) bytes += row.variables_json.size();
    page.rows.push_back(std::move(row));
  }
}

absl::StatusOr<TaskView> ReadTask(const Statement& row) {
  TaskView task;
  task.id = FormatPart({row.Int(0), row.Int(1)});
  task.instance = FormatInstance(row.Int(0));
  task.process = row.Text(2);
  task.element = row.Text(3);
  task.name = row.Text(4);
  if (const std::string_view groups = row.Text(5); !groups.empty()) {
    for (const auto group : absl::StrSplit(std::string(groups), '\n'))
      task.candidate_groups.emplace_back(group);
  }
  task.form = row.Text(6);
  task.created_at = TimeIn(row, 7);
  task.variables_json = row.Text(8);
  task.assignee = row.Text(9);
  task.owner = row.Text(10);
  if (const std::string_view users = row.Text(11); !users.empty()) {
    for (const auto user : absl::StrSplit(std::string(users), '\n')) task.candidate_users.emplace_back(user);
  }
  if (!row.IsNull(12)) task.due = TimeIn(row, 12);
  if (!row.IsNull(13)) task.follow_up = TimeIn(row, 13);
  task.priority = static_cast<int>(row.Int(14));
  return task;
}

absl::StatusOr<IncidentView> ReadIncident(const Statement& row) {
  IncidentView incident;
  incident.id = FormatPart({row.Int(0), row.Int(1)});
  incident.instance = FormatInstance(row.Int(0));
  incident.process = row.Text(2);
  incident.element = row.Text(3);
  incident.kind = row.Text(4);
  incident.message = row.Text(5);
  incident.created_at = TimeIn(row, 6);
  incident.variables_json = row.Text(7);
  return incident;
}

InstanceRow ReadInstanceRow(const Statement& row, const ProcessView& process) {
  InstanceRow instance;
  instance.id = FormatInstance(row.Int(0));
  instance.process = process.id;
  instance.version = process.version;
  instance.status = static_cast<InstanceStatus>(row.Int(2));
  instance.started_at = TimeIn(row, 3);
  if (!row.IsNull(4)) instance.ended_at = TimeIn(row, 4);
  instance.incidents = static_cast<int>(row.Int(5));
  return instance;
}

absl::Status NoInstance(const std::string& id) {
  return absl::NotFoundError(absl::StrCat("no instance `", id.substr(0, 64), "`"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Queries>> Queries::Open(const std::filesystem::path& database,
                                                       PlanCatalog& plans) {
  AMEIDE_ASSIGN_OR_RETURN(auto sqlite, Sqlite::Open(database, Sqlite::Mode::kRead));
  std::unique_ptr<Queries> queries(new Queries(std::move(sqlite), plans));
  AMEIDE_ASSIGN_OR_RETURN(queries->journal_, JournalReader::Make(*queries->sqlite_));
  AMEIDE_ASSIGN_OR_RETURN(queries->chunks_, ChunkReader::Make(*queries->sqlite_));
  return queries;
}

std::function<absl::StatusOr<TaskView>(const Statement&)> Queries::WholeTask(const std::string& tenant) {
  return [this, tenant](const Statement& row) -> absl::StatusOr<TaskView> {
    AMEIDE_ASSIGN_OR_RETURN(TaskView task, ReadTask(row));
    if (!IsInChunks(task.variables_json)) return task;
    auto variables = chunks_->Get(tenant, task.variables_json);
    if (!variables.ok()) {
      return absl::Status(variables.status().code(),
                          absl::StrCat("the variables of task ", task.id, " cannot be read: ",
                                       variables.status().message(), "; restore the data from a backup"));
    }
    task.variables_json = *std::move(variables);
    return task;
  };
}

absl::StatusOr<Page<ProcessView>> Queries::Processes(const std::string& tenant, const PageRequest& request) {
  std::lock_guard lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(Statement rows,
                          sqlite_->Prepare("SELECT newest FROM process WHERE tenant = ? AND id > ? "
                                           "ORDER BY id LIMIT ?"));
  rows.Bind(tenant).Bind(request.token).Bind(int64_t{request.size} + 1);
  Page<ProcessView> page;
  AMEIDE_RETURN_IF_ERROR(FillPage(
      rows, request.size, page,
      [&](const Statement& row) -> absl::StatusOr<ProcessView> {
        AMEIDE_ASSIGN_OR_RETURN(const auto version, plans_.Get(*sqlite_, row.Int(0)));
        return version->view;
      },
      [](const ProcessView& view) { return view.id; }));
  return page;
}

absl::StatusOr<ProcessView> Queries::Process(const std::string& tenant, const std::string& process) {
  std::lock_guard lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(Statement row,
                          sqlite_->Prepare("SELECT newest FROM process WHERE tenant = ? AND id = ?"));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, row.Bind(tenant).Bind(process).Step());
  if (!found) return absl::NotFoundError(absl::StrCat("no process `", process, "` is deployed"));
  AMEIDE_ASSIGN_OR_RETURN(const auto version, plans_.Get(*sqlite_, row.Int(0)));
  return version->view;
}

absl::StatusOr<Page<BundleView>> Queries::Bundles(const std::string& tenant, const PageRequest& request) {
  std::lock_guard lock(mutex_);
  const ReadTransaction transaction(*sqlite_);
  AMEIDE_RETURN_IF_ERROR(transaction.status());
  int64_t before = INT64_MAX;
  if (!request.token.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(before, NumberIn(request.token, request.token));
  }
  AMEIDE_ASSIGN_OR_RETURN(
      Statement rows,
      sqlite_->Prepare("SELECT number, digest, manifest, provenance, deployed_at FROM bundle NOT INDEXED "
                       "WHERE tenant = ? AND number < ? ORDER BY number DESC LIMIT ?"));
  AMEIDE_ASSIGN_OR_RETURN(
      Statement plans,
      sqlite_->Prepare("SELECT plan FROM bundle_plan WHERE bundle = ? AND tenant = ? ORDER BY plan"));
  rows.Bind(tenant).Bind(before).Bind(int64_t{request.size} + 1);
  Page<BundleView> page;
  int64_t last = 0;
  AMEIDE_RETURN_IF_ERROR(FillPage(
      rows, request.size, page,
      [&](const Statement& row) -> absl::StatusOr<BundleView> {
        last = row.Int(0);
        BundleView bundle{
            std::string(row.Text(1)), std::string(row.Text(2)), std::string(row.Text(3)), TimeIn(row, 4), {}};
        plans.Bind(last).Bind(tenant);
        while (true) {
          AMEIDE_ASSIGN_OR_RETURN(const bool more, plans.Step());
          if (!more) return bundle;
          AMEIDE_ASSIGN_OR_RETURN(const auto version, plans_.Get(*sqlite_, plans.Int(0)));
          bundle.processes.push_back(version->view);
        }
      },
      [&](const BundleView&) { return absl::StrCat(last); }));
  return page;
}

absl::StatusOr<Page<InstanceRow>> Queries::Instances(const std::string& tenant, const InstanceFilter& filter,
                                                     const PageRequest& request) {
  std::lock_guard lock(mutex_);
  InstanceNumber before = INT64_MAX;
  if (!request.token.empty()) {
    const auto parsed = ParseInstance(request.token);
    if (!parsed) return BadToken(request.token);
    before = *parsed;
  }
  // States that are few have an index of their own; it is named since SQLite would guess.
  const bool few = filter.status && *filter.status != InstanceStatus::kCompleted;
  const char* index = few                      ? "INDEXED BY instance_not_completed "
                      : filter.process.empty() ? "NOT INDEXED "  // the primary key has the order
                                               : "INDEXED BY instance_by_process ";
  std::string sql = absl::StrCat(kInstanceColumns, index, "WHERE tenant = ? AND id < ? ");
  if (!filter.process.empty()) {
    absl::StrAppend(&sql, "AND process = (SELECT number FROM process WHERE tenant = ? AND id = ?) ");
  }
  if (filter.status) absl::StrAppend(&sql, "AND status = ", static_cast<int>(*filter.status), " ");
  // Literally the index's own condition: SQLite does not conclude it.
  if (few) absl::StrAppend(&sql, "AND status <> 2 ");
  absl::StrAppend(&sql, "ORDER BY id DESC LIMIT ?");
  AMEIDE_ASSIGN_OR_RETURN(Statement rows, sqlite_->Prepare(sql));
  rows.Bind(tenant).Bind(before);
  if (!filter.process.empty()) rows.Bind(tenant).Bind(filter.process);
  rows.Bind(int64_t{request.size} + 1);
  Page<InstanceRow> page;
  AMEIDE_RETURN_IF_ERROR(FillPage(
      rows, request.size, page,
      [&](const Statement& row) -> absl::StatusOr<InstanceRow> {
        AMEIDE_ASSIGN_OR_RETURN(const auto version, plans_.Get(*sqlite_, row.Int(1)));
        return ReadInstanceRow(row, version->view);
      },
      [](const InstanceRow& row) { return row.id; }));
  return page;
}

absl::StatusOr<Page<TaskView>> Queries::Tasks(const std::string& tenant, const TaskFilter& filter,
                                              const PageRequest& request) {
  std::lock_guard lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const AgePlace after, ParsePlace(request.token));
  if (!filter.candidate_group.empty() && !filter.candidate_user.empty()) {
    return absl::InvalidArgumentError("ask for the tasks of one group or of one person, not of both");
  }
  // The table whose index gives the order.
  const std::string& candidate =
      filter.candidate_group.empty() ? filter.candidate_user : filter.candidate_group;
  const std::string by = candidate.empty()                ? "task"
                         : filter.candidate_group.empty() ? "task_user"
                                                          : "task_group";
  std::string sql = kTaskColumns;
  if (!candidate.empty()) {
    absl::StrAppend(&sql, "JOIN ", by, " ON ", by, ".instance = task.instance AND ", by,
                    ".task = task.task ");
  }
  absl::StrAppend(&sql, "WHERE ", by, ".tenant = ? ");
  if (!candidate.empty()) absl::StrAppend(&sql, "AND ", by, ".candidate = ? ");
  if (!filter.assignee.empty()) absl::StrAppend(&sql, "AND task.assignee = ? ");
  if (!filter.instance.empty()) absl::StrAppend(&sql, "AND ", by, ".instance = ? ");
  // Within one instance keys grow with age, and the primary key has their order.
  const std::string age = absl::StrCat(by, ".created_at, ", by, ".instance, ", by, ".task");
  const std::string place = filter.instance.empty() ? age : absl::StrCat(by, ".task");
  absl::StrAppend(&sql, "AND (", place, ") > ", filter.instance.empty() ? "(?, ?, ?)" : "(?)", " ORDER BY ",
                  place, " LIMIT ?");
  AMEIDE_ASSIGN_OR_RETURN(Statement rows, sqlite_->Prepare(sql));
  rows.Bind(tenant);
  if (!candidate.empty()) rows.Bind(candidate);
  if (!filter.assignee.empty()) rows.Bind(filter.assignee);
  if (!filter.instance.empty()) {
    const auto instance = ParseInstance(filter.instance);
    if (!instance) return NoInstance(filter.instance);
    rows.Bind(*instance);
  }
  if (filter.instance.empty()) rows.Bind(after.created_at).Bind(after.part.instance);
  rows.Bind(after.part.part).Bind(int64_t{request.size} + 1);
  Page<TaskView> page;
  AMEIDE_RETURN_IF_ERROR(FillPage(rows, request.size, page, WholeTask(tenant), [](const TaskView& task) {
    return FormatPlace(task.created_at, task.id);
  }));
  return page;
}

absl::StatusOr<Page<IncidentView>> Queries::Incidents(const std::string& tenant, const IncidentFilter& filter,
                                                      const PageRequest& request) {
  std::lock_guard lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const AgePlace after, ParsePlace(request.token));
  std::string sql = absl::StrCat(kIncidentColumns, "WHERE tenant = ? ");
  const std::pair<const char*, const std::string*> texts[] = {
      {"process", &filter.process}, {"element", &filter.element}, {"kind", &filter.kind}};
  for (const auto& [column, text] : texts) {
    if (!text->empty()) absl::StrAppend(&sql, "AND ", column, " = ? ");
  }
  if (!filter.instance.empty()) absl::StrAppend(&sql, "AND instance = ? ");
  // Within one instance keys grow with age, and the primary key has their order.
  absl::StrAppend(&sql, filter.instance.empty() ? "AND (created_at, instance, incident) > (?, ?, ?) "
                                                  "ORDER BY created_at, instance, incident LIMIT ?"
                                                : "AND incident > ? ORDER BY incident LIMIT ?");
  AMEIDE_ASSIGN_OR_RETURN(Statement rows, sqlite_->Prepare(sql));
  rows.Bind(tenant);
  for (const auto& [column, text] : texts) {
    if (!text->empty()) rows.Bind(*text);
  }
  if (!filter.instance.empty()) {
    const auto number = ParseInstance(filter.instance);
    if (!number) return NoInstance(filter.instance);
    rows.Bind(*number);
  }
  if (filter.instance.empty()) rows.Bind(after.created_at).Bind(after.part.instance);
  rows.Bind(after.part.part).Bind(int64_t{request.size} + 1);
  Page<IncidentView> page;
  AMEIDE_RETURN_IF_ERROR(FillPage(rows, request.size, page, ReadIncident, [](const IncidentView& incident) {
    return FormatPlace(incident.created_at, incident.id);
  }));
  return page;
}

absl::StatusOr<InstanceView> Queries::Instance(const std::string& tenant, const std::string& instance) {
  std::lock_guard lock(mutex_);
  const auto number = ParseInstance(instance);
  if (!number) return NoInstance(instance);
  const ReadTransaction transaction(*sqlite_);
  AMEIDE_RETURN_IF_ERROR(transaction.status());
  return ReadInstance(tenant, *number);
}

absl::StatusOr<InstanceView> Queries::ReadInstance(const std::string& tenant, InstanceNumber number) {
  InstanceView view;
  AMEIDE_ASSIGN_OR_RETURN(Statement row,
                          sqlite_->Prepare(absl::StrCat(kInstanceColumns, "WHERE id = ? AND tenant = ?")));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, row.Bind(number).Bind(tenant).Step());
  if (!found) return NoInstance(FormatInstance(number));
  AMEIDE_ASSIGN_OR_RETURN(const auto version, plans_.Get(*sqlite_, row.Int(1)));
  view.process = version->view;
  view.row = ReadInstanceRow(row, version->view);
  view.revision = row.Int(6);
  AMEIDE_RETURN_IF_ERROR(ReadHistory(number, *version, row.Int(7), view));

  AMEIDE_ASSIGN_OR_RETURN(Statement tasks, sqlite_->Prepare(absl::StrCat(kTaskColumns,
                                                                         "WHERE instance = ? "
                                                                         "ORDER BY task")));
  Page<TaskView> open;
  AMEIDE_RETURN_IF_ERROR(FillPage(tasks.Bind(number), INT32_MAX, open, WholeTask(version->tenant),
                                  [](const TaskView& task) { return task.id; }));
  view.tasks = std::move(open.rows);
  AMEIDE_ASSIGN_OR_RETURN(Statement incidents, sqlite_->Prepare(absl::StrCat(kIncidentColumns,
                                                                             "WHERE instance = ? "
                                                                             "ORDER BY incident")));
  Page<IncidentView> unresolved;
  AMEIDE_RETURN_IF_ERROR(FillPage(incidents.Bind(number), INT32_MAX, unresolved, ReadIncident,
                                  [](const IncidentView& incident) { return incident.id; }));
  view.incidents = std::move(unresolved.rows);
  return view;
}

absl::Status Queries::ReadHistory(InstanceNumber number, const PlanVersion& version, int64_t first_plan,
                                  InstanceView& view) {
  History history;
  AMEIDE_ASSIGN_OR_RETURN(const JournalReader::Plans plans, PlansFor(*sqlite_, plans_, version, first_plan));
  AMEIDE_ASSIGN_OR_RETURN(
      const ReplayedState replayed,
      journal_->Replay(number, plans,
                       [&](const engine::Plan& plan, const engine::InstanceState& before, WallTime at,
                           const engine::Fact& fact) { history.Add(plan, before, at, fact); }));
  view.history = history.Take();
  view.tokens = TokensOf(*version.plan, replayed.state);
  view.variables_json = feel::ToJson(feel::Value(replayed.state.variables()));
  return absl::OkStatus();
}

absl::StatusOr<std::map<engine::Key, feel::Context>> Queries::JobVariables(
    InstanceNumber instance, std::span<const engine::Key> jobs) {
  std::lock_guard lock(mutex_);
  const ReadTransaction transaction(*sqlite_);
  AMEIDE_RETURN_IF_ERROR(transaction.status());
  AMEIDE_ASSIGN_OR_RETURN(Statement row, sqlite_->Prepare(absl::StrCat(kInstanceColumns, "WHERE id = ?")));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, row.Bind(instance).Step());
  if (!found) return NoInstance(FormatInstance(instance));
  AMEIDE_ASSIGN_OR_RETURN(const auto version, plans_.Get(*sqlite_, row.Int(1)));
  AMEIDE_ASSIGN_OR_RETURN(const ReplayedState replayed, LoadState(instance, *version, row.Int(7)));
  std::map<engine::Key, feel::Context> variables;
  for (const engine::Key job : jobs) {
    if (auto sees = engine::JobVariables(*version->plan, replayed.state, job))
      variables.emplace(job, *std::move(sees));
  }
  return variables;
}

absl::StatusOr<bool> Queries::WaitsForResume(const std::string& tenant, InstanceNumber instance,
                                             engine::Key job) {
  std::lock_guard lock(mutex_);
  const ReadTransaction transaction(*sqlite_);
  AMEIDE_RETURN_IF_ERROR(transaction.status());
  AMEIDE_ASSIGN_OR_RETURN(Statement row,
                          sqlite_->Prepare(absl::StrCat(kInstanceColumns, "WHERE id = ? AND tenant = ?")));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, row.Bind(instance).Bind(tenant).Step());
  if (!found || row.Int(2) != static_cast<int64_t>(InstanceStatus::kSuspended)) return false;
  AMEIDE_ASSIGN_OR_RETURN(const auto version, plans_.Get(*sqlite_, row.Int(1)));
  AMEIDE_ASSIGN_OR_RETURN(const ReplayedState replayed, LoadState(instance, *version, row.Int(7)));
  return engine::JobVariables(*version->plan, replayed.state, job).has_value();
}

absl::StatusOr<ReplayedState> Queries::LoadState(InstanceNumber instance, const PlanVersion& version,
                                                 int64_t first_plan) {
  AMEIDE_ASSIGN_OR_RETURN(const JournalReader::Plans plans, PlansFor(*sqlite_, plans_, version, first_plan));
  return journal_->Load(instance, plans);
}

absl::Status Queries::Visit(const std::string& tenant, const std::string& instance,
                            const JournalReader::Visit& visit) {
  const auto number = ParseInstance(instance);
  if (!number) return NoInstance(instance);
  const ReadTransaction transaction(*sqlite_);
  AMEIDE_RETURN_IF_ERROR(transaction.status());
  AMEIDE_ASSIGN_OR_RETURN(Statement row,
                          sqlite_->Prepare(absl::StrCat(kInstanceColumns, "WHERE id = ? AND tenant = ?")));
  AMEIDE_ASSIGN_OR_RETURN(const bool found, row.Bind(*number).Bind(tenant).Step());
  if (!found) return NoInstance(instance);
  AMEIDE_ASSIGN_OR_RETURN(const auto version, plans_.Get(*sqlite_, row.Int(1)));
  AMEIDE_ASSIGN_OR_RETURN(const JournalReader::Plans plans, PlansFor(*sqlite_, plans_, *version, row.Int(7)));
  return journal_->Replay(*number, plans, visit).status();
}

absl::StatusOr<Page<ElementRun>> Queries::Elements(const std::string& tenant, const std::string& instance,
                                                   WallTime now, const PageRequest& request) {
  std::lock_guard lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const size_t skipped, SkippedBy(request.token));
  ElementTimes times;
  AMEIDE_RETURN_IF_ERROR(Visit(tenant, instance,
                               [&](const engine::Plan& plan, const engine::InstanceState&, WallTime at,
                                   const engine::Fact& fact) { times.Add(plan, at, fact); }));
  std::vector<ElementRun> all = times.TakeEnded();
  std::vector<ElementRun> open = times.Open(now);
  std::move(open.begin(), open.end(), std::back_inserter(all));
  std::sort(all.begin(), all.end(),
            [](const ElementRun& a, const ElementRun& b) { return a.number < b.number; });
  return PageOf(std::move(all), skipped, request.size);
}

absl::StatusOr<Page<VariableRow>> Queries::Variables(const std::string& tenant, const std::string& instance,
                                                     const PageRequest& request) {
  std::lock_guard lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(const size_t skipped, SkippedBy(request.token));
  const size_t wanted = skipped + static_cast<size_t>(request.size) + 1;
  std::vector<VariableRow> all;
  int64_t number = 0;
  const auto add = [&](WallTime at, const std::string& element, const feel::Context& values) {
    for (const auto& [name, value] : values) {
      ++number;
      if (all.size() >= wanted) return;
      VariableRow row{number, at, element, name, "", false};
      // What is not shown needs no text.
      if (all.size() >= skipped) row.value_json = feel::ToJson(value);
      row.cut = row.value_json.size() > kLongestShownValue;
      if (row.cut) row.value_json = std::string(PrefixOf(row.value_json, kLongestShownValue));
      all.push_back(std::move(row));
    }
  };
  AMEIDE_RETURN_IF_ERROR(Visit(tenant, instance,
                               [&](const engine::Plan& plan, const engine::InstanceState& before, WallTime at,
                                   const engine::Fact& fact) {
                                 if (const auto* started = std::get_if<engine::InstanceStarted>(&fact))
                                   add(at, "", started->variables);
                                 const auto* set = std::get_if<engine::VariablesSet>(&fact);
                                 if (set == nullptr) return;
                                 const engine::ElementInstance* scope = before.FindElement(set->scope);
                                 const bool own = scope != nullptr && set->scope != engine::kProcessKey;
                                 add(at, own ? plan.nodes[scope->node].id : std::string(), set->values);
                               }));
  return PageOf(std::move(all), skipped, request.size);
}

absl::StatusOr<Page<AuditRow>> Queries::Audit(const std::string& tenant, const std::string& instance,
                                              const PageRequest& request) {
  std::lock_guard lock(mutex_);
  int64_t before = INT64_MAX;
  if (!request.token.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(before, NumberIn(request.token, request.token));
  }
  std::optional<InstanceNumber> number;
  if (!instance.empty()) {
    number = ParseInstance(instance);
    if (!number) return NoInstance(instance);
  }
  AMEIDE_ASSIGN_OR_RETURN(
      Statement rows,
      sqlite_->Prepare(absl::StrCat("SELECT number, at, actor, action, instance, detail, reason FROM audit "
                                    "WHERE tenant = ? AND number < ? ",
                                    number ? "AND instance = ? " : "", "ORDER BY number DESC LIMIT ?")));
  rows.Bind(tenant).Bind(before);
  if (number) rows.Bind(*number);
  rows.Bind(int64_t{request.size} + 1);
  Page<AuditRow> page;
  AMEIDE_RETURN_IF_ERROR(FillPage(
      rows, request.size, page,
      [](const Statement& row) -> absl::StatusOr<AuditRow> {
        return AuditRow{row.Int(0),
                        TimeIn(row, 1),
                        std::string(row.Text(2)),
                        std::string(row.Text(3)),
                        row.Int(4) == 0 ? std::string() : FormatInstance(row.Int(4)),
                        std::string(row.Text(5)),
                        std::string(row.Text(6))};
      },
      [](const AuditRow& row) { return absl::StrCat(row.number); }));
  return page;
}

absl::StatusOr<std::vector<std::string>> Queries::Open(const std::string& tenant, const std::string& process,
                                                       std::optional<InstanceStatus> status, int64_t version,
                                                       size_t most) {
  if (!process.empty()) AMEIDE_RETURN_IF_ERROR(Process(tenant, process).status());
  std::vector<std::string> ids;
  for (const InstanceStatus open :
       {InstanceStatus::kActive, InstanceStatus::kIncident, InstanceStatus::kSuspended}) {
    if (status && *status != open) continue;
    PageRequest page{kRowsOfAnAnswer, ""};
    do {
      AMEIDE_ASSIGN_OR_RETURN(const Page<InstanceRow> rows, Instances(tenant, {process, open}, page));
      for (const InstanceRow& row : rows.rows) {
        if (version != 0 && row.version != version) continue;
        if (ids.size() == most) return ids;
        ids.push_back(row.id);
      }
      page.token = rows.next_token;
    } while (!page.token.empty());
  }
  return ids;
}

absl::StatusOr<std::vector<std::string>> Queries::NotAt(const std::string& tenant, const std::string& process,
                                                        int64_t version, int64_t most) {
  std::lock_guard lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(Statement target,
                          sqlite_->Prepare("SELECT process.number, plan.number FROM process JOIN plan ON "
                                           "plan.process = process.number WHERE process.tenant = ? AND "
                                           "process.id = ? AND (plan.version = ? OR (? = 0 AND plan.number = "
                                           "process.newest))"));
  AMEIDE_ASSIGN_OR_RETURN(const bool found,
                          target.Bind(tenant).Bind(process).Bind(version).Bind(version).Step());
  if (!found) {
    return absl::NotFoundError(absl::StrCat("no process `", process.substr(0, 200), "`",
                                            version == 0 ? "" : absl::StrCat(" of version ", version),
                                            " is deployed"));
  }
  AMEIDE_ASSIGN_OR_RETURN(
      Statement rows,
      sqlite_->Prepare("SELECT id FROM instance INDEXED BY instance_by_process WHERE tenant = ? "
                       "AND process = ? AND plan <> ? AND status IN (1, 4, 5) ORDER BY id LIMIT ?"));
  rows.Bind(tenant).Bind(target.Int(0)).Bind(target.Int(1)).Bind(most);
  std::vector<std::string> ids;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, rows.Step());
    if (!more) return ids;
    ids.push_back(FormatInstance(rows.Int(0)));
  }
}

absl::StatusOr<Page<RetentionRule>> Queries::Retention(const std::string& tenant,
                                                       const PageRequest& request) {
  std::lock_guard lock(mutex_);
  // A token begins with `+`: the rule of every process has the empty name, which comes first.
  if (!request.token.empty() && request.token[0] != '+') return BadToken(request.token);
  AMEIDE_ASSIGN_OR_RETURN(
      Statement rows,
      sqlite_->Prepare(absl::StrCat("SELECT process, keep FROM retention WHERE tenant = ? AND process ",
                                    request.token.empty() ? ">=" : ">", " ? ORDER BY process LIMIT ?")));
  rows.Bind(tenant)
      .Bind(request.token.empty() ? std::string_view() : std::string_view(request.token).substr(1))
      .Bind(int64_t{request.size} + 1);
  Page<RetentionRule> page;
  AMEIDE_RETURN_IF_ERROR(FillPage(
      rows, request.size, page,
      [](const Statement& row) -> absl::StatusOr<RetentionRule> {
        RetentionRule rule{std::string(row.Text(0)), std::nullopt};
        if (!row.IsNull(1)) rule.keep = std::chrono::microseconds(row.Int(1));
        return rule;
      },
      [](const RetentionRule& rule) { return absl::StrCat("+", rule.process); }));
  return page;
}

absl::StatusOr<int64_t> Queries::CountFinished(const std::string& tenant, const std::string& process,
                                               WallTime ended_before) {
  std::lock_guard lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(
      Statement row,
      sqlite_->Prepare(absl::StrCat(
          "SELECT (SELECT count(*) FROM instance INDEXED BY instance_by_end WHERE "
          "instance.tenant = process.tenant AND instance.process = process.number "
          "AND instance.ended_at IS NOT NULL AND instance.ended_at < ?) FROM process WHERE tenant = ?",
          process.empty() ? "" : " AND id = ?")));
  row.Bind(int64_t{ended_before.time_since_epoch().count()}).Bind(tenant);
  if (!process.empty()) row.Bind(process);
  int64_t count = 0;
  bool any = false;
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, row.Step());
    if (!more) break;
    any = true;
    count += row.Int(0);
  }
  if (any || process.empty()) return count;
  return absl::NotFoundError(absl::StrCat("no process `", process.substr(0, 200), "` is deployed"));
}

absl::StatusOr<Totals> Queries::CountTotals(const std::string& tenant) {
  std::lock_guard lock(mutex_);
  AMEIDE_ASSIGN_OR_RETURN(Statement row,
                          sqlite_->Prepare("SELECT (SELECT count(*) FROM process WHERE tenant = ?1), "
                                           "(SELECT count(*) FROM instance INDEXED BY instance_not_completed "
                                           "WHERE tenant = ?1 AND status IN (1, 4, 5) AND status <> 2), "
                                           "(SELECT count(*) FROM task WHERE tenant = ?1), "
                                           "(SELECT count(*) FROM incident WHERE tenant = ?1)"));
  AMEIDE_RETURN_IF_ERROR(row.Bind(tenant).Step().status());
  return Totals{row.Int(0), row.Int(1), row.Int(2), row.Int(3)};
}

}  // namespace ameide::runtime
