#pragma once

#include <memory>

#include "uaf/document/format.h"

namespace ameide::archimate {

/// The notation "archimate": claims `*.archimate` (Archi's files), and XML files whose root is a `model` of
/// Archi's or of the Open Group's exchange namespace. References are the ends of relationships and
/// connections, and what nodes and connections of a view draw; what stands in a view is layout;
/// documentation, purposes and notes are prose.
std::unique_ptr<uaf::document::Format> MakeArchimateFormat();

}  // namespace ameide::archimate
