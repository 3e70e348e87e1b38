#pragma once

#include <QString>
#include <string>
#include <vector>

namespace ameide::workbench {

/// What a new artifact can begin with.
struct Template {
  QString file;    ///< in resources/templates
  QString name;    ///< for people
  QString folder;  ///< where such artifacts usually are
};
/// All of them, the usual one first.
const std::vector<Template>& Templates();

/// `name` as an identifier: letters, digits and hyphens, beginning with a letter; with underscores instead of
/// hyphens for `.proto`. Never empty.
QString IdentifierOf(const QString& name, const QString& suffix);
/// The path that an artifact of that name has at first.
QString PathFor(const Template& chosen, const QString& name);
/// The template's bytes for that name, escaped as its notation asks for.
std::string FilledIn(const Template& chosen, const QString& name);

}  // namespace ameide::workbench
