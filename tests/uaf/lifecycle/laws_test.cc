#include <QtTest>
#include <algorithm>
#include <cstdlib>
#include <random>
#include <set>

#include "tests/uaf/lifecycle/story.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::lifecycle;

namespace {

const ArtifactId kArtifacts[] = {Story::Artifact("one"), Story::Artifact("two")};

std::string Guarded(const Writer& administrator, size_t number) {
  return "version: 1\n"
         "administrators: [{person: ada@x.org, keys: [" +
         administrator.fingerprint() +
         "]}]\n"
         "promotion:\n"
         "  review: {survives_edits: true}\n"
         "  approved: {approvals: 2, by: [ada@x.org, bob@x.org, cy@x.org]}\n"
         "  released: {approvals: 1, by: [administrators]}\n"
         "# " +
         std::to_string(number) + "\n";
}

/// What somebody with the right key really said yes to.
struct Yes {
  std::string person;
  ArtifactId artifact;
  std::string purpose;
  Hash256 content;
  auto operator<=>(const Yes&) const = default;
};

/// Three honest people and one attacker, who may write whatever bytes she likes with her own key, repeat what
/// others signed, and claim any name and time.
class RandomStory {
 public:
  explicit RandomStory(uint64_t seed) : story_(seed), random_(seed ^ 0x5eed) {
    for (const char* email : {"ada@x.org", "bob@x.org", "cy@x.org", "eve@x.org"})
      story_.Add(story_.Person(email));
    story_.MeetAll();
    const std::string policy = Guarded(Ada(), 0);
    story_.ChangePolicy(Ada(), policy);
    story_.Fix(Sha256(policy));
    policies_.insert(Sha256(policy));
    for (size_t i = 1; i < 3; ++i) story_.Certify(Ada(), story_.writers()[i]);
    story_.Create(story_.writers()[1], "one", "one.bpmn");
    story_.Create(story_.writers()[2], "two", "two.bpmn");
    story_.MeetAll();
  }

  void Step() {
    // Often all know everything, or hardly anything would ever be approved by two.
    if (random_.Below(3) == 0) story_.MeetAll();
    Writer& who = story_.writers()[random_.Below(3)];
    const ArtifactId& artifact = kArtifacts[random_.Below(2)];
    const char* states[] = {"review",   "review",   "approved", "approved",
                            "approved", "released", "released", "draft"};
    const std::string state = states[random_.Below(8)];
    switch (random_.Below(16)) {
      case 0:
        story_.Edit(who, artifact);
        break;
      case 1:
      case 2:
      case 3:
      case 4:
        Approve(who, artifact, state);
        break;
      case 5:
      case 6:
      case 7:
        story_.Promote(who, artifact, state);
        break;
      case 8:
        // Ada alone decides on the policy, and never on one that Eve would like.
        if (&who == &Ada()) {
          const std::string policy = Guarded(Ada(), ++number_);
          policies_.insert(Sha256(policy));
          story_.ApprovePolicy(who, policy);
          story_.ChangePolicy(who, policy);
        }
        break;
      case 9:
        Attack(artifact, state);
        break;
      case 10:
        story_.MeetAll();
        break;
      default:
        story_.Meet(who, story_.writers()[random_.Below(4)]);
    }
  }

  Story& story() { return story_; }
  const std::set<Yes>& said_yes() const { return said_yes_; }
  const std::set<Hash256>& policies() const { return policies_; }
  Random& random() { return random_; }

 private:
  Writer& Ada() { return story_.writers()[0]; }
  Writer& Eve() { return story_.writers()[3]; }

  void Approve(Writer& who, const ArtifactId& artifact, const std::string& purpose) {
    said_yes_.insert({who.email, artifact, purpose, story_.ContentAt(artifact, who.seen)});
    signed_.push_back(std::get<Approved>(story_.event(story_.Approve(who, artifact, purpose)).body));
  }

  void Attack(const ArtifactId& artifact, const std::string& state) {
    Writer& eve = Eve();
    const std::string victim = story_.writers()[random_.Below(3)].email;
    const uint64_t micros = random_.Below(3'000'000);
    // Sometimes from a stream that claims to have seen little.
    Writer fresh{eve.email, StreamId{HexEncode(random_.Bytes(16))}, eve.key, 0, {}};
    if (random_.Below(2) == 0) fresh.seen = eve.seen;
    Writer& writer = random_.Below(3) == 0 ? story_.writers().emplace_back(fresh) : eve;
    Approved approved = story_.Approval(writer, artifact, state);
    switch (random_.Below(8)) {
      case 0:  // her own yes under another's name
        story_.SayAs(writer, victim, artifact, approved, micros);
        break;
      case 1:  // another's yes for something else
        if (!signed_.empty()) {
          Approved other = signed_[random_.Below(signed_.size())];
          if (random_.Below(2) == 0) other.content = story_.ContentAt(artifact, writer.seen);
          story_.SayAs(writer, victim, artifact, other, micros);
        }
        break;
      case 2:  // a policy of her own
        story_.SayAs(
            writer, victim, {},
            PolicyChanged{
                Guarded(eve, 0), random_.Below(2) == 0 ? Sha256(OpenPolicyText()) : approved.policy, {}},
            micros);
        break;
      case 3:  // her key is Ada's
        story_.SayAs(writer, victim, {}, KeyAdded{std::string(eve.key.public_key().view()), "d"}, micros);
        break;
      case 4:
        story_.Certify(writer, eve, victim);
        break;
      case 5:
        story_.Revoke(writer, story_.writers()[random_.Below(3)]);
        break;
      case 6:  // a promotion out of nothing
        story_.SayAs(writer, victim, artifact,
                     Promoted{state, {}, story_.ContentAt(artifact, writer.seen), approved.policy}, micros);
        break;
      default:
        story_.Edit(writer, artifact);
    }
  }

