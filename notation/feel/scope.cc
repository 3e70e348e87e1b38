#include "notation/feel/scope.h"

namespace ameide::feel {

const Scope::Name* Scope::Find(std::string_view name) const {
  for (auto at = names_.rbegin(); at != names_.rend(); ++at) {
    if (at->name == name) return &*at;
  }
  return parent_ != nullptr ? parent_->Find(name) : nullptr;
}

}  // namespace ameide::feel
