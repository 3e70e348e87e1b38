// conflicts, resolve
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "app/cli/add_verb.h"
#include "app/cli/describe.h"
#include "app/cli/values.h"
#include "app/cli/verbs.h"
#include "base/status.h"
#include "uaf/merge/conflict.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;
using uaf::merge::Conflict;
using uaf::merge::ConflictSide;

struct ConflictArguments {
  std::string artifact;
  std::string conflict;
  std::string take;
  std::string value;
  bool json = false;
};

// More than these are counted: nobody reads on.
constexpr size_t kMostShown = 200;

// Sides that a letter names; files of a folder may be more.
constexpr size_t kLetters = 26;

// "A" for the first side: sides are in the same order for everybody.
std::string SideName(size_t side) {
  return side < kLetters ? std::string(1, static_cast<char>('A' + side)) : absl::StrCat("#", side + 1);
}

// The side that people name so. Behind the letters there are some in few conflicts: elsewhere "#27" is a
// value.
absl::StatusOr<std::optional<size_t>> SideNamed(const uaf::Workspace& workspace, const std::string& conflict,
                                                const std::string& name) {
  if (name.size() == 1 && name[0] >= 'A' && name[0] <= 'Z') return static_cast<size_t>(name[0] - 'A');
  uint64_t number = 0;
  if (!name.starts_with('#') || !absl::SimpleAtoi(absl::string_view(name).substr(1), &number))
    return std::nullopt;
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Conflict> open, workspace.Conflicts());
  for (const Conflict& each : open) {
    if (each.key.Hex().starts_with(conflict) && each.sides.size() > kLetters && number > kLetters)
      return static_cast<size_t>(number - 1);
  }
  return std::nullopt;
}

// Who made the edits of a side, as people read it: the author of its newest one.
std::string AuthorOf(const uaf::Workspace& workspace, const ConflictSide& side) {
  if (side.events.empty()) return {};
  const absl::StatusOr<uaf::ChangeSet> event = workspace.Show(side.events.back());
  return event.ok() ? event->author.name : std::string();
}

ordered_json SideJson(const uaf::Workspace& workspace, const ConflictSide& side, size_t index) {
  ordered_json events = ordered_json::array();
  for (const uaf::EventId& event : side.events) events.push_back(uaf::FormatId(event));
  return {{"side", SideName(index)},
          {"value", side.value ? ordered_json(*side.value) : ordered_json(nullptr)},
          {"author", AuthorOf(workspace, side)},
          {"events", events}};
}

ordered_json ConflictJson(const uaf::Workspace& workspace, const Conflict& conflict,
                          const std::string& path) {
  ordered_json sides = ordered_json::array();
  for (size_t i = 0; i < conflict.sides.size(); ++i)
    sides.push_back(SideJson(workspace, conflict.sides[i], i));
  return {{"conflict", conflict.key.Hex()},
          {"kind", NameOf(conflict.kind)},
          {"artifact", conflict.artifact.name},
          {"path", path},
          {"element", conflict.element},
          {"type", conflict.type},
          {"name", conflict.name},
          {"attribute", conflict.attribute},
          {"base", conflict.base ? ordered_json(*conflict.base) : ordered_json(nullptr)},
          {"sides", sides},
          {"standing", SideName(conflict.standing)}};
}

void PrintConflict(const Console& console, const uaf::Workspace& workspace, const Conflict& conflict,
                   const std::string& path) {
  std::string subject = absl::StrCat(path, ": ", std::string(NameOf(conflict.kind)));
  if (!conflict.attribute.empty()) absl::StrAppend(&subject, " ", conflict.attribute);
  if (!conflict.element.empty()) absl::StrAppend(&subject, " of ", conflict.type, " ", conflict.element);
  if (!conflict.name.empty() && conflict.name != conflict.element) {
    absl::StrAppend(&subject, " \"", conflict.name, "\"");
  }
  console.Line(absl::StrCat(conflict.key.Hex().substr(0, 12), "  ", subject));
  for (size_t i = 0; i < conflict.sides.size(); ++i) {
    const ConflictSide& side = conflict.sides[i];
    console.Line(
        absl::StrCat("              ", SideName(i), i == conflict.standing ? " stands  " : "         ",
                     side.value ? InQuotes(*side.value) : "removed", "  by ", AuthorOf(workspace, side)));
  }
}

