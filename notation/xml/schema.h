#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "uaf/document/format.h"

namespace ameide::xml {

/// One schema file, under the name that other files include or import it by ("DI.xsd").
struct SchemaSource {
  std::string_view name;
  std::string_view text;
};

/// The schemas of one notation, compiled once. Thread-safe after loading.
class SchemaSet {
 public:
  /// Compiles `sources`; the first one is the root, which the others belong to. INTERNAL with the place when
  /// they are no schemas: they ship with the program.
  static absl::StatusOr<std::unique_ptr<SchemaSet>> Load(std::span<const SchemaSource> sources);

  ~SchemaSet();
  SchemaSet(const SchemaSet&) = delete;
  SchemaSet& operator=(const SchemaSet&) = delete;

  /// What in a well-formed document breaks the schemas: findings `xml/schema` of severity error with line,
  /// column and the id of the element, in document order, at most 100. Elements of other namespaces are not
  /// judged. Nothing that the document names is opened. `text` is UTF-8 without a document type.
  std::vector<uaf::document::Finding> Check(std::string_view text) const;

 private:
  class Pool;
  explicit SchemaSet(std::unique_ptr<Pool> pool);
  std::unique_ptr<Pool> pool_;
};

}  // namespace ameide::xml
