#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace ameide::feel {

/// Bytes [begin, end) of an expression's text, from 0.
struct Span {
  uint32_t begin = 0;
  uint32_t end = 0;
  bool operator==(const Span&) const = default;
};

/// An edit that mends a finding: `text` in the place of `span`.
struct Fix {
  std::string title;  ///< "Write `first name`"
  Span span;
  std::string text;
  bool certain = true;  ///< it is what was meant; else a proposal for somebody to look at
};

/// Something wrong with an expression, found before it is evaluated.
struct Finding {
  enum class Severity : uint8_t {
    kError,    ///< the text is no FEEL
    kWarning,  ///< it is FEEL, but this part of it can only give null (or something surprising)
  };
  Severity severity = Severity::kError;
  /// syntax, unknown-name, unknown-function, arguments, type, duplicate, always-null, subtraction, rounded,
  /// external
  std::string rule;
  Span span;
  std::string message;  ///< what is wrong
  std::string hint;     ///< how to mend it; may be empty
  std::optional<Fix> fix;
};

/// Why an evaluation gave null somewhere: FEEL has no exceptions, so reasons are kept beside the result.
struct Diagnostic {
  Span span;
  std::string message;
};

/// Collects the first kLimit reasons of one evaluation.
struct Diagnostics {
  static constexpr size_t kLimit = 16;
  std::vector<Diagnostic> items;
  /// Set when the evaluation was stopped at its bounds (steps, depth or size) and the null result says
  /// nothing.
  bool exhausted = false;
  /// "at 5: no variable named total"; empty when there is nothing to say. Positions count bytes from 1.
  std::string Summary() const;
};

/// A place and what is to say of it, as a compiler prints it:
///
///     warning: there is no variable named `totl`
///       --> discount:2:8
///        |
///      2 | if totl > 100 then
///        |    ^^^^
///       help: did you mean `total`?
///
/// `severity` and `where` ("discount"; a file, a decision) may be empty. Columns count characters. Ends with
/// a line end.
std::string RenderExcerpt(std::string_view text, Span span, std::string_view severity,
                          std::string_view message, std::string_view hint, std::string_view where);
std::string Render(std::string_view text, const Finding& finding, std::string_view where);
std::string Render(std::string_view text, const Diagnostic& diagnostic, std::string_view where);

/// The candidate that was probably meant instead of `name`: near in letters; empty when none is near.
std::string NearestName(std::string_view name, const std::vector<std::string>& candidates);

/// A name for a message: of one longer than `most` characters (at least 10) its beginning and end.
std::string Shortened(std::string_view name, size_t most = 60);

}  // namespace ameide::feel
