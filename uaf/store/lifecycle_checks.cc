#include "uaf/store/lifecycle_checks.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/status.h"
#include "uaf/store/event_graph.h"

namespace ameide::uaf {
namespace {

using lifecycle::PersonOf;

constexpr size_t kLongestName = 200;
constexpr size_t kLongestText = 64 * 1024;
constexpr size_t kLongestLabel = 1000;

absl::Status CheckText(std::string_view what, const std::string& text, bool required = true) {
  if (required && text.find_first_not_of(" \t\r\n") == std::string::npos)
    return absl::InvalidArgumentError(absl::StrCat(std::string(what), " is empty; say something"));
  if (text.size() > kLongestText)
    return absl::InvalidArgumentError(absl::StrCat(std::string(what), " is longer than 64 KiB"));
  return absl::OkStatus();
}

/// A name that people type on a command line and that reads as no other form of WHEN.
absl::Status CheckRevisionName(const std::string& name) {
  // Where a revision is named, a branch, a time or an event may be named as well.
  const bool free =
      name.size() <= kLongestName && CheckBranchName(name).ok() && WhatElseItMeans(name).empty();
  if (free && name != kMainBranch) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "`", name,
      "` cannot be a revision's name: no spaces, none of : ~ ^ ? * [ \\, no date, no commit, not `",
      std::string(kMainBranch), "`, `HEAD` or `now`; choose another name"));
}

/// Where a body belongs.
enum class Place { kWorkspace, kArtifact, kEither };

absl::Status CheckPlace(Place place, const RecordRequest& request) {
  const bool artifact = !request.artifact.name.empty();
  if (place == Place::kArtifact && !artifact)
    return absl::InvalidArgumentError("name the artifact that is meant");
  if (place == Place::kWorkspace && artifact)
    return absl::InvalidArgumentError("this is said of the workspace, not of one artifact");
  return absl::OkStatus();
}

struct FormCheck {
  const RecordRequest& request;

  absl::Status operator()(const RevisionTagged& body) const {
    AMEIDE_RETURN_IF_ERROR(CheckText("the note", body.note, false));
    return CheckRevisionName(body.name);
  }
  absl::Status operator()(const CommentAdded& body) const {
    AMEIDE_RETURN_IF_ERROR(CheckPlace(Place::kArtifact, request));
    return CheckText("the comment", body.text);
  }
  absl::Status operator()(const CommentResolved&) const { return CheckPlace(Place::kArtifact, request); }
  absl::Status operator()(const ReviewRequested& body) const {
    AMEIDE_RETURN_IF_ERROR(CheckPlace(body.branch.empty() ? Place::kArtifact : Place::kWorkspace, request));
    for (const std::string& reviewer : body.reviewers) {
      if (reviewer.find('@') == std::string::npos)
        return absl::InvalidArgumentError(absl::StrCat("reviewer `", reviewer, "` is no e-mail address"));
    }
    return CheckText("the request's title", body.title);
  }
  absl::Status operator()(const ReviewSubmitted& body) const {
    return CheckText("the verdict's text", body.text, body.verdict != Verdict::kApprove);
  }
  absl::Status operator()(const PromotionRequested& body) const {
    AMEIDE_RETURN_IF_ERROR(CheckPlace(Place::kArtifact, request));
    return CheckText("the note", body.note, false);
  }
  absl::Status operator()(const PromotionRefused& body) const {
    AMEIDE_RETURN_IF_ERROR(CheckPlace(Place::kArtifact, request));
    return CheckText("the reason", body.reason);
  }
  absl::Status operator()(const Published& body) const {
    AMEIDE_RETURN_IF_ERROR(CheckPlace(Place::kArtifact, request));
    AMEIDE_RETURN_IF_ERROR(CheckText("the target", body.target));
    return CheckText("the bundle's name", body.bundle);
  }
  absl::Status operator()(const LinkAdded& body) const {
    AMEIDE_RETURN_IF_ERROR(CheckPlace(Place::kWorkspace, request));
    if (body.from == body.to) return absl::InvalidArgumentError("a link has two different ends");
    AMEIDE_RETURN_IF_ERROR(CheckText("the note", body.note, false));
    return CheckText("the link's type", body.type);
  }
  absl::Status operator()(const LinkRemoved&) const { return CheckPlace(Place::kWorkspace, request); }
  template <typename Body>
  absl::Status operator()(const Body&) const {
    return absl::InvalidArgumentError(
        absl::StrCat("`", std::string(KindName(static_cast<uint32_t>(request.body.index()))),
                     "` is not recorded this way; there is a function of its own for it"));
  }
};

