#include <cstdint>
#include <string_view>

#include "modeler/host/bridge_message.h"

/// Deltas from a browser that is not trusted: read or refused.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)ameide::modeler::ParseDelta({reinterpret_cast<const char*>(data), size});
  return 0;
}
