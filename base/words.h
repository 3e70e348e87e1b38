#pragma once

#include <string>
#include <string_view>

/// Names of types as people read them, for messages.
namespace ameide {

/// "exclusiveGateway" → "exclusive gateway", "BPMNShape" → "BPMN shape": ASCII.
std::string InWords(std::string_view type);
/// With "a" or "an" in front.
std::string WithArticle(std::string_view words);

}  // namespace ameide
