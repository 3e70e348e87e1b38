#include "notation/xml/schema.h"

#include <algorithm>
#include <set>
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
#include <xercesc/validators/schema/SchemaSymbols.hpp>

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

/// The texts in quotes of a message.
std::vector<std::string> Quoted(std::string_view message) {
  std::vector<std::string> quoted;
  for (size_t begin = 0; (begin = message.find('\'', begin)) != std::string_view::npos;) {
    const size_t end = message.find('\'', begin + 1);
    if (end == std::string_view::npos) break;
    quoted.emplace_back(message.substr(begin + 1, end - begin - 1));
    begin = end + 1;
  }
  return quoted;
}

/// How a message of Xerces reads to someone who does not know schemas: `%1` and `%2` are what it quotes, `%e`
/// is the element that it is about. Messages that are not here stay as they are.
struct Wording {
  std::string_view part;  ///< of the message
  std::string_view words;
};
constexpr Wording kWordings[] = {
    {"is not allowed for content model",
     "%1 cannot stand at this place in %e, which contains %2 in this order; move or remove it"},
    {"is abstract; use", "%1 only stands for its kinds; write one of them instead"},
    {"grammar not found for namespace",
     "xsi:type of %e names a type of the namespace '%1', which has no schema; correct its prefix"},
    {"specified in 'xsi:type' cannot be resolved", "there is no type %1; correct xsi:type"},
    {"specified in 'xsi:type' does not derive from", "%1 is no type that %e can have; correct xsi:type"},
    {"undefined prefix in QName value", "the prefix of '%1' is not declared; declare it or correct it"},
    {"can not be resolved to namespace URI",
     "the prefix %1 is not declared; declare it (xmlns:%1) or correct it; the rest of the file is not "
     "checked"},
    {"no character data is allowed", "%e has text between its elements, which it cannot have; remove it"},
    {"attribute cannot have empty value", "an attribute of %e is empty; give it a value or remove it"},
    {"is invalid boolean", "'%1' is neither true nor false"},
    {"invalid character encountered", "a value in %e is no number; correct it"},
    {"regular expression facet '[+\\-]?[0-9]+'", "'%1' is no whole number"},
    {"empty content is not valid for content model", "%e is empty, but it contains %1; add what is missing"},
    {"missing elements in content model", "%e lacks something: it contains %1; add what is missing"},
    {"missing required attribute", "%e lacks the attribute %1; add it"},
    {"is not declared for element",
     "%2 has no attribute %1; correct its name, or give one of your own a prefix"},
    {"no declaration found for element",
     "there is no element %1; correct its name, or give one of your own a prefix"},
    {"is referenced but was never declared",
     "nothing in this file has the id %1, which is referred to; correct it"},
    {"is not unique", "the id %1 is used twice; give one of the two another id"},
    {"not in enumeration", "'%1' is none of the values that %e allows there; choose one of them"},
    {"is invalid NCName",
     "'%1' is no valid id or name: it begins with a letter or _ and has no spaces or colons"},
    {"is invalid QName",
     "'%1' is no valid name of an element; it has no spaces, and its prefix must be declared"},
    {"does not match any member types", "'%1' is not allowed there in %e; choose a value that it has"},
};

