#include "notation/xml/xerces.h"

#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/util/PlatformUtils.hpp>
#include <xercesc/util/TransService.hpp>

namespace ameide::xml {

namespace xc = xercesc;

void InitializeXerces() {
  // C++ makes the first initialisation of a local static thread-safe.
  static const bool done = [] {
    xc::XMLPlatformUtils::Initialize();
    return true;
  }();
  (void)done;
}

std::string Utf8(const XMLCh* text) {
  if (text == nullptr) return "";
  const xc::TranscodeToStr utf8(text, "UTF-8");
  return std::string(reinterpret_cast<const char*>(utf8.str()), utf8.length());
}

xc::InputSource* EmptySource() {
  static constexpr XMLByte kNothing[1] = {0};
  return new xc::MemBufInputSource(kNothing, 0, "external entity", false);
}

}  // namespace ameide::xml
