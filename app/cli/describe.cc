#include "app/cli/describe.h"

#include <ctime>
#include <nlohmann/json.hpp>
#include <variant>

#include "absl/strings/str_cat.h"
#include "app/cli/console.h"
#include "uaf/store/workspace_files.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;
using namespace uaf::document;

ordered_json PlaceJson(const Place& place) {
  ordered_json out = {{"parent", uaf::FormatId(place.parent)}};
  out["left"] = place.left ? ordered_json(uaf::FormatId(*place.left)) : ordered_json(nullptr);
  out["right"] = place.right ? ordered_json(uaf::FormatId(*place.right)) : ordered_json(nullptr);
  return out;
}

// One operation as JSON; the names are those of the log's schema.
struct OpJson {
  ordered_json operator()(const ImportOp& op) const {
    return {{"op", "import"}, {"blob", op.blob.Hex()}, {"tree_format", op.tree_format}};
  }
  ordered_json operator()(const InsertNodeOp& op) const {
    return {{"op", "insert"},
            {"place", PlaceJson(op.place)},
            {"first_ordinal", op.first_ordinal},
            {"raw", op.raw}};
  }
  ordered_json operator()(const MoveNodeOp& op) const {
    if (!op.to) return {{"op", "delete"}, {"node", uaf::FormatId(op.node)}};
    return {{"op", "move"}, {"node", uaf::FormatId(op.node)}, {"place", PlaceJson(*op.to)}};
  }
  ordered_json operator()(const SetNameOp& op) const {
    return {{"op", "set_name"}, {"node", uaf::FormatId(op.node)}, {"name", op.name}};
  }
  ordered_json operator()(const SetAttributeOp& op) const {
    ordered_json out = {{"op", "set_attribute"}, {"node", uaf::FormatId(op.node)}, {"name", op.name}};
    out["raw"] = op.text ? ordered_json(op.text->raw) : ordered_json(nullptr);
    return out;
  }
  ordered_json operator()(const SetTextOp& op) const {
    return {{"op", "set_text"}, {"node", uaf::FormatId(op.node)}, {"raw", op.raw}};
  }
  ordered_json operator()(const SpliceTextOp& op) const {
    return {{"op", "splice_text"},
            {"node", uaf::FormatId(op.node)},
            {"offset", op.offset},
            {"remove", op.remove},
            {"insert", op.insert}};
  }
  ordered_json operator()(const SetTriviaOp& op) const {
    return {{"op", "set_trivia"},
            {"node", uaf::FormatId(op.node)},
            {"which", static_cast<int>(op.which)},
            {"raw", op.raw}};
  }
  ordered_json operator()(const ShiftAttributesOp& op) const {
    ordered_json targets = ordered_json::array();
    for (const ShiftAttributesOp::Target& target : op.targets) {
      targets.push_back({{"node", uaf::FormatId(target.node)}, {"name", target.name}});
    }
    return {{"op", "shift_attributes"}, {"delta_milli", op.delta_milli}, {"targets", targets}};
  }
  ordered_json operator()(const OrderAttributesOp& op) const {
    return {{"op", "order_attributes"}, {"node", uaf::FormatId(op.node)}, {"names", op.names}};
  }
};