// How each kind is decided, told once.
void PrintHints(const Console& console, const std::vector<Conflict>& conflicts) {
  const auto approval = [](const Conflict& each) { return each.kind == uaf::merge::ConflictKind::kApproval; };
  if (!std::all_of(conflicts.begin(), conflicts.end(), approval))
    console.Note("decide one with: ameide resolve CONFLICT --take A|B|VALUE");
  if (std::any_of(conflicts.begin(), conflicts.end(), approval)) {
    console.Note(
        "an edit beside an approval: `ameide resolve CONFLICT --take` with the approval's side approves "
        "again "
        "what is there now, with the edit's side lets the approval lapse");
  }
}

absl::StatusOr<Exit> Conflicts(Session& session, const ConflictArguments& arguments) {
  // What git itself merged since is taken in first: nobody is to hear of no conflict for want of looking.
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenUpToDate());
  std::optional<uaf::ArtifactId> wanted;
  if (!arguments.artifact.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(const uaf::Artifact artifact,
                            session.FindArtifact(*workspace, arguments.artifact));
    wanted = artifact.id;
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Conflict> conflicts, workspace->Conflicts(wanted));
  ordered_json list = ordered_json::array();
  const size_t shown = arguments.json ? conflicts.size() : std::min(conflicts.size(), kMostShown);
  for (const Conflict& conflict : std::span(conflicts).first(shown)) {
    const absl::StatusOr<uaf::Artifact> artifact = workspace->FindArtifact(conflict.artifact.name);
    const std::string path = artifact.ok() ? artifact->path : conflict.artifact.name;
    if (arguments.json) {
      list.push_back(ConflictJson(*workspace, conflict, path));
    } else {
      PrintConflict(session.console(), *workspace, conflict, path);
    }
  }
  if (arguments.json) {
    session.console().Json({{"conflicts", list}});
  } else if (conflicts.size() > shown) {
    session.console().Line(
        absl::StrCat("… and ", conflicts.size() - shown, " more; ameide conflicts --json shows them all"));
  }
  if (!arguments.json && !conflicts.empty()) {
    PrintHints(session.console(), conflicts);
  }
  return conflicts.empty() ? Exit::kSuccess : Exit::kFinding;
}

absl::StatusOr<Exit> Resolve(Session& session, const ConflictArguments& arguments) {
  if (arguments.take.empty() == arguments.value.empty()) {
    return absl::InvalidArgumentError("say what stands: --take A, --take B, --take VALUE or --value VALUE");
  }
  uaf::merge::Choice choice;
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(choice.side, SideNamed(*workspace, arguments.conflict, arguments.take));
  if (!choice.side) choice.value = arguments.take.empty() ? arguments.value : arguments.take;
  AMEIDE_ASSIGN_OR_RETURN(const uaf::Receipt receipt, workspace->ResolveConflict(arguments.conflict, choice));
  AMEIDE_ASSIGN_OR_RETURN(const std::vector<Conflict> left, workspace->Conflicts());
  if (arguments.json) {
    session.console().Json({{"event", uaf::FormatId(receipt.event)}, {"conflicts_left", left.size()}});
  } else {
    session.console().Line(absl::StrCat("resolved; ", left.size(), " left"));
  }
  return Exit::kSuccess;
}

}  // namespace

void AddConflictVerbs(CLI::App& app, Session& session) {
  const auto arguments = std::make_shared<ConflictArguments>();
  CLI::App* conflicts =
      AddVerb(app, "conflicts", "What concurrent edits disagree about; exit 1 when there is any", session,
              arguments, Conflicts);
  conflicts->add_option("ARTIFACT", arguments->artifact, "Path or id; without: all");
  CLI::App* resolve = AddVerb(app, "resolve", "Decide a conflict", session, arguments, Resolve);
  resolve->add_option("CONFLICT", arguments->conflict, "As conflicts shows it, or its beginning")->required();
  resolve->add_option("--take", arguments->take, "A or B, the side that shall stand, or a value of your own")
      ->type_name("A|B|VALUE");
  resolve->add_option("--value", arguments->value, "A value of your own, also where it reads like a side");
}

}  // namespace ameide::cli
