#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "uaf/document/document.h"
#include "uaf/lifecycle/state.h"
#include "uaf/workspace.h"

/// What may be said about artifacts: the rejections of Workspace::Record, each with what to do.
namespace ameide::uaf {

/// What `name` means wherever a time, a commit or a name can be said, so that nothing new may be called so:
/// "a date or time", "a commit"; empty: nothing.
std::string WhatElseItMeans(std::string_view name);

/// What the request alone says: INVALID_ARGUMENT for bodies that other functions record, missing texts,
/// artifacts where none belongs.
absl::Status CheckForm(const RecordRequest& request);

/// What it says of what there is. `document` is the artifact's, nullptr for events of the workspace; `person`
/// the one who acts.
absl::Status CheckAgainst(const RecordRequest& request, const lifecycle::State& state,
                          const document::Document* document, std::string_view person);

/// NOT_FOUND when the document has no such node, or has it in the trash. nullopt is the whole artifact.
absl::Status CheckNode(const document::Document& document, const std::optional<NodeId>& node);

/// INVALID_ARGUMENT with the states that there are.
absl::Status NoSuchState(const lifecycle::Policy& policy, std::string_view state);

/// By its fingerprint or the beginning of it. NOT_FOUND, INVALID_ARGUMENT when it begins several.
absl::StatusOr<const lifecycle::Key*> FindKey(const lifecycle::State& state, std::string_view beginning);

/// What an event of this body is called where nobody says otherwise.
std::string LabelOf(const EventBody& body);

}  // namespace ameide::uaf
