#pragma once

#include <optional>
#include <span>
#include <vector>

#include "absl/status/status.h"
#include "uaf/document/document.h"
#include "uaf/document/format.h"
#include "uaf/log/change_set.h"
#include "uaf/merge/conflict.h"
#include "uaf/merge/decisions.h"
#include "uaf/merge/merge.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// A conflict that is settled, but will be open again: what decided it is taken back later.
struct Settled {
  Conflict conflict;
  EventId decision;
};

/// Adds to `conflicts`, what judging a stretch of concurrent events found, those that were decided in it by
/// what was taken back in it, and to `settled` those by what is taken back behind it. Taking back is a write,
/// too, by somebody who saw all sides, so judging alone finds nothing: the stretch is folded again without
/// it, from `before`, the document that it began with. One after the other, the newest first, since what
/// takes back may itself be a side of a conflict; where there is much of it, the older ones together.
/// `stretch` is in fold order; `taken_back` holds what was taken back of it, as TakenBackAmong gives it.
/// Errors come only from blobs.
absl::Status Reopen(std::span<const ChangeSet* const> stretch, std::vector<TakenBack> taken_back,
                    const std::optional<document::Document>& before, const BlobSource& blobs,
                    const Causality& causality, const document::Format& format,
                    std::vector<Conflict>& conflicts, std::vector<Settled>& settled);

}  // namespace ameide::uaf::merge
