#include <cstdint>
#include <string_view>

#include "backend/compiler/bundle.h"

/// Manifests of bundles as a client may send them: read or refused.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)ameide::compiler::ParseBundleManifest({reinterpret_cast<const char*>(data), size});
  return 0;
}
