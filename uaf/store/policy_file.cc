#include "uaf/store/policy_file.h"

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/hash.h"
#include "base/status.h"
#include "uaf/store/first_policy.h"
#include "uaf/store/lifecycle_commands.h"

namespace ameide::uaf {
namespace {

/// In the table `meta`: the arrival of the change, and the hash of what the file held before.
constexpr char kKey[] = "policy_file";
constexpr uint64_t kLargestPolicyFile = 1 << 20;

/// Of what the file holds; empty where there is none.
absl::StatusOr<std::string> HashOfFile(const Store& store) {
  const absl::StatusOr<std::string> bytes =
      store.options().files->Read(store.layout().policy_yaml, kLargestPolicyFile);
  if (absl::IsNotFound(bytes.status())) return std::string();
  AMEIDE_RETURN_IF_ERROR(bytes.status());
  return Sha256(*bytes).Hex();
}

absl::Status Write(Store& store, const PolicyChanged& change, std::string_view before) {
  FileSystem& files = *store.options().files;
  AMEIDE_ASSIGN_OR_RETURN(const std::string now, HashOfFile(store));
  if (now == before) AMEIDE_RETURN_IF_ERROR(files.WriteAtomically(store.layout().policy_yaml, change.policy));
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<Hash256> first, FirstPolicyInStore(store.log().reader()));
  return first ? WriteFirstPolicy(store.layout(), files, *first) : absl::OkStatus();
}

}  // namespace

absl::Status NotePolicyFile(Store& store, const StoredEvent& change) {
  // One that cannot be read is left as it is.
  const std::string before = HashOfFile(store).value_or("unknown");
  AMEIDE_ASSIGN_OR_RETURN(Statement note,
                          store.database().Prepare("INSERT OR REPLACE INTO meta(key, value) VALUES(?, ?)"));
  const std::string value = absl::StrCat(change.arrival, " ", before);
  note.BindText(1, kKey).BindText(2, value);
  return store.Noted(note.Run());
}

absl::Status FinishPolicyFile(Store& store) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<std::string> noted, store.log().reader().Meta(kKey));
  if (!noted) return absl::OkStatus();
  const std::string_view text = *noted;
  const size_t space = text.find(' ');
  int64_t arrival = 0;
  if (space == std::string_view::npos || !absl::SimpleAtoi(std::string(text.substr(0, space)), &arrival))
    return absl::DataLossError("the store does not say which policy is to be written; run `ameide doctor`");
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event, store.log().reader().FindArrival(arrival));
  const auto* change = event ? std::get_if<PolicyChanged>(&event->change_set.body) : nullptr;
  if (change != nullptr) {
    AMEIDE_ASSIGN_OR_RETURN(const Hash256 in_force, LifecycleCommands(&store).PolicyInForce());
    if (in_force != Sha256(change->policy)) return absl::OkStatus();
    if (absl::Status written = Write(store, *change, text.substr(space + 1)); !written.ok()) {
      return absl::Status(written.code(),
                          absl::StrCat("the policy is in force, but its files could not be written: ",
                                       written.message(), "; they are written when the workspace is opened"));
    }
  }
  std::vector<StoredEvent> none;
  return store.InTransaction(
      [&]() -> absl::Status {
        AMEIDE_ASSIGN_OR_RETURN(Statement done, store.database().Prepare("DELETE FROM meta WHERE key = ?"));
        done.BindText(1, kKey);
        return store.Noted(done.Run());
      },
      none);
}

}  // namespace ameide::uaf
