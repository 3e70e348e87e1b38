#pragma once

#include <QTimer>
#include <memory>
#include <string>

#include "app/workbench/artifact_tab.h"

class QPlainTextEdit;

namespace ameide::workbench {

class FindBar;
class ProblemsModel;

/// Edits an artifact as text: Markdown, proto, YAML by lines, XML by elements. What was typed is recorded
/// when typing pauses; only the lines that differ become operations, and white space, line ends and byte
/// order mark of all others stay as they are.
class TextTab : public ArtifactTab {
  Q_OBJECT

 public:
  /// `beside` another editor of the same artifact: a diagram shown as text.
  TextTab(const Theme* theme, WorkspaceService* workspace, ProblemsModel* problems,
          const uaf::Artifact& artifact, bool beside, QWidget* parent);

  QString Key() const override;
  QString Title() const override;
  QString IconName() const override;
  static QString KeyBeside(const uaf::ArtifactId& artifact);
  void Select(const QString& element, int line) override;
  void Flush() override;
  /// Something was typed that is not recorded yet, and recording it was not refused.
  bool Busy() const override { return recording_ || (dirty_ && !refused_); }
  bool CanFind() const override { return true; }
  void OfferFind() override;
  QPlainTextEdit* editor() { return editor_; }

 protected:
  void ShowDocument(uaf::document::Document document, const uaf::EventId& head, bool read_only) override;
  void ShowPresent() override { ApplyRecorded({}, {}); }
  void ApplyRecorded(const std::vector<uaf::document::Op>& ops, const uaf::EventId& event) override;
  void Acknowledged(uint64_t ticket, const absl::StatusOr<uaf::Receipt>& receipt) override;

 private:
  void SetText(const std::string& bytes);
  void ShowProblems();
  QString PlainText() const;

  ProblemsModel* problems_;
  bool beside_;
  QPlainTextEdit* editor_;
  FindBar* find_;
  QTimer typing_;
  /// What the present text was made from; shared with the worker that compares, which is done before the next
  /// one.
  std::shared_ptr<const uaf::document::Document> base_;
  std::string base_bytes_;
  bool dirty_ = false;
  bool recording_ = false;
  bool refused_ = false;  ///< what is dirty could not be recorded; the next Flush() tries again
  bool showing_ = false;
};

/// `text` (lines ended by \n, as an editor holds it) written in the manner of `before`: lines that did not
/// change keep their line ends, new ones get that of their neighbour, a byte order mark stays.
std::string WriteLike(const std::string& before, const std::string& text);
/// Inverse of the reading side: what an editor shows for a file's bytes.
std::string ReadForEditor(const std::string& bytes);

}  // namespace ameide::workbench
