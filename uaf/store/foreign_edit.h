#pragma once

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/document.h"
#include "uaf/document/op.h"

namespace ameide::uaf {

/// The operations that lead from `base` to the file `bytes`, which `import` describes, as event `event`
/// records them; nullopt when only a whole-file version can.
std::optional<std::vector<document::Op>> ElementEdits(const document::Document& base,
                                                      const document::ImportOp& import,
                                                      std::string_view bytes, const EventId& event);

/// How far the file `bytes` is from `base`: how many operations lead there. SIZE_MAX when none do.
size_t DistanceTo(const document::Document& base, const document::ImportOp& import, std::string_view bytes);

/// True when nothing of `op`, which was applied to `document`, can be seen there: what it touches is in the
/// trash.
bool TouchesTrash(const document::Document& document, const document::Op& op);

}  // namespace ameide::uaf
