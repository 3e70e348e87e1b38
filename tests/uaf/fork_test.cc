#include <QtTest>
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/uaf/event_samples.h"
#include "tests/uaf/fixture.h"
#include "uaf/log/forks.h"
#include "uaf/store/profile.h"
#include "uaf/store/workspace_files.h"
#include "uaf/workspace.h"

using namespace ameide;
using namespace ameide::uaf;
namespace fs = std::filesystem;

namespace {

constexpr char kElements[] = {'d', 'p', 's', 't', 'e'};

std::string ReadAll(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

/// Several machines around one workspace; one may be a clone of another.
class Machines {
 public:
  explicit Machines(uint64_t seed = 1) : fixture_(seed) {}

  WorkspaceOptions Options(const std::string& name) const {
    WorkspaceOptions options = fixture_.Options(name);
    options.profile = fixture_.folder.path() / ("profile-" + name);
    options.actor = {name, name + "@example.org", "test 1"};
    return options;
  }
  fs::path Root(const std::string& name) const { return fixture_.folder.path() / name; }

  Workspace& Open(const std::string& name) {
    auto& open = open_[name];
    if (open) return *open;
    const WorkspaceOptions options = Options(name);
    if (!fs::exists(options.root / ".uaf" / "workspace.yaml")) {
      if (const auto status = Workspace::Initialize(options); !status.ok())
        qFatal("%s", status.ToString().c_str());
    }
    auto workspace = Workspace::Open(options);
    if (!workspace.ok()) qFatal("%s", workspace.status().ToString().c_str());
    open = *std::move(workspace);
    return *open;
  }
  void Close(const std::string& name) { open_.erase(name); }
  Workspace& Reopen(const std::string& name) {
    Close(name);
    return Open(name);
  }

  /// `to` becomes what a clone of the whole machine `from` is: folder, store, and the profile, which believes
  /// that it goes on with the same stream.
  void Clone(const std::string& from, const std::string& to) {
    Close(from);
    Close(to);
    fs::remove_all(Root(to));
    fs::copy(Root(from), Root(to), fs::copy_options::recursive);
    fs::copy(Options(from).profile, Options(to).profile,
             fs::copy_options::recursive | fs::copy_options::overwrite_existing);
    const auto token = Token(from).Read();
    if (!token.ok()) qFatal("no token");
    if (const auto status = Token(to).Write(*token); !status.ok()) qFatal("no token written");
  }
  /// `to` has what git would bring of `from`, and nothing else: no store, no profile.
  void CloneByGit(const std::string& from, const std::string& to) {
    fs::create_directories(Root(to) / ".uaf");
    for (const char* part : {"log", "blobs", "keys", "workspace.yaml", "policy.yaml"}) {
      fs::copy(Root(from) / ".uaf" / part, Root(to) / ".uaf" / part, fs::copy_options::recursive);
    }
  }
  /// Adds what `from` has of the log; where another file has its place, beside it.
  void Carry(const std::string& from, const std::string& to) {
    for (const auto& entry : fs::recursive_directory_iterator(Root(from) / ".uaf")) {
      const std::string path = entry.path().lexically_relative(Root(from)).generic_string();
      const bool log =
          path.starts_with(".uaf/log/") || path.starts_with(".uaf/blobs/") || path.starts_with(".uaf/keys/");
      if (!entry.is_regular_file() || !log) continue;
      const std::string bytes = ReadAll(entry.path());
      fs::path target = Root(to) / path;
      if (fs::exists(target) && ReadAll(target) == bytes) continue;
      if (fs::exists(target)) target = Root(to) / PlaceBeside(path, bytes);
      fs::create_directories(target.parent_path());
      std::ofstream(target, std::ios::binary) << bytes;
    }
  }
  void Exchange(const std::string& a, const std::string& b) {
    VERIFY_OK(Open(a).Seal());
    VERIFY_OK(Open(b).Seal());
    Carry(a, b);
    VERIFY_OK(Open(b).ReceiveSegments());
    Carry(b, a);
    VERIFY_OK(Open(a).ReceiveSegments());
  }

  void Tick() { fixture_.clock.Advance(std::chrono::seconds(1)); }
  ArtifactId Import(const std::string& name) {
    std::ofstream(Root(name) / "a.bpmn", std::ios::binary) << kModel;
    if (!Open(name).Import("a.bpmn").ok()) qFatal("no import");
    return Open(name).FindArtifact("a.bpmn")->id;
  }
  void Name(const std::string& name, const char* element, const std::string& value) {
    Tick();
    Workspace& workspace = Open(name);
    const ArtifactId id = workspace.FindArtifact("a.bpmn")->id;
    VERIFY_OK(workspace.Submit(SetAttribute(id, *workspace.Load(id), element, "name", value)));
  }
  std::string Render(const std::string& name) {
    Workspace& workspace = Open(name);
    const auto id = workspace.FindArtifact("a.bpmn");
    return id.ok() ? *workspace.Render(id->id) : std::string(id.status().message());
  }
  EventId Newest(const std::string& name) { return Open(name).Log({})->front().id; }

 private:
  StreamTokenFile Token(const std::string& name) const {
    const WorkspaceOptions options = Options(name);
    const WorkspaceLayout layout(options.root);
    const auto id = ReadWorkspaceId(layout, *options.files);
    if (!id.ok()) qFatal("no workspace");
    return StreamTokenFile(options.profile, options.files, *id, layout.dot_uaf, layout.store, "main");
  }

  WorkspaceFixture fixture_;
  std::map<std::string, std::unique_ptr<Workspace>> open_;
};

/// Every event by its name here, as the bytes that were signed.
std::map<std::string, std::string> EventsOf(const Workspace& workspace) {
  LogQuery all;
  all.workspace_events = true;
  all.limit = 100'000;
  std::map<std::string, std::string> events;
  const auto log = workspace.Log(all);
  if (!log.ok()) qFatal("%s", log.status().ToString().c_str());
  for (const ChangeSetSummary& line : *log) {
    events[FormatId(line.id)] = EncodeChangeSet(*workspace.Show(line.id));
  }
  return events;
}

/// Findings but for forks; how many of these there are.
std::string OtherFindings(const Workspace& workspace, int* forks = nullptr) {
  std::string others;
  const auto findings = workspace.Verify();
  if (!findings.ok()) return std::string(findings.status().message());
  for (const document::Finding& finding : *findings) {
    if (finding.rule == "log/fork") {
      if (forks != nullptr) ++*forks;
    } else {
      others += finding.rule + ": " + finding.message + "\n";
    }
  }
  return others;
}

std::set<std::string> LogFiles(const fs::path& root) {
  std::set<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(root / ".uaf" / "log")) {
    if (entry.is_regular_file())
      files.insert(entry.path().lexically_relative(root).generic_string() + " " +
                   Sha256(ReadAll(entry.path())).Hex());
  }
  return files;
}

/// What differs, for people; empty: nothing.
std::string Differences(const std::map<std::string, std::string>& a,
                        const std::map<std::string, std::string>& b) {
  std::string text;
  for (const auto& [name, bytes] : a) {
    const auto other = b.find(name);
    if (other == b.end()) text += "only the first: " + name + "\n";
    if (other != b.end() && other->second != bytes) text += "differs: " + name + "\n";
  }
  for (const auto& [name, bytes] : b) {
    if (!a.contains(name)) text += "only the second: " + name + "\n";
  }
  return text;
}

#define NOTHING_ELSE(findings)                \
  do {                                        \
    const std::string others = findings;      \
    QVERIFY2(others.empty(), others.c_str()); \
  } while (false)

#define SAME_EVENTS(a, b)                               \
  do {                                                  \
    const std::string differences = Differences(a, b);  \
    QVERIFY2(differences.empty(), differences.c_str()); \
  } while (false)

Hash256 HashOf(int number) { return Sha256(std::to_string(number)); }

}  // namespace

