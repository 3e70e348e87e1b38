#include "notation/xml/schema.h"

#include <algorithm>
#include <string>
#include <xercesc/framework/MemBufInputSource.hpp>
#include <xercesc/framework/XMLGrammarPoolImpl.hpp>
#include <xercesc/sax2/Attributes.hpp>
#include <xercesc/sax2/DefaultHandler.hpp>
#include <xercesc/sax2/SAX2XMLReader.hpp>
#include <xercesc/sax2/XMLReaderFactory.hpp>
#include <xercesc/util/OutOfMemoryException.hpp>
#include <xercesc/util/XMLString.hpp>
#include <xercesc/util/XMLUni.hpp>
#include <xercesc/validators/common/Grammar.hpp>

#include "absl/strings/str_cat.h"
#include "notation/xml/xerces.h"

namespace ameide::xml {
namespace {

namespace xc = xercesc;
using uaf::document::Finding;
using uaf::document::Severity;

constexpr size_t kMostFindings = 100;
/// Content models are spelt out by Xerces; nobody reads more of them.
constexpr size_t kLongestMessage = 400;

/// Stops a parse from inside a callback; caught in this file.
struct Enough {};

std::string Shortened(std::string message) {
  if (message.size() <= kLongestMessage) return message;
  size_t end = kLongestMessage;
  while (end > 0 && (message[end] & 0xc0) == 0x80) --end;
  return message.substr(0, end) + "…";
}

xc::MemBufInputSource SourceOf(std::string_view text, const char* name) {
  return xc::MemBufInputSource(reinterpret_cast<const XMLByte*>(text.data()), text.size(), name, false);
}

/// Gives the schema files to each other and refuses everything else.
class SchemaFiles final : public xc::DefaultHandler {
 public:
  explicit SchemaFiles(std::span<const SchemaSource> sources) : sources_(sources) {}

  xc::InputSource* resolveEntity(const XMLCh*, const XMLCh* system) override {
    const std::string path = Utf8(system);
    const std::string name = path.substr(path.rfind('/') + 1);
    for (const SchemaSource& source : sources_) {
      if (source.name != name) continue;
      return new xc::MemBufInputSource(reinterpret_cast<const XMLByte*>(source.text.data()),
                                       source.text.size(), name.c_str(), false);
    }
    return EmptySource();
  }
  void error(const xc::SAXParseException& error) override { Keep(error); }
  void fatalError(const xc::SAXParseException& error) override { Keep(error); }
  const std::string& first_error() const { return first_error_; }

 private:
  void Keep(const xc::SAXParseException& error) {
    if (!first_error_.empty()) return;
    first_error_ =
        absl::StrCat(Utf8(error.getSystemId()), ":", error.getLineNumber(), ": ", Utf8(error.getMessage()));
  }

  const std::span<const SchemaSource> sources_;
  std::string first_error_;
};

/// Collects what breaks the schemas. Xerces reports on a tag before it announces the tag, so what was
/// reported since the last tag belongs to the next one.
class Collector final : public xc::DefaultHandler {
 public:
  void startElement(const XMLCh*, const XMLCh*, const XMLCh*, const xc::Attributes& attributes) override {
    static constexpr XMLCh kId[] = {'i', 'd', 0};
    ids_.push_back(Utf8(attributes.getValue(kId)));
    Assign();
  }
  void endElement(const XMLCh*, const XMLCh*, const XMLCh*) override {
    Assign();
    ids_.pop_back();
  }
  void error(const xc::SAXParseException& error) override {
    Finding finding;
    finding.severity = Severity::kError;
    finding.rule = "xml/schema";
    finding.line = static_cast<uint32_t>(error.getLineNumber());
    finding.column = static_cast<uint32_t>(error.getColumnNumber());
    finding.message = Shortened(Utf8(error.getMessage()));
    findings_.push_back(std::move(finding));
    if (findings_.size() >= kMostFindings) throw Enough();
  }
  void fatalError(const xc::SAXParseException&) override { throw Enough(); }
  void warning(const xc::SAXParseException&) override {}
  xc::InputSource* resolveEntity(const XMLCh*, const XMLCh*) override { return EmptySource(); }

  std::vector<Finding> Take() {
    Assign();
    return std::move(findings_);
  }

