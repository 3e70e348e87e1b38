#include "backend/connectors/address_rules.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>

namespace ameide::connectors {
namespace {

struct Block4 {
  uint32_t begin;
  int bits;
  AddressPlace place;
};

constexpr uint32_t Ip(uint32_t a, uint32_t b, uint32_t c, uint32_t d) {
  return a << 24 | b << 16 | c << 8 | d;
}

constexpr Block4 kBlocks4[] = {
    {Ip(0, 0, 0, 0), 8, AddressPlace::kNowhere},      {Ip(10, 0, 0, 0), 8, AddressPlace::kInside},
    {Ip(100, 64, 0, 0), 10, AddressPlace::kInside},   {Ip(127, 0, 0, 0), 8, AddressPlace::kInside},
    {Ip(169, 254, 0, 0), 16, AddressPlace::kInside},  {Ip(172, 16, 0, 0), 12, AddressPlace::kInside},
    {Ip(192, 0, 0, 0), 24, AddressPlace::kNowhere},   {Ip(192, 0, 2, 0), 24, AddressPlace::kNowhere},
    {Ip(192, 88, 99, 0), 24, AddressPlace::kNowhere}, {Ip(192, 168, 0, 0), 16, AddressPlace::kInside},
    {Ip(198, 18, 0, 0), 15, AddressPlace::kInside},   {Ip(198, 51, 100, 0), 24, AddressPlace::kNowhere},
    {Ip(203, 0, 113, 0), 24, AddressPlace::kNowhere}, {Ip(224, 0, 0, 0), 3, AddressPlace::kNowhere},
};

AddressPlace PlaceOf4(uint32_t address) {
  for (const Block4& block : kBlocks4) {
    const uint32_t mask = ~uint32_t{0} << (32 - block.bits);
    if ((address & mask) == block.begin) return block.place;
  }
  return AddressPlace::kPublic;
}

using Bytes16 = std::array<uint8_t, 16>;

uint32_t Four(const Bytes16& b, size_t at) { return Ip(b[at], b[at + 1], b[at + 2], b[at + 3]); }

AddressPlace PlaceOf6(const Bytes16& b) {
  const auto zeros = [&](size_t begin, size_t end) {
    return std::all_of(b.begin() + static_cast<std::ptrdiff_t>(begin),
                       b.begin() + static_cast<std::ptrdiff_t>(end), [](uint8_t byte) { return byte == 0; });
  };
  if (zeros(0, 15) && b[15] == 1) return AddressPlace::kInside;
  if (zeros(0, 10) && b[10] == 0xff && b[11] == 0xff) return PlaceOf4(Four(b, 12));
  if (b[0] == 0x00 && b[1] == 0x64 && b[2] == 0xff && b[3] == 0x9b) {
    return zeros(4, 12) ? PlaceOf4(Four(b, 12)) : AddressPlace::kInside;
  }
  if (b[0] == 0x20 && b[1] == 0x02) return PlaceOf4(Four(b, 2));
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0 && b[3] == 0) return PlaceOf4(~Four(b, 12));
  if (b[0] == 0x20 && b[1] == 0x01 && b[2] == 0x0d && b[3] == 0xb8) return AddressPlace::kNowhere;
  if ((b[0] & 0xfe) == 0xfc) return AddressPlace::kInside;
  if (b[0] == 0xfe && (b[1] & 0x80) != 0) return AddressPlace::kInside;  // link-local, site-local
  // Only 2000::/3 is given out.
  return (b[0] & 0xe0) == 0x20 ? AddressPlace::kPublic : AddressPlace::kNowhere;
}

}  // namespace

AddressPlace PlaceOf(const sockaddr& address) {
  if (address.sa_family == AF_INET) {
    sockaddr_in four;
    std::memcpy(&four, &address, sizeof(four));
    return PlaceOf4(ntohl(four.sin_addr.s_addr));
  }
  if (address.sa_family == AF_INET6) {
    sockaddr_in6 six;
    std::memcpy(&six, &address, sizeof(six));
    Bytes16 bytes;
    std::memcpy(bytes.data(), &six.sin6_addr, bytes.size());
    return PlaceOf6(bytes);
  }
  return AddressPlace::kNowhere;
}

std::string FormatAddress(const sockaddr& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.sa_family == AF_INET) {
    sockaddr_in four;
    std::memcpy(&four, &address, sizeof(four));
    ::inet_ntop(AF_INET, &four.sin_addr, text, sizeof(text));
  } else if (address.sa_family == AF_INET6) {
    sockaddr_in6 six;
    std::memcpy(&six, &address, sizeof(six));
    ::inet_ntop(AF_INET6, &six.sin6_addr, text, sizeof(text));
  }
  return text;
}

}  // namespace ameide::connectors