/// Two different events under one name: whoever learns of both calls them the same, in whatever order they
/// came, and nothing is lost.
class ForkTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void whenNamesAreRead_thenTheyMeanWhatTheWriterHadSeen() {
    // a: 1…9; b parts from it behind 4, c from b behind 6.
    const StreamId a{"a"};
    const StreamId b = TailName(a, HashOf(1));
    const StreamId c = TailName(b, HashOf(2));
    QCOMPARE(WrittenAs(c), a);
    const std::vector<Tail> tails = {{b, a, 4, HashOf(0), HashOf(1)}, {c, b, 6, HashOf(0), HashOf(2)}};
    const auto meant = [&](const Cut& past, const EventId& said) {
      return Meant(NamesWithin(tails, {}, past), said).stream;
    };
    // Who has seen all calls all as we do.
    const Cut all{{{a, 9}, {b, 8}, {c, 9}}};
    QVERIFY(NamesWithin(tails, {}, all).empty());
    // Who had not seen what keeps the name called the tail so; from where they part only.
    const Cut b_alone{{{a, 4}, {b, 8}}};
    QCOMPARE(meant(b_alone, {a, 4}), a);
    QCOMPARE(meant(b_alone, {a, 5}), b);
    QCOMPARE(meant(b_alone, {a, 8}), b);
    const Cut c_alone{{{a, 4}, {b, 6}, {c, 9}}};
    QCOMPARE(meant(c_alone, {a, 6}), b);
    QCOMPARE(meant(c_alone, {a, 7}), c);
    QCOMPARE(meant(c_alone, {b, 7}), c);
    const Cut a_and_c{{{a, 9}, {b, 6}, {c, 9}}};
    QCOMPARE(meant(a_and_c, {a, 7}), a);
    QCOMPARE(meant(a_and_c, {b, 6}), b);
    QCOMPARE(meant(a_and_c, {b, 7}), c);
    for (const Cut& past : {all, b_alone, c_alone, a_and_c}) {
      const SaidNames names = NamesWithin(tails, {}, past);
      for (const auto& [stream, last] : past.heads) {
        const uint64_t begin = stream == a ? 0 : stream == b ? 4 : 6;
        for (uint64_t seq = begin + 1; seq <= last; ++seq) {
          QCOMPARE(Meant(names, SaidAs(names, {stream, seq})), (EventId{stream, seq}));
        }
      }
    }
    Cut open{{{c, 9}}};
    CloseOverTails(tails, open);
    QCOMPARE(open, c_alone);
    QCOMPARE(Along(tails, c, 9).stream, c);
    QCOMPARE(Along(tails, c, 5).stream, b);
    QCOMPARE(Along(tails, c, 4).stream, a);
  }

  // No place in a body where an event is named may be forgotten: its bytes would say it.
  void whenAnyBodyNamesEvents_thenAllAreVisited() {
    size_t named = 0;
    std::vector<ChangeSet> samples = EventsOfTheFirstRelease();
    for (const auto& more : {EventsOfTheSecondRelease(), EventsOfTheThirdRelease()})
      samples.insert(samples.end(), more.begin(), more.end());
    for (const ChangeSet& sample : samples) {
      ChangeSet renamed = sample;
      std::set<StreamId> streams;
      ForEachEventId(renamed.body, [&](EventId& id) {
        streams.insert(id.stream);
        id.stream.name = std::string(32, 'e');
      });
      named += streams.size();
      const std::string bytes = EncodeBody(renamed);
      const std::string before = EncodeBody(sample);
      for (const StreamId& stream : streams) {
        const auto raw = HexDecode(stream.name);
        if (stream.name.size() != 32 || !raw.ok()) continue;
        QVERIFY2(bytes.find(*raw) == std::string::npos, std::string(KindName(sample.kind)).c_str());
      }
      for (const EventReference& reference : ReferencesIn(sample.body)) {
        QVERIFY(streams.contains(reference.id.stream));
      }
      QCOMPARE(streams.empty(), bytes == before);
    }
    QVERIFY(named > 10);
  }

  void whenAMachineIsCloned_thenBothTailsAreKeptUnderTheSameNamesByEverybody() {
    Machines machines;
    machines.Open("one");
    machines.Import("one");
    machines.Name("one", "t", "Before");
    VERIFY_OK(machines.Open("one").Seal());
    machines.Name("one", "s", "Still open");
    machines.Clone("one", "two");
    for (int i = 0; i < 3; ++i) machines.Name("one", "t", "One " + std::to_string(i));
    for (int i = 0; i < 4; ++i) machines.Name("two", "e", "Two " + std::to_string(i));
    const StreamId stream = machines.Newest("one").stream;
    QCOMPARE(machines.Newest("two").stream, stream);
    VERIFY_OK(machines.Open("one").Seal());
    VERIFY_OK(machines.Open("two").Seal());
    // Somebody who gets the one, then the other; in both orders.
    machines.CloneByGit("one", "ada");
    machines.CloneByGit("two", "bob");
    machines.Open("ada");
    machines.Open("bob");
    machines.Carry("two", "ada");
    machines.Carry("one", "bob");
    VERIFY_OK(machines.Open("ada").ReceiveSegments());
    VERIFY_OK(machines.Open("bob").ReceiveSegments());
    SAME_EVENTS(EventsOf(machines.Open("ada")), EventsOf(machines.Open("bob")));
    QCOMPARE(machines.Render("ada"), machines.Render("bob"));
    QVERIFY(machines.Render("ada").find("One 2") != std::string::npos);
    QVERIFY(machines.Render("ada").find("Two 3") != std::string::npos);
    for (const char* name : {"ada", "bob"}) {
      int forks = 0;
      NOTHING_ELSE(OtherFindings(machines.Open(name), &forks));
      QCOMPARE(forks, 1);
    }
    QCOMPARE(LogFiles(machines.Root("ada")), LogFiles(machines.Root("bob")));
    // The two themselves: the one that lost the name goes on under another, and all is as with the others.
    machines.Exchange("one", "two");
    for (const char* name : {"one", "two"}) {
      SAME_EVENTS(EventsOf(machines.Open(name)), EventsOf(machines.Open("ada")));
      QCOMPARE(machines.Render(name), machines.Render("ada"));
      QCOMPARE(LogFiles(machines.Root(name)), LogFiles(machines.Root("ada")));
    }
    machines.Name("one", "t", "One again");
    machines.Name("two", "s", "Two again");
    const StreamId goes_on = machines.Newest("one").stream;
    QVERIFY(goes_on != machines.Newest("two").stream);
    QVERIFY((goes_on == stream) != (machines.Newest("two").stream == stream));
    machines.Exchange("one", "two");
    machines.Carry("one", "ada");
    VERIFY_OK(machines.Open("ada").ReceiveSegments());
    // What is known stays known: opened anew, built anew, and by somebody who comes late.
    machines.CloneByGit("ada", "late");
    for (const char* name : {"one", "two", "ada", "late"}) {
      machines.Reopen(name);
      SAME_EVENTS(EventsOf(machines.Open(name)), EventsOf(machines.Open("one")));
      QCOMPARE(machines.Render(name), machines.Render("one"));
      NOTHING_ELSE(OtherFindings(machines.Open(name)));
      VERIFY_OK(machines.Open(name).Rebuild());
      QCOMPARE(machines.Render(name), machines.Render("one"));
      NOTHING_ELSE(OtherFindings(machines.Open(name)));
    }
    QVERIFY(machines.Render("one").find("One again") != std::string::npos);
    QVERIFY(machines.Render("one").find("Two again") != std::string::npos);
  }

  // Work of others that was built on a tail before anybody knew that there was another one.
  void whenOthersBuiltOnATail_thenTheirReferencesMeanIt() {
    Machines machines;
    machines.Open("one");
    const ArtifactId id = machines.Import("one");
    VERIFY_OK(machines.Open("one").Seal());
    machines.Clone("one", "two");
    const auto insert = [&](const std::string& name, const std::string& element) {
      machines.Tick();
      Workspace& workspace = machines.Open(name);
      VERIFY_OK(workspace.Submit(Insert(id, *workspace.Load(id), "p", "<task id='" + element + "'/>")));
    };
    insert("one", "one");
    insert("two", "two");
    VERIFY_OK(machines.Open("one").Seal());
    VERIFY_OK(machines.Open("two").Seal());
    machines.CloneByGit("one", "ada");
    machines.CloneByGit("two", "bob");
    // The same name, another node each: Ada changes the one of one, Bob the one of two.
    machines.Name("ada", "one", "By Ada");
    machines.Name("bob", "two", "By Bob");
    const EventId by_ada = machines.Newest("ada");
    const EventId by_bob = machines.Newest("bob");
    Workspace& bob = machines.Open("bob");
    VERIFY_OK(bob.Record({id, "", RevisionTagged{"bobs", "", {}}, {}, {}, false}));
    CommentAdded comment;
    comment.anchor = bob.Load(id)->id(ElementById(*bob.Load(id), "two"));
    comment.text = "Here";
    VERIFY_OK(bob.Record({id, "", comment, {}, {}, false}));
    const std::string then = machines.Render("bob");
    const std::map<std::string, std::string> before = EventsOf(bob);
    machines.Exchange("ada", "bob");
    const std::string both = machines.Render("ada");
    QCOMPARE(machines.Render("bob"), both);
    QVERIFY2(both.find("name=\"By Ada\" id='one'") != std::string::npos, both.c_str());
    QVERIFY2(both.find("name=\"By Bob\" id='two'") != std::string::npos, both.c_str());
    SAME_EVENTS(EventsOf(machines.Open("ada")), EventsOf(machines.Open("bob")));
    // What was signed stays what it was.
    std::set<std::string> now;
    for (const auto& [name, bytes] : EventsOf(machines.Open("ada"))) now.insert(bytes);
    for (const auto& [name, bytes] : before) QVERIFY(now.contains(bytes));
    for (const char* name : {"ada", "bob"}) {
      Workspace& workspace = machines.Open(name);
      QCOMPARE(*workspace.Render(id, *workspace.ResolveCut("bobs")), then);
      const auto state = workspace.Lifecycle();
      VERIFY_OK(state);
      QCOMPARE(state->comments.size(), size_t{1});
      QVERIFY(!workspace.Show(by_ada)->parents.empty());
      for (const EventId& event : {by_ada, by_bob}) {
        const auto shown = workspace.Show(event);
        VERIFY_OK(shown);
        for (const EventReference& parent : shown->parents) {
          VERIFY_OK(workspace.Show(parent.id));
        }
      }
      NOTHING_ELSE(OtherFindings(workspace));
    }
    // And work on both goes on.
    machines.Name("ada", "two", "By Ada, too");
    machines.Exchange("ada", "bob");
    QCOMPARE(machines.Render("bob"), machines.Render("ada"));
    QVERIFY(machines.Render("bob").find("By Ada, too") != std::string::npos);
  }

  // The whole machine from an earlier moment, profile and all; then new work; then what had been pushed.
  void whenABackupWithItsProfileIsPutBack_thenWhatHadBeenPushedComesBackBesideTheNewWork() {
    Machines machines;
    machines.Open("one");
    machines.Import("one");
    machines.Name("one", "t", "Saved");
    machines.Clone("one", "backup");
    machines.Name("one", "s", "Pushed");
    VERIFY_OK(machines.Open("one").Seal());
    VERIFY_OK(machines.Open("one").MarkCommitted(std::string(40, 'c')));
    machines.CloneByGit("one", "hub");
    machines.Clone("backup", "one");
    machines.Name("one", "e", "New");
    machines.Carry("hub", "one");
    VERIFY_OK(machines.Open("one").ReceiveSegments());
    const std::string both = machines.Render("one");
    QVERIFY(both.find("Pushed") != std::string::npos && both.find("New") != std::string::npos);
    machines.Name("one", "t", "And on");
    VERIFY_OK(machines.Open("one").Seal());
    machines.CloneByGit("one", "ada");
    QCOMPARE(machines.Render("ada"), machines.Render("one"));
    SAME_EVENTS(EventsOf(machines.Open("ada")), EventsOf(machines.Open("one")));
    for (const char* name : {"one", "ada"}) NOTHING_ELSE(OtherFindings(machines.Open(name)));
  }

  void whenAValueBeforeTheForkIsRedacted_thenNoTailHoldsItAnyMore() {
    Machines machines;
    machines.Open("one");
    machines.Import("one");
    VERIFY_OK(machines.Open("one").Seal());
    machines.Name("one", "t", "Secret-before");
    const EventId secret = machines.Newest("one");
    machines.Clone("one", "two");
    machines.Name("one", "s", "One");
    machines.Name("two", "e", "Secret-two");
    machines.Exchange("one", "two");
    Workspace& one = machines.Open("one");
    VERIFY_OK(one.Redact(secret, "private"));
    const auto log = one.Log({});
    for (const ChangeSetSummary& line : *log) {
      if (line.label.find(" of e") != std::string::npos) VERIFY_OK(one.Redact(line.id, "private"));
    }
    NOTHING_ELSE(OtherFindings(one));
    for (const auto& [name, bytes] : EventsOf(one)) QVERIFY(bytes.find("Secret") == std::string::npos);
    VERIFY_OK(one.Seal());
    machines.CloneByGit("one", "ada");
    QCOMPARE(machines.Render("ada"), machines.Render("one"));
    for (const auto& [name, bytes] : EventsOf(machines.Open("ada")))
      QVERIFY(bytes.find("Secret") == std::string::npos);
    NOTHING_ELSE(OtherFindings(machines.Open("ada")));
  }

  void whenForkedStreamsArePacked_thenOthersReadThem() {
    Machines machines;
    machines.Open("one");
    machines.Import("one");
    VERIFY_OK(machines.Open("one").Seal());
    machines.Clone("one", "two");
    for (const char* name : {"one", "two"}) {
      for (int i = 0; i < 4; ++i) {
        machines.Name(name, i % 2 == 0 ? "t" : "s", std::string(name) + std::to_string(i));
        VERIFY_OK(machines.Open(name).Seal());
      }
      VERIFY_OK(machines.Open(name).MarkCommitted(std::string(40, name[0] == 'o' ? 'a' : 'b')));
    }
    VERIFY_OK(machines.Open("two").PackSegments(2));
    machines.Exchange("one", "two");
    SAME_EVENTS(EventsOf(machines.Open("one")), EventsOf(machines.Open("two")));
    machines.CloneByGit("two", "ada");
    SAME_EVENTS(EventsOf(machines.Open("ada")), EventsOf(machines.Open("one")));
    for (const char* name : {"one", "two", "ada"}) NOTHING_ELSE(OtherFindings(machines.Open(name)));
    VERIFY_OK(machines.Open("one").MarkCommitted(std::string(40, 'd')));
    VERIFY_OK(machines.Open("one").PackSegments(2));
    NOTHING_ELSE(OtherFindings(machines.Open("one")));
    machines.CloneByGit("one", "bob");
    SAME_EVENTS(EventsOf(machines.Open("bob")), EventsOf(machines.Open("one")));
  }

  void whenMachinesAreClonedAtRandom_thenAllWhoHaveTheSameEventsAgree_data() {
    QTest::addColumn<quint64>("seed");
    const char* given = std::getenv("AMEIDE_SEED");
    const quint64 first =
        given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().Below(1'000'000);
    const quint64 seeds = given != nullptr ? 1 : 5;
    for (quint64 seed = first; seed < first + seeds; ++seed)
      QTest::newRow(("seed " + std::to_string(seed)).c_str()) << seed;
  }
  void whenMachinesAreClonedAtRandom_thenAllWhoHaveTheSameEventsAgree() {
    QFETCH(const quint64, seed);
    std::mt19937_64 random(seed);
    Machines machines(seed);
    const std::vector<std::string> names = {"one", "two", "three", "four"};
    machines.Open("one");
    machines.Import("one");
    VERIFY_OK(machines.Open("one").Seal());
    for (const std::string& name : names) {
      if (name != "one") machines.Clone("one", name);
    }
    const auto any = [&] { return names[random() % names.size()]; };
    int edits = 0;
    for (int step = 0; step < 60; ++step) {
      const std::string a = any();
      switch (random() % 8) {
        case 0:
          VERIFY_OK(machines.Open(a).Seal());
          break;
        case 1: {
          const std::string b = any();
          if (a == b) break;
          VERIFY_OK(machines.Open(a).Seal());
          machines.Carry(a, b);
          VERIFY_OK(machines.Open(b).ReceiveSegments());
          break;
        }
        case 2: {
          const std::string b = any();
          if (a != b && random() % 3 == 0) {
            // What was not sealed is gone with the machine that the clone takes the place of.
            VERIFY_OK(machines.Open(b).Seal());
            machines.Carry(b, a);
            VERIFY_OK(machines.Open(a).ReceiveSegments());
            machines.Clone(a, b);
          }
          break;
        }
        default: {
          const char element[] = {kElements[random() % std::size(kElements)], 0};
          machines.Name(a, element, a + "-" + std::to_string(++edits));
        }
      }
    }
    for (int round = 0; round < 2; ++round) {
      for (const std::string& a : names) {
        for (const std::string& b : names) {
          if (a != b) machines.Exchange(a, b);
        }
      }
    }
    machines.CloneByGit("three", "late");
    const auto events = EventsOf(machines.Open("one"));
    QVERIFY(events.size() > 20);
    for (const std::string name : {"two", "three", "four", "late"}) {
      SAME_EVENTS(EventsOf(machines.Open(name)), events);
      QCOMPARE(machines.Render(name), machines.Render("one"));
    }
    int forks = 0;
    for (const std::string name : {"one", "two", "three", "four", "late"}) {
      NOTHING_ELSE(OtherFindings(machines.Open(name), &forks));
    }
    QVERIFY(forks > 0);
  }
};

QTEST_APPLESS_MAIN(ForkTest)
#include "fork_test.moc"
