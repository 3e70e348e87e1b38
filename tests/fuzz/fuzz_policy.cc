#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "uaf/lifecycle/policy.h"

using namespace ameide::uaf::lifecycle;

// Policies come from strangers: whatever the bytes, they are refused with a line, or give a policy whose
// gates can be asked for any path.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const absl::StatusOr<Policy> policy = ParsePolicy(bytes);
  if (!policy.ok()) return 0;
  if (policy->bytes != bytes) std::abort();
  for (const StateRule& state : policy->states) {
    const Gate* gate = policy->GateFor(state.name, bytes.substr(0, 300));
    if (gate == nullptr || (!gate->by.empty() && gate->approvals > gate->by.size())) std::abort();
  }
  return 0;
}
