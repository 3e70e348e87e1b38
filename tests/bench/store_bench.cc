/// The store beside its floors (numbers.md, Store and sync), product and floor alternating, so that a change
/// of the machine's mood meets both: a durable command beside append + fdatasync of the same bytes, batched
/// commands beside raw SQLite inserts of the same rows, and the replay of 1,000 commands.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <future>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/random.h"
#include "tests/bench/bpmn_generator.h"
#include "tests/uaf/fixture.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/fold.h"
#include "uaf/store/sqlite.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;

namespace {

using Steady = std::chrono::steady_clock;

constexpr int kWarmUp = 200;
constexpr int kPairs = 2500;
constexpr int kRounds = 7;
constexpr int kBatch = 4096;
constexpr int kGroup = 512;  // what the store puts into one transaction at most

double Micros(Steady::time_point since) {
  return std::chrono::duration<double, std::micro>(Steady::now() - since).count();
}

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

[[noreturn]] void Fail(const absl::Status& status) {
  std::fprintf(stderr, "%s\n", std::string(status.message()).c_str());
  std::exit(1);
}

template <typename T>
T Must(absl::StatusOr<T> result) {
  if (!result.ok()) Fail(result.status());
  return *std::move(result);
}

void Must(const absl::Status& status) {
  if (!status.ok()) Fail(status);
}

/// A workspace with a model of 1,000 elements, and an endless supply of edits of it.
class Edits {
 public:
  Edits() : fixture_(1, Medium::kDisk), workspace_(fixture_.Open()) {
    fixture_.Write("model.bpmn", bench::GenerateBpmn(1000));
    Must(workspace_->Import("model.bpmn"));
    artifact_ = workspace_->FindArtifact("model.bpmn")->id;
    const document::Document document = Must(workspace_->Load(artifact_));
    for (const document::NodeIndex node : document.Descendants(document.root_element())) {
      if (document.attribute_text(node, "name")) named_.push_back(document.id(node));
    }
  }
  Command Next() {
    document::SetAttributeOp op;
    op.node = named_[static_cast<size_t>(next_) % named_.size()];
    op.name = "name";
    op.text = document::AttributeText{.lead = " ", .raw = "Element " + std::to_string(next_++)};
    Command command;
    command.artifact = artifact_;
    command.label = "Rename element";
    command.ops = {op};
    fixture_.clock.Advance(std::chrono::milliseconds(20));
    return command;
  }
  Workspace& workspace() { return *workspace_; }
  const ArtifactId& artifact() const { return artifact_; }
  std::filesystem::path folder() const { return fixture_.folder.path(); }

