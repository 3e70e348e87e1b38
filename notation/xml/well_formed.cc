#include "notation/xml/well_formed.h"

#include <memory>
#include <string>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/sax/Locator.hpp>
#include <xercesc/sax2/DefaultHandler.hpp>
#include <xercesc/sax2/SAX2XMLReader.hpp>
#include <xercesc/sax2/XMLReaderFactory.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/PlatformUtils.hpp>
#include <xercesc/util/SecurityManager.hpp>
#include <xercesc/util/TransService.hpp>
#include <xercesc/util/XMLUni.hpp>

#include "absl/strings/str_cat.h"
#include "uaf/document/tokenizer.h"

namespace ameide::xml {
namespace {

namespace xc = xercesc;

/// Enough for any honest internal subset, far too few for a billion laughs.
constexpr XMLSize_t kMostExpansions = 10'000;

std::string Utf8(const XMLCh* text) {
  if (text == nullptr) return "";
  const xc::TranscodeToStr utf8(text, "UTF-8");
  return std::string(reinterpret_cast<const char*>(utf8.str()), utf8.length());
}

/// Stops the parse from inside a callback; caught below, never leaves this file.
struct Refusal {
  std::string message;
};

class Judge final : public xc::DefaultHandler {
 public:
  void setDocumentLocator(const xc::Locator* const locator) override { locator_ = locator; }

  void startElement(const XMLCh*, const XMLCh*, const XMLCh*, const xc::Attributes&) override {
    if (++depth_ > uaf::document::kDeepestNesting) {
      throw Refusal{absl::StrCat(Place(locator_->getLineNumber(), locator_->getColumnNumber()),
                                 "elements are nested deeper than 4096")};
    }
  }
  void endElement(const XMLCh*, const XMLCh*, const XMLCh*) override { --depth_; }

  void fatalError(const xc::SAXParseException& error) override { Refuse(error); }
  /// Without validation these are namespace errors: an undeclared prefix, attributes doubled by namespace.
  void error(const xc::SAXParseException& error) override { Refuse(error); }
  void warning(const xc::SAXParseException&) override {}

  /// Whatever is named outside the file is read as empty.
  xc::InputSource* resolveEntity(const XMLCh*, const XMLCh*) override {
    static constexpr XMLByte kNothing[1] = {0};
    return new xc::MemBufInputSource(kNothing, 0, "external entity", false);
  }

 private:
  static std::string Place(XMLFileLoc line, XMLFileLoc column) {
    return absl::StrCat(std::max<XMLFileLoc>(line, 1), ":", std::max<XMLFileLoc>(column, 1), ": ");
  }
  [[noreturn]] static void Refuse(const xc::SAXParseException& error) {
    throw Refusal{Place(error.getLineNumber(), error.getColumnNumber()) + Utf8(error.getMessage())};
  }

  const xc::Locator* locator_ = nullptr;
  uint32_t depth_ = 0;
};

/// Xerces is initialised once, by the first parse, and lives as long as the program: C++ makes this
/// thread-safe.
bool InitializeOnce() {
  static const bool done = [] {
    xc::XMLPlatformUtils::Initialize();
    return true;
  }();
  return done;
}

}  // namespace

absl::Status CheckWellFormed(std::string_view text) {
  try {
    InitializeOnce();
    const std::unique_ptr<xc::SAX2XMLReader> reader(xc::XMLReaderFactory::createXMLReader());
    xc::SecurityManager bounds;
    bounds.setEntityExpansionLimit(kMostExpansions);
    Judge judge;
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
