#include "notation/xml/well_formed.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <string>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/sax/Locator.hpp>
#include <xercesc/sax2/Attributes.hpp>
#include <xercesc/sax2/DefaultHandler.hpp>
#include <xercesc/sax2/SAX2XMLReader.hpp>
#include <xercesc/sax2/XMLReaderFactory.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/SecurityManager.hpp>
#include <xercesc/util/XMLString.hpp>
#include <xercesc/util/XMLUni.hpp>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "notation/xml/doctype.h"
#include "notation/xml/xerces.h"
#include "uaf/document/tokenizer.h"

namespace ameide::xml {
namespace {

namespace xc = xercesc;

/// Enough for any honest internal subset, far too few for a billion laughs.
constexpr XMLSize_t kMostExpansions = 10'000;
/// Most characters that entities and defaults of a document type may stand for, beyond the file's own size.
constexpr size_t kMostExpanded = size_t{32} << 20;

/// Stops the parse from inside a callback; caught below, never leaves this file.
struct Refusal {
  std::string message;
};

class Judge final : public xc::DefaultHandler {
 public:
  /// `most_characters`: of content and attributes, counted where a document type could multiply them.
  explicit Judge(std::optional<size_t> most_characters) : most_characters_(most_characters) {}

  void setDocumentLocator(const xc::Locator* const locator) override { locator_ = locator; }

  void startElement(const XMLCh*, const XMLCh*, const XMLCh*, const xc::Attributes& attributes) override {
    if (++depth_ > uaf::document::kDeepestNesting) Refuse("elements are nested deeper than 4096");
    if (!most_characters_) return;
    for (XMLSize_t i = 0; i < attributes.getLength(); ++i) {
      Count(xc::XMLString::stringLen(attributes.getValue(i)));
    }
  }
  void characters(const XMLCh* const, const XMLSize_t length) override {
    if (most_characters_) Count(length);
  }
  void endElement(const XMLCh*, const XMLCh*, const XMLCh*) override { --depth_; }

  void fatalError(const xc::SAXParseException& error) override { Refuse(error); }
  /// Without validation these are namespace errors: an undeclared prefix, attributes doubled by namespace.
  void error(const xc::SAXParseException& error) override { Refuse(error); }
  void warning(const xc::SAXParseException&) override {}

  /// Whatever is named outside the file is read as empty.
  xc::InputSource* resolveEntity(const XMLCh*, const XMLCh*) override { return EmptySource(); }

 private:
  static std::string Place(XMLFileLoc line, XMLFileLoc column) {
    return absl::StrCat(std::max<XMLFileLoc>(line, 1), ":", std::max<XMLFileLoc>(column, 1), ": ");
  }
  [[noreturn]] void Refuse(std::string_view why) const {
    throw Refusal{
        absl::StrCat(Place(locator_->getLineNumber(), locator_->getColumnNumber()), std::string(why))};
  }
  void Count(size_t characters) {
    counted_ += characters;
    if (counted_ > *most_characters_) Refuse("the entities of the document type stand for too much text");
  }
  [[noreturn]] static void Refuse(const xc::SAXParseException& error) {
    throw Refusal{Place(error.getLineNumber(), error.getColumnNumber()) + Utf8(error.getMessage())};
  }

  const std::optional<size_t> most_characters_;
  const xc::Locator* locator_ = nullptr;
  uint32_t depth_ = 0;
  size_t counted_ = 0;
};

/// How much a document type may make of this text.
struct Bounds {
  XMLSize_t expansions = kMostExpansions;
  std::optional<size_t> characters;
};

/// Every expansion brings at most the longest literal, so its size bounds their number. Parameter entities
/// are not counted by Xerces: those that use others could double in every line and are refused.
absl::StatusOr<Bounds> BoundsOf(std::string_view text) {
  Bounds bounds;
  const size_t begin = text.find("<!DOCTYPE");
  if (begin == std::string_view::npos) return bounds;
  DoctypeWatch watch;
  // An error here is Xerces's to word.
  (void)uaf::document::TokenizeXml(text, false, watch);
  const uaf::document::TextSpan span = watch.doctype().value_or(
      uaf::document::TextSpan{static_cast<uint32_t>(begin), static_cast<uint32_t>(text.size())});
  const DoctypeContent content = ReadDoctype(text.substr(span.begin, span.end - span.begin));
  const size_t literal = std::max<size_t>(content.longest_literal, 1);
  bounds.expansions = std::clamp<XMLSize_t>(kMostExpanded / literal, 1, kMostExpansions);
  bounds.characters = kMostExpanded + text.size();
  if (content.nested_parameters || content.parameter_references > kMostExpanded / literal) {
    return absl::InvalidArgumentError(absl::StrCat(
        uaf::document::FormatPosition(text, span.begin),
        ": parameter entities that use other parameter entities are not expanded; write them out"));
  }
  return bounds;
}

}  // namespace

absl::Status CheckWellFormed(std::string_view text) {
  AMEIDE_ASSIGN_OR_RETURN(const Bounds limits, BoundsOf(text));
  try {
    InitializeXerces();
    const std::unique_ptr<xc::SAX2XMLReader> reader(xc::XMLReaderFactory::createXMLReader());
    xc::SecurityManager bounds;
    bounds.setEntityExpansionLimit(limits.expansions);
    Judge judge(limits.characters);
    reader->setFeature(xc::XMLUni::fgSAX2CoreNameSpaces, true);
    reader->setFeature(xc::XMLUni::fgSAX2CoreValidation, false);
    reader->setFeature(xc::XMLUni::fgXercesSchema, false);
    reader->setFeature(xc::XMLUni::fgXercesLoadSchema, false);
    reader->setFeature(xc::XMLUni::fgXercesLoadExternalDTD, false);
    reader->setFeature(xc::XMLUni::fgXercesDisableDefaultEntityResolution, true);
    reader->setProperty(xc::XMLUni::fgXercesSecurityManager, &bounds);
    reader->setContentHandler(&judge);
    reader->setErrorHandler(&judge);
    reader->setEntityResolver(&judge);
    xc::MemBufInputSource source(reinterpret_cast<const XMLByte*>(text.data()), text.size(), "document",
                                 false);
    source.setEncoding(xc::XMLUni::fgUTF8EncodingString);
    source.setCopyBufToStream(false);
    reader->parse(source);
    return absl::OkStatus();
  } catch (const Refusal& refusal) {
    return absl::InvalidArgumentError(refusal.message);
  } catch (const xc::SAXException& error) {
    return absl::InvalidArgumentError(absl::StrCat("1:1: ", Utf8(error.getMessage())));
  } catch (const xc::XMLException& error) {
    return absl::InvalidArgumentError(absl::StrCat("1:1: ", Utf8(error.getMessage())));
  } catch (const xc::OutOfMemoryException&) {
    return absl::ResourceExhaustedError("1:1: not enough memory to read this file");
  } catch (const std::exception& error) {
    return absl::InternalError(absl::StrCat("1:1: the XML parser failed: ", error.what()));
  }
}

}  // namespace ameide::xml
