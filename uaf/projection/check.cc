#include "uaf/projection/check.h"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/projection/element.h"
#include "uaf/projection/element_rows.h"
#include "uaf/projection/tables.h"
#include "uaf/projection/touched.h"
#include "uaf/projection/words.h"
#include "uaf/store/replay.h"

namespace ameide::uaf {
namespace {

using document::Document;
using document::Finding;
using document::NodeIndex;

/// The words of a row, in any order: how many, and a sum over them.
struct WordSum {
  uint64_t count = 0;
  uint64_t sum = 0;
  void Add(std::string_view word, std::string_view column, int64_t place) {
    ++count;
    sum += std::hash<std::string>()(absl::StrCat(std::string(word), " ", std::string(column), " ", place));
  }
  bool operator==(const WordSum&) const = default;
};

WordSum WordsOf(const IndexedElement& element, const WordSplitter& words) {
  WordSum sum;
  if (!element.Searchable()) return sum;
  for (const auto& [column, text] : {std::pair<std::string_view, const std::string*>{"name", &element.name},
                                     {"identifier", &element.identifier},
                                     {"text", &element.text}}) {
    int64_t place = -1;
    words.Split(*text, WordSplitter::Purpose::kIndex, [&, column = column](const WordSplitter::Word& word) {
      if (!word.alternative || place < 0) ++place;
      sum.Add(word.text, column, place);
      return true;
    });
  }
  return sum;
}

/// An artifact and the state that its rows reflect.
struct Indexed {
  int64_t number = 0;
  ArtifactId artifact;
  std::string path;
  std::string format;
  int64_t head = 0;
  uint64_t events = 0;
  bool retired = false;
  bool current = false;  ///< nothing came since
};

class Checker {
 public:
  Checker(Database& database, EventReader& reader, const BlobSource& blobs,
          const document::FormatRegistry& formats)
      : database_(database), reader_(reader), rows_(&database, &reader), blobs_(blobs), formats_(formats) {}

  absl::StatusOr<std::vector<Finding>> Run() {
    AMEIDE_ASSIGN_OR_RETURN(const bool there, HasElementTables(database_));
    if (!there) {
      Tell("projection/version", "the search index was made by another version of Ameide",
           "it is built anew when the workspace is opened for writing");
      return std::move(findings_);
    }
    if (const absl::Status read = ReadWords(); !read.ok()) {
      Tell("projection/search", absl::StrCat("the full-text index cannot be read: ", read.message()));
      words_readable_ = false;
    }
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<Indexed> artifacts, ReadArtifacts());
    for (const Indexed& artifact : artifacts) {
      // Events that cannot be read are told where the log itself is checked.
      const absl::Status checked = CheckArtifact(artifact);
      if (!checked.ok() && !absl::IsDataLoss(checked)) return checked;
    }
    AMEIDE_RETURN_IF_ERROR(CheckStrays());
    return std::move(findings_);
  }

 private:
  void Tell(std::string_view rule, std::string what,
            std::string_view advice = "run `ameide doctor --rebuild`") {
    Finding finding;
    finding.rule = rule;
    finding.message = absl::StrCat(what, "; ", std::string(advice));
    findings_.push_back(std::move(finding));
  }

  absl::Status ReadWords() {
    AMEIDE_ASSIGN_OR_RETURN(const bool reader, OnlyReads());
    // A reader may not even make temporary tables.
    if (reader) AMEIDE_RETURN_IF_ERROR(database_.Execute("PRAGMA query_only=OFF"));
    absl::Status status = database_.Execute(
        "DROP TABLE IF EXISTS temp.search_words;"
        "CREATE VIRTUAL TABLE temp.search_words USING fts5vocab(main, search_text, instance)");
    if (status.ok()) {
      status = SumWords();
      const absl::Status dropped = database_.Execute("DROP TABLE temp.search_words");
      if (status.ok()) status = dropped;
    }
    const absl::Status again = reader ? database_.Execute("PRAGMA query_only=ON") : absl::OkStatus();
    return status.ok() ? again : status;
  }