  Story story_;
  SeededRandom random_;
  std::set<Yes> said_yes_;
  std::set<Hash256> policies_;
  std::vector<Approved> signed_;
  size_t number_ = 0;
};

/// What can be compared of a state.
std::string Described(const State& state) {
  std::string text = state.policy.hash.Hex() + "\n";
  for (const auto& [artifact, standing] : state.standings)
    text += artifact.name + " " + standing.state + " " + standing.undone_state + "\n";
  for (const Approval& approval : state.approvals)
    text += FormatId(approval.said.event) + " " + approval.void_because + "\n";
  for (const Key& key : state.keys)
    text += key.fingerprint + " " + key.person + (key.revoked ? " revoked\n" : "\n");
  for (const document::Finding& finding : state.findings) text += finding.rule + finding.message + "\n";
  return text;
}

}  // namespace

/// What no sequence of events may bring about.
class LawsTest : public QObject {
  Q_OBJECT

 private Q_SLOTS:
  void initTestCase() {
    const char* given = std::getenv("AMEIDE_SEED");
    seed_ = given != nullptr ? std::strtoull(given, nullptr, 10) : SystemRandom().Below(1'000'000);
    qInfo("AMEIDE_SEED=%llu", static_cast<unsigned long long>(seed_));
  }

  void whateverHappens_thenNoGuardedStateIsReachedWithoutItsApprovals() {
    size_t guarded = 0;
    for (uint64_t run = 0; run < kRuns; ++run) {
      RandomStory random(seed_ + run);
      for (int step = 0; step < 120; ++step) {
        random.Step();
        if (step % 6 != 0) continue;
        const Story& story = random.story();
        const State state = story.Fold();
        QVERIFY2(random.policies().contains(state.policy.hash), Where(run, step).c_str());
        for (const ArtifactId& artifact : kArtifacts) {
          const std::string now = state.StandingOf(artifact).state;
          if (now != "approved" && now != "released") continue;
          ++guarded;
          std::set<std::string> persons;
          for (const Yes& yes : random.said_yes()) {
            if (yes.artifact == artifact && yes.purpose == now &&
                yes.content == story.ContentAt(artifact, story.everything()) &&
                (now == "approved" || yes.person == "ada@x.org")) {
              persons.insert(yes.person);
            }
          }
          QVERIFY2(persons.size() >= (now == "approved" ? 2 : 1), Where(run, step).c_str());
        }
      }
    }
    qInfo("guarded states seen: %zu", guarded);
    QVERIFY(guarded > 20);
  }

  void inWhateverOrderEventsArrive_thenTheStateIsTheSame() {
    for (uint64_t run = 0; run < kRuns / 4; ++run) {
      RandomStory random(seed_ + run);
      for (int step = 0; step < 100; ++step) random.Step();
      History history = random.story().Now();
      const std::string expected = Described(Fold(history));
      for (int shuffle = 0; shuffle < 5; ++shuffle) {
        for (size_t i = history.events.size(); i > 1; --i)
          std::swap(history.events[i - 1], history.events[random.random().Below(i)]);
        QVERIFY2(Described(Fold(history)) == expected, Where(run, shuffle).c_str());
      }
    }
  }

  void whateverHappened_thenAnEditVoidsEveryApproval() {
    for (uint64_t run = 0; run < kRuns / 2; ++run) {
      RandomStory random(seed_ + run);
      for (int step = 0; step < 60; ++step) random.Step();
      Story& story = random.story();
      for (const ArtifactId& artifact : kArtifacts)
        story.Edit(story.writers()[random.random().Below(4)], artifact);
      const State state = story.Fold();
      for (const Approval& approval : state.approvals) {
        if (!approval.artifact.name.empty()) QVERIFY2(!approval.void_because.empty(), Where(run, 0).c_str());
      }
      for (const ArtifactId& artifact : kArtifacts) {
        const std::string now = state.StandingOf(artifact).state;
        QVERIFY2(now == "draft" || now == "review", Where(run, 0).c_str());
      }
    }
  }

  void whateverComesLater_thenWhatWasValidInAPastStaysSo() {
    for (uint64_t run = 0; run < kRuns / 4; ++run) {
      RandomStory random(seed_ + run);
      for (int step = 0; step < 60; ++step) random.Step();
      const Cut then = random.story().everything();
      const std::string before = Described(random.story().FoldAt(then));
      for (int step = 0; step < 60; ++step) random.Step();
      QVERIFY2(Described(random.story().FoldAt(then)) == before, Where(run, 0).c_str());
    }
  }

 private:
  static constexpr uint64_t kRuns = 40;
  std::string Where(uint64_t run, int step) const {
    return "AMEIDE_SEED=" + std::to_string(seed_ + run) + " step " + std::to_string(step);
  }
  uint64_t seed_ = 0;
};

QTEST_APPLESS_MAIN(LawsTest)
#include "laws_test.moc"
