#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "notation/dmn/model.h"
#include "uaf/document/document.h"

namespace ameide::dmn {

/// A file of test cases in the format of the DMN Technology Compatibility Kit (its testCases.xsd).
struct TestFile {
  struct Input {
    std::string name, namespace_uri;
    feel::Value value;
  };
  struct Result {
    std::string name, namespace_uri;
    bool error = false;  ///< the value must be null, and there must be a reason for that
    feel::Value expected;
  };
  struct Case {
    std::string id;
    std::string invocable;  ///< of type `decisionService` or `bkm`: what is called
    /// Of the model that holds what is called or asked for, where a result names none of its own; may be
    /// empty.
    std::string namespace_uri;
    std::vector<Input> inputs;
    std::vector<Result> results;
  };
  std::string model;  ///< the model's file, beside this one; may be empty
  std::vector<Case> cases;
};

/// Reads test cases. INVALID_ARGUMENT for other documents and for values that their types cannot have.
absl::StatusOr<TestFile> ReadTests(const Document& document);

/// How one case went; `failures` is empty when it passed.
struct TestOutcome {
  std::string id;
  std::vector<std::string> failures;  ///< what was expected and what came, by result
};

/// Runs every case. Numbers agree when they differ by less than one part in 10^13, or by at most one unit of
/// the last digit where eight or more decimals are expected; everything else as FEEL's equality says. `now`
/// is the moment of now() and today().
std::vector<TestOutcome> RunTests(const Model& model, const TestFile& tests,
                                  const feel::DateTime* now = nullptr);

}  // namespace ameide::dmn
