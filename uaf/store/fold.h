#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>

#include "absl/status/statusor.h"
#include "base/hash.h"
#include "uaf/document/document.h"
#include "uaf/log/change_set.h"

namespace ameide::uaf {

/// Gives the bytes of a blob.
using BlobSource = std::function<absl::StatusOr<std::string>(const Hash256&)>;

/// Folds the events of one artifact, in fold order, into its document, each as it stands: right for events
/// none of which is concurrent to another (merge::MergeEvents does the others), and then quicker. The same
/// events give the same bytes for ever.
///
/// An operation of a recorded event that cannot be applied (its node came into the trash of a document that
/// another stream imported anew, say) is passed over and counted: that is deterministic too, and nothing else
/// is lost.
class Folder {
 public:
  explicit Folder(BlobSource blobs) : blobs_(std::move(blobs)) {}
  /// Goes on from a document at a known event.
  Folder(BlobSource blobs, document::Document start)
      : blobs_(std::move(blobs)), document_(std::move(start)) {}

  /// Applies one event. Stops being able to (`blocked()`) at an event of unknown kind. Errors come only from
  /// blobs: NOT_FOUND and DATA_LOSS.
  absl::Status Apply(const ChangeSet& change_set);

  bool has_document() const { return document_.has_value(); }
  const document::Document& document() const { return *document_; }
  document::Document Take() { return *std::move(document_); }
  /// Not empty: why later events are not folded.
  const std::string& blocked() const { return blocked_; }
  size_t passed_over() const { return passed_over_; }

 private:
  absl::Status ApplyImport(const document::ImportOp& import, const EventId& event);
  absl::Status ApplyOps(std::span<const document::Op> ops, const EventId& event);

  BlobSource blobs_;
  std::optional<document::Document> document_;
  std::string blocked_;
  size_t passed_over_ = 0;
};

}  // namespace ameide::uaf
