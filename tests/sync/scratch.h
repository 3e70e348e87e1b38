#pragma once

#include <QtTest>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

/// Lets failed comparisons show their strings.
template <>
inline char* QTest::toString(const std::string& text) {
  return qstrdup(text.c_str());
}

namespace ameide::sync {

/// A folder for one test, with git's configuration of its own: nothing of the machine's user shows through.
class Scratch {
 public:
  Scratch() {
    // One home for the whole process: libgit2 looks for it only once.
    setenv("HOME", Home().c_str(), 1);
    setenv("XDG_CONFIG_HOME", (Home() / ".config").c_str(), 1);
    setenv("GIT_CONFIG_NOSYSTEM", "1", 1);
    setenv("AMEIDE_PROFILE_DIR", Path("profile").c_str(), 1);
    unsetenv("GIT_AUTHOR_NAME");
    unsetenv("GIT_AUTHOR_EMAIL");
    std::filesystem::remove(Home() / ".gitconfig");
    std::filesystem::create_directories(Path("profile"));
  }

  std::filesystem::path Path(const std::string& name) const {
    return std::filesystem::path(folder_.path().toStdString()) / name;
  }

  /// Gives everybody here a git identity.
  void SetIdentity(const std::string& name = "Ada", const std::string& email = "ada@example.com") const {
    std::ofstream(Home() / ".gitconfig") << "[user]\n\tname = " << name << "\n\temail = " << email << "\n";
  }

  void Write(const std::string& name, const std::string& bytes) const {
    std::filesystem::create_directories(Path(name).parent_path());
    std::ofstream(Path(name), std::ios::binary) << bytes;
  }

  std::string Read(const std::string& name) const {
    std::ifstream file(Path(name), std::ios::binary);
    return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }

  /// Runs the real git program in `folder`; its standard output.
  std::string Git(const std::string& folder, const QStringList& arguments) const {
    QProcess process;
    process.setWorkingDirectory(QString::fromStdString(Path(folder).string()));
    process.start(QStringLiteral("git"), arguments);
    process.waitForFinished();
    if (process.exitCode() != 0) qWarning() << arguments << process.readAllStandardError();
    return process.readAllStandardOutput().toStdString();
  }

 private:
  static std::filesystem::path Home() {
    static const QTemporaryDir home;
    return home.path().toStdString();
  }

  QTemporaryDir folder_;
};

}  // namespace ameide::sync
