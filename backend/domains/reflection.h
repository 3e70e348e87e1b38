#pragma once

#include <string>

#include "ameide/reflection/v1/reflection.pb.h"
#include "backend/domains/host.h"

namespace ameide::domains {

/// Answers one request of gRPC's server reflection protocol from the deployed domains first, then from the
/// program's own generated files. Pure but for reading `host`; thread-safe.
reflection::v1::ReflectionResponse Reflect(const DomainHost& host,
                                           const reflection::v1::ReflectionRequest& request);

}  // namespace ameide::domains
