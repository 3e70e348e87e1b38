#pragma once

#include <string>

struct sockaddr;

namespace ameide::connectors {

/// Where an address is, for whoever must not be led into a network by what a model or its data says.
enum class AddressPlace {
  kPublic,   ///< anywhere in the Internet
  kInside,   ///< this machine (loopback), link-local, private, shared or unique local
  kNowhere,  ///< unspecified, multicast, reserved, for documentation: no server has it
};

/// By the registries of special-purpose addresses (RFC 6890 and its successors). IPv4 inside IPv6 (mapped,
/// NAT64, 6to4, Teredo) counts as the IPv4 address; other families are kNowhere.
AddressPlace PlaceOf(const sockaddr& address);

/// As people write it; empty for other families.
std::string FormatAddress(const sockaddr& address);

}  // namespace ameide::connectors
