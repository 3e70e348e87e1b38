/// Long histories (numbers.md, Store and sync): the state at any past event, replay from the first event on,
/// opening an artifact with a million events behind it, and commands that come at 50 a second, each beside
/// what the same machine needs for the bytes alone.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/random.h"
#include "tests/bench/people.h"
#include "tests/uaf/fixture.h"
#include "uaf/document/document.h"
#include "uaf/store/event_reader.h"
#include "uaf/store/replay.h"
#include "uaf/store/sqlite.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;
using ameide::bench::Fail;
using ameide::bench::Must;
using ameide::bench::People;

namespace {

using Steady = std::chrono::steady_clock;

constexpr int kElements = 8000;
constexpr size_t kPastEvents = 100'000;
constexpr size_t kLongHistory = 1'000'000;
constexpr int kPastStates = 300;
constexpr int kChecked = 12;
constexpr int kIngested = 300;
constexpr size_t kRealEvents = 20'000;

double Millis(Steady::time_point since) {
  return std::chrono::duration<double, std::milli>(Steady::now() - since).count();
}

double Quantile(std::vector<double> values, double q) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(q * static_cast<double>(values.size() - 1))];
}

const char* Verdict(bool reached) { return reached ? "reached" : "missed"; }

/// The store of a workspace, read beside its owner.
class StoreView {
 public:
  explicit StoreView(const Workspace& workspace)
      : workspace_(workspace),
        database_(Must(Database::Open(workspace.root() / ".uaf" / "store.db", Database::Mode::kReader))),
        reader_(database_.get()) {}
  EventReader& reader() { return reader_; }
  ReplaySource source() { return {*database_, reader_, blobs_, *formats_}; }
  int64_t Number(std::string_view sql) {
    Statement query = Must(database_->Prepare(sql));
    Must(query.Step().status());
    return query.Int(0);
  }
  Database& database() { return *database_; }

 private:
  const Workspace& workspace_;
  std::unique_ptr<Database> database_;
  EventReader reader_;
  const BlobSource blobs_ = [this](const Hash256& hash) { return workspace_.BlobRead(hash); };
  std::unique_ptr<document::FormatRegistry> formats_ = MakeTestFormats();
};

constexpr char kSnapshotBytes[] = "SELECT COALESCE(SUM(LENGTH(bytes)), 0) FROM snapshots";
constexpr char kSnapshotCount[] = "SELECT COUNT(*) FROM snapshots";
constexpr char kEventBytes[] = "SELECT SUM(LENGTH(packed) + LENGTH(link) + 4) FROM events";

