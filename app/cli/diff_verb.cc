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
#include "uaf/compare.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;

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
  if (!status.ok()) {
    return absl::Status(status.status().code(),
                        absl::StrCat("the last commit, which A is by default, is not known: ",
                                     status.status().message(), "; or name another time: ameide diff WHEN"));
  }
  if (status->head) {
    AMEIDE_ASSIGN_OR_RETURN(range.before, workspace.ResolveCut(status->head->hex));
  }
  return range;
}

absl::StatusOr<Exit> Diff(Session& session, const DiffArguments& arguments) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenUpToDate());
  AMEIDE_ASSIGN_OR_RETURN(const Range range, FindRange(session, *workspace, arguments));
  const std::optional<uaf::ArtifactId> only =
      range.artifact ? std::optional(range.artifact->id) : std::nullopt;
  AMEIDE_ASSIGN_OR_RETURN(
      const std::vector<uaf::ArtifactComparison> compared,
      uaf::CompareWorkspace(*workspace, range.before, range.after, session.formats(), only));
  ordered_json list = ordered_json::array();
  for (const uaf::ArtifactComparison& each : compared) {
    ordered_json entry = {{"path", each.artifact.path}, {"artifact", each.artifact.id.name}};
    if (each.renamed_from) entry["renamed_from"] = *each.renamed_from;
    if (arguments.text) {
      AMEIDE_ASSIGN_OR_RETURN(const std::string lines,
                              sync::git::DiffLines(each.renamed_from.value_or(each.artifact.path),
                                                   each.before, each.artifact.path, each.after));
      if (!arguments.json) session.console().Bytes(lines);
      entry["text"] = lines;
    } else if (arguments.json) {
      entry["changes"] = ordered_json::array();
      for (const uaf::AttributedChange& change : each.changes) entry["changes"].push_back(ToJson(change));
    } else {
      session.console().Line(each.artifact.path);
      PrintChanges(session.console(), each.changes);
      const bool only_renamed = each.renamed_from && each.changes.size() == 1;
      if ((each.changes.empty() || only_renamed) && each.before && each.after && *each.before != *each.after)
        PrintInvisible(session.console(), *each.before, *each.after);
    }
    list.push_back(std::move(entry));
  }
  if (arguments.json) session.console().Json({{"artifacts", list}});
  return compared.empty() ? Exit::kSuccess : Exit::kFinding;
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