 private:
  WorkspaceFixture fixture_;
  std::unique_ptr<Workspace> workspace_;
  ArtifactId artifact_;
  std::vector<NodeId> named_;
  int next_ = 0;
};

void DurableCommand() {
  Edits edits;
  const Receipt first = Must(edits.workspace().Submit(edits.Next()));
  const std::string bytes(EncodeChangeSet(Must(edits.workspace().Show(first.event))));
  const int file =
      ::open((edits.folder() / "floor").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  std::vector<double> floor, product, ratios;
  for (int i = 0; i < kWarmUp + kPairs; ++i) {
    const auto floor_start = Steady::now();
    if (::write(file, bytes.data(), bytes.size()) < 0 || ::fdatasync(file) != 0) std::exit(1);
    const double floor_time = Micros(floor_start);
    Command command = edits.Next();
    const auto start = Steady::now();
    Must(edits.workspace().Submit(std::move(command)));
    const double time = Micros(start);
    if (i < kWarmUp) continue;
    floor.push_back(floor_time);
    product.push_back(time);
    ratios.push_back(floor_time / time);
  }
  ::close(file);
  const double ratio = Quantile(ratios, 0.5);
  std::printf(
      "durable command: %.0f us; append+fdatasync of its %zu bytes: %.0f us; median of %d ratios %.2f"
      " (p10 %.2f, p90 %.2f); bar >= 0.9: %s\n",
      Quantile(product, 0.5), bytes.size(), Quantile(floor, 0.5), kPairs, ratio, Quantile(ratios, 0.1),
      Quantile(ratios, 0.9), ratio >= 0.9 ? "reached" : "missed");
  std::printf("durable command p95: %.2f ms; bar <= 20 ms at 50/s: %s\n", Quantile(product, 0.95) / 1000,
              Quantile(product, 0.95) <= 20'000 ? "reached" : "missed");
}

/// A row of the table of events.
struct Row {
  int64_t arrival = 0;
  std::string packed;
  std::string link;
};

/// What the store wrote behind `arrival`.
std::vector<Row> RowsAfter(const Workspace& workspace, int64_t arrival) {
  const auto database = Must(Database::Open(workspace.root() / ".uaf" / "store.db", Database::Mode::kReader));
  Statement query =
      Must(database->Prepare("SELECT arrival, packed, link FROM events WHERE arrival > ? ORDER BY arrival"));
  query.Bind(1, arrival);
  std::vector<Row> rows;
  while (Must(query.Step()))
    rows.push_back({query.Int(0), std::string(query.Blob(1)), std::string(query.Blob(2))});
  return rows;
}

/// The rows that the store writes for commands, in its own table and with its own settings, and nothing else.
class RawInserts {
 public:
  explicit RawInserts(const std::filesystem::path& path)
      : database_(Must(Database::Open(path, Database::Mode::kOwner))) {
    Must(database_->Execute(
        "CREATE TABLE events(arrival INTEGER PRIMARY KEY, packed BLOB NOT NULL, link BLOB NOT NULL) STRICT"));
    insert_.emplace(Must(database_->Prepare("INSERT INTO events(arrival, packed, link) VALUES(?, ?, ?)")));
  }
  void Insert(const std::vector<Row>& rows) {
    for (size_t i = 0; i < rows.size(); ++i) {
      if (i % kGroup == 0) Must(database_->Execute("BEGIN IMMEDIATE"));
      insert_->Bind(1, rows[i].arrival).BindBlob(2, rows[i].packed).BindBlob(3, rows[i].link);
      Must(insert_->Run());
      if (i % kGroup == kGroup - 1 || i + 1 == rows.size()) Must(database_->Execute("COMMIT"));
    }
  }

 private:
  std::unique_ptr<Database> database_;
  std::optional<Statement> insert_;
};

void BatchedCommands() {
  Edits edits;
  Must(edits.workspace().Submit(edits.Next()));
  int64_t arrival = RowsAfter(edits.workspace(), 0).back().arrival;
  RawInserts raw(edits.folder() / "floor.db");
  std::vector<double> floor, product, ratios;
  size_t row_bytes = 0;
  for (int round = 0; round < kRounds + 1; ++round) {
    std::vector<Command> commands;
    for (int i = 0; i < kBatch; ++i) commands.push_back(edits.Next());
    std::promise<void> done;
    int left = kBatch;
    const auto start = Steady::now();
    for (Command& command : commands) {
      edits.workspace().SubmitAsync(std::move(command), [&](const absl::StatusOr<Receipt>& receipt) {
        Must(receipt.status());
        if (--left == 0) done.set_value();
      });
    }
    done.get_future().wait();
    const double time = Micros(start);
    const std::vector<Row> rows = RowsAfter(edits.workspace(), arrival);
    if (rows.size() != kBatch) Fail(absl::InternalError("the store wrote another number of rows"));
    arrival = rows.back().arrival;
    row_bytes = rows.back().packed.size() + rows.back().link.size();
    const auto floor_start = Steady::now();
    raw.Insert(rows);
    const double floor_time = Micros(floor_start);
    if (round == 0) continue;
    floor.push_back(floor_time / kBatch);
    product.push_back(time / kBatch);
    ratios.push_back(floor_time / time);
  }
  const double ratio = Quantile(ratios, 0.5);
  std::printf(
      "batched commands: %.1f us each (%.0f/s); raw SQLite inserts of the same rows (%zu bytes) in the same"
      " transactions: %.1f us; median of %d ratios %.2f over batches of %d; bar >= 0.8: %s\n",
      Quantile(product, 0.5), 1e6 / Quantile(product, 0.5), row_bytes, Quantile(floor, 0.5), kRounds, ratio,
      kBatch, ratio >= 0.8 ? "reached" : "missed");
}

void ReplayThousand() {
  Edits edits;
  for (int i = 0; i < 1000; ++i) Must(edits.workspace().Submit(edits.Next()));
  const std::string expected = Must(edits.workspace().Render(edits.artifact()));
  const auto database =
      Must(Database::Open(edits.workspace().root() / ".uaf" / "store.db", Database::Mode::kReader));
  std::vector<double> imports, replays;
  for (int round = 0; round < 9; ++round) {
    EventReader reader(database.get());
    const auto blobs = [&](const Hash256& hash) { return edits.workspace().BlobRead(hash); };
    const auto import_start = Steady::now();
    const auto events = Must(reader.OfArtifact(edits.artifact(), nullptr));
    Folder folder(blobs);
    Must(folder.Apply(events.front().change_set));
    const double import = Micros(import_start);
    const auto start = Steady::now();
    for (size_t i = 1; i < events.size(); ++i) Must(folder.Apply(events[i].change_set));
    const std::string rendered = folder.document().Render();
    const double replay = Micros(start);
    if (rendered != expected) Fail(absl::InternalError("the replay does not give the saved bytes"));
    imports.push_back(import / 1000);
    replays.push_back((import + replay) / 1000);
  }
  const double replay = Quantile(replays, 0.5);
  std::printf(
      "replay of 1,000 commands from the log, import and render included: %.1f ms (reading, decoding and "
      "importing"
      " %zu bytes alone: %.1f ms), byte-identical; bar <= 20 ms: %s\n",
      replay, expected.size(), Quantile(imports, 0.5), replay <= 20 ? "reached" : "missed");
}

}  // namespace

/// Without arguments all; else only the named one: durable, batched, replay.
int main(int argc, char** argv) {
  const std::string_view only = argc > 1 ? argv[1] : "";
  if (only.empty() || only == "durable") DurableCommand();
  if (only.empty() || only == "batched") BatchedCommands();
  if (only.empty() || only == "replay") ReplayThousand();
  return 0;
}