struct BodyJson {
  ordered_json operator()(const uaf::UnknownBody& body) const {
    return {{"unknown_bytes", body.bytes.size()}};
  }
  ordered_json operator()(const uaf::Edit& body) const {
    ordered_json out = {{"intent", body.intent}};
    if (!body.reverts.empty()) {
      out["role"] = body.role == uaf::UndoRole::kRedo ? "redo" : "undo";
      for (const uaf::EventId& event : body.reverts) out["reverts"].push_back(uaf::FormatId(event));
    }
    out["ops"] = ordered_json::array();
    for (const Op& op : body.ops) out["ops"].push_back(std::visit(OpJson(), op));
    return out;
  }
  ordered_json operator()(const uaf::ArtifactCreated& body) const {
    return {{"path", body.path}, {"format", body.format}, {"blob", body.import.blob.Hex()}};
  }
  ordered_json operator()(const uaf::ArtifactRenamed& body) const { return {{"path", body.path}}; }
  ordered_json operator()(const uaf::ArtifactRetired&) const { return ordered_json::object(); }
  ordered_json operator()(const uaf::KeyAdded& body) const {
    return {{"public_key", HexEncode(body.public_key)}, {"device", body.device}};
  }
  ordered_json operator()(const uaf::BranchStarted& body) const {
    return {
        {"branch", body.name}, {"proposal", body.kind == uaf::BranchKind::kProposal}, {"title", body.title}};
  }
  ordered_json operator()(const uaf::BranchMerged& body) const { return {{"branch", body.name}}; }
  ordered_json operator()(const uaf::BranchClosed& body) const {
    return {{"branch", body.name}, {"reason", body.reason}};
  }
  ordered_json operator()(const uaf::RevisionTagged& body) const {
    return {{"name", body.name}, {"note", body.note}, {"cut", CutJson(body.cut)}};
  }
  ordered_json operator()(const uaf::CommentAdded& body) const {
    ordered_json out = {{"text", body.text}};
    if (body.anchor) out["node"] = uaf::FormatId(*body.anchor);
    if (body.reply_to) out["reply_to"] = uaf::FormatId(*body.reply_to);
    return out;
  }
  ordered_json operator()(const uaf::CommentResolved& body) const {
    return {{"comment", uaf::FormatId(body.comment)}, {"reopened", body.reopened}};
  }
  ordered_json operator()(const uaf::ReviewRequested& body) const {
    return {{"title", body.title}, {"branch", body.branch}, {"reviewers", body.reviewers}};
  }
  ordered_json operator()(const uaf::ReviewSubmitted& body) const {
    constexpr std::string_view kVerdicts[] = {"comment", "approve", "request-changes"};
    return {{"request", uaf::FormatId(body.request)},
            {"verdict", kVerdicts[static_cast<size_t>(body.verdict)]},
            {"text", body.text}};
  }
  ordered_json operator()(const uaf::Approved& body) const {
    return {{"purpose", body.purpose},
            {"content", body.content.Hex()},
            {"policy", body.policy.Hex()},
            {"key", body.key},
            {"cut", CutJson(body.cut)}};
  }
  ordered_json operator()(const uaf::PromotionRequested& body) const {
    return {{"to", body.to}, {"note", body.note}};
  }
  ordered_json operator()(const uaf::Promoted& body) const {
    ordered_json approvals = ordered_json::array();
    for (const uaf::EventId& approval : body.approvals) approvals.push_back(uaf::FormatId(approval));
    return {{"to", body.to}, {"content", body.content.Hex()}, {"approvals", approvals}};
  }
  ordered_json operator()(const uaf::PromotionRefused& body) const {
    return {{"request", uaf::FormatId(body.request)}, {"reason", body.reason}};
  }
  ordered_json operator()(const uaf::Published& body) const {
    return {{"target", body.target},
            {"bundle", body.bundle},
            {"version", body.version},
            {"cut", CutJson(body.cut)}};
  }
  ordered_json operator()(const uaf::ConflictResolved& body) const {
    ordered_json out = {{"choice", body.choice}, {"conflicts", ordered_json::array()}};
    for (const Hash256& conflict : body.conflicts) out["conflicts"].push_back(conflict.Hex());
    out["ops"] = ordered_json::array();
    for (const Op& op : body.ops) out["ops"].push_back(std::visit(OpJson(), op));
    return out;
  }
  ordered_json operator()(const uaf::LinkAdded& body) const {
    return {{"from", EndJson(body.from)}, {"to", EndJson(body.to)}, {"type", body.type}, {"note", body.note}};
  }
  ordered_json operator()(const uaf::LinkRemoved& body) const { return {{"link", uaf::FormatId(body.link)}}; }
  ordered_json operator()(const uaf::KeyCertified& body) const {
    return {{"public_key", HexEncode(body.public_key)},
            {"person", body.person},
            {"device", body.device},
            {"by", body.by}};
  }
  ordered_json operator()(const uaf::KeyRevoked& body) const {
    return {{"key", body.key}, {"reason", body.reason}, {"by", body.by}};
  }
  ordered_json operator()(const uaf::Redacted& body) const {
    return {{"event", uaf::FormatId(body.event)}, {"reason", body.reason}};
  }
  ordered_json operator()(const uaf::QuarantineLifted& body) const {
    return {{"up_to", uaf::FormatId(body.up_to.id)}};
  }
  ordered_json operator()(const uaf::PolicyChanged& body) const {
    return {{"policy", body.policy}, {"before", body.before.Hex()}};
  }
  ordered_json operator()(const uaf::ForeignEdit& body) const {
    ordered_json out = {{"commit", body.commit}, {"blob", body.blob.Hex()}, {"ops", ordered_json::array()}};
    for (const Op& op : body.ops) out["ops"].push_back(std::visit(OpJson(), op));
    return out;
  }

