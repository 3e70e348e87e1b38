#include "notation/feel/duration.h"
#include "notation/feel/value.h"
#include "notation/feel/zones.h"

namespace ameide::feel {
namespace {

constexpr int kMaxDepth = 256;
constexpr Uint128 kCoefficientLimit = static_cast<Uint128>(10'000'000'000'000'000ULL) *
                                      static_cast<Uint128>(1'000'000'000'000'000'000ULL);  // 10^34

void EncodeNumber(const Decimal& number, ByteWriter& writer) {
  const Decimal value = number.Normalized();
  writer.Bool(value.negative());
  writer.SignedVarint(value.exponent());
  writer.Varint(static_cast<uint64_t>(value.coefficient() >> 64));
  writer.Varint(static_cast<uint64_t>(value.coefficient()));
}

Decimal DecodeNumber(ByteReader& reader) {
  const bool negative = reader.Bool();
  const int64_t exponent = reader.SignedVarint();
  const uint64_t high = reader.Varint();
  const uint64_t low = reader.Varint();
  const Uint128 coefficient = static_cast<Uint128>(high) << 64 | low;
  if (coefficient >= kCoefficientLimit || exponent < Decimal::kMinExponent ||
      exponent > Decimal::kMaxExponent || (coefficient == 0 && (negative || exponent != 0)) ||
      (coefficient != 0 && coefficient % 10 == 0 && exponent < Decimal::kMaxExponent)) {
    reader.Fail();
    return {};
  }
  const std::optional<Decimal> value = Decimal::Make(negative, coefficient, exponent);
  if (!value) reader.Fail();
  return value.value_or(Decimal());
}

void EncodeDate(const Date& date, ByteWriter& writer) {
  writer.SignedVarint(date.year);
  writer.Byte(date.month);
  writer.Byte(date.day);
}

Date DecodeDate(ByteReader& reader) {
  const int64_t year = reader.SignedVarint();
  Date date{0, reader.Byte(), 1};
  date.day = reader.Byte();
  if (year < -999'999'999 || year > 999'999'999) {
    reader.Fail();
    return {};
  }
  date.year = static_cast<int32_t>(year);
  if (!IsValid(date)) reader.Fail();
  return date;
}

// What a time says of its place; the first two were a boolean before zones had names.
constexpr uint8_t kLocal = 0, kWithOffset = 1, kWithZone = 2;

void EncodeTime(const Time& time, ByteWriter& writer) {
  writer.Varint(time.second);
  writer.Varint(time.nanos);
  const bool zone = time.offset && time.zone != 0;
  writer.Byte(zone ? kWithZone : time.offset ? kWithOffset : kLocal);
  if (time.offset) writer.SignedVarint(*time.offset);
  if (zone) writer.String(ZoneNameOf(time.zone));
}

Time DecodeTime(ByteReader& reader) {
  constexpr int64_t kMaxOffset = 18 * 3600;
  const uint64_t second = reader.Varint();
  const uint64_t nanos = reader.Varint();
  Time time;
  const uint8_t where = reader.Byte();
  if (where > kWithZone) reader.Fail();
  if (where != kLocal) {
    const int64_t offset = reader.SignedVarint();
    if (offset <= -kMaxOffset || offset >= kMaxOffset) reader.Fail();
    time.offset = static_cast<int32_t>(offset);
  }
  // A zone that this tzdata has no more keeps its offset: what was recorded stays readable.
  if (where == kWithZone) time.zone = FindZone(reader.String());
  if (second >= 86'400 || nanos >= 1'000'000'000) {
    reader.Fail();
    return {};
  }
  time.second = static_cast<uint32_t>(second);
  time.nanos = static_cast<uint32_t>(nanos);
  return time;
}

Value Decode(ByteReader& reader, int depth);

Value DecodeList(ByteReader& reader, int depth) {
  const size_t count = reader.Count();
  List list;
  for (size_t i = 0; i < count && reader.ok(); ++i) list.push_back(Decode(reader, depth + 1));
  return list;
}

Value DecodeContext(ByteReader& reader, int depth) {
  const size_t count = reader.Count();
  Context context;
  for (size_t i = 0; i < count && reader.ok(); ++i) {
    std::string name(reader.String());
    context.Set(std::move(name), Decode(reader, depth + 1));
  }
  if (context.size() != count) reader.Fail();  // a name twice
  return context;
}

Value DecodeRange(ByteReader& reader, int depth) {
  Range range;
  const uint8_t start = reader.Byte();  // a boolean, and above it the form
  if (start >= 6) reader.Fail();
  range.start_included = (start & 1) != 0;
  range.form = static_cast<Range::Form>(start / 2 % 3);
  range.end_included = reader.Bool();
  range.start = Decode(reader, depth + 1);
  range.end = Decode(reader, depth + 1);
  return range;
}

DayTimeDuration DecodeDuration(ByteReader& reader) {
  const int64_t seconds = reader.SignedVarint();
  const uint64_t nanos = reader.Varint();
  if (nanos >= 1'000'000'000) reader.Fail();
  return {seconds, static_cast<uint32_t>(nanos % 1'000'000'000)};
}

Value Decode(ByteReader& reader, int depth) {
  const uint8_t kind = reader.Byte();
  if (depth > kMaxDepth) reader.Fail();
  if (!reader.ok()) return {};
  switch (static_cast<Kind>(kind)) {
    case Kind::kNull:
      return {};
    case Kind::kBoolean:
      return reader.Bool();
    case Kind::kNumber:
      return DecodeNumber(reader);
    case Kind::kString:
      return std::string(reader.String());
    case Kind::kList:
      return DecodeList(reader, depth);
    case Kind::kContext:
      return DecodeContext(reader, depth);
    case Kind::kDate:
      return DecodeDate(reader);
    case Kind::kTime:
      return DecodeTime(reader);
    case Kind::kDateTime: {
      const Date date = DecodeDate(reader);
      return DateTime{date, DecodeTime(reader)};
    }
    case Kind::kDayTimeDuration:
      return DecodeDuration(reader);
    case Kind::kYearMonthDuration:
      return YearMonthDuration{reader.SignedVarint()};
    case Kind::kRange:
      return DecodeRange(reader, depth);
    case Kind::kFunction:
      break;  // functions are not written
  }
  reader.Fail();
  return {};
}

}  // namespace

void EncodeValue(const Value& value, ByteWriter& writer) {
  writer.Byte(static_cast<uint8_t>(value.function() != nullptr ? Kind::kNull : value.kind()));
  switch (value.kind()) {
    case Kind::kNull:
      break;
    case Kind::kBoolean:
      writer.Bool(*value.boolean());
      break;
    case Kind::kNumber:
      EncodeNumber(*value.number(), writer);
      break;
    case Kind::kString:
      writer.String(*value.string());
      break;
    case Kind::kList:
      writer.Varint(value.list()->size());
      for (const Value& item : *value.list()) EncodeValue(item, writer);
      break;
    case Kind::kContext:
      writer.Varint(value.context()->size());
      for (const auto& [name, item] : *value.context()) {
        writer.String(name);
        EncodeValue(item, writer);
      }
      break;
    case Kind::kDate:
      EncodeDate(*value.date(), writer);
      break;
    case Kind::kTime:
      EncodeTime(*value.time(), writer);
      break;
    case Kind::kDateTime:
      EncodeDate(value.date_time()->date, writer);
      EncodeTime(value.date_time()->time, writer);
      break;
    case Kind::kDayTimeDuration:
      writer.SignedVarint(value.day_time_duration()->seconds);
      writer.Varint(value.day_time_duration()->nanos);
      break;
    case Kind::kYearMonthDuration:
      writer.SignedVarint(value.year_month_duration()->months);
      break;
    case Kind::kRange:
      writer.Byte(static_cast<uint8_t>((value.range()->start_included ? 1 : 0) +
                                       2 * static_cast<int>(value.range()->form)));
      writer.Bool(value.range()->end_included);
      EncodeValue(value.range()->start, writer);
      EncodeValue(value.range()->end, writer);
      break;
    case Kind::kFunction:
      break;
  }
}

Value DecodeValue(ByteReader& reader) {
  Value value = Decode(reader, 0);
  return reader.ok() ? value : Value();
}

}  // namespace ameide::feel