std::string Worded(const std::string& message, std::string_view element, bool nests_itself = false) {
  for (const Wording& wording : kWordings) {
    if (message.find(wording.part) == std::string::npos) continue;
    std::vector<std::string> quoted = Quoted(message);
    if (quoted.size() > 1 && quoted[1] == "()" && wording.part == kWordings[0].part) {
      return absl::StrCat(quoted[0], " cannot stand in ", std::string(element),
                          ", which has no such elements; move or remove it");
    }
    if (quoted.size() > 1 && quoted[0] == element && !nests_itself &&
        wording.part == kWordings[0].part) {  // it has no content at all
      return Worded(absl::StrCat("missing elements in content model '", quoted[1], "'"), element);
    }
    std::string words;
    for (size_t i = 0; i < wording.words.size(); ++i) {
      if (wording.words[i] != '%') {
        words += wording.words[i];
        continue;
      }
      const char which = wording.words[++i];
      if (which == 'e')
        words += element;
      else if (const size_t at = static_cast<size_t>(which - '1'); at < quoted.size())
        words += quoted[at];
      else
        return message;
    }
    return words;
  }
  return message;
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
  /// `known` are the namespaces that the schemas describe.
  explicit Collector(const std::set<std::string>& known) : known_(known) {}

  void startElement(const XMLCh* uri, const XMLCh* name, const XMLCh*,
                    const xc::Attributes& attributes) override {
    static constexpr XMLCh kId[] = {'i', 'd', 0};
    const bool named =
        attributes.getValue(xc::SchemaSymbols::fgURI_XSI, xc::SchemaSymbols::fgATT_TYPE) != nullptr;
    if (!named || !known_.contains(Utf8(uri))) ForgetUnknownTypes();
    OpenElement element{Utf8(name), Utf8(attributes.getValue(kId)), false, {}};
    const bool unknown = ForgetConsequences();
    if (!open_.empty() && unknown) open_.back().unknown.insert(element.name);
    if (!open_.empty() && !unknown) open_.back().nests_itself |= open_.back().name == element.name;
    open_.push_back(std::move(element));
    Assign();
  }
  void endElement(const XMLCh*, const XMLCh*, const XMLCh*) override {
    Forget([&](const std::string& message) {  // what is told of the child itself
      if (message.find("is not allowed for content model") == std::string::npos) return false;
      const std::vector<std::string> quoted = Quoted(message);
      return !quoted.empty() && open_.back().unknown.contains(quoted[0].substr(quoted[0].find(':') + 1));
    });
    Assign();
    open_.pop_back();
  }
  void error(const xc::SAXParseException& error) override {
    Add(error);
    if (findings_.size() >= kMostFindings) throw Enough();
  }
  /// Like an `xsi:type` whose prefix nothing declares. What is foreign is not judged.
  void fatalError(const xc::SAXParseException& error) override {
    const bool foreign = std::any_of(open_.begin(), open_.end(), [](const OpenElement& element) {
      return element.name == "extensionElements";
    });
    if (!foreign) Add(error);
    throw Enough();
  }
  void warning(const xc::SAXParseException&) override {}
  xc::InputSource* resolveEntity(const XMLCh*, const XMLCh*) override { return EmptySource(); }

  std::vector<Finding> Take() {
    Assign();
    return std::move(findings_);
  }

 private:
  void Add(const xc::SAXParseException& error) {
    Finding finding;
    finding.severity = Severity::kError;
    finding.rule = "xml/schema";
    finding.line = static_cast<uint32_t>(error.getLineNumber());
    finding.column = static_cast<uint32_t>(error.getColumnNumber());
    finding.message = Utf8(error.getMessage());
    findings_.push_back(std::move(finding));
  }

  /// Where everything is allowed, Xerces still looks for the type that an element of a foreign namespace
  /// names by `xsi:type`, and complains that it knows no such grammar.
  void ForgetUnknownTypes() {
    Forget([](const std::string& message) { return message.find("grammar not found") != std::string::npos; });
  }

  /// An element that there is not has no attributes, either: one mistake, one finding. Whether it is one.
  bool ForgetConsequences() {
    const bool unknown = std::any_of(
        findings_.begin() + static_cast<ptrdiff_t>(assigned_), findings_.end(), [](const Finding& finding) {
          return finding.message.find("no declaration found for element") != std::string::npos ||
                 finding.message.find("is abstract; use") != std::string::npos;
        });
    if (unknown) {
      Forget([](const std::string& message) {
        return message.find("is not declared for element") != std::string::npos;
      });
    }
    return unknown;
  }

  template <typename Is>
  void Forget(const Is& is) {
    findings_.erase(std::remove_if(findings_.begin() + static_cast<ptrdiff_t>(assigned_), findings_.end(),
                                   [&](const Finding& finding) { return is(finding.message); }),
                    findings_.end());
  }

  struct OpenElement {
    std::string name, id;
    bool nests_itself = false;      ///< a child has its name
    std::set<std::string> unknown;  ///< names of children that have a finding of their own
  };

  void Assign() {
    for (; assigned_ < findings_.size(); ++assigned_) {
      Finding& finding = findings_[assigned_];
      finding.message =
          Shortened(open_.empty() ? Worded(finding.message, "the file")
                                  : Worded(finding.message, open_.back().name, open_.back().nests_itself));
      const auto named = std::find_if(open_.rbegin(), open_.rend(),
                                      [](const OpenElement& element) { return !element.id.empty(); });
      if (named != open_.rend()) finding.element = named->id;
    }
  }

  const std::set<std::string>& known_;
  std::vector<OpenElement> open_;
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

  /// Once all grammars are in.
  void KeepNamespaces() {
    for (xc::RefHashTableOfEnumerator<xc::Grammar> grammars = getGrammarEnumerator();
         grammars.hasMoreElements();) {
      namespaces_.insert(Utf8(grammars.nextElement().getTargetNamespace()));
    }
  }
  const std::set<std::string>& namespaces() const { return namespaces_; }

 private:
  std::set<std::string> namespaces_;
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
    pool->KeepNamespaces();
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
  Collector collector(pool_->namespaces());
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
