#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string_view>

#include "uaf/compare.h"

/// How what differs between two states looks in results.
namespace ameide::cli {

class Console;

/// `{"change","element","type","name","layout","node","values":[{"name","before","after"}]}` and what else is
/// known; fields are only ever added.
nlohmann::ordered_json ToJson(const uaf::diff::ElementChange& change);

/// The same with `"by":[{"event","author","time","label","commit"}]`: who made the change, and why.
nlohmann::ordered_json ToJson(const uaf::AttributedChange& change);

/// A line for each element, its values below it; changes of layout and references that follow a changed id
/// are counted only.
void PrintChanges(const Console& console, std::span<const uaf::diff::ElementChange> changes);
/// The same with who made each change, when and why.
void PrintChanges(const Console& console, std::span<const uaf::AttributedChange> changes);

/// What differs between two files whose elements do not: line ends, other white space, or comments and
/// spelling.
void PrintInvisible(const Console& console, std::string_view before, std::string_view after);

}  // namespace ameide::cli
