#include "backend/compiler/call_library.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "notation/xml/intake.h"

namespace ameide::compiler {

using uaf::document::Document;

CallLibrary::CallLibrary(std::vector<File> files) {
  for (File& file : files) {
    const auto intake = xml::Accept(file.bytes);
    if (!intake.ok()) continue;
    absl::StatusOr<Document> document = Document::Import(intake->import, file.bytes, {});
    if (!document.ok() || !bpmn::IsBpmn(*document)) continue;
    Opened opened;
    opened.path = std::move(file.path);
    opened.document = std::make_unique<const Document>(*std::move(document));
    opened.view = std::make_unique<const bpmn::Definitions>(*opened.document);
    for (const bpmn::Element& element : opened.view->model_elements()) {
      if (element.type() != "process" && !element.is(bpmn::kCallable)) continue;
      callables_[element.id()].push_back({opened.path, opened.view.get(), element});
    }
    files_.push_back(std::move(opened));
  }
}

absl::StatusOr<CallLibrary::Callable> CallLibrary::Find(const std::string& id) const {
  const auto found = callables_.find(id);
  if (found == callables_.end() || id.empty()) {
    return absl::NotFoundError(absl::StrCat("no file has a process or global task ", id));
  }
  if (found->second.size() > 1) {
    return absl::InvalidArgumentError(absl::StrCat("the called element ", id, " is in both ",
                                                   found->second[0].path, " and ", found->second[1].path,
                                                   "; give one of them another id"));
  }
  return found->second[0];
}

}  // namespace ameide::compiler
