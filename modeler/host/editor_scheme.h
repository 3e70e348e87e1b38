#pragma once

#include <QWebEngineUrlSchemeHandler>

namespace ameide::modeler {

/// Registers the scheme `ameide-editor` with the browser engine. To be called once, before QApplication is
/// made.
void RegisterScheme();

/// Serves the bundled editors from Qt resources under `ameide-editor://app/`, and nothing else.
class EditorScheme : public QWebEngineUrlSchemeHandler {
  Q_OBJECT

 public:
  using QWebEngineUrlSchemeHandler::QWebEngineUrlSchemeHandler;
  void requestStarted(QWebEngineUrlRequestJob* job) override;
};

}  // namespace ameide::modeler