 private:
  static ordered_json CutJson(const uaf::RecordedCut& cut) {
    ordered_json heads = ordered_json::array();
    for (const uaf::EventReference& head : cut) heads.push_back(uaf::FormatId(head.id));
    return heads;
  }
  static ordered_json EndJson(const uaf::LinkEnd& end) {
    ordered_json out = {{"artifact", end.artifact.name}};
    if (end.node) out["node"] = uaf::FormatId(*end.node);
    return out;
  }
};

std::string_view Name(uaf::WorkingFileNote::What what) {
  using enum uaf::WorkingFileNote::What;
  switch (what) {
    case kWritten:
      return "written";
    case kAbsorbed:
      return "absorbed";
    case kCreated:
      return "created";
    case kRenamed:
      return "renamed";
    case kRetired:
      return "retired";
    case kKeptAside:
      return "kept-aside";
    case kFailed:
      return "failed";
  }
  return "failed";
}

}  // namespace

std::string_view Name(sync::git::PathChange change) {
  switch (change) {
    case sync::git::PathChange::kAdded:
      return "added";
    case sync::git::PathChange::kModified:
      return "modified";
    case sync::git::PathChange::kRemoved:
      return "removed";
  }
  return "modified";
}

std::string_view Name(uaf::document::Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kInfo:
      return "info";
  }
  return "error";
}

ordered_json ToJson(const uaf::ChangeSetSummary& event) {
  return {{"event", uaf::FormatId(event.id)},
          {"time", FormatTime(event.time)},
          {"author", event.author.name},
          {"email", event.author.email},
          {"tool", event.tool},
          {"kind", uaf::KindName(event.kind)},
          {"label", event.label},
          {"artifact", event.artifact.name},
          {"path", event.path},
          {"sealed", event.sealed},
          {"commit", event.commit}};
}

ordered_json ToJson(const uaf::ChangeSet& event) {
  ordered_json out = {{"event", uaf::FormatId(event.id)},
                      {"time", FormatTime(event.wall_time)},
                      {"author", event.author.name},
                      {"email", event.author.email},
                      {"tool", event.tool},
                      {"kind", uaf::KindName(event.kind)},
                      {"version", event.version},
                      {"label", event.label},
                      {"artifact", event.artifact.name}};
  out["parents"] = ordered_json::array();
  for (const uaf::EventReference& parent : event.parents) out["parents"].push_back(uaf::FormatId(parent.id));
  out["body"] = std::visit(BodyJson(), event.body);
  return out;
}

ordered_json ToJson(const uaf::lifecycle::Said& said) {
  return {{"event", uaf::FormatId(said.event)},
          {"author", said.author.name},
          {"email", said.author.email},
          {"time", FormatTime(said.time)}};
}

ordered_json ToJson(const uaf::WorkingFileNote& note) {
  ordered_json out = {{"what", Name(note.what)}, {"path", note.path}};
  if (note.event) out["event"] = uaf::FormatId(*note.event);
  if (!note.aside.empty()) out["aside"] = note.aside;
  if (!note.message.empty()) out["message"] = note.message;
  return out;
}

ordered_json ToJson(const sync::git::ChangedPath& change) {
  return {{"path", uaf::ReadableName(change.path)}, {"change", Name(change.change)}};
}

std::string ShortId(const uaf::EventId& id) { return absl::StrCat(id.stream.name.substr(0, 8), ":", id.seq); }

std::string ShortId(const sync::git::CommitId& id) { return id.hex.substr(0, 10); }

std::string LocalTime(WallTime time) {
  const std::time_t seconds =
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count();
  std::tm local = {};
  if (::localtime_r(&seconds, &local) == nullptr) return FormatTime(time);
  char text[32] = {};
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M", &local);
  return text;
}

Exit Told(const Console& console, bool json, const uaf::Receipt& receipt, std::string_view text) {
  if (json) {
    console.Json({{"event", uaf::FormatId(receipt.event)}, {"time", FormatTime(receipt.time)}});
  } else {
    console.Line(absl::StrCat(std::string(text), "  ", ShortId(receipt.event)));
  }
  return Exit::kSuccess;
}

void PrintNotes(const Console& console, std::span<const uaf::WorkingFileNote> notes) {
  for (const uaf::WorkingFileNote& note : notes) {
    if (note.what == uaf::WorkingFileNote::What::kWritten) continue;
    std::string text = absl::StrCat(std::string(Name(note.what)), " ", uaf::ReadableName(note.path));
    if (!note.message.empty()) absl::StrAppend(&text, ": ", note.message);
    if (!note.aside.empty() && note.message.find(note.aside) == std::string::npos)
      absl::StrAppend(&text, " (kept as ", note.aside, ")");
    console.Note(text);
  }
}

}  // namespace ameide::cli