struct StateCheck {
  const RecordRequest& request;
  const lifecycle::State& state;
  const document::Document* document;
  std::string_view person;

  absl::Status operator()(const RevisionTagged& body) const {
    // The workspace's revision of a name hides those of artifacts.
    for (const lifecycle::Revision& other : state.revisions) {
      if (other.name != body.name || other.artifact.name.empty() == request.artifact.name.empty()) continue;
      return absl::AlreadyExistsError(absl::StrCat(
          "revision `", body.name, "` of ", other.artifact.name.empty() ? "the workspace" : "an artifact",
          " was tagged by ", other.said.author.email, " at ", FormatTime(other.said.time),
          ", and of two such the workspace's would be meant; choose another name"));
    }
    const lifecycle::Revision* known = state.FindRevision(body.name, request.artifact);
    if (known == nullptr || request.move_revision) return absl::OkStatus();
    return absl::AlreadyExistsError(
        absl::StrCat("revision `", body.name, "` was tagged by ", known->said.author.email, " at ",
                     FormatTime(known->said.time), "; choose another name, or move it with --move"));
  }
  absl::Status operator()(const CommentAdded& body) const {
    AMEIDE_RETURN_IF_ERROR(CheckNode(*document, body.anchor));
    return body.reply_to ? FindComment(*body.reply_to).status() : absl::OkStatus();
  }
  absl::Status operator()(const CommentResolved& body) const {
    AMEIDE_ASSIGN_OR_RETURN(const lifecycle::Comment* comment, FindComment(body.comment));
    if (comment->resolved != body.reopened) {
      return absl::FailedPreconditionError(body.reopened ? "the comment is open; there is nothing to reopen"
                                                         : "the comment is settled already");
    }
    return absl::OkStatus();
  }
  absl::Status operator()(const ReviewSubmitted& body) const {
    const lifecycle::Review* review = state.FindReview(body.request);
    if (review == nullptr || review->artifact != request.artifact) {
      return absl::NotFoundError(absl::StrCat("there is no review request ", FormatId(body.request),
                                              " here; `ameide review list` shows them"));
    }
    const bool asked =
        review->reviewers.empty() ||
        std::find(review->reviewers.begin(), review->reviewers.end(), person) != review->reviewers.end();
    if (asked || body.verdict == Verdict::kComment) return absl::OkStatus();
    return absl::FailedPreconditionError(absl::StrCat(absl::StrJoin(review->reviewers, ", "),
                                                      " were asked, not ", std::string(person),
                                                      "; you can remark on it with the verdict `comment`"));
  }
  absl::Status operator()(const PromotionRequested& body) const {
    if (state.policy.Find(body.to) == nullptr) return NoSuchState(state.policy, body.to);
    return absl::OkStatus();
  }
  absl::Status operator()(const PromotionRefused& body) const {
    const lifecycle::Standing standing = state.StandingOf(request.artifact);
    for (const lifecycle::PromotionRequest& known : standing.requests) {
      if (known.said.event == body.request && known.outcome == lifecycle::PromotionRequest::Outcome::kOpen)
        return absl::OkStatus();
    }
    return absl::NotFoundError(
        absl::StrCat("there is no open request ", FormatId(body.request),
                     " to promote this artifact; `ameide promote ARTIFACT` shows them"));
  }
  absl::Status operator()(const LinkAdded& body) const {
    for (const lifecycle::Link& link : state.links) {
      if (link.from == body.from && link.to == body.to && link.type == body.type)
        return absl::AlreadyExistsError(
            absl::StrCat("this link is there already: ", FormatId(link.said.event)));
    }
    return absl::OkStatus();
  }
  absl::Status operator()(const LinkRemoved& body) const {
    if (state.FindLink(body.link) != nullptr) return absl::OkStatus();
    return absl::NotFoundError(
        absl::StrCat("there is no link ", FormatId(body.link), "; `ameide link list` shows them"));
  }
  template <typename Body>
  absl::Status operator()(const Body&) const {
    return absl::OkStatus();
  }