  absl::StatusOr<bool> OnlyReads() {
    AMEIDE_ASSIGN_OR_RETURN(Statement query, database_.Prepare("PRAGMA query_only"));
    AMEIDE_ASSIGN_OR_RETURN(const bool row, query.Step());
    return row && query.Int(0) != 0;
  }

  absl::Status SumWords() {
    AMEIDE_ASSIGN_OR_RETURN(Statement query,
                            database_.Prepare("SELECT term, doc, col, offset FROM temp.search_words"));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) return absl::OkStatus();
      words_[query.Int(1)].Add(query.Text(0), query.Text(2), query.Int(3));
    }
  }

  absl::StatusOr<std::vector<Indexed>> ReadArtifacts() {
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query,
        database_.Prepare("SELECT i.artifact, n.name, a.path, a.format, i.head, i.events, i.retired,"
                          " i.head = a.head AND i.events = a.events FROM indexed_artifacts i"
                          " JOIN artifacts a ON a.id = i.artifact JOIN artifact_names n ON n.id = a.id"));
    std::vector<Indexed> artifacts;
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) return artifacts;
      artifacts.push_back({query.Int(0), ArtifactId{std::string(query.Text(1))}, std::string(query.Text(2)),
                           std::string(query.Text(3)), query.Int(4), static_cast<uint64_t>(query.Int(5)),
                           query.Int(6) != 0, query.Int(7) != 0});
    }
  }

  absl::Status CheckArtifact(const Indexed& indexed) {
    known_.insert(indexed.number);
    if (indexed.head == 0) return absl::OkStatus();  // of another branch: compared whole before it is asked
    std::optional<Cut> cut;
    if (!indexed.current) {
      AMEIDE_ASSIGN_OR_RETURN(const EventId head, reader_.IdOf(indexed.head));
      AMEIDE_ASSIGN_OR_RETURN(const std::optional<StoredEvent> event, reader_.Find(head));
      if (event) {
        AMEIDE_ASSIGN_OR_RETURN(Cut now, reader_.Current());
        AMEIDE_ASSIGN_OR_RETURN(cut, reader_.UpTo(event->change_set, std::move(now)));
      }
    }
    AMEIDE_ASSIGN_OR_RETURN(const std::vector<StoredEvent> events,
                            reader_.OfArtifact(indexed.artifact, cut ? &*cut : nullptr));
    // Others' events came before it meanwhile: such an artifact is compared whole before it is asked again.
    if (events.size() != indexed.events) {
      if (indexed.current) {
        Tell("projection/artifacts", absl::StrCat(indexed.path, ": the list of artifacts counts ",
                                                  indexed.events, " events, the log has ", events.size()));
      }
      return absl::OkStatus();
    }
    std::optional<Document> document;
    if (!indexed.retired) {
      absl::StatusOr<Replayed> replayed =
          Replay({database_, reader_, blobs_, formats_}, indexed.artifact, cut ? &*cut : nullptr);
      if (!replayed.ok()) return absl::OkStatus();  // told where the artifact itself is checked
      document = std::move(replayed->document);
    }
    AMEIDE_RETURN_IF_ERROR(CheckElements(indexed, document ? &*document : nullptr));
    return CheckTouches(indexed, events);
  }

  absl::Status CheckElements(const Indexed& indexed, const Document* document) {
    std::map<NodeId, ElementRows::Stored> stored;
    size_t doubled = 0;
    AMEIDE_RETURN_IF_ERROR(rows_.ForEach(indexed.number, [&](ElementRows::Stored each) {
      const NodeId node = each.element.node;
      doubled += stored.emplace(node, std::move(each)).second ? 0 : 1;
    }));
    size_t differing = doubled;
    size_t wordless = 0;
    std::string example;
    const document::Format* format = formats_.Named(indexed.format);
    if (format == nullptr) format = formats_.Named("opaque");
    if (document != nullptr && format != nullptr) {
      for (const NodeIndex node : document->Descendants(document::kDocumentNode)) {
        const std::optional<IndexedElement> element = DescribeElement(*document, node, *format);
        if (!element) continue;
        const auto known = stored.find(element->node);
        if (known == stored.end() || known->second.element != *element) {
          ++differing;
          example = FormatId(element->node);
        } else if (words_readable_ && words_[known->second.id] != WordsOf(*element, database_.words())) {
          ++wordless;
          example = FormatId(element->node);
        }
        if (known != stored.end()) stored.erase(known);
      }
    }
    if (!stored.empty()) example = FormatId(stored.begin()->first);
    differing += stored.size();
    if (differing > 0) {
      Tell("projection/elements",
           absl::StrCat(indexed.path, ": the index of elements is not what the log gives (", differing,
                        " differ, such as ", example, ")"));
    }
    if (wordless > 0) {
      Tell("projection/search",
           absl::StrCat(indexed.path, ": the full-text index is not what the log gives (", wordless,
                        " elements differ, such as ", example, ")"));
    }
    return absl::OkStatus();
  }

  absl::Status CheckTouches(const Indexed& indexed, const std::vector<StoredEvent>& events) {
    std::set<std::tuple<int64_t, int64_t, int64_t>> expected;
    for (const StoredEvent& event : events) {
      for (const NodeId& node : TouchedNodes(event.change_set)) {
        AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> made_by, rows_.KeyOf(node.event));
        if (made_by) expected.emplace(*made_by, node.ordinal, event.key);
      }
    }
    AMEIDE_ASSIGN_OR_RETURN(
        Statement query, database_.Prepare("SELECT event, ordinal, change FROM touches WHERE artifact = ?"));
    query.Bind(1, indexed.number);
    size_t strange = 0;
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
      if (!more) break;
      if (expected.erase({query.Int(0), query.Int(1), query.Int(2)}) == 0) ++strange;
    }
    if (strange + expected.size() > 0) {
      Tell("projection/touches",
           absl::StrCat(indexed.path,
                        ": the list of which events touch which element is not what the log gives (",
                        expected.size(), " missing, ", strange, " too many)"));
    }
    return absl::OkStatus();
  }

  /// Rows that belong to nothing.
  absl::Status CheckStrays() {
    size_t strays = 0;
    for (const auto& [table, column] : {std::pair<const char*, const char*>{"elements", "artifact"},
                                        {"touches", "artifact"},
                                        {"indexed_artifacts", "artifact"}}) {
      AMEIDE_ASSIGN_OR_RETURN(Statement query,
                              database_.Prepare(absl::StrCat("SELECT DISTINCT ", column, " FROM ", table)));
      while (true) {
        AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
        if (!more) break;
        strays += known_.contains(query.Int(0)) ? 0 : 1;
      }
    }
    AMEIDE_ASSIGN_OR_RETURN(
        Statement usages, database_.Prepare("SELECT COUNT(*) FROM usages WHERE source NOT IN (SELECT id FROM "
                                            "elements)"));
    AMEIDE_RETURN_IF_ERROR(usages.Step().status());
    strays += static_cast<size_t>(usages.Int(0));
    AMEIDE_ASSIGN_OR_RETURN(Statement ids, database_.Prepare("SELECT id FROM elements"));
    while (true) {
      AMEIDE_ASSIGN_OR_RETURN(const bool more, ids.Step());
      if (!more) break;
      words_.erase(ids.Int(0));
    }
    strays += words_.size();
    if (strays > 0) {
      Tell("projection/strays",
           absl::StrCat("the indexes hold ", strays, " entries that belong to no element of the workspace"));
    }
    return absl::OkStatus();
  }

  Database& database_;
  EventReader& reader_;
  ElementRows rows_;
  const BlobSource& blobs_;
  const document::FormatRegistry& formats_;
  std::map<int64_t, WordSum> words_;  ///< by row
  bool words_readable_ = true;
  std::set<int64_t> known_;  ///< artifacts
  std::vector<Finding> findings_;
};

}  // namespace

absl::StatusOr<std::vector<Finding>> CheckProjections(Database& database, EventReader& reader,
                                                      const BlobSource& blobs,
                                                      const document::FormatRegistry& formats) {
  return Checker(database, reader, blobs, formats).Run();
}

}  // namespace ameide::uaf
