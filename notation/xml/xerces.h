#pragma once

#include <string>
#include <xercesc/sax/InputSource.hpp>
#include <xercesc/util/XercesDefs.hpp>

/// What the files that know Xerces-C++ share. Private to this folder.
namespace ameide::xml {

/// Xerces is initialised once, by the first use, and lives as long as the program. Thread-safe.
void InitializeXerces();

/// Text of Xerces, which is UTF-16, as UTF-8; empty for nullptr.
std::string Utf8(const XMLCh* text);

/// An empty source: what everything named outside a file is read as. The caller owns it.
xercesc::InputSource* EmptySource();

}  // namespace ameide::xml
