// What the encodings of the market's records have in common.
#pragma once

#include "base/check.h"
#include "base/protowire.h"
#include "market/records/party.h"

namespace steelyard::market::codec {

// Numbers of a field that may stand at most once; what is over a limit is refused by name.
Money money(ProtoReader& reader, std::string_view name);
Height height(ProtoReader& reader, std::string_view name);
std::uint64_t number(ProtoReader& reader, std::string_view name, std::uint64_t number_max);
std::uint32_t number4(ProtoReader& reader, std::string_view name, std::uint32_t number_max);
AccountNumber account(ProtoReader& reader, std::string_view name);
ClassId class_id(ProtoReader& reader, std::string_view name);
OrderId order_id(ProtoReader& reader, std::string_view name);
Product product(ProtoReader& reader, std::string_view name);

/// An enum without gaps from 0 (which is not written) or 1 to `last`.
template <typename Enum>
Enum choice(ProtoReader& reader, std::string_view name, Enum last) {
    return static_cast<Enum>(number4(reader, name, static_cast<std::uint32_t>(last)));
}

// Lists of numbers: packed, as proto3 has them; nothing for an empty list.
void write_numbers(ProtoWriter& writer, std::uint32_t field, std::span<const std::uint64_t> list);
void write_accounts(ProtoWriter& writer, std::uint32_t field, std::span<const AccountNumber> list);
void write_heights(ProtoWriter& writer, std::uint32_t field, std::span<const Height> list);
std::vector<std::uint64_t> numbers(
    ProtoReader& reader, std::string_view name, std::size_t count_max
);
std::vector<AccountNumber> accounts(  ///< each once, ascending
    ProtoReader& reader,
    std::string_view name,
    std::size_t count_max
);
std::vector<Height> heights(  ///< none before the one in front of it
    ProtoReader& reader,
    std::string_view name,
    std::size_t count_max
);

/// Elements of a repeated field, one at a time. An attribute's name must be greater than that of
/// the one before.
void write_attributes(
    ProtoWriter& writer, std::uint32_t field, std::span<const Attribute> attributes
);
void append_attribute(
    ProtoReader& reader,
    std::string_view name,
    std::vector<Attribute>& attributes,
    std::size_t count_max
);
void append_hash(
    ProtoReader& reader, std::string_view name, std::vector<Hash256>& hashes, std::size_t count_max
);

/// A row that our own code wrote (CHECKed).
template <typename T>
T known(Result<T> decoded) {
    CHECK(decoded.has_value());
    return *std::move(decoded);
}

template <typename T>
std::optional<T> known(const std::optional<Bytes>& bytes, Result<T> (*decode)(ByteView)) {
    return bytes ? std::optional<T>(known(decode(*bytes))) : std::nullopt;
}

/// Takes numbers of fixed sizes, big-endian, off bytes. What is missing is a bug (CHECKed).
class NumberReader {
public:
    explicit NumberReader(ByteView bytes) : left_(bytes) {}

    std::uint64_t number(std::size_t size);
    Height height() { return Height(static_cast<std::int64_t>(number(8))); }

    /// After the last one (CHECKed).
    void finish() const { CHECK(left_.empty()); }

private:
    ByteView left_;
};

/// A value of the parts that keys are made of; the letter is left out.
Bytes value_of(const ledger::Key& parts);

// Values of rows that are one number. Parsing CHECKs the size.
Bytes number_bytes(std::uint64_t value);
std::uint64_t parse_number(ByteView bytes);
Bytes money_bytes(Money value);  ///< 16 bytes, as amounts are elsewhere
Money parse_money(ByteView bytes);

inline constexpr ByteArray<1> present = {1};

/// What a record is at a key; where it encodes to nothing, no row.
Outcome<void> put_or_erase(StateView& state, ledger::Store store, ByteView key, ByteView value);

}  // namespace steelyard::market::codec
