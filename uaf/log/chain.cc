#include "uaf/log/chain.h"

#include <string>

#include "base/bytes.h"

namespace ameide::uaf {

Hash256 FirstLink(std::string_view workspace, const StreamId& stream) {
  ByteWriter out;
  out.Byte(0);
  out.String(workspace);
  out.String(stream.name);
  return Sha256(out.bytes());
}

Hash256 SaltOf(std::string_view segment_seed, uint64_t seq) {
  std::string big_endian(8, '\0');
  for (size_t i = 0; i < 8; ++i) big_endian[i] = static_cast<char>(seq >> (56 - 8 * i));
  return HmacSha256(segment_seed, big_endian);
}

Hash256 PayloadHash(const Hash256& salt, std::string_view canonical) {
  Sha256Hasher hasher;
  hasher.Update(std::string_view("\x01", 1));
  hasher.Update(salt.view());
  hasher.Update(canonical);
  return hasher.Finish();
}

Hash256 NextLink(const Hash256& previous, const Hash256& payload) {
  Sha256Hasher hasher;
  hasher.Update(std::string_view("\x02", 1));
  hasher.Update(previous.view());
  hasher.Update(payload.view());
  return hasher.Finish();
}

Hash256 DerivedLink(std::string_view workspace, const StreamId& stream, std::string_view canonical) {
  return NextLink(FirstLink(workspace, stream), PayloadHash(SaltOf(stream.name, 1), canonical));
}

}  // namespace ameide::uaf
