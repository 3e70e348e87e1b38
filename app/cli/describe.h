#pragma once

#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>
#include <string_view>

#include "app/cli/console.h"
#include "sync/git/repository.h"
#include "uaf/document/format.h"
#include "uaf/workspace.h"

/// How things look in results: for programs as JSON, for people as text.
namespace ameide::cli {

/// The JSON objects that `--json` prints; fields are only ever added. Times are RFC 3339 in UTC.
nlohmann::ordered_json ToJson(const uaf::ChangeSetSummary& event);
nlohmann::ordered_json ToJson(const uaf::ChangeSet& event);
nlohmann::ordered_json ToJson(const uaf::WorkingFileNote& note);
nlohmann::ordered_json ToJson(const sync::git::ChangedPath& change);

/// Fields "event", "author", "email", "time".
nlohmann::ordered_json ToJson(const uaf::lifecycle::Said& said);

/// "added", "modified", "removed".
std::string_view Name(sync::git::PathChange change);
/// "error", "warning", "info".
std::string_view Name(uaf::document::Severity severity);

/// The first digits of an event's stream and its number: "3f2a9c1d:12".
std::string ShortId(const uaf::EventId& id);
/// The first digits of a commit.
std::string ShortId(const sync::git::CommitId& id);
/// Local time to the minute, "2026-03-01 13:00".
std::string LocalTime(WallTime time);

/// Tells that something was recorded: as `{"event", "time"}`, or as `text` and the event. Success.
Exit Told(const Console& console, bool json, const uaf::Receipt& receipt, std::string_view text);

/// Tells what became of working files; problems go to standard error.
void PrintNotes(const Console& console, std::span<const uaf::WorkingFileNote> notes);

}  // namespace ameide::cli
