// commit, fetch, pull, push, sync
#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "app/cli/console.h"
#include "app/cli/describe.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "base/status.h"
#include "sync/sync.h"
#include "uaf/store/workspace_files.h"

namespace ameide::cli {
namespace {

using nlohmann::ordered_json;

ordered_json FilesJson(const std::vector<sync::git::ChangedPath>& files) {
  ordered_json out = ordered_json::array();
  for (const sync::git::ChangedPath& file : files) out.push_back(ToJson(file));
  return out;
}

ordered_json NotesJson(const std::vector<uaf::WorkingFileNote>& notes) {
  ordered_json out = ordered_json::array();
  for (const uaf::WorkingFileNote& note : notes) out.push_back(ToJson(note));
  return out;
}

// "Ada Lovelace <ada@example.com>", as git writes authors.
absl::StatusOr<sync::git::Identity> ParseAuthor(const std::string& text) {
  const size_t open = text.rfind('<');
  const size_t close = text.rfind('>');
  if (open == std::string::npos || open == 0 || close == std::string::npos || close < open + 2) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is no author; write: Your Name <you@example.com>"));
  }
  std::string name = text.substr(0, open);
  while (!name.empty() && name.back() == ' ') name.pop_back();
  return sync::git::Identity{name, text.substr(open + 1, close - open - 1)};
}

// A file that could not be taken in, or written, is a finding: whoever commits believes that all is in it.
Exit ExitFor(const std::vector<uaf::WorkingFileNote>& notes) {
  const bool failed = std::any_of(notes.begin(), notes.end(), [](const uaf::WorkingFileNote& note) {
    return note.what == uaf::WorkingFileNote::What::kFailed;
  });
  return failed ? Exit::kFinding : Exit::kSuccess;
}

absl::StatusOr<Exit> Commit(Session& session, const std::string& message, const std::string& author,
                            bool json) {
  sync::CommitOptions options;
  options.message = message;
  options.clock = &session.clock();
  if (!author.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(options.author, ParseAuthor(author));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(const sync::CommitReport report, sync::Commit(*workspace, options));
  if (json) {
    ordered_json out;
    out["commit"] = report.commit ? ordered_json(report.commit->hex) : ordered_json(nullptr);
    out["files"] = FilesJson(report.files);
    out["log_files"] = report.log_files;
    out["notes"] = NotesJson(report.notes);
    session.console().Json(out);
    return ExitFor(report.notes);
  }
  PrintNotes(session.console(), report.notes);
  if (!report.commit) {
    session.console().Line("nothing to commit");
    return ExitFor(report.notes);
  }
  session.console().Line(absl::StrCat("committed ", ShortId(*report.commit), ": ", report.files.size(),
                                      " file", report.files.size() == 1 ? "" : "s"));
  for (const sync::git::ChangedPath& file : report.files) {
    session.console().Line(
        absl::StrCat("  ", std::string(Name(file.change)), "  ", uaf::ReadableName(file.path)));
  }
  return ExitFor(report.notes);
}

absl::StatusOr<Exit> Fetch(Session& session, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::filesystem::path root, session.Root());
  AMEIDE_ASSIGN_OR_RETURN(const std::string remote, sync::Fetch(root, session.Transfer()));
  AMEIDE_ASSIGN_OR_RETURN(const sync::StatusReport status, sync::GetStatus(root));
  session.console().EndProgress();
  if (json) {
    ordered_json out = {{"remote", remote}};
    out["ahead"] = status.apart ? ordered_json(status.apart->ahead) : ordered_json(nullptr);
    out["behind"] = status.apart ? ordered_json(status.apart->behind) : ordered_json(nullptr);
    session.console().Json(out);
  } else if (status.apart) {
    session.console().Line(absl::StrCat("fetched from ", remote, ": ", status.apart->ahead, " ahead, ",
                                        status.apart->behind, " behind"));
  } else {
    session.console().Line(absl::StrCat("fetched from ", remote));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Pull(Session& session, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(const sync::PullReport report, sync::Pull(*workspace, session.Transfer()));
  session.console().EndProgress();
  if (json) {
    ordered_json out = {{"remote", report.remote}};
    out["from"] = report.from ? ordered_json(report.from->hex) : ordered_json(nullptr);
    out["to"] = report.to.hex;
    out["events"] = report.events;
    out["files"] = FilesJson(report.files);
    out["notes"] = NotesJson(report.notes);
    session.console().Json(out);
    return Exit::kSuccess;
  }
  PrintNotes(session.console(), report.notes);
  if (report.from == report.to) {
    session.console().Line("up to date");
    return Exit::kSuccess;
  }
  session.console().Line(absl::StrCat("pulled to ", ShortId(report.to), ": ", report.events, " changes, ",
                                      report.files.size(), " file", report.files.size() == 1 ? "" : "s"));
  for (const sync::git::ChangedPath& file : report.files) {
    session.console().Line(
        absl::StrCat("  ", std::string(Name(file.change)), "  ", uaf::ReadableName(file.path)));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Push(Session& session, bool json) {
  AMEIDE_ASSIGN_OR_RETURN(const std::filesystem::path root, session.Root());
  AMEIDE_ASSIGN_OR_RETURN(const std::string remote, sync::Push(root, session.Transfer()));
  AMEIDE_ASSIGN_OR_RETURN(const sync::StatusReport status, sync::GetStatus(root));
  session.console().EndProgress();
  if (json) {
    session.console().Json({{"remote", remote},
                            {"branch", status.branch.value_or("")},
                            {"head", status.head ? status.head->hex : ""}});
  } else {
    session.console().Line(absl::StrCat("pushed ", status.branch.value_or(""), " to ", remote));
  }
  return Exit::kSuccess;
}

absl::StatusOr<Exit> Sync(Session& session, const std::string& message, const std::string& author,
                          bool json) {
  sync::CommitOptions options;
  options.message = message;
  options.clock = &session.clock();
  if (!author.empty()) {
    AMEIDE_ASSIGN_OR_RETURN(options.author, ParseAuthor(author));
  }
  AMEIDE_ASSIGN_OR_RETURN(const std::unique_ptr<uaf::Workspace> workspace, session.OpenForWriting());
  AMEIDE_ASSIGN_OR_RETURN(const sync::SyncReport report, sync::Sync(*workspace, options, session.Transfer()));
  session.console().EndProgress();
  if (json) {
    ordered_json commits = ordered_json::array();
    for (const sync::git::CommitId& commit : report.commits) commits.push_back(commit.hex);
    ordered_json out = {{"remote", report.remote}};
    out["head"] = report.head ? ordered_json(report.head->hex) : ordered_json(nullptr);
    out["commits"] = commits;
    out["sent"] = FilesJson(report.sent);
    out["events"] = report.events;
    out["files"] = FilesJson(report.files);
    out["pushed"] = report.pushed;
    out["notes"] = NotesJson(report.notes);
    session.console().Json(out);
    return ExitFor(report.notes);
  }
  PrintNotes(session.console(), report.notes);
  const auto print = [&](std::string_view what, const std::vector<sync::git::ChangedPath>& files) {
    session.console().Line(
        absl::StrCat(std::string(what), ": ", files.size(), " file", files.size() == 1 ? "" : "s"));
    for (const sync::git::ChangedPath& file : files) {
      session.console().Line(
          absl::StrCat("  ", std::string(Name(file.change)), "  ", uaf::ReadableName(file.path)));
    }
  };
  if (!report.commits.empty()) print(absl::StrCat("committed ", ShortId(report.commits.back())), report.sent);
  if (!report.files.empty() || report.events > 0)
    print(absl::StrCat("came from ", report.remote, ", ", report.events, " changes"), report.files);
  session.console().Line(report.pushed ? absl::StrCat("pushed to ", report.remote)
                                       : absl::StrCat(report.remote, " has everything"));
  return ExitFor(report.notes);
}

}  // namespace

void AddSyncVerbs(CLI::App& app, Session& session) {
  struct Arguments {
    std::string message;
    std::string sync_message;
    std::string author;
    bool json = false;
  };
  const auto arguments = std::make_shared<Arguments>();

  CLI::App* commit = app.add_subcommand("commit", "Absorb changed files and commit them with the signed log");
  commit->add_option("-m,--message", arguments->message, "What was changed and why")->required();
  commit->add_option("--author", arguments->author, "Instead of git's user: Name <e-mail>");
  commit->add_flag("--json", arguments->json, "Print the result as JSON");
  commit->callback([&session, arguments] {
    session.Finish(Commit(session, arguments->message, arguments->author, arguments->json));
  });

  CLI::App* fetch = app.add_subcommand("fetch", "Bring what the remote has, without moving anything here");
  fetch->add_flag("--json", arguments->json, "Print the result as JSON");
  fetch->callback([&session, arguments] { session.Finish(Fetch(session, arguments->json)); });

  CLI::App* pull = app.add_subcommand("pull", "Fetch, take in the remote's changes and fast-forward");
  pull->add_flag("--json", arguments->json, "Print the result as JSON");
  pull->callback([&session, arguments] { session.Finish(Pull(session, arguments->json)); });

  CLI::App* push = app.add_subcommand("push", "Send this branch's commits to the remote");
  push->add_flag("--json", arguments->json, "Print the result as JSON");
  push->callback([&session, arguments] { session.Finish(Push(session, arguments->json)); });

  CLI::App* all = app.add_subcommand(
      "sync", "Commit what changed, take in the remote's changes and send: both sides have the same then");
  arguments->sync_message = "Sync";
  all->add_option("-m,--message", arguments->sync_message, "Of the commit, when there is one")
      ->capture_default_str();
  all->add_option("--author", arguments->author, "Instead of git's user: Name <e-mail>");
  all->add_flag("--json", arguments->json, "Print the result as JSON");
  all->callback([&session, arguments] {
    session.Finish(Sync(session, arguments->sync_message, arguments->author, arguments->json));
  });
}

}  // namespace ameide::cli
