// Plans, states, facts, events and commands from bytes that nobody vouches for. What is read writes back the
// same bytes.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "backend/engine/engine.h"
#include "backend/engine/plan/plan_codec.h"

using namespace ameide::engine;  // NOLINT

namespace {

template <typename Thing, typename Encode>
void SameAgain(const absl::StatusOr<Thing>& thing, std::string_view bytes, const Encode& encode) {
  if (thing.ok() && encode(*thing) != bytes) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  switch (data[0] % 5) {
    case 0:
      SameAgain(DecodePlan(bytes), bytes, EncodePlan);
      break;
    case 1:
      SameAgain(DecodeState(bytes), bytes, EncodeState);
      break;
    case 2:
      SameAgain(DecodeEvent(bytes), bytes, EncodeEvent);
      break;
    case 3:
      SameAgain(DecodeCommand(bytes), bytes, EncodeCommand);
      break;
    default:
      SameAgain(DecodeFact(bytes), bytes, [](const Fact& fact) { return EncodeFact(fact); });
      break;
  }
  return 0;
}
