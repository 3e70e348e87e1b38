#include "uaf/projection/element_rows.h"

#include <algorithm>
#include <bit>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status.h"
#include "uaf/projection/words.h"

namespace ameide::uaf {
namespace {

constexpr int kLengthShift = 40;
constexpr int64_t kLongestText = kNameless + 15;

constexpr char kColumns[] =
    "SELECT id, event, ordinal, parent_event, parent_ordinal, type, name, identifier, text, layout, artifact"
    " FROM elements ";

int64_t LengthOf(const WordSplitter& words, const IndexedElement& element) {
  if (!element.Searchable()) return kLongestText + 1;
  int64_t count = 0;
  words.Split(element.name, WordSplitter::Purpose::kQuery, [&](const WordSplitter::Word& word) {
    count += word.alternative ? 0 : 1;
    return count < kLongName;
  });
  if (count > 0) return count;
  return std::min<int64_t>(kNameless + std::bit_width(element.text.size()), kLongestText);
}

}  // namespace

int64_t NameLengthOf(int64_t id) { return id >> kLengthShift; }

absl::StatusOr<std::optional<int64_t>> ElementRows::KeyOf(const EventId& event) {
  auto known = streams_.find(event.stream);
  if (known == streams_.end()) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> number, reader_->StreamNumber(event.stream));
    if (!number) return std::optional<int64_t>();
    known = streams_.emplace(event.stream, *number).first;
  }
  return std::optional<int64_t>(EventReader::KeyOf(known->second, event.seq));
}

absl::StatusOr<ElementRows::Stored> ElementRows::Row(const Statement& row) {
  Stored stored;
  stored.id = row.Int(0);
  AMEIDE_ASSIGN_OR_RETURN(stored.element.node.event, reader_->IdOf(row.Int(1)));
  stored.element.node.ordinal = static_cast<uint32_t>(row.Int(2));
  if (!row.IsNull(3)) {
    AMEIDE_ASSIGN_OR_RETURN(EventId event, reader_->IdOf(row.Int(3)));
    stored.element.parent = NodeId{std::move(event), static_cast<uint32_t>(row.Int(4))};
  }
  stored.element.type = row.Text(5);
  stored.element.name = row.Text(6);
  stored.element.identifier = row.Text(7);
  stored.element.text = row.Text(8);
  stored.element.layout = row.Int(9) != 0;
  stored.artifact = row.Int(10);
  return stored;
}

absl::Status ElementRows::ReadUsages(Stored& stored) {
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare(
          "SELECT attribute, file, target FROM usages WHERE source = ? ORDER BY attribute, file, target"));
  query.Bind(1, stored.id);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return absl::OkStatus();
    stored.element.usages.push_back(
        {std::string(query.Text(0)), std::string(query.Text(1)), std::string(query.Text(2))});
  }
}

absl::StatusOr<std::optional<ElementRows::Stored>> ElementRows::Find(int64_t artifact, const NodeId& node) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> event, KeyOf(node.event));
  if (!event) return std::optional<Stored>();
  AMEIDE_ASSIGN_OR_RETURN(
      Statement query,
      database_->Prepare(absl::StrCat(kColumns, "WHERE artifact = ? AND event = ? AND ordinal = ?")));
  query.Bind(1, artifact).Bind(2, *event).Bind(3, node.ordinal);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::optional<Stored>();
  AMEIDE_ASSIGN_OR_RETURN(Stored stored, Row(query));
  AMEIDE_RETURN_IF_ERROR(ReadUsages(stored));
  return std::optional<Stored>(std::move(stored));
}

absl::StatusOr<std::optional<ElementRows::Stored>> ElementRows::Get(int64_t id) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare(absl::StrCat(kColumns, "WHERE id = ?")));
  query.Bind(1, id);
  AMEIDE_ASSIGN_OR_RETURN(const bool found, query.Step());
  if (!found) return std::optional<Stored>();
  AMEIDE_ASSIGN_OR_RETURN(Stored stored, Row(query));
  return std::optional<Stored>(std::move(stored));
}

absl::Status ElementRows::ForEach(int64_t artifact, const std::function<void(Stored)>& take) {
  AMEIDE_ASSIGN_OR_RETURN(Statement query, database_->Prepare(absl::StrCat(kColumns, "WHERE artifact = ?")));
  query.Bind(1, artifact);
  while (true) {
    AMEIDE_ASSIGN_OR_RETURN(const bool more, query.Step());
    if (!more) return absl::OkStatus();
    AMEIDE_ASSIGN_OR_RETURN(Stored stored, Row(query));
    AMEIDE_RETURN_IF_ERROR(ReadUsages(stored));
    take(std::move(stored));
  }
}

