#include "app/workbench/text_check.h"

#include <google/protobuf/compiler/parser.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include <QJsonDocument>
#include <algorithm>
#include <string>
#include <utility>

#include "base/yaml/yaml.h"
#include "notation/xml/intake.h"

namespace ameide::workbench {
namespace {

using uaf::document::Finding;

constexpr size_t kMost = 100;
/// A reader of YAML makes some hundred times as much of a text.
constexpr size_t kLargestYaml = size_t{1} << 20;

Finding Error(const char* rule, uint32_t line, uint32_t column, std::string message) {
  Finding finding;
  finding.rule = rule;
  finding.line = line;
  finding.column = column;
  finding.message = std::move(message);
  return finding;
}

/// Takes "LINE: why" or "LINE:COLUMN: why" apart.
Finding FromStatus(const char* rule, const absl::Status& status, uint32_t lines_before) {
  std::string message(status.message());
  uint32_t line = 0;
  uint32_t column = 0;
  size_t at = 0;
  const auto number = [&](uint32_t& into) {
    const size_t begin = at;
    while (at < message.size() && at - begin < 9 && message[at] >= '0' && message[at] <= '9')
      into = into * 10 + static_cast<uint32_t>(message[at++] - '0');
    if (at == begin || at >= message.size() || message[at] != ':') return false;
    ++at;
    return true;
  };
  if (number(line)) {
    const size_t behind_line = at;
    if (!number(column)) {
      at = behind_line;
      column = 0;
    }
    while (at < message.size() && message[at] == ' ') ++at;
    message.erase(0, at);
  } else {
    line = 0;
  }
  return Error(rule, std::max<uint32_t>(1, line) + lines_before, std::max<uint32_t>(1, column),
               std::move(message));
}

std::vector<Finding> CheckYaml(std::string_view text) {
  std::vector<Finding> findings;
  if (text.size() > kLargestYaml) return findings;
  // A file may hold several documents, each behind a line of dashes.
  uint32_t lines = 0;
  size_t begin = 0;
  while (begin <= text.size() && findings.size() < kMost) {
    size_t end = text.find("\n---", begin);
    end = end == std::string_view::npos ? text.size() : end + 1;
    const std::string_view document = text.substr(begin, end - begin);
    if (document.find_first_not_of(" \t\r\n-") != std::string_view::npos) {
      const auto read = yaml::ReadDocument(document, "a document", kLargestYaml);
      if (!read.ok()) findings.push_back(FromStatus("yaml/syntax", read.status(), lines));
    }
    lines += static_cast<uint32_t>(std::count(document.begin(), document.end(), '\n'));
    if (end == text.size()) break;
    begin = end;
  }
  return findings;
}

std::vector<Finding> CheckJson(std::string_view text) {
  QJsonParseError error;
  QJsonDocument::fromJson(QByteArray(text.data(), static_cast<qsizetype>(text.size())), &error);
  if (error.error == QJsonParseError::NoError) return {};
  const std::string_view before =
      text.substr(0, std::min(text.size(), static_cast<size_t>(std::max(0, error.offset))));
  const auto line = static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const size_t start = before.rfind('\n');
  const size_t column = before.size() - (start == std::string_view::npos ? 0 : start + 1) + 1;
  return {Error("json/syntax", line, static_cast<uint32_t>(column), error.errorString().toStdString())};
}

class ProtoErrors final : public google::protobuf::io::ErrorCollector {
 public:
  void AddError(int line, int column, const std::string& message) override {
    if (findings.size() >= kMost) return;
    findings.push_back(Error("proto/syntax", static_cast<uint32_t>(std::max(0, line)) + 1,
                             static_cast<uint32_t>(std::max(0, column)) + 1, message));
  }
  std::vector<Finding> findings;
};

std::vector<Finding> CheckProto(std::string_view text) {
  ProtoErrors errors;
  google::protobuf::io::ArrayInputStream input(text.data(), static_cast<int>(text.size()));
  google::protobuf::io::Tokenizer tokens(&input, &errors);
  google::protobuf::compiler::Parser parser;
  parser.RecordErrorsTo(&errors);
  google::protobuf::FileDescriptorProto file;
  if (!parser.Parse(&tokens, &file) && errors.findings.empty())
    errors.findings.push_back(Error("proto/syntax", 1, 1, "this is no proto file"));
  return errors.findings;
}

}  // namespace

std::vector<Finding> CheckText(std::string_view format, std::string_view bytes) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  std::string_view text = bytes;
  if (text.starts_with(kMark)) text.remove_prefix(kMark.size());
  if (format == "yaml") return CheckYaml(text);
  if (format == "json") return CheckJson(text);
  if (format == "proto") return CheckProto(text);
  if (format == "xml") {
    const auto accepted = xml::Accept(bytes);
    if (!accepted.ok()) return {FromStatus("xml/not-well-formed", accepted.status(), 0)};
  }
  return {};
}

}  // namespace ameide::workbench
