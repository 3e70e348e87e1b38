#pragma once

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

/// Errors are values: `absl::Status` and `absl::StatusOr`. These two macros hand an error on to the caller.
/// Messages say what failed, where, and what to do about it; they never hold secrets.

#define AMEIDE_STATUS_CONCAT_INNER(a, b) a##b
#define AMEIDE_STATUS_CONCAT(a, b) AMEIDE_STATUS_CONCAT_INNER(a, b)

/// Returns the status of `expression` from the enclosing function unless it is OK.
#define AMEIDE_RETURN_IF_ERROR(expression)                                \
  do {                                                                    \
    if (absl::Status ameide_status = (expression); !ameide_status.ok()) { \
      return ameide_status;                                               \
    }                                                                     \
  } while (false)

/// Evaluates `expression` (a StatusOr); on success assigns its value to `declaration`, else returns its
/// status. `AMEIDE_ASSIGN_OR_RETURN(auto document, Parse(bytes));`
#define AMEIDE_ASSIGN_OR_RETURN(declaration, expression) \
  AMEIDE_ASSIGN_OR_RETURN_INNER(AMEIDE_STATUS_CONCAT(ameide_or_, __LINE__), declaration, expression)
#define AMEIDE_ASSIGN_OR_RETURN_INNER(temporary, declaration, expression) \
  auto temporary = (expression);                                          \
  if (!temporary.ok()) {                                                  \
    return std::move(temporary).status();                                 \
  }                                                                       \
  declaration = *std::move(temporary)
