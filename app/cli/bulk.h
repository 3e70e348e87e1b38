#pragma once

#include <CLI/CLI.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ameide/process/v1/process.pb.h"
#include "app/cli/console.h"
#include "app/cli/session.h"

/// What verbs share that do one thing to many instances. For the sources of app/cli only.
namespace ameide::cli {

/// Which instances.
struct BulkArguments {
  std::vector<std::string> instances;
  bool all = false;  ///< that the rest names
  std::string process;
  std::string state;
  int64_t version = 0;
  bool dry_run = false;
  std::string reason;
  bool json = false;

  /// One that is named, for real: what verbs did before they could do many.
  bool IsOne() const { return instances.size() == 1 && !all && !dry_run; }
};

/// `--all` with its filters, and `--dry-run`.
void AddFilters(CLI::App* verb, BulkArguments& arguments);
/// The instances as arguments (`ID...`), the filters, and `--reason`.
void AddBulkOptions(CLI::App* verb, BulkArguments& arguments);

/// Does what `request` says (its operation is set) to all of them, and prints what became of each: with
/// `--json`
/// `{"instances":[{"id","done","message"}],"dry_run","more"}`. `done` is the word for it ("canceled"). A
/// finding when one could not be done.
absl::StatusOr<Exit> RunBulk(Session& session, const BulkArguments& arguments,
                             process::v1::OperateInstancesRequest request, const std::string& done);

}  // namespace ameide::cli