 private:
  void Assign() {
    for (; assigned_ < findings_.size(); ++assigned_) {
      const auto named =
          std::find_if(ids_.rbegin(), ids_.rend(), [](const std::string& id) { return !id.empty(); });
      if (named != ids_.rend()) findings_[assigned_].element = *named;
    }
  }

  std::vector<std::string> ids_;
  std::vector<Finding> findings_;
  size_t assigned_ = 0;
};

void Configure(xc::SAX2XMLReader& reader, xc::DefaultHandler& handler) {
  reader.setFeature(xc::XMLUni::fgSAX2CoreNameSpaces, true);
  reader.setFeature(xc::XMLUni::fgSAX2CoreValidation, true);
  reader.setFeature(xc::XMLUni::fgXercesDynamic, false);
  reader.setFeature(xc::XMLUni::fgXercesSchema, true);
  reader.setFeature(xc::XMLUni::fgXercesSchemaFullChecking, false);
  reader.setFeature(xc::XMLUni::fgXercesLoadExternalDTD, false);
  reader.setFeature(xc::XMLUni::fgXercesDisableDefaultEntityResolution, true);
  reader.setContentHandler(&handler);
  reader.setErrorHandler(&handler);
  reader.setEntityResolver(&handler);
}

}  // namespace

/// Keeps Xerces out of the header.
class SchemaSet::Pool final : public xc::XMLGrammarPoolImpl {
 public:
  Pool() : XMLGrammarPoolImpl(xc::XMLPlatformUtils::fgMemoryManager) {}
};

SchemaSet::SchemaSet(std::unique_ptr<Pool> pool) : pool_(std::move(pool)) {}
SchemaSet::~SchemaSet() = default;

absl::StatusOr<std::unique_ptr<SchemaSet>> SchemaSet::Load(std::span<const SchemaSource> sources) {
  if (sources.empty()) return absl::InternalError("there is no schema to load");
  try {
    InitializeXerces();
    auto pool = std::make_unique<Pool>();
    const std::unique_ptr<xc::SAX2XMLReader> reader(
        xc::XMLReaderFactory::createXMLReader(xc::XMLPlatformUtils::fgMemoryManager, pool.get()));
    SchemaFiles files(sources);
    Configure(*reader, files);
    const xc::MemBufInputSource root = SourceOf(sources[0].text, std::string(sources[0].name).c_str());
    const bool loaded = reader->loadGrammar(root, xc::Grammar::SchemaGrammarType, true) != nullptr;
    if (!loaded || !files.first_error().empty()) {
      return absl::InternalError(absl::StrCat("a schema of the program is broken: ", files.first_error()));
    }
    pool->lockPool();
    return std::unique_ptr<SchemaSet>(new SchemaSet(std::move(pool)));
  } catch (const xc::XMLException& error) {
    return absl::InternalError(
        absl::StrCat("a schema of the program cannot be read: ", Utf8(error.getMessage())));
  } catch (const xc::OutOfMemoryException&) {
    return absl::ResourceExhaustedError("not enough memory to read the schemas");
  }
}

std::vector<Finding> SchemaSet::Check(std::string_view text) const {
  Collector collector;
  try {
    const std::unique_ptr<xc::SAX2XMLReader> reader(
        xc::XMLReaderFactory::createXMLReader(xc::XMLPlatformUtils::fgMemoryManager, pool_.get()));
    Configure(*reader, collector);
    reader->setFeature(xc::XMLUni::fgXercesUseCachedGrammarInParse, true);
    reader->setFeature(xc::XMLUni::fgXercesLoadSchema, false);
    xc::MemBufInputSource source = SourceOf(text, "document");
    source.setEncoding(xc::XMLUni::fgUTF8EncodingString);
    source.setCopyBufToStream(false);
    reader->parse(source);
  } catch (const Enough&) {
    // The findings so far are the answer.
  } catch (const xc::XMLException& error) {
    Finding finding;
    finding.severity = Severity::kInfo;
    finding.rule = "xml/schema";
    finding.message = absl::StrCat("the schema check ended early: ", Utf8(error.getMessage()));
    std::vector<Finding> findings = collector.Take();
    findings.push_back(std::move(finding));
    return findings;
  } catch (const xc::OutOfMemoryException&) {
    // As much as memory allowed.
  }
  return collector.Take();
}

}  // namespace ameide::xml
