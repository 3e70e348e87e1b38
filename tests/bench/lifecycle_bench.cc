/// The fold of 10,000 lifecycle events, with signatures checked and with signatures known; the check of the
/// same signatures alone is its floor.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include "tests/uaf/lifecycle/story.h"

using namespace ameide;
using namespace ameide::uaf;
using namespace ameide::uaf::lifecycle;

namespace {

constexpr size_t kArtifacts = 200;
constexpr size_t kComments = 30;   // of each
constexpr size_t kApprovals = 10;  // of each
constexpr size_t kPromotions = 5;  // of each

/// Median milliseconds of `runs` runs.
template <typename Work>
double Milliseconds(int runs, const Work& work) {
  std::vector<double> times;
  for (int i = 0; i < runs; ++i) {
    const auto start = std::chrono::steady_clock::now();
    work();
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count());
  }
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}

}  // namespace

int main() {
  Story story;
  Writer& ada = story.Person("ada@example.org");
  story.Add(ada);
  story.ChangePolicy(
      ada, "version: 1\nadministrators: [{person: ada@example.org, keys: [" + ada.fingerprint() +
               "]}]\npromotion:\n  review: {}\n  released: {approvals: 1, from: [review, released]}\n");
  // Everything of one state, so that the story's own bookkeeping does not repeat itself.
  const Hash256 policy = story.Fold().policy.hash;
  std::vector<std::pair<std::string, std::string>> signed_messages;
  for (size_t a = 0; a < kArtifacts; ++a) {
    const std::string name = std::to_string(a);
    const ArtifactId id = Story::Artifact(name);
    const EventId created = story.Create(ada, name, name + ".bpmn");
    const Hash256 content = Sha256(FormatId(created) + "\n");
    for (size_t i = 0; i < kComments; ++i) story.Say(ada, id, CommentAdded{NodeId{created, 1}, {}, "Why?"});
    story.Say(ada, id, Promoted{"review", {}, content, policy});
    for (size_t i = 0; i < kApprovals; ++i) {
      Approved body{"released",
                    {{{ada.stream, ada.seq}, Sha256("link " + FormatId(EventId{ada.stream, ada.seq}))}},
                    content,
                    policy,
                    ada.fingerprint(),
                    {}};
      const std::string message = ApprovalMessage(Story::kWorkspace, id, body);
      const Ed25519Signature signature = ada.key.Sign(message);
      body.signature.assign(reinterpret_cast<const char*>(signature.data()), signature.size());
      signed_messages.emplace_back(message, body.signature);
      story.Say(ada, id, std::move(body));
    }
    for (size_t i = 0; i < kPromotions; ++i) story.Say(ada, id, Promoted{"released", {}, content, policy});
  }
  History history = story.Now();
  State state;
  size_t right = 0;
  const double floor = Milliseconds(5, [&] {
    for (const auto& [message, signature] : signed_messages)
      right += ada.key.public_key().Verify(message, signature);
  });
  const double cold = Milliseconds(5, [&] { state = Fold(history); });
  std::map<EventId, bool> signatures;
  history.signatures = &signatures;
  state = Fold(history);
  const double warm = Milliseconds(5, [&] { state = Fold(history); });
  std::printf(
      "fold: %.1f ms, its signatures alone (floor) %.1f ms, ratio %.2f; with signatures known %.1f ms\n",
      cold, floor, cold / floor, warm);
  const size_t released = static_cast<size_t>(
      std::count_if(state.standings.begin(), state.standings.end(),
                    [](const auto& standing) { return standing.second.state == "released"; }));
  std::printf("work: %zu events, %zu comments, %zu approvals, %zu of %zu artifacts released, %zu findings\n",
              history.events.size(), state.comments.size(), state.approvals.size(), released, kArtifacts,
              state.findings.size());
  return right > 0 && released == kArtifacts ? 0 : 1;
}
