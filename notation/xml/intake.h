#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/format.h"

namespace ameide::xml {

/// Judges the bytes of an XML file and says how they become a tree.
///
/// Xerces-C++ decides whether the text is well-formed (XML 1.0/1.1 with namespaces); then our frozen
/// tokenizer must be able to split it. Nothing outside the bytes is ever opened: no DTD, no external entity,
/// no schema location; what names one stays as written and gives a finding `xml/external-entity`. Entity
/// expansion is bounded, nesting is at most 4,096 and the file at most 1 GiB.
///
/// Encodings: UTF-8, UTF-16, ISO-8859-1, US-ASCII and windows-1252, by byte order mark or declaration. What
/// the tree cannot hold (a document type whose entities hold markup) is taken as lines of text instead.
///
/// INVALID_ARGUMENT `LINE:COLUMN: why` for what is not well-formed, bytes that are invalid in their encoding,
/// and unknown encodings. Pure; thread-safe.
absl::StatusOr<uaf::document::Intake> Accept(std::string_view bytes);

/// A notation written in XML, told apart by file name.
class XmlFormat : public uaf::document::Format {
 public:
  /// `suffixes`: lower-case file name endings (".dmn"), separated by spaces.
  XmlFormat(std::string name, std::string suffixes)
      : name_(std::move(name)), suffixes_(std::move(suffixes)) {}

  std::string_view name() const override { return name_; }
  bool Claims(std::string_view path, std::string_view head) const override;
  absl::StatusOr<uaf::document::Intake> Accept(std::string_view bytes) const override {
    return xml::Accept(bytes);
  }
  /// The `name` attribute, else the `id`.
  std::string DisplayName(const uaf::document::Document& document,
                          uaf::document::NodeIndex node) const override;
  /// False: a notation that knows its layout overrides it.
  bool IsLayout(const uaf::document::Document& document, uaf::document::NodeIndex node) const override;
  /// What `idref`, `idrefs` and `ref` name, and `href` with a fragment.
  std::vector<std::string> ReferencesIn(const uaf::document::Document& document,
                                        uaf::document::NodeIndex node,
                                        std::string_view attribute) const override;
  /// True in `documentation` and `description`.
  bool IsProse(const uaf::document::Document& document, uaf::document::NodeIndex node) const override;

 private:
  const std::string name_;
  const std::string suffixes_;
};

/// True when `path` ends in one of the space-separated, lower-case `suffixes`, whatever its own case.
bool HasSuffix(std::string_view path, std::string_view suffixes);

/// True when the root element in the first bytes of a file has this local name, and a namespace that holds
/// `part_of_namespace` is declared in its start tag.
bool HasRoot(std::string_view head, std::string_view local_name, std::string_view part_of_namespace);

/// The identifiers that an attribute's value names, separated by white space: `#id` and `prefix:id` as `id`,
/// `file#id` as it stands.
std::vector<std::string> References(const uaf::document::Document& document, uaf::document::NodeIndex node,
                                    std::string_view attribute);
/// The same of any text.
std::vector<std::string> ReferencesOf(std::string_view text);

}  // namespace ameide::xml
