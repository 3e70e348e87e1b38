#pragma once

#include <QJsonObject>
#include <QList>
#include <QTreeWidget>

namespace ameide::workbench {

class Theme;

/// Variables with their values, and below each what it was before. Values can be changed in place where that
/// makes sense (Enter, F2 or a double click): 12, true and {"a": 1} are what they look like, anything else is
/// text. As high as its rows. UI thread.
class VariableTable : public QTreeWidget {
  Q_OBJECT

 public:
  enum class Editing {
    kNothing,
    kValues,  ///< each change, and each new one, is told by edited(); rows stay until Show says otherwise
    kForm,    ///< rows are filled in and added, values() has them
  };
  /// A value that a variable had before.
  struct Past {
    QString when;
    QString value;
    QString exact;  ///< for people who point at it
  };
  struct Row {
    QString name;
    QJsonValue value;
    QList<Past> past = {};  ///< newest first
    QString where = {};     ///< whose own variable it is; empty: the process's, and only those can be changed
  };

  VariableTable(const Theme* theme, Editing editing, QWidget* parent);

  void Show(const QList<Row>& rows);
  /// A row for each field of an object.
  void Show(const QJsonObject& values);
  /// What the rows say; those without a name or a value are left out.
  QJsonObject values() const;

  QSize sizeHint() const override;
  QSize minimumSizeHint() const override { return sizeHint(); }

 Q_SIGNALS:
  void edited(QString name, QJsonValue value);

 protected:
  void keyPressEvent(QKeyEvent* event) override;

 private:
  void AddFreshRow();
  void OnChanged(QTreeWidgetItem* item, int column);
  void Fit();

  const Theme* theme_;
  Editing editing_;
  bool showing_ = false;
};

/// What a text in such a table means, and a value as it is written there.
QJsonValue ParseVariable(const QString& text);
QString VariableText(const QJsonValue& value);

}  // namespace ameide::workbench
