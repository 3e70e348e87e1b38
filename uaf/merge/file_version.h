#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "uaf/document/document.h"
#include "uaf/document/format.h"

/// Private to this folder.
namespace ameide::uaf::merge {

/// One version of a file as characters, with how they were written.
struct Version {
  std::string text;
  document::Encoding encoding = document::Encoding::kUtf8;
  bool byte_order_mark = false;
  document::TreeKind kind = document::TreeKind::kOpaque;
  bool crlf = false;  ///< each line feed of `text` was written as CR LF
  /// Where lines end in several ways and a side changed some of these ends: of each line feed of `text`
  /// whether it was written as CR LF. Else empty.
  std::vector<bool> returns = {};
  /// Not empty: why the format refused the bytes, which are text or bytes here all the same.
  std::string refused = {};
};

/// Base, A, B.
using Versions = std::array<Version, 3>;

/// The versions as `format` reads them; what it refuses, as lines of text in UTF-8, UTF-16 or, where one of
/// them is neither and has no zero bytes, byte for byte as ISO-8859-1. Where all lines of some end in CR LF
/// and all lines of the others in LF, that is how they were written, and all texts have line feeds. So it is
/// line by line where lines of one version end in several ways and a side changed some of that.
Versions ReadVersions(const std::array<std::string_view, 3>& bytes, const document::Format& format);

/// One of the two changed it; of two changes the second side's stands, as in the fold.
template <typename T>
T Either(const T& base, const T& a, const T& b) {
  return b == base ? a : b;
}

/// A merged file as bytes.
struct Written {
  std::string bytes;
  /// The version whose encoding stands because the merged one lacks characters that cannot be written as
  /// references; nullopt when none had to give way.
  std::optional<size_t> instead;
};

/// Writes merged text in the encoding and with the line ends that the sides agree on, or that one of them
/// changed to. Characters that it lacks become references in text and attribute values of an XML file. Where
/// that cannot be (comments, CDATA, names, other files), the encoding and declaration of a version that has
/// them stand.
Written WriteMerged(std::string_view text, document::TreeKind kind, const Versions& versions);

/// What people call the encoding of a version: "ISO-8859-1".
std::string EncodingName(const Version& version);

}  // namespace ameide::uaf::merge