/// Waits until the store has done what it does while nobody asks.
double Settle(const Workspace& workspace) {
  const auto start = Steady::now();
  auto changed = start;
  int64_t count = -1;
  while (Millis(changed) < 3000) {
    StoreView view(workspace);
    if (const int64_t now = view.Number(kSnapshotCount); now != count) {
      count = now;
      changed = Steady::now();
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  }
  return Millis(start) - 3000;
}

/// Splitting the same file, from memory: what any state needs at least without a history.
double ImportMillis(const document::Document& document, const std::string& bytes) {
  std::vector<double> times;
  for (int i = 0; i < 9; ++i) {
    const auto start = Steady::now();
    Must(document::Document::Import(document.import(), bytes, EventId{{"import"}, 1}).status());
    times.push_back(Millis(start));
  }
  return Quantile(times, 0.5);
}

/// The state at random past events of an artifact that one stream wrote, checked against a fold of all.
void PastStates(const char* what, Workspace& workspace, const ArtifactId& artifact, uint64_t seed) {
  const double settled = Settle(workspace);
  StoreView view(workspace);
  const Artifact now = Must(workspace.FindArtifact(artifact.name));
  const uint64_t last = now.head.seq;
  SeededRandom random(seed);
  std::vector<EventId> asked;
  while (asked.size() < kPastStates) {
    const EventId event{now.head.stream, 1 + random.Below(last)};
    if (Must(workspace.Show(event)).artifact == artifact) asked.push_back(event);
  }
  std::vector<double> times;
  std::map<uint64_t, Hash256> checked;
  for (const EventId& event : asked) {
    const auto start = Steady::now();
    const Cut cut = Must(workspace.CutAt(event));
    const document::Document document = Must(workspace.Load(artifact, cut));
    times.push_back(Millis(start));
    if (checked.size() < kChecked) checked[event.seq] = Sha256(document.Render());
  }
  for (const auto& [seq, hash] : checked) {
    Cut cut;
    cut.heads[now.head.stream] = seq;
    const Replayed replayed = Must(ReplayFromStart(view.source(), artifact, &cut));
    if (Sha256(replayed.document.Render()) != hash)
      Fail(absl::InternalError("a past state is not what the log gives"));
  }
  const document::Document present = Must(workspace.Load(artifact));
  const double floor = ImportMillis(present, present.Render());
  const double p95 = Quantile(times, 0.95);
  std::printf(
      "state at a past event, %s, %llu events: median %.1f ms, p95 %.1f ms, worst %.1f ms of %d; import of"
      " the same file %.1f ms, ratio %.2f; bar p95 <= 30 ms: %s; %d of them byte-identical to a fold\n",
      what, static_cast<unsigned long long>(now.events), Quantile(times, 0.5), p95, Quantile(times, 1.0),
      kPastStates, floor, p95 / floor, Verdict(p95 <= 30), kChecked);
  std::printf("  snapshots: %lld in %.1f MB beside %.1f MB of events, taken in %.1f s when nobody asked\n",
              static_cast<long long>(view.Number(kSnapshotCount)),
              static_cast<double>(view.Number(kSnapshotBytes)) / 1e6,
              static_cast<double>(view.Number(kEventBytes)) / 1e6, settled / 1000);
}

/// All events of the artifact, from the first.
void ReplayAll(Workspace& workspace, const ArtifactId& artifact) {
  const std::string expected = Must(workspace.Render(artifact));
  std::vector<double> floors, times;
  uint64_t events = 0;
  for (int round = 0; round < 3; ++round) {
    StoreView view(workspace);
    const auto floor_start = Steady::now();
    Must(view.Number("SELECT SUM(LENGTH(packed) + LENGTH(link)) FROM events") > 0
             ? absl::OkStatus()
             : absl::InternalError("there are no events"));
    floors.push_back(Millis(floor_start));
    const auto start = Steady::now();
    const Replayed replayed = Must(ReplayFromStart(view.source(), artifact, nullptr));
    const std::string bytes = replayed.document.Render();
    times.push_back(Millis(start));
    if (bytes != expected) Fail(absl::InternalError("the replay does not give the saved bytes"));
    events = replayed.events;
  }
  const double time = Quantile(times, 0.5);
  const double each = time * 1000 / static_cast<double>(events);
  const double per_million = each * 1e6 / 1000;
  std::printf(
      "replay of %llu events from the log, import and render included: %.0f ms (%.2f us each), "
      "byte-identical;"
      " SQLite reading the rows alone: %.0f ms, ratio %.1f; bar <= 3000 ms for 1,000,000: %s\n",
      static_cast<unsigned long long>(events), time, each, Quantile(floors, 0.5),
      time / Quantile(floors, 0.5), Verdict(per_million <= 3000));
}

/// Makes the kernel forget what it holds of the store's files.
void DropFromCache(const std::filesystem::path& folder) {
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    const int file = ::open(entry.path().c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) continue;
    ::fdatasync(file);
    ::posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED);
    ::close(file);
  }
}

void OpenLong(People& people) {
  const std::string expected = Must(people.workspace().Render(people.artifact()));
  const uint64_t events = Must(people.workspace().FindArtifact("model.bpmn")).events;
  const document::Document document = Must(people.workspace().Load(people.artifact()));
  const double floor = ImportMillis(document, expected);
  for (const bool cold : {true, false}) {
    std::vector<double> opens, loads, totals;
    for (int round = 0; round < 5; ++round) {
      people.Close();
      if (cold) DropFromCache(people.root());
      const auto start = Steady::now();
      people.Open();
      opens.push_back(Millis(start));
      const auto load_start = Steady::now();
      const document::Document loaded = Must(people.workspace().Load(people.artifact()));
      loads.push_back(Millis(load_start));
      totals.push_back(Millis(start));
      if (loaded.Render() != expected) Fail(absl::InternalError("it opens with other bytes"));
    }
    const double total = Quantile(totals, 0.5);
    std::printf(
        "open of an artifact with %llu events behind it, %s: %.0f ms (workspace %.0f ms, document %.0f ms);"
        " import of the same file %.1f ms, ratio %.1f; bar <= 300 ms: %s\n",
        static_cast<unsigned long long>(events), cold ? "files not in memory" : "files in memory", total,
        Quantile(opens, 0.5), Quantile(loads, 0.5), floor, total / floor, Verdict(total <= 300));
  }
  const auto start = Steady::now();
  Must(people.workspace().Lifecycle().status());
  const double lifecycle = Millis(start);
  const auto undo_start = Steady::now();
  const bool can = people.workspace().CanUndo(people.artifact()).has_value();
  const double undo = Millis(undo_start);
  const auto first_start = Steady::now();
  people.Submit(people.Rename());
  std::printf(
      "  afterwards: what can be undone %.1f ms (%s), lifecycle %.1f ms, the first command durable %.1f ms\n",
      undo, can ? "something" : "nothing", lifecycle, Millis(first_start));
}