  absl::StatusOr<const lifecycle::Comment*> FindComment(const EventId& event) const {
    const lifecycle::Comment* comment = state.FindComment(event);
    if (comment != nullptr && comment->artifact == request.artifact) return comment;
    return absl::NotFoundError(
        absl::StrCat("this artifact has no comment ", FormatId(event), "; `ameide comment list` shows them"));
  }
};

}  // namespace

std::string WhatElseItMeans(std::string_view name) {
  if (ParseTime(name).ok()) return "a date or time";
  // As git shortens them, and longer.
  constexpr size_t kShortest = 7;
  const bool hex = name.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
  return hex && name.size() >= kShortest ? "a commit" : "";
}

absl::Status CheckForm(const RecordRequest& request) {
  if (request.label.size() > kLongestLabel) return absl::InvalidArgumentError("the label is too long");
  if (request.idempotency_key.size() > kLongestName)
    return absl::InvalidArgumentError("the idempotency key is too long");
  return std::visit(FormCheck{request}, request.body);
}

absl::Status CheckAgainst(const RecordRequest& request, const lifecycle::State& state,
                          const document::Document* document, std::string_view person) {
  return std::visit(StateCheck{request, state, document, person}, request.body);
}

absl::Status CheckNode(const document::Document& document, const std::optional<NodeId>& node) {
  if (!node) return absl::OkStatus();
  const std::optional<document::NodeIndex> found = document.Find(*node);
  if (found && !document.InTrash(*found)) return absl::OkStatus();
  return absl::NotFoundError(absl::StrCat("the artifact has no element ", FormatId(*node),
                                          found ? " any more: it was removed" : ""));
}

absl::Status NoSuchState(const lifecycle::Policy& policy, std::string_view state) {
  const std::string names =
      absl::StrJoin(policy.states, ", ",
                    [](std::string* out, const lifecycle::StateRule& rule) { out->append(rule.name); });
  return absl::InvalidArgumentError(
      absl::StrCat("the policy has no state `", std::string(state), "`; it has ", names));
}

absl::StatusOr<const lifecycle::Key*> FindKey(const lifecycle::State& state, std::string_view beginning) {
  const lifecycle::Key* found = nullptr;
  for (const lifecycle::Key& key : state.keys) {
    if (beginning.empty() || !key.fingerprint.starts_with(beginning)) continue;
    if (found != nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat("`", std::string(beginning), "` begins several keys; give more digits"));
    }
    found = &key;
  }
  if (found != nullptr) return found;
  return absl::NotFoundError(
      absl::StrCat("there is no key `", std::string(beginning),
                   "` in the log; `ameide key list` shows those that are; a new one comes "
                   "with the first commit that it signs"));
}

std::string LabelOf(const EventBody& body) {
  if (const auto* tag = std::get_if<RevisionTagged>(&body)) return absl::StrCat("Tag ", tag->name);
  if (std::holds_alternative<CommentAdded>(body)) return "Comment";
  if (const auto* resolved = std::get_if<CommentResolved>(&body))
    return resolved->reopened ? "Reopen a comment" : "Settle a comment";
  if (const auto* review = std::get_if<ReviewRequested>(&body))
    return absl::StrCat("Ask for review: ", review->title);
  if (std::holds_alternative<ReviewSubmitted>(body)) return "Review";
  if (const auto* promotion = std::get_if<PromotionRequested>(&body))
    return absl::StrCat("Ask for promotion to ", promotion->to);
  if (std::holds_alternative<PromotionRefused>(body)) return "Refuse a promotion";
  if (const auto* published = std::get_if<Published>(&body))
    return absl::StrCat("Publish to ", published->target);
  if (const auto* link = std::get_if<LinkAdded>(&body)) return absl::StrCat("Link: ", link->type);
  if (std::holds_alternative<LinkRemoved>(body)) return "Remove a link";
  return std::string(KindName(static_cast<uint32_t>(body.index())));
}

}  // namespace ameide::uaf