absl::StatusOr<int64_t> ElementRows::NewId(const IndexedElement& element) {
  const int64_t length = LengthOf(database_->words(), element);
  AMEIDE_ASSIGN_OR_RETURN(Statement query,
                          database_->Prepare("SELECT MAX(id) FROM elements WHERE id BETWEEN ? AND ?"));
  const int64_t first = (length << kLengthShift) + 1;
  query.Bind(1, first).Bind(2, ((length + 1) << kLengthShift) - 1);
  AMEIDE_RETURN_IF_ERROR(query.Step().status());
  return query.IsNull(0) ? first : query.Int(0) + 1;
}

absl::Status ElementRows::WriteWords(int64_t id, const IndexedElement& element, bool remove) {
  if (!element.Searchable()) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(
      Statement write,
      database_->Prepare(
          remove ? "INSERT INTO search_text(search_text, rowid, name, identifier, text) VALUES('delete', ?, "
                   "?, ?, ?)"
                 : "INSERT INTO search_text(rowid, name, identifier, text) VALUES(?, ?, ?, ?)"));
  write.Bind(1, id).BindText(2, element.name).BindText(3, element.identifier).BindText(4, element.text);
  return write.Run();
}

absl::Status ElementRows::Insert(int64_t artifact, const IndexedElement& element) {
  AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> event, KeyOf(element.node.event));
  if (!event) {
    return absl::DataLossError(absl::StrCat("node ", FormatId(element.node),
                                            " was made by an event that the store does not have; run "
                                            "`ameide doctor`"));
  }
  AMEIDE_ASSIGN_OR_RETURN(const int64_t id, NewId(element));
  AMEIDE_ASSIGN_OR_RETURN(
      Statement insert,
      database_->Prepare("INSERT INTO elements(id, artifact, event, ordinal, parent_event, parent_ordinal, "
                         "type, name, identifier, text, layout) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
  insert.Bind(1, id).Bind(2, artifact).Bind(3, *event).Bind(4, element.node.ordinal);
  insert.BindNull(5).BindNull(6);
  if (element.parent) {
    AMEIDE_ASSIGN_OR_RETURN(const std::optional<int64_t> parent, KeyOf(element.parent->event));
    if (parent) insert.Bind(5, *parent).Bind(6, element.parent->ordinal);
  }
  insert.BindText(7, element.type).BindText(8, element.name).BindText(9, element.identifier);
  insert.BindText(10, element.text).Bind(11, element.layout ? 1 : 0);
  AMEIDE_RETURN_IF_ERROR(insert.Run());
  AMEIDE_RETURN_IF_ERROR(WriteWords(id, element, false));
  if (element.usages.empty()) return absl::OkStatus();
  AMEIDE_ASSIGN_OR_RETURN(
      Statement use,
      database_->Prepare("INSERT INTO usages(source, attribute, file, target) VALUES(?, ?, ?, ?)"));
  for (const Usage& usage : element.usages) {
    use.Bind(1, id).BindText(2, usage.attribute).BindText(3, usage.file).BindText(4, usage.target);
    AMEIDE_RETURN_IF_ERROR(use.Run());
  }
  return absl::OkStatus();
}

absl::Status ElementRows::Remove(const Stored& stored) {
  AMEIDE_RETURN_IF_ERROR(WriteWords(stored.id, stored.element, true));
  for (const char* sql : {"DELETE FROM usages WHERE source = ?", "DELETE FROM elements WHERE id = ?"}) {
    AMEIDE_ASSIGN_OR_RETURN(Statement remove, database_->Prepare(sql));
    remove.Bind(1, stored.id);
    AMEIDE_RETURN_IF_ERROR(remove.Run());
  }
  return absl::OkStatus();
}

absl::Status ElementRows::Replace(int64_t artifact, const std::optional<Stored>& stored,
                                  const std::optional<IndexedElement>& element) {
  if (stored && element && stored->element == *element) return absl::OkStatus();
  if (stored) AMEIDE_RETURN_IF_ERROR(Remove(*stored));
  return element ? Insert(artifact, *element) : absl::OkStatus();
}

}  // namespace ameide::uaf
