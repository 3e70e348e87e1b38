#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "notation/dmn/view.h"

namespace ameide::dmn {

/// A model that another one imports.
struct ImportedFile {
  std::string path;  ///< for messages, and for the imports that it has itself
  std::shared_ptr<const Document> document;
};

/// Finds the file that `importing_path` imports by namespace, and location where one is given (may be empty).
/// Answers nullopt when there is none. Pure code has no file system: whoever has one passes this.
using ImportLoader = std::function<std::optional<ImportedFile>(
    std::string_view importing_path, std::string_view namespace_uri, std::string_view location)>;

/// Finds imports among models that are at hand, by namespace; of several with the same one, that whose path
/// ends as the location does. The answer owns the documents.
ImportLoader LoaderAmong(std::vector<ImportedFile> files);

/// What kind of node of the decision requirements graph an element is.
enum class NodeKind : uint8_t {
  kInputData,
  kDecision,
  kBusinessKnowledgeModel,
  kDecisionService,
  kKnowledgeSource
};

/// A model and all that it imports, directly or not, as one graph of requirements (DMN 1.5 clause 6, 6.3.2).
/// References that lead nowhere, to elements of the wrong kind or in circles are kept as problems; everything
/// else still works. Reads its documents, which must outlive it and stay unchanged.
class Graph {
 public:
  struct Import {
    Element element;
    std::string name;  ///< what names of the other model are qualified by; empty: not at all (DMN 1.5)
    std::string namespace_uri;
    std::optional<uint32_t> file;  ///< index of files(); nullopt for other import types and what is not found
  };
  struct File {
    std::string path;
    std::shared_ptr<const Document> keep;  ///< of imported files
    Definitions view;
    std::vector<Import> imports;
  };
  /// A reference and where it is written.
  struct Edge {
    Element at;  ///< the element with the `href`
    uint32_t node = 0;
  };
  struct Node {
    NodeKind kind = NodeKind::kDecision;
    uint32_t file = 0;
    Element element;
    std::string id, name;
    std::vector<Edge> information;  ///< decisions and input data that it requires
    std::vector<Edge> knowledge;    ///< business knowledge models and decision services that it may call
    // Of a decision service:
    std::vector<Edge> output_decisions, encapsulated_decisions, input_decisions, input_data;
  };
  /// What is wrong with imports and references.
  struct Problem {
    std::string rule;  ///< "dmn/dangling-reference", "dmn/cyclic-requirement", "dmn/import-not-found", …
    uint32_t file = 0;
    Element at;
    std::string message;
  };

  /// Reads the model in `document` (of `path`) and what it imports. Without a loader imports stay unknown,
  /// and references into them are no problems.
  Graph(const Document& document, std::string path, const ImportLoader& loader = {});

  const std::vector<std::unique_ptr<File>>& files() const { return files_; }
  const File& root() const { return *files_.front(); }
  const std::vector<Node>& nodes() const { return nodes_; }
  const std::vector<Problem>& problems() const { return problems_; }

  /// A node by its element's id in a file.
  std::optional<uint32_t> Find(uint32_t file, std::string_view id) const;
  /// The names of imports that lead from one file to another: empty for the file itself and where imports
  /// have no name; nullopt when nothing leads there.
  std::optional<std::vector<std::string>> PathTo(uint32_t from, uint32_t to) const;
  /// How the file `from` calls a node: by its name, below those of the imports that lead to it ("Loan.Rate").
  std::string NameFrom(uint32_t from, uint32_t node) const;

  /// At most so many files are read for one model.
  static constexpr size_t kMostFiles = 256;

 private:
  void LoadImports(const ImportLoader& loader);
  void AddNodes();
  void Connect();
  void ConnectNode(uint32_t index);
  /// What `reference` names, when it is one of `kinds`; otherwise a problem is noted.
  std::optional<Edge> Resolve(uint32_t file, const Element& reference, std::initializer_list<NodeKind> kinds);
  void FindCycles();
  /// Files that import themselves, also through others.
  void FindImportCycles();

  std::vector<std::unique_ptr<File>> files_;
  std::vector<Node> nodes_;
  std::vector<Problem> problems_;
  std::vector<std::unordered_map<std::string, uint32_t>> by_id_;  // of each file
};

}  // namespace ameide::dmn
