#include "market/records/codec.h"

#include "base/endian.h"
#include "ledger/state/values.h"

namespace steelyard::market::codec {
namespace {

template <typename T>
void write_packed(
    ProtoWriter& writer, std::uint32_t field, std::span<const T> list, auto&& number_of
) {
    Bytes packed;
    for (const T& value : list) {
        append_uvarint(packed, number_of(value));
    }
    writer.bytes(field, packed);
}

}  // namespace

Money money(ProtoReader& reader, std::string_view name) {
    return number(reader, name, money_max);
}

Height height(ProtoReader& reader, std::string_view name) {
    return reader.nested(name, Height::parse(reader.int64(name)));
}

std::uint64_t number(ProtoReader& reader, std::string_view name, std::uint64_t number_max) {
    const std::uint64_t value = reader.uint64(name);
    if (value > number_max) {
        reader.refuse(name, fmt::format("{} is over {}", value, number_max));
        return 0;
    }
    return value;
}

std::uint32_t number4(ProtoReader& reader, std::string_view name, std::uint32_t number_max) {
    return static_cast<std::uint32_t>(number(reader, name, number_max));
}

AccountNumber account(ProtoReader& reader, std::string_view name) {
    return AccountNumber{reader.uint64(name)};
}

ClassId class_id(ProtoReader& reader, std::string_view name) {
    return ClassId{reader.uint32(name)};
}

OrderId order_id(ProtoReader& reader, std::string_view name) {
    return OrderId{reader.uint64(name)};
}

Product product(ProtoReader& reader, std::string_view name) {
    return choice(reader, name, Product::work);
}

void write_numbers(ProtoWriter& writer, std::uint32_t field, std::span<const std::uint64_t> list) {
    write_packed(writer, field, list, [](std::uint64_t value) { return value; });
}

void write_accounts(ProtoWriter& writer, std::uint32_t field, std::span<const AccountNumber> list) {
    write_packed(writer, field, list, [](AccountNumber account) {
        return static_cast<std::uint64_t>(account);
    });
}

void write_heights(ProtoWriter& writer, std::uint32_t field, std::span<const Height> list) {
    write_packed(writer, field, list, [](Height height) {
        return static_cast<std::uint64_t>(height.value());
    });
}

std::vector<std::uint64_t> numbers(
    ProtoReader& reader, std::string_view name, std::size_t count_max
) {
    std::vector<std::uint64_t> list;
    ByteView packed = reader.bytes(name, count_max * uvarint_size_max);
    while (!packed.empty() && reader.at_most(name, list.size(), count_max)) {
        const std::uint64_t value = reader.nested(name, take_uvarint(packed));
        if (!reader.ok()) {
            break;
        }
        list.push_back(value);
    }
    return list;
}

std::vector<AccountNumber> accounts(
    ProtoReader& reader, std::string_view name, std::size_t count_max
) {
    std::vector<AccountNumber> list;
    for (const std::uint64_t value : numbers(reader, name, count_max)) {
        list.push_back(AccountNumber{value});
    }
    if (std::ranges::adjacent_find(list, std::greater_equal()) != list.end()) {
        reader.refuse(name, "is not in ascending order");
    }
    return list;
}

std::vector<Height> heights(ProtoReader& reader, std::string_view name, std::size_t count_max) {
    std::vector<Height> list;
    for (const std::uint64_t value : numbers(reader, name, count_max)) {
        list.push_back(reader.nested(name, Height::parse(static_cast<std::int64_t>(value))));
    }
    if (!std::ranges::is_sorted(list)) {
        reader.refuse(name, "is not in ascending order");
    }
    return list;
}

void write_attributes(
    ProtoWriter& writer, std::uint32_t field, std::span<const Attribute> attributes
) {
    for (const Attribute& attribute : attributes) {
        ProtoWriter inner;
        inner.string(1, attribute.name);
        inner.string(2, attribute.value);
        writer.message(field, std::move(inner).take());
    }
}

namespace {

Result<Attribute> decode_attribute(ByteView bytes) {
    Attribute attribute;
    ProtoReader reader("Attribute", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                attribute.name = reader.string("name", attribute_name_size_max);
                break;
            case 2:
                attribute.value = reader.string("value", attribute_value_size_max);
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return attribute;
}

}  // namespace

void append_attribute(
    ProtoReader& reader,
    std::string_view name,
    std::vector<Attribute>& attributes,
    std::size_t count_max
) {
    if (!reader.at_most(name, attributes.size(), count_max)) {
        return;
    }
    Attribute attribute = reader.nested(name, decode_attribute(reader.repeated_message(name)));
    if (!attributes.empty() && attribute.name <= attributes.back().name) {
        reader.refuse(name, "is not in ascending order of names");
    }
    attributes.push_back(std::move(attribute));
}

void append_hash(
    ProtoReader& reader, std::string_view name, std::vector<Hash256>& hashes, std::size_t count_max
) {
    if (!reader.at_most(name, hashes.size(), count_max)) {
        return;
    }
    const ByteView bytes = reader.repeated_bytes(name, sizeof(Hash256));
    if (bytes.size() != sizeof(Hash256)) {
        reader.refuse(name, fmt::format("has {} bytes, not {}", bytes.size(), sizeof(Hash256)));
        return;
    }
    hashes.push_back(to_array(bytes.first<sizeof(Hash256)>()));
}

std::uint64_t NumberReader::number(std::size_t size) {
    CHECK(size <= left_.size());
    const ByteView bytes = left_.first(size);
    left_ = left_.subspan(size);
    if (size == 8) {
        return load_be<std::uint64_t>(bytes.data());
    }
    std::uint64_t value = 0;
    for (const std::uint8_t byte : bytes) {
        value = value << 8 | byte;
    }
    return value;
}

Bytes value_of(const ledger::Key& parts) {
    return to_bytes(ByteView(parts).subspan(1));
}

Bytes number_bytes(std::uint64_t value) {
    return value_of(ledger::Key('-') << value);
}

std::uint64_t parse_number(ByteView bytes) {
    NumberReader reader(bytes);
    const std::uint64_t value = reader.number(8);
    reader.finish();
    return value;
}

Bytes money_bytes(Money value) {
    return ledger::amount_bytes(chain::Amount(value));
}

Money parse_money(ByteView bytes) {
    const Result<chain::Amount> amount = ledger::parse_amount(bytes);
    CHECK(amount.has_value() && amount->value() <= money_max);
    return static_cast<Money>(amount->value());
}

Outcome<void> put_or_erase(StateView& state, ledger::Store store, ByteView key, ByteView value) {
    return value.empty() ? state.erase(store, key) : state.put(store, key, value);
}

}  // namespace steelyard::market::codec
