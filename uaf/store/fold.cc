#include "uaf/store/fold.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/merge/merge.h"

namespace ameide::uaf {

using document::Document;
using document::ImportOp;
using document::Op;

absl::Status Folder::ApplyImport(const ImportOp& import, const EventId& event) {
  AMEIDE_ASSIGN_OR_RETURN(const std::string bytes, blobs_(import.blob));
  absl::StatusOr<Document> imported = Document::Import(import, bytes, event);
  if (!imported.ok()) {
    return absl::DataLossError(absl::StrCat("event ", FormatId(event),
                                            " imports what cannot be read: ", imported.status().message()));
  }
  document_ = *std::move(imported);
  return absl::OkStatus();
}

absl::Status Folder::ApplyOps(std::span<const Op> ops, const EventId& event) {
  for (const Op& op : ops) {
    if (const auto* import = std::get_if<ImportOp>(&op)) {
      AMEIDE_RETURN_IF_ERROR(ApplyImport(*import, event));
      continue;
    }
    if (!document_ || !document_->Fold(op, event).ok()) ++passed_over_;
  }
  return absl::OkStatus();
}

absl::Status Folder::Apply(const ChangeSet& change_set) {
  if (!blocked_.empty()) return absl::OkStatus();
  if (std::string why = merge::WhyUnknown(change_set); !why.empty()) {
    blocked_ = std::move(why);
    return absl::OkStatus();
  }
  if (const auto* created = std::get_if<ArtifactCreated>(&change_set.body)) {
    return ApplyImport(created->import, change_set.id);
  }
  return ApplyOps(OpsOf(change_set.body), change_set.id);
}

}  // namespace ameide::uaf
