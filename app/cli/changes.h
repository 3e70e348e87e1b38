#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>

#include "uaf/diff/diff.h"

/// How what differs between two states looks in results.
namespace ameide::cli {

class Console;

/// `{"change","element","type","name","layout","node","values":[{"name","before","after"}]}` and what else is
/// known; fields are only ever added.
nlohmann::ordered_json ToJson(const uaf::diff::ElementChange& change);

/// A line for each element, its values below it; changes of layout are counted only.
void PrintChanges(const Console& console, std::span<const uaf::diff::ElementChange> changes);

}  // namespace ameide::cli
