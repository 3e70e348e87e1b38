#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "app/cli/console.h"
#include "app/cli/session.h"

namespace ameide::cli {

/// A subcommand of `to` that runs `action(session, arguments)` and has `--json`, which sets
/// `arguments->json`. The caller adds the other options.
template <typename Arguments>
CLI::App* AddVerb(CLI::App& to, const char* name, const char* description, Session& session,
                  const std::shared_ptr<Arguments>& arguments,
                  absl::StatusOr<Exit> (*action)(Session&, const Arguments&)) {
  CLI::App* verb = to.add_subcommand(name, description);
  verb->add_flag("--json", arguments->json, "Print the result as JSON");
  verb->callback([&session, arguments, action] { session.Finish(action(session, *arguments)); });
  return verb;
}

/// Refuses an argument that was given but is empty: an unset variable of a script, most likely.
inline CLI::Validator NotEmpty() {
  return CLI::Validator(
      [](const std::string& given) {
        return given.empty() ? std::string("is empty; leave it out or say one") : std::string();
      },
      "", "not empty");
}

}  // namespace ameide::cli
