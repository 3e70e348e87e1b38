#include <cstdint>
#include <string_view>

#include "uaf/document/document.h"

/// Damaged snapshots are refused; what is taken must not crash when it is only looked at.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto document =
      ameide::uaf::document::Document::DecodeSnapshot({reinterpret_cast<const char*>(data), size});
  if (document.ok()) (void)document->node_count();
  return 0;
}