void Ingest(People& people) {
  constexpr auto kPause = std::chrono::milliseconds(20);
  const int file = ::open((people.root() / "floor").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const std::string bytes(200, 'x');
  std::vector<double> floors, times;
  auto due = Steady::now();
  for (int i = 0; i < kIngested; ++i) {
    due += kPause;
    std::this_thread::sleep_until(due);
    // From when it was due: a command that waits for the one before it waits.
    people.Submit(people.Daily());
    times.push_back(Millis(due));
    const auto floor_start = Steady::now();
    if (::write(file, bytes.data(), bytes.size()) < 0 || ::fdatasync(file) != 0) std::exit(1);
    floors.push_back(Millis(floor_start));
  }
  ::close(file);
  std::filesystem::remove(people.root() / "floor");
  const double p95 = Quantile(times, 0.95);
  std::printf(
      "ingest at 50 commands/s behind %llu events: median %.2f ms, p95 %.2f ms, worst %.2f ms of %d;"
      " append+fdatasync p95 %.2f ms, ratio %.2f; bar p95 <= 20 ms: %s\n",
      static_cast<unsigned long long>(Must(people.workspace().FindArtifact("model.bpmn")).events),
      Quantile(times, 0.5), p95, Quantile(times, 1.0), kIngested, Quantile(floors, 0.95),
      p95 / Quantile(floors, 0.95), Verdict(p95 <= 20));
}

/// The same on a file that people drew, where the conformance files are at hand.
void RealFile() {
  const std::filesystem::path folder = ConformanceFolder();
  if (folder.empty()) {
    std::printf("state at a past event of a real BPMN: skipped, there is no ../shared/conformance\n");
    return;
  }
  WorkspaceFixture fixture(3, Medium::kDisk);
  fixture.idle_wait = std::chrono::milliseconds(1000);
  const auto workspace = fixture.Open();
  std::ifstream file(folder / "bpmn-miwg" / "B.2.0.bpmn", std::ios::binary);
  fixture.Write("real.bpmn", std::string(std::istreambuf_iterator<char>(file), {}));
  Must(workspace->Import("real.bpmn"));
  const ArtifactId artifact = Must(workspace->FindArtifact("real.bpmn")).id;
  const document::Document document = Must(workspace->Load(artifact));
  std::vector<std::pair<NodeId, std::string>> attributes;
  for (const document::NodeIndex node : document.Descendants(document.root_element())) {
    for (const document::Attribute& each : document.attributes(node)) {
      if (each.name == "x" || each.name == "y" || each.name == "name")
        attributes.emplace_back(document.id(node), std::string(each.name));
    }
  }
  SeededRandom random(3);
  for (size_t i = 0; i < kRealEvents; ++i) {
    const auto& [node, name] = attributes[random.Below(attributes.size())];
    Command command;
    command.artifact = artifact;
    command.label = "Change " + name;
    command.ops = {document::SetAttributeOp{
        node, name, document::AttributeText{" ", "=", '"', std::to_string(random.Below(1000))}, ""}};
    fixture.clock.Advance(std::chrono::milliseconds(700));
    if (i + 1 == kRealEvents || i % 500 == 0) {
      Must(workspace->Submit(std::move(command)).status());
    } else {
      workspace->SubmitAsync(std::move(command),
                             [](const absl::StatusOr<Receipt>& receipt) { Must(receipt.status()); });
    }
  }
  PastStates("B.2.0.bpmn of bpmn-miwg", *workspace, artifact, 5);
}

}  // namespace

/// An argument is the number of events of the long history (1,000,000).
int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const size_t events = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : kLongHistory;
  if (events < kPastEvents) Fail(absl::InvalidArgumentError("the long history has at least 100,000 events"));
  RealFile();
  People people(11, kElements, Medium::kDisk, std::chrono::milliseconds(1000));
  const auto start = Steady::now();
  people.Work(kPastEvents);
  PastStates("8,000 elements", people.workspace(), people.artifact(), 1);
  people.Work(events - kPastEvents);
  std::printf("(%zu events recorded in %.0f s, settling included)\n", events, Millis(start) / 1000);
  PastStates("8,000 elements", people.workspace(), people.artifact(), 2);
  ReplayAll(people.workspace(), people.artifact());
  OpenLong(people);
  Ingest(people);
  return 0;
}
