#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "notation/xml/intake.h"

/// Whatever the intake takes must render to the same bytes, copied or concatenated.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace ameide::uaf;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto intake = ameide::xml::Accept(bytes);
  if (!intake.ok()) return 0;
  auto document = document::Document::Import(intake->import, bytes, {{"fuzz"}, 1});
  if (!document.ok() || document->Render() != bytes) std::abort();
  const document::NodeIndex root = document->root_element();
  if (root == document::kNoNode) return 0;
  const std::string name(document->name(root));
  const EventId event{{"fuzz"}, 2};
  if (!document->Apply(document::SetNameOp{document->id(root), "x"}, event).ok()) std::abort();
  if (!document->Apply(document::SetNameOp{document->id(root), name}, event).ok()) std::abort();
  if (document->Render() != bytes) std::abort();
  return 0;
}
