#include "uaf/document/format.h"

namespace ameide::uaf::document {

const Format& FormatRegistry::ForFile(std::string_view path, std::string_view head) const {
  for (const auto& format : formats_) {
    if (format->Claims(path, head)) return *format;
  }
  return *formats_.back();
}

const Format* FormatRegistry::Named(std::string_view name) const {
  for (const auto& format : formats_) {
    if (format->name() == name) return format.get();
  }
  return nullptr;
}

}  // namespace ameide::uaf::document
