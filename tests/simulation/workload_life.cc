// What a person does around the content, and to the history itself. The rest is in workload.cc.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "tests/simulation/workload.h"

namespace ameide::uaf::simulation {
namespace {

constexpr size_t kMostBranches = 4;

/// One that says yes to everything, and another one each time.
std::string PolicyText(uint64_t number) {
  return absl::StrCat("version: 1\npromotion:\n  review: {approvals: 0, survives_edits: true}\n",
                      "  approved: {approvals: 1}\n  released: {approvals: 0, from: [approved]}\n", "# ",
                      number, "\n");
}

}  // namespace

absl::Status Workload::Talk() {
  const std::optional<Artifact> artifact = AnyArtifact();
  if (!artifact) return absl::OkStatus();
  switch (random_.Below(16)) {
    case 0:
      return Say({random_.Below(2) == 0 ? artifact->id : ArtifactId{},
                  {},
                  RevisionTagged{absl::StrCat("r", ++names_), "as it should be", {}}});
    case 1:
    case 2:
      return Comment(*artifact);
    case 3:
      if (comments_.empty()) return Comment(*artifact);
      return Say(
          {OneOf(comments_).artifact, {}, CommentResolved{OneOf(comments_).event, random_.Below(3) == 0}});
    case 4:
      return Say({artifact->id, {}, ReviewRequested{"Look at this", {}, {}}}, &reviews_);
    case 5:
    case 6: {
      if (reviews_.empty()) return Say({artifact->id, {}, ReviewRequested{"Please look", {}, {}}}, &reviews_);
      const Topic review = OneOf(reviews_);
      ReviewSubmitted verdict;
      verdict.request = review.event;
      verdict.verdict = static_cast<Verdict>(random_.Below(3));
      verdict.text = absl::StrCat("Verdict ", ++names_);
      AMEIDE_ASSIGN_OR_RETURN(const Cut cut, workspace_->CurrentCut());
      for (const auto& [stream, head] : cut.heads) verdict.cut.push_back({{stream, head}, {}});
      return Say({review.artifact, {}, std::move(verdict)});
    }
    case 7:
      return Say({artifact->id, {}, PromotionRequested{"review", "it is ready"}});
    case 8:
    case 9:
      return Heard(workspace_->Approve(artifact->id, random_.Below(2) == 0 ? "approved" : "released"));
    case 10:
    case 11: {
      constexpr const char* kStates[] = {"review", "approved", "released", "draft"};
      return Heard(workspace_->Promote({artifact->id, kStates[random_.Below(4)], {}}));
    }
    case 12:
      return Say({artifact->id, {}, Published{"embedded", absl::StrCat("bundle", ++names_), "1", {}}});
    case 13: {
      const std::optional<Artifact> other = AnyArtifact();
      LinkAdded link{{artifact->id, AnyNode(artifact->id)}, {other->id, AnyNode(other->id)}, "realizes", {}};
      return Say({{}, {}, std::move(link)}, &links_);
    }
    case 14:
      if (links_.empty()) return Comment(*artifact);
      return Say({{}, {}, LinkRemoved{OneOf(links_).event}});
    default:
      return Heard(workspace_->ChangePolicy(PolicyText(++names_)));
  }
}

absl::Status Workload::Heard(const absl::StatusOr<Receipt>& receipt) {
  if (receipt.ok()) recording_.own.insert(receipt->event.stream);
  return Unless(receipt.status());
}

absl::Status Workload::Say(RecordRequest request, std::vector<Topic>* topics) {
  const ArtifactId artifact = request.artifact;
  const absl::StatusOr<Receipt> receipt = workspace_->Record(std::move(request));
  if (receipt.ok() && topics != nullptr) topics->push_back({artifact, receipt->event});
  return Heard(receipt);
}

const Workload::Topic& Workload::OneOf(const std::vector<Topic>& topics) {
  return topics[random_.Below(topics.size())];
}

std::optional<NodeId> Workload::AnyNode(const ArtifactId& artifact) {
  const absl::StatusOr<document::Document> now = workspace_->Load(artifact);
  if (!now.ok()) return std::nullopt;
  const std::vector<document::NodeIndex> nodes = now->Descendants(document::kDocumentNode);
  if (nodes.empty()) return std::nullopt;
  return now->id(nodes[random_.Below(nodes.size())]);
}

absl::Status Workload::Comment(const Artifact& artifact) {
  CommentAdded comment{AnyNode(artifact.id), std::nullopt, absl::StrCat("Why so, ", ++names_, "?")};
  ArtifactId about = artifact.id;
  if (!comments_.empty() && random_.Below(3) == 0) {
    const Topic& thread = OneOf(comments_);
    about = thread.artifact;
    comment.anchor.reset();
    comment.reply_to = thread.event;
  }
  return Say({about, {}, std::move(comment)}, &comments_);
}

absl::Status Workload::ManyTogether() {
  const absl::StatusOr<std::vector<Artifact>> artifacts = workspace_->Artifacts();
  if (!artifacts.ok() || artifacts->size() < 2) return Edit();
  std::vector<Command> commands;
  for (const Artifact& artifact : *artifacts) {
    if (commands.size() >= 3) break;
    if (std::optional<Command> command = SmallEdit(artifact, *workspace_)) commands.push_back(*command);
  }
  if (commands.size() < 2) return absl::OkStatus();
  SetBatch(true);
  const absl::StatusOr<std::vector<Receipt>> receipts = workspace_->SubmitAll(std::move(commands));
  SetBatch(false);
  return Unless(receipts.status());
}

absl::Status Workload::BranchOut() {
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Branch> branches, workspace_->Branches());
  AMEIDE_ASSIGN_OR_RETURN(const std::string here, workspace_->CurrentBranch());
  const Branch& any = branches[random_.Below(branches.size())];
  switch (random_.Below(6)) {
    case 0:
    case 1: {
      if (branches.size() >= kMostBranches) return Edit();
      const bool proposal = random_.Below(2) == 0;
      NewBranch branch;
      branch.name = absl::StrCat(proposal ? "proposal/" : "", "branch", ++names_);
      branch.kind = proposal ? BranchKind::kProposal : BranchKind::kBranch;
      branch.title = "Another way";
      const absl::StatusOr<Receipt> receipt = workspace_->StartBranch(branch);
      if (receipt.ok()) ++recording_.branches;
      AMEIDE_RETURN_IF_ERROR(Heard(receipt));
      return receipt.ok() && random_.Below(2) == 0 ? GoTo(branch.name) : absl::OkStatus();
    }
    case 2:
    case 3:
      return GoTo(here == kMainBranch ? any.name : std::string(kMainBranch));
    case 4:
      if (any.name == here) return Edit();
      return Merge(any.name);
    default:
      if (any.name == here || any.name == kMainBranch) return Edit();
      return Heard(workspace_->CloseBranch(any.name, "decided"));
  }
}

