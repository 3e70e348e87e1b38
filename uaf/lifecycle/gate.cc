#include "uaf/lifecycle/gate.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "uaf/log/derive.h"

namespace ameide::uaf::lifecycle {

/// Who made the change that a gate of four eyes looks at.
struct Authorship {
  std::set<std::string> authors;  ///< they do not count
  /// In whose name there are edits that nobody answers for: derived from commits of plain git, and not
  /// approved since by the person that they name. Each may be of anybody who approves, so one approval more
  /// is asked for (docs/adr/0042-unsigned-edits-are-anybodys.md).
  std::set<std::string> claimed;

  size_t AskedBy(const Gate& gate) const {
    return gate.approvals + (gate.approvals > 0 && !claimed.empty() ? 1 : 0);
  }
};

namespace {

/// Digits of a conflict's key that people type.
constexpr size_t kShownDigits = 12;
/// Bytes of a value that are shown.
constexpr size_t kMostOfAValue = 40;

std::string ShortName(const merge::Conflict& conflict) { return conflict.key.Hex().substr(0, kShownDigits); }

/// What it is about, on one line: "name of t: 'A' against 'B'".
std::string TextOf(const merge::Conflict& conflict) {
  std::string text =
      conflict.attribute.empty() ? std::string(merge::NameOf(conflict.kind)) : conflict.attribute;
  if (!conflict.element.empty()) absl::StrAppend(&text, " of ", conflict.element);
  absl::StrAppend(
      &text, ": ",
      absl::StrJoin(conflict.sides, " against ", [](std::string* out, const merge::ConflictSide& side) {
        if (!side.value) {
          out->append("removed");
          return;
        }
        size_t end = std::min(side.value->size(), kMostOfAValue);
        while (end > 0 && end < side.value->size() &&
               (static_cast<unsigned char>((*side.value)[end]) & 0xC0) == 0x80)
          --end;
        absl::StrAppend(out, "'", side.value->substr(0, end), end < side.value->size() ? "…'" : "'");
      }));
  return text;
}

/// Whether `cut` holds an approval by `person` of a state of the artifact that `edit` is part of, whatever it
/// was for: whoever signs such a state knows of the edit.
bool AnswersFor(Authority& authority, const std::string& person, const ArtifactId& artifact,
                const EventId& edit, const Cut& cut) {
  return std::ranges::any_of(authority.events(), [&](const ChangeSet* event) {
    const auto* body = std::get_if<Approved>(&event->body);
    return body != nullptr && event->artifact == artifact && cut.Covers(event->id) &&
           PersonOf(event->author.email) == person && CutOf(body->cut).Covers(edit) &&
           authority.ProblemOf(*event, *body).ok();
  });
}

Reason MissingApprovals(const Gate& gate, size_t missing, std::string_view to, const Authorship& change) {
  std::string text = absl::StrCat(
      missing, " of ", change.AskedBy(gate), change.AskedBy(gate) == 1 ? " approval" : " approvals",
      missing == 1 ? " is" : " are", " missing",
      gate.by.empty() ? std::string() : absl::StrCat(" of ", absl::StrJoin(gate.by, ", ")),
      gate.four_eyes ? ", and not by an author of the change" : "");
  if (!change.claimed.empty()) {
    absl::StrAppend(&text, "; one is more than the policy says, because an edit in the name of ",
                    absl::StrJoin(change.claimed, ", "),
                    " is not signed and may be anybody's, until they approve too and so answer for it");
  }
  absl::StrAppend(&text, "; they give them with `ameide approve --for ", std::string(to), "`");
  return {"approvals", std::nullopt, {}, std::move(text)};
}

}  // namespace

Gatekeeper::Gatekeeper(const History& history, Authority& authority)
    : history_(history), authority_(authority) {
  for (const ChangeSet* event : authority.events()) {
    if (std::holds_alternative<Promoted>(event->body)) promotions_[event->artifact].push_back(event);
    if (std::holds_alternative<ReviewSubmitted>(event->body)) verdicts_[event->artifact].push_back(event);
  }
}

Gatekeeper::Place Gatekeeper::PlaceAt(const ArtifactId& artifact, const Cut& cut) {
  return Resolve(artifact, cut, cut);
}

/// The promotions in `pool` decide, and those that they have seen where they do not hold any more in `cut`.
/// Of promotions that did not see each other the lower state counts: in doubt less was approved.
Gatekeeper::Place Gatekeeper::Resolve(const ArtifactId& artifact, const Cut& pool, const Cut& cut) {
  std::vector<const ChangeSet*> newest;
  for (const ChangeSet* event : promotions_[artifact]) {
    if (!pool.Covers(event->id) || !ProblemOf(*event, std::get<Promoted>(event->body)).empty()) continue;
    std::erase_if(newest,
                  [&](const ChangeSet* earlier) { return history_.causality->Saw(event->id, earlier->id); });
    const bool seen = std::any_of(newest.begin(), newest.end(), [&](const ChangeSet* later) {
      return history_.causality->Saw(later->id, event->id);
    });
    if (!seen) newest.push_back(event);
  }
  std::optional<Place> lowest;
  const Policy& policy = *authority_.PolicyAt(cut).policy;
  for (const ChangeSet* event : newest) {
    Place place;
    if (Holds(artifact, *event, cut)) {
      place.state = std::get<Promoted>(event->body).to;
      place.since = event;
    } else {
      place = Resolve(artifact, authority_.PastBefore(event->id), cut);
      place.undone = event;
    }
    if (!lowest || policy.RankOf(place.state) < policy.RankOf(lowest->state)) lowest = std::move(place);
  }
  return lowest ? *std::move(lowest) : Place{};
}

bool Gatekeeper::Holds(const ArtifactId& artifact, const ChangeSet& event, const Cut& cut) {
  const std::string& to = std::get<Promoted>(event.body).to;
  if (to == kFirstState) return true;
  const Cut past = authority_.PastBefore(event.id);
  const Policy& then = *authority_.PolicyAt(past).policy;
  const StateRule* rule = then.Find(to);
  if (rule == nullptr) return false;
  if (!rule->survives_edits && authority_.EditedSince(artifact, past, cut)) return false;
  // A path of other gates would else be a way around them.
  return *then.GateFor(to, authority_.PathAt(artifact, past)) ==
         *then.GateFor(to, authority_.PathAt(artifact, cut));
}

Authorship Gatekeeper::AuthorshipOf(const Gate& gate, const ArtifactId& artifact, std::string_view to,
                                    const Cut& cut) {
  Authorship found;
  const auto facts = history_.artifacts.find(artifact);
  if (!gate.four_eyes || facts == history_.artifacts.end()) return found;
  // What went through this gate before is not part of the change.
  std::vector<Cut> before;
  for (const ChangeSet* event : promotions_[artifact]) {
    const auto& body = std::get<Promoted>(event->body);
    if (body.to != to || !cut.Covers(event->id) || !ProblemOf(*event, body).empty()) continue;
    Cut past = authority_.PastBefore(event->id);
    const Gate* then = authority_.PolicyAt(past).policy->GateFor(to, authority_.PathAt(artifact, past));
    if (then != nullptr && *then == gate) before.push_back(std::move(past));
  }
  for (const auto& [stream, events] : facts->second.content) {
    for (const ContentEvent& event : events) {
      const EventId id{stream, event.seq};
      const bool passed =
          std::ranges::any_of(before, [&](const Cut& promoted) { return promoted.Covers(id); });
      if (passed || !cut.Covers(id)) continue;
      std::string signer = event.signer.empty() ? std::string() : authority_.PersonOfKey(event.signer, cut);
      // What git says of an author is what somebody told it.
      if (IsDerivedName(stream) && !AnswersFor(authority_, event.author, artifact, id, cut)) {
        found.claimed.insert(event.author);
        continue;
      }
      found.authors.insert(event.author);
      // Whoever signs what another is said to have written answers for it.
      if (!signer.empty()) found.authors.insert(std::move(signer));
    }
  }
  return found;
}

const std::string& Gatekeeper::ProblemOf(const ChangeSet& event, const Promoted& body) {
  if (const auto known = problems_.find(event.id); known != problems_.end()) return known->second;
  if (!busy_.insert(event.id).second) return problems_[event.id] = "it lies in its own past";
  const Cut past = authority_.PastBefore(event.id);
  std::string problem;
  if (authority_.PolicyAt(past).policy->hash != body.policy) {
    problem = "it names another policy than the one that was in force";
  } else if (const std::vector<Reason> reasons = WhatBlocks(event.artifact, body.to, body.content, past, {});
             !reasons.empty()) {
    problem = absl::StrJoin(reasons, "; ",
                            [](std::string* out, const Reason& reason) { out->append(reason.message); });
  }
  busy_.erase(event.id);
  return problems_[event.id] = std::move(problem);
}

/// Verdicts of the artifact's reviews, the last one of each reviewer and request.
std::vector<Reason> Gatekeeper::ChangeRequests(const ArtifactId& artifact, const Cut& cut) {
  std::map<std::pair<EventId, std::string>, const ChangeSet*> last;
  std::set<std::string> said;
  const auto verdicts = verdicts_.find(artifact);
  if (verdicts == verdicts_.end()) return {};
  for (const ChangeSet* event : verdicts->second) {
    const auto& verdict = std::get<ReviewSubmitted>(event->body);
    // A remark takes nothing back, nor does a copy of what was said before.
    if (verdict.verdict == Verdict::kComment || !cut.Covers(event->id)) continue;
    if (!authority_.ProblemOf(*event, verdict).ok()) continue;
    if (!verdict.signature.empty() && !said.insert(verdict.signature).second) continue;
    last[{verdict.request, PersonOf(event->author.email)}] = event;
  }
  std::vector<Reason> reasons;
  for (const auto& [whose, event] : last) {
    const auto& verdict = std::get<ReviewSubmitted>(event->body);
    if (verdict.verdict != Verdict::kRequestChanges) continue;
    reasons.push_back({"change-request",
                       event->id,
                       {},
                       absl::StrCat(event->author.email, " asked for changes: \"", verdict.text,
                                    "\"; make them and ask for another verdict")});
  }
  return reasons;
}

std::vector<Reason> Gatekeeper::WhatBlocks(const ArtifactId& artifact, std::string_view to,
                                           const std::optional<Hash256>& content, const Cut& cut,
                                           const Surroundings& surroundings) {
  std::vector<Reason> reasons;
  if (to == kFirstState) return reasons;
  const Policy& policy = *authority_.PolicyAt(cut).policy;
  const StateRule* rule = policy.Find(to);
  if (rule == nullptr) {
    const std::string names = absl::StrJoin(
        policy.states, ", ", [](std::string* out, const StateRule& state) { out->append(state.name); });
    return {{"state",
             std::nullopt,
             {},
             absl::StrCat("the policy has no state `", std::string(to), "`; it has ",
                          std::string(kFirstState), ", ", names)}};
  }
  const std::string state = PlaceAt(artifact, cut).state;
  if (state == to && std::find(rule->from.begin(), rule->from.end(), state) == rule->from.end()) {
    reasons.push_back({"order", std::nullopt, {}, absl::StrCat("it is in state ", state, " already")});
  } else if (state != kFirstState && policy.Find(state) == nullptr) {
    reasons.push_back(
        {"order",
         std::nullopt,
         {},
         absl::StrCat("it is in state ", state,
                      ", which the policy has no more; promote it to draft and go up from there")});
  } else if (std::find(rule->from.begin(), rule->from.end(), state) == rule->from.end()) {
    reasons.push_back({"order",
                       std::nullopt,
                       {},
                       absl::StrCat("it is in state ", state, ", and ", std::string(to), " is reached from ",
                                    absl::StrJoin(rule->from, " or "), "; promote it there first")});
  }
  const Gate& gate = *policy.GateFor(to, authority_.PathAt(artifact, cut));
  if (!content) reasons.push_back({"content", std::nullopt, {}, "it has no content that could be rendered"});
  const Authorship change = AuthorshipOf(gate, artifact, to, cut);
  // So many others have approved then, whoever made what nobody answers for.
  const size_t asked = change.AskedBy(gate);
  const size_t counted =
      authority_.Approvers(gate, artifact, to, content, policy.hash, change.authors, cut).size();
  if (counted < asked) reasons.push_back(MissingApprovals(gate, asked - counted, to, change));
  if (gate.no_change_requests) {
    std::vector<Reason> requests = ChangeRequests(artifact, cut);
    reasons.insert(reasons.end(), std::make_move_iterator(requests.begin()),
                   std::make_move_iterator(requests.end()));
  }
  AddConflicts(artifact, cut, surroundings.conflicts, reasons);
  for (const document::Finding& finding : surroundings.findings) {
    if (!gate.no_errors || finding.severity != document::Severity::kError) continue;
    reasons.push_back(
        {"finding", std::nullopt, finding.element, absl::StrCat(finding.message, " [", finding.rule, "]")});
  }
  return reasons;
}

void Gatekeeper::AddConflicts(const ArtifactId& artifact, const Cut& cut,
                              std::span<const merge::Conflict> conflicts,
                              std::vector<Reason>& reasons) const {
  for (const merge::Conflict& conflict : conflicts) {
    const bool known = !conflict.sides.empty() && !conflict.sides.front().events.empty();
    const std::string name = ShortName(conflict);
    reasons.push_back({"conflict",
                       known ? std::optional(conflict.sides.front().events.front()) : std::nullopt,
                       conflict.element,
                       absl::StrCat("conflict ", name, " is open: ", TextOf(conflict), "; `ameide conflicts ",
                                    authority_.PathAt(artifact, cut), "` shows both sides, `ameide resolve ",
                                    name, " --take A` or B settles it")});
  }
}

std::vector<Reason> Gatekeeper::WhatBlocksPublishing(const ArtifactId& artifact, const Cut& cut,
                                                     const Surroundings& surroundings) {
  std::vector<Reason> reasons;
  const std::string path = authority_.PathAt(artifact, cut);
  const std::vector<std::string>& from = authority_.PolicyAt(cut).policy->PublishableFrom(path);
  const Place place = PlaceAt(artifact, cut);
  if (!from.empty() && std::find(from.begin(), from.end(), place.state) == from.end()) {
    reasons.push_back(
        {"state",
         place.undone != nullptr ? std::optional(place.undone->id) : std::nullopt,
         {},
         absl::StrCat(
             "it is in state ", place.state,
             place.undone == nullptr
                 ? std::string()
                 : absl::StrCat(" (changed since it was ", std::get<Promoted>(place.undone->body).to, ")"),
             ", and the policy lets only ", absl::StrJoin(from, ", "), " be published; `ameide promote ",
             path, " ", from.front(), " --check` says what that needs")});
  }
  AddConflicts(artifact, cut, surroundings.conflicts, reasons);
  for (const document::Finding& finding : surroundings.findings) {
    if (finding.severity != document::Severity::kError) continue;
    reasons.push_back(
        {"finding", std::nullopt, finding.element, absl::StrCat(finding.message, " [", finding.rule, "]")});
  }
  return reasons;
}

std::string Gatekeeper::WhyNotCounted(const ArtifactId& artifact, std::string_view to,
                                      const std::string& person, const Cut& cut) {
  const Gate* gate = authority_.PolicyAt(cut).policy->GateFor(to, authority_.PathAt(artifact, cut));
  if (gate == nullptr) return absl::StrCat("the policy has no state `", std::string(to), "`");
  const Authorship change = AuthorshipOf(*gate, artifact, to, cut);
  // It would tell whose an edit is that is in their name only.
  if (change.claimed.contains(person)) return {};
  if (!gate->by.empty() && !std::binary_search(gate->by.begin(), gate->by.end(), person))
    return absl::StrCat("the policy counts those of ", absl::StrJoin(gate->by, ", "));
  if (change.authors.contains(person))
    return "you are an author of the change, and the policy asks for somebody else";
  return {};
}

std::vector<EventId> Gatekeeper::CountedApprovals(const ArtifactId& artifact, std::string_view to,
                                                  const std::optional<Hash256>& content, const Cut& cut) {
  std::vector<EventId> events;
  const Policy& policy = *authority_.PolicyAt(cut).policy;
  const Gate* gate = policy.GateFor(to, authority_.PathAt(artifact, cut));
  if (gate == nullptr) return events;
  const std::set<std::string> authors = AuthorshipOf(*gate, artifact, to, cut).authors;
  for (const auto& [person, event] :
       authority_.Approvers(*gate, artifact, to, content, policy.hash, authors, cut))
    events.push_back(event->id);
  std::sort(events.begin(), events.end());
  return events;
}

}  // namespace ameide::uaf::lifecycle
