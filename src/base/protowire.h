// The protobuf wire format, written canonically and read strictly.
//
// Hashes and signatures cover these bytes, so every message has exactly one accepted encoding:
// fields in ascending order, zero scalars and empty byte strings left out, shortest varints, no
// unknown fields. doc/spec/encoding.md states the rules (E1..E8); the reader's errors name the
// field.
//
//   Bytes encode_coin(const Coin& coin) {
//       ProtoWriter writer;
//       writer.string(1, coin.denom);
//       writer.string(2, coin.amount);
//       return std::move(writer).take();
//   }
//
//   Result<Coin> decode_coin(ByteView bytes) {
//       Coin coin;
//       ProtoReader reader("Coin", bytes);
//       while (reader.next()) {
//           switch (reader.field()) {
//               case 1: coin.denom = reader.string("denom", denom_size_max); break;
//               case 2: coin.amount = reader.string("amount", amount_size_max); break;
//               default: reader.unknown();
//           }
//       }
//       TRY(reader.finish());
//       return coin;
//   }
#pragma once

#include "base/bytes.h"
#include "base/result.h"

#include <concepts>
#include <optional>
#include <utility>

namespace steelyard {

/// The size of the longest varint.
inline constexpr std::size_t uvarint_size_max = 10;

/// Appends the varint of `value`, 1 to 10 bytes.
void append_uvarint(Bytes& out, std::uint64_t value);

/// Appends the zigzag varint of `value`, as IAVL writes heights and sizes.
void append_zigzag(Bytes& out, std::int64_t value);

/// Takes a shortest-form varint off the front of `in`.
Result<std::uint64_t> take_uvarint(ByteView& in);

/// Puts the varint of its length before a message: the framing of sign bytes and of streams.
Bytes length_prefixed(ByteView message);

/// Appends fields, in the order of the calls. Scalars that are zero and byte strings that are empty
/// write nothing, as proto3 requires; `message` always writes, as gogoproto's non-nullable fields
/// do.
class ProtoWriter {
public:
    void uint64(std::uint32_t field, std::uint64_t value);
    void int64(std::uint32_t field, std::int64_t value);
    void boolean(std::uint32_t field, bool value);
    void sfixed64(std::uint32_t field, std::int64_t value);
    void bytes(std::uint32_t field, ByteView value);
    void string(std::uint32_t field, std::string_view value);

    /// An embedded message, or an element of a repeated field: written even when it is empty.
    void message(std::uint32_t field, ByteView encoded);

    /// Makes room, where the size of a message is known and many are written.
    void reserve(std::size_t size) { out_.reserve(size); }

    Bytes take() && { return std::move(out_); }

private:
    Bytes out_;
};

/// Reads one message. The first error sticks: every later getter returns a zero value, `next`
/// returns false, and `finish` tells. Views point into the bytes that the reader was given.
class ProtoReader {
public:
    /// `message` names the type in errors; it must be a literal.
    ProtoReader(std::string_view message, ByteView bytes) : message_(message), rest_(bytes) {}

    /// Moves to the next field; false at the end or after an error.
    bool next();

    std::uint32_t field() const { return field_; }

    // A field that stands at most once. `name` is for errors.
    std::uint64_t uint64(std::string_view name);
    std::uint32_t uint32(std::string_view name);
    std::int64_t int64(std::string_view name);
    std::int32_t int32(std::string_view name);  ///< also enums
    bool boolean(std::string_view name);
    std::int64_t sfixed64(std::string_view name);
    ByteView bytes(std::string_view name, std::size_t size_max);
    std::string string(std::string_view name, std::size_t size_max);  ///< refuses invalid UTF-8
    ByteView message(std::string_view name);

    /// Exactly `size` bytes, such as a hash.
    template <std::size_t size>
    ByteArray<size> array(std::string_view name) {
        ByteArray<size> out{};
        read_exactly(name, out);
        return out;
    }

    // An element of a repeated field: as above, and the same field number may come again. The
    // caller bounds the count, with `at_most`.
    ByteView repeated_bytes(std::string_view name, std::size_t size_max);
    std::string repeated_string(std::string_view name, std::size_t size_max);
    ByteView repeated_message(std::string_view name);

    /// An error unless `count` elements of the field are allowed to be followed by one more.
    bool at_most(std::string_view name, std::size_t count, std::size_t count_max);

    /// Whether the field number (below 64) has come by.
    bool seen(std::uint32_t field) const { return (seen_ >> field & 1) != 0; }

    /// Ends in an error unless the field (below 64) has come by. For after the last field: what the
    /// writer always writes, and scalars that may not be zero.
    void require(std::uint32_t field, std::string_view name);

    /// Reports the current field as unknown.
    void unknown();

    /// Reports `why` about the field `name`; for rules that the caller checks.
    void refuse(std::string_view name, std::string_view why);

    /// Takes the value of a nested decoder; its error sticks, put in the field's context.
    template <std::default_initializable T>
    T nested(std::string_view name, Result<T> result) {
        if (!result) {
            adopt(name, std::move(result).error());
            return T{};
        }
        return *std::move(result);
    }

    /// The same for a type that has no empty value: nothing after an error.
    template <typename T>
    std::optional<T> nested(std::string_view name, Result<T> result) {
        if (!result) {
            adopt(name, std::move(result).error());
            return std::nullopt;
        }
        return *std::move(result);
    }

    bool ok() const { return !error_; }

    /// The first error, if there was one.
    Result<void> finish() const;

private:
    bool expect_single(std::string_view name, std::uint32_t wire_type);
    bool expect_type(std::string_view name, std::uint32_t wire_type);
    std::uint64_t varint_value(std::string_view name);
    ByteView sized_value(std::string_view name, std::size_t size_max);
    std::string utf8_value(std::string_view name, ByteView value);
    void read_exactly(std::string_view name, std::span<std::uint8_t> out);
    void adopt(std::string_view name, Error error);

    std::string_view message_;
    ByteView rest_;
    std::uint32_t field_ = 0;
    std::uint32_t wire_type_ = 0;
    std::uint32_t last_field_ = 0;  ///< the field before this one
    std::uint64_t seen_ = 0;        ///< bit n: field n has come by
    std::optional<Error> error_;
};

/// Whether the bytes are well-formed UTF-8 (RFC 3629), as proto3 requires of strings.
bool is_utf8(ByteView bytes);

}  // namespace steelyard
