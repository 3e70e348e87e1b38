#pragma once

#include <filesystem>
#include <memory>

#include "backend/runtime/embedded/job.h"

namespace ameide::connectors {

/// Calls servers over HTTP for service tasks (`ameide:httpCall`; README.md says how a job tells what to do).
///
/// Only servers are called that `connectors.json` in `folder` names (connector_settings.h), and of those with
/// an address inside this machine or network only the ones that it calls private: addresses are looked at as
/// the connection is made, so names that change cannot lead astray. Certificates are verified, redirects are
/// answers like others, proxies of the environment are not used. Every attempt has the headers
/// `Idempotency-Key`, equal for all attempts, and `Ameide-Attempt`.
///
/// A status of 2xx is a result: `status`, `headers` (lower-case names) and `body` (JSON by its content type,
/// else text; null when there is none), at most 8 MiB. 408, 425, 429, 5xx and what keeps a server from being
/// reached are failed attempts, with the pause that the server asks for (Retry-After, at most an hour) or the
/// model's; all else is an incident at once, unless the model makes it a BPMN error. Secrets that were sent
/// are blotted out wherever an answer or a message repeats them.
std::unique_ptr<runtime::ConnectorHandler> MakeHttpConnector(std::filesystem::path folder);

}  // namespace ameide::connectors
