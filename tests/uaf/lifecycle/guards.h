#pragma once

#include <algorithm>
#include <string>
#include <string_view>

#include "tests/uaf/lifecycle/story.h"

namespace ameide::uaf::lifecycle {

inline const ArtifactId kOrder = Story::Artifact("order");

/// Two of three approve, not the author; the administrator releases. `extra` goes to the end.
inline std::string Guarded(const Writer& administrator, std::string_view extra = "") {
  return "version: 1\n"
         "administrators:\n"
         "  - {person: " +
         administrator.email + ", keys: [" + administrator.fingerprint() +
         "]}\n"
         "roles:\n"
         "  architects: [ada@x.org, bob@x.org, cy@x.org]\n"
         "promotion:\n"
         "  review: {survives_edits: true}\n"
         "  approved: {approvals: 2, by: [architects], four_eyes: true, no_change_requests: true}\n"
         "  released: {approvals: 1, by: [administrators], no_errors: true}\n" +
         std::string(extra);
}

/// Ada administers, Bob and Cy are certified, Eve is not; the policy guards.
struct Guards : Story {
  Writer& ada = Person("ada@x.org");
  Writer& bob = Person("bob@x.org");
  Writer& cy = Person("cy@x.org");
  Writer& eve = Person("eve@x.org");
  explicit Guards(std::string_view extra = "") {
    for (Writer* writer : {&ada, &bob, &cy, &eve}) Add(*writer);
    MeetAll();
    ChangePolicy(ada, Guarded(ada, extra));
    Certify(ada, bob);
    Certify(ada, cy);
    Create(bob, "order", "processes/order.bpmn");
    MeetAll();
  }
  /// Everybody has everything before and after it.
  template <typename Act>
  EventId Together(Act act) {
    MeetAll();
    const EventId event = act();
    MeetAll();
    return event;
  }
  void BringToApproved() {
    Together([&] { return Promote(bob, kOrder, "review"); });
    Together([&] { return Approve(ada, kOrder, "approved"); });
    Together([&] { return Approve(cy, kOrder, "approved"); });
    Together([&] { return Promote(bob, kOrder, "approved"); });
  }
  std::string StateNow() const { return Fold().StandingOf(kOrder).state; }
};

/// Whether the fold found something by this rule.
inline bool Tells(const State& state, std::string_view rule) {
  return std::any_of(state.findings.begin(), state.findings.end(),
                     [&](const document::Finding& finding) { return finding.rule == rule; });
}

}  // namespace ameide::uaf::lifecycle
