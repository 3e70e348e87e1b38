// diff
#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "app/cli/changes.h"
#include "app/cli/console.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/status.h"
#include "sync/git/text_diff.h"
#include "sync/sync.h"
#include "uaf/diff/diff.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;
using uaf::diff::ChangeKind;
using uaf::diff::ElementChange;

struct DiffArguments {
  std::string a;
  std::string b;
  std::string artifact;
  bool text = false;
  bool json = false;
};

// What is compared: two cuts, all artifacts or one. `before` nullopt is the empty workspace.
struct Range {
  std::optional<uaf::Cut> before;
  uaf::Cut after;
  std::optional<uaf::Artifact> artifact;
};

// A, B and ARTIFACT may each be left out; the last word that names an artifact is one.
absl::StatusOr<Range> FindRange(Session& session, const uaf::Workspace& workspace,
                                const DiffArguments& arguments) {
  Range range;
  std::vector<std::string> names = {arguments.a, arguments.b, arguments.artifact};
  while (!names.empty() && names.back().empty()) names.pop_back();
  if (!names.empty()) {
    absl::StatusOr<uaf::Artifact> artifact = session.FindArtifact(workspace, names.back());
    if (artifact.ok()) {
      range.artifact = *std::move(artifact);
      names.pop_back();
    } else if (names.size() == 3) {
      return artifact.status();
    }
  }
  if (names.size() > 1) {
    AMEIDE_ASSIGN_OR_RETURN(range.after, workspace.ResolveCut(names[1]));
  } else {
    AMEIDE_ASSIGN_OR_RETURN(range.after, workspace.CurrentCut());
  }
  if (!names.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(range.before, workspace.ResolveCut(names[0]));
    return range;
  }
  // By default: what came since the last commit.
  const absl::StatusOr<sync::StatusReport> status = sync::GetStatus(workspace.root());
  if (status.ok() && status->head) {
    AMEIDE_ASSIGN_OR_RETURN(range.before, workspace.ResolveCut(status->head->hex));
  }
  return range;
}

// One artifact on both sides; nullopt where a side has none of it.
struct Sides {
  std::optional<std::string> before;
  std::optional<std::string> after;
};

absl::StatusOr<std::optional<std::string>> RenderAt(const uaf::Workspace& workspace,
                                                    const uaf::ArtifactId& id,
                                                    const std::optional<uaf::Cut>& cut) {
  if (!cut) return std::optional<std::string>();
  absl::StatusOr<std::string> bytes = workspace.Render(id, *cut);
  if (absl::IsNotFound(bytes.status())) return std::optional<std::string>();
  AMEIDE_RETURN_IF_ERROR(bytes.status());
  return std::optional<std::string>(*std::move(bytes));
}

absl::StatusOr<std::vector<ElementChange>> ByElement(Session& session, const uaf::Workspace& workspace,
                                                     const uaf::Artifact& artifact, const Range& range,
                                                     const Sides& sides) {
  const bool both = sides.before && sides.after;
  if (!both || artifact.kind == uaf::document::TreeKind::kOpaque) {
    ElementChange whole;
    whole.kind = both ? ChangeKind::kChanged : sides.after ? ChangeKind::kAdded : ChangeKind::kRemoved;
    whole.type = "file";
    whole.name = artifact.path;
    return std::vector<ElementChange>{whole};
  }
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document before, workspace.Load(artifact.id, range.before));
  AMEIDE_ASSIGN_OR_RETURN(const uaf::document::Document after, workspace.Load(artifact.id, range.after));
  const uaf::document::Format* format = session.formats().Named(artifact.format);
  return uaf::diff::Compare(before, after,
                            format != nullptr ? *format : session.formats().ForFile(artifact.path, ""));
}

absl::StatusOr<Exit> Diff(Session& session, const DiffArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenUpToDate());
  AMEIDE_ASSIGN_OR_RETURN(const Range range, FindRange(session, *workspace, arguments));
  std::vector<uaf::Artifact> artifacts;
  if (range.artifact) {
    artifacts.push_back(*range.artifact);
  } else {
    AMEIDE_ASSIGN_OR_RETURN(artifacts, workspace->Artifacts(/*with_retired=*/true));
  }
  ordered_json list = ordered_json::array();
  Exit exit = Exit::kSuccess;
  for (const uaf::Artifact& artifact : artifacts) {
    Sides sides;
    AMEIDE_ASSIGN_OR_RETURN(sides.before, RenderAt(*workspace, artifact.id, range.before));
    AMEIDE_ASSIGN_OR_RETURN(sides.after, RenderAt(*workspace, artifact.id, range.after));
    if (sides.before == sides.after) continue;
    exit = Exit::kFinding;
    if (arguments.text) {
      AMEIDE_ASSIGN_OR_RETURN(const std::string lines,
                              sync::git::DiffLines(artifact.path, sides.before, sides.after));
      if (arguments.json) {
        list.push_back({{"path", artifact.path}, {"artifact", artifact.id.name}, {"text", lines}});
      } else {
        session.console().Bytes(lines);
      }
      continue;
    }
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<ElementChange> changes,
                            ByElement(session, *workspace, artifact, range, sides));
    if (arguments.json) {
      ordered_json changed = ordered_json::array();
      for (const ElementChange& change : changes) changed.push_back(ToJson(change));
      list.push_back({{"path", artifact.path}, {"artifact", artifact.id.name}, {"changes", changed}});
    } else {
      session.console().Line(artifact.path);
      PrintChanges(session.console(), changes);
    }
  }
  if (arguments.json) session.console().Json({{"artifacts", list}});
  return exit;
}

}  // namespace

void AddDiffVerb(CLI::App& app, Session& session) {
  const auto arguments = std::make_shared<DiffArguments>();
  CLI::App* diff =
      app.add_subcommand("diff", "What differs between two times, element by element; exit 1 if anything");
  diff->add_option("A", arguments->a, "A time, event, revision, commit or branch (default: the last commit)");
  diff->add_option("B", arguments->b, "Another (default: now)");
  diff->add_option("ARTIFACT", arguments->artifact, "Path or id, also in place of A or B (default: all)");
  diff->add_flag("--text", arguments->text, "By line");
  diff->add_flag("--json", arguments->json, "Print the result as JSON");
  diff->callback([&session, arguments] { session.Finish(Diff(session, *arguments)); });
}

}  // namespace ameide::cli