absl::Status Workload::GoTo(const std::string& branch) {
  const Point begin = ada_->disk().operation_count();
  const absl::Status status = Unless(workspace_->SwitchBranch(branch).status());
  return status.ok() ? Arrived(begin) : status;
}

absl::Status Workload::Merge(const std::string& branch) {
  const Point begin = ada_->disk().operation_count();
  AMEIDE_RETURN_IF_ERROR(Heard(workspace_->MergeBranch(branch)));
  return Arrived(begin);
}

absl::Status Workload::Arrived(Point begin) {
  AMEIDE_RETURN_IF_ERROR(TakenIn());
  // As git does it.
  AMEIDE_ASSIGN_OR_RETURN(const lifecycle::State said, workspace_->Lifecycle());
  if (ada_->Read(".uaf/policy.yaml") == said.policy.bytes) return absl::OkStatus();
  AMEIDE_RETURN_IF_ERROR(ada_->Save(".uaf/policy.yaml", said.policy.bytes));
  recording_.arrivals.push_back({begin, ada_->disk().operation_count()});
  return absl::OkStatus();
}

absl::Status Workload::Resolve() {
  const absl::StatusOr<std::vector<merge::Conflict>> open = workspace_->Conflicts();
  AMEIDE_RETURN_IF_ERROR(Unless(open.status()));
  if (!open.ok() || open->empty()) return BranchOut();
  const merge::Conflict& conflict = (*open)[random_.Below(open->size())];
  merge::Choice choice;
  choice.side = random_.Below(std::max<size_t>(conflict.sides.size(), 1));
  return Heard(workspace_->ResolveConflict(conflict.key.Hex(), choice));
}

absl::Status Workload::RedactOne() {
  const std::optional<Artifact> artifact = AnyArtifact();
  if (!artifact || artifact->kind != document::TreeKind::kXml) return Edit();
  const absl::StatusOr<document::Document> now = workspace_->Load(artifact->id);
  AMEIDE_RETURN_IF_ERROR(Unless(now.status()));
  if (!now.ok() || now->root_element() == document::kNoNode) return absl::OkStatus();
  Redaction redaction;
  redaction.artifact = artifact->id;
  const std::string secret = absl::StrCat("secret", ++names_, "x");
  Command command;
  command.artifact = artifact->id;
  command.label = "Say too much";
  command.ops = {document::SetAttributeOp{now->id(now->root_element()),
                                          absl::StrCat("note", names_),
                                          document::AttributeText{" ", "=", '"', secret},
                                          {}}};
  const absl::StatusOr<Receipt> said = workspace_->Submit(std::move(command));
  AMEIDE_RETURN_IF_ERROR(Heard(said));
  if (!said.ok()) return absl::OkStatus();
  const absl::StatusOr<ChangeSet> event = workspace_->Show(said->event);
  AMEIDE_RETURN_IF_ERROR(Unless(event.status()));
  if (!event.ok()) return absl::OkStatus();
  redaction.event = said->event;
  redaction.before = EncodeChangeSet(*event);
  // Also where it fails halfway: it may have happened.
  recording_.redactions.push_back(redaction);
  const absl::StatusOr<Receipt> receipt = workspace_->Redact(said->event, "nobody should read this");
  AMEIDE_RETURN_IF_ERROR(Heard(receipt));
  if (!receipt.ok()) return absl::OkStatus();
  recording_.redactions.back().recorded = receipt->event;
  AMEIDE_RETURN_IF_ERROR(TakenIn(artifact->id));
  return Mentions(secret);
}

absl::Status Workload::Mentions(const std::string& secret) {
  const DiskImage image = ada_->disk().Snapshot();
  std::vector<std::pair<std::string, InodeNumber>> left = {{"", kRootFolder}};
  while (!left.empty()) {
    const auto [path, number] = left.back();
    left.pop_back();
    const Inode& inode = image.at(number);
    for (const auto& [name, inside] : inode.entries) left.emplace_back(absl::StrCat(path, "/", name), inside);
    if (!inode.folder && absl::StrContains(*inode.bytes, secret)) {
      return absl::InternalError(absl::StrCat("what was taken out can still be read in ", path));
    }
  }
  return absl::OkStatus();
}

absl::Status Workload::Pack() {
  AMEIDE_RETURN_IF_ERROR(Seal());
  AMEIDE_RETURN_IF_ERROR(workspace_->PackSegments(2).status());
  return absl::OkStatus();
}

}  // namespace ameide::uaf::simulation
