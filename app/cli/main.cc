#include <CLI/CLI.hpp>
#include <algorithm>
#include <csignal>
#include <exception>
#include <filesystem>
#include <functional>
#include <string_view>
#include <system_error>
#include <vector>

#include "app/cli/add_verb.h"
#include "app/cli/session.h"
#include "app/cli/verbs.h"
#include "app/cli/version.h"

namespace ameide::cli {
namespace {

// Usage belongs to the verb that was meant, errors on standard error.
int WrongUsage(const Console& console, const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App* meant = &app;
  const std::vector<std::string> rest = app.remaining(/*recurse=*/false);
  if (app.get_subcommands().empty() && !rest.empty()) {
    console.Error(std::string_view("there is no command '" + rest.front() + "'"));
    console.Note(app.help());
    return static_cast<int>(Exit::kError);
  }
  std::string before;
  for (auto used = meant->get_subcommands(); !used.empty(); used = meant->get_subcommands()) {
    before += before.empty() ? meant->get_name() : " " + meant->get_name();
    meant = used.front();
  }
  console.Error(std::string_view(error.what()));
  console.Note(meant->help(before));
  return static_cast<int>(Exit::kError);
}

/// Lets no option of `app` and its verbs be given as nothing: an unset variable of a script, most likely,
/// which would else count as an option left out. Values may be empty where they are one.
void RefuseEmptyArguments(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    const std::string name = option->get_single_name();
    if (option->get_type_size() == 0 || name == "value") continue;
    option->check(NotEmpty());
  }
  for (CLI::App* verb : app.get_subcommands(std::function<bool(CLI::App*)>())) RefuseEmptyArguments(*verb);
}

/// The arguments with an expression of `feel` that begins with a minus behind a `--`, where it is no option.
std::vector<char*> WithExpressionLast(int argc, char** argv) {
  static char minus_minus[] = "--";
  std::vector<char*> arguments(argv, argv + argc);
  if (arguments.empty()) return arguments;
  auto verb = arguments.begin();
  for (++verb; verb != arguments.end() && **verb == '-'; ++verb) {
    const std::string_view option(*verb);
    if ((option == "-C" || option == "--directory") && verb + 1 != arguments.end()) ++verb;
  }
  if (verb == arguments.end() || std::string_view(*verb) != "feel") return arguments;
  for (auto at = verb + 1; at != arguments.end(); ++at) {
    const std::string_view text(*at);
    if (text == "--") break;
    if (text == "--context") {
      if (at + 1 == arguments.end()) break;
      ++at;
      continue;
    }
    const bool option =
        text == "-h" || text == "--help" || text == "--unary" || text.starts_with("--context=");
    if (!text.starts_with('-') || option) continue;
    char* const expression = *at;
    arguments.erase(at);
    arguments.insert(arguments.end(), {minus_minus, expression});
    break;
  }
  return arguments;
}

int Run(int argc, char** argv) {
  Session session;
  CLI::App app("Ameide: processes from drawing to running, with their whole history", "ameide");
  app.set_version_flag("--version", kTool);
  app.require_subcommand(1);
  std::string folder;
  app.add_option("-C,--directory", folder, "Work in this folder instead of the present one")
      ->type_name("DIR")
      ->each([](const std::string& wanted) {
        std::error_code error;
        std::filesystem::current_path(wanted, error);
        if (error) throw CLI::ValidationError("-C", wanted + ": " + error.message());
      });
  AddWorkspaceVerbs(app, session);
  AddHistoryVerbs(app, session);
  AddReviewVerbs(app, session);
  AddApprovalVerbs(app, session);
  AddBranchVerbs(app, session);
  AddConflictVerbs(app, session);
  AddArchiveVerbs(app, session);
  AddDiffVerb(app, session);
  AddMergeVerbs(app, session);
  AddSyncVerbs(app, session);
  AddFileVerbs(app, session);
  AddModelVerbs(app, session);
  AddDecisionVerbs(app, session);
  AddPublishVerbs(app, session);
  AddRuntimeVerbs(app, session);
  AddOperationVerbs(app, session);
  AddRetentionVerbs(app, session);
  AddBackendVerbs(app, session);
  AddSimulationVerb(app, session);
  AddDoctorVerb(app, session);
  RefuseEmptyArguments(app);
  try {
    const std::vector<char*> arguments = WithExpressionLast(argc, argv);
    app.parse(static_cast<int>(arguments.size()), arguments.data());
  } catch (const CLI::Success& asked) {  // --help, --version
    return app.exit(asked);
  } catch (const CLI::ParseError& error) {
    return WrongUsage(session.console(), app, error);
  }
  if (!session.console().Finish()) return static_cast<int>(Exit::kError);
  return session.exit_code();
}

}  // namespace
}  // namespace ameide::cli

int main(int argc, char** argv) {
  // A reader that goes away (`ameide log | head`) ends writes with an error, not the program half way.
  std::signal(SIGPIPE, SIG_IGN);
  try {
    return ameide::cli::Run(argc, argv);
  } catch (const std::exception& error) {
    ameide::cli::Console().Error(std::string_view(error.what()));
    return static_cast<int>(ameide::cli::Exit::kError);
  }
}
