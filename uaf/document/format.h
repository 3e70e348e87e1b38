#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/document.h"

namespace ameide::uaf::document {

/// How much a finding matters (commands.md, lint).
enum class Severity : uint8_t { kError, kWarning, kInfo };

/// `text` in the place of what stands from `begin` up to, not including, `end`. It is written as the file
/// writes: escaped where its notation escapes.
struct TextEdit {
  TextPosition begin;
  TextPosition end;
  std::string text;
};

/// What mends a finding: edits of the text that was checked, in its order and apart from each other.
struct Fix {
  std::string title;  ///< "Write `first name`"
  std::vector<TextEdit> edits;
  /// It is surely what was meant. Else a proposal: near names, things that could go.
  bool certain = true;
};

/// Something worth telling about a file or an element. `rule` is stable ("xml/not-well-formed",
/// "bpmn/duplicate-id").
struct Finding {
  Severity severity = Severity::kError;
  std::string rule;
  std::string element;  ///< the element's id attribute, or empty
  uint32_t line = 0;    ///< from 1; 0 when unknown
  uint32_t column = 0;
  std::string message;
  std::optional<Fix> fix = std::nullopt;
};

/// What a notation decides about a file's bytes before they become an artifact.
struct Intake {
  ImportOp import;                ///< blob, kind, encoding; ready to be recorded
  std::vector<Finding> findings;  ///< accepted, but worth telling
};

/// What the kernel must know of a notation. Implementations live in notation/, are stateless and thread-safe,
/// and are registered by the composition root.
class Format {
 public:
  virtual ~Format() = default;
  /// "bpmn", "dmn", "archimate", "markdown", "proto", "yaml", "json", "xml", "opaque".
  virtual std::string_view name() const = 0;
  /// Whether a file of this name (workspace-relative, '/') with these first bytes is of this notation.
  virtual bool Claims(std::string_view path, std::string_view head) const = 0;
  /// Judges the bytes. INVALID_ARGUMENT with `LINE:COLUMN: why` for what is not well-formed.
  virtual absl::StatusOr<Intake> Accept(std::string_view bytes) const = 0;
  /// A short human name of a node for labels and lists ("Check stock"); empty when it has none.
  virtual std::string DisplayName(const Document& document, NodeIndex node) const = 0;
  /// True for nodes and attributes that only say how something is drawn.
  virtual bool IsLayout(const Document& document, NodeIndex node) const = 0;
  /// The identifiers of other elements that a value of `node` names: of the attribute `attribute` (qualified
  /// name, as written), or of its character data where that is empty. Qualified names come without their
  /// prefix; identifiers in other files as `file#id`. Empty for values that name nothing.
  virtual std::vector<std::string> ReferencesIn(const Document& document, NodeIndex node,
                                                std::string_view attribute) const {
    static_cast<void>(document), static_cast<void>(node), static_cast<void>(attribute);
    return {};
  }
  /// True when the order of the children of `parent` says something (rules of a decision table, lines).
  virtual bool IsOrdered(const Document& document, NodeIndex parent) const {
    static_cast<void>(document), static_cast<void>(parent);
    return false;
  }
  /// True when the text of `node` is written for people, so that edits of different words in it do not
  /// concern each other. Other text is merged line by line. Merged states depend on it: no release may change
  /// its mind about a type of element.
  virtual bool IsProse(const Document& document, NodeIndex node) const {
    static_cast<void>(document), static_cast<void>(node);
    return false;
  }
};

/// The formats of this program, in order of precedence; the last one claims every file.
class FormatRegistry {
 public:
  explicit FormatRegistry(std::vector<std::unique_ptr<Format>> formats) : formats_(std::move(formats)) {}
  const Format& ForFile(std::string_view path, std::string_view head) const;
  const Format* Named(std::string_view name) const;

 private:
  std::vector<std::unique_ptr<Format>> formats_;
};

}  // namespace ameide::uaf::document
