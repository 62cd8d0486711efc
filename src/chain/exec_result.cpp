#include "chain/exec_result.h"

#include "base/protowire.h"

#include <algorithm>

namespace steelyard::chain {
namespace {

constexpr std::size_t text_size_max = ExecTxResult::text_size_max;

std::vector<Bytes> agreed_results(std::span<const ExecTxResult> results) {
    std::vector<Bytes> leaves;
    leaves.reserve(results.size());
    std::ranges::transform(results, std::back_inserter(leaves), encode_agreed_result);
    return leaves;
}

std::int64_t read_gas(ProtoReader& reader, std::string_view name) {
    const std::int64_t gas = reader.int64(name);
    if (gas < 0) {
        reader.refuse(name, fmt::format("{} is negative", gas));
    }
    return gas;
}

// Events are most of what a block's results are, and small messages within messages: their sizes
// are counted first, so that each byte is written once. All tags take one byte.

std::size_t uvarint_size(std::size_t value) {
    std::size_t size = 1;
    for (; value > 0x7f; value >>= 7) {
        ++size;
    }
    return size;
}

std::size_t message_size(std::size_t size) {
    return 1 + uvarint_size(size) + size;
}

std::size_t text_size(std::string_view text) {
    return text.empty() ? 0 : message_size(text.size());
}

std::size_t size_of(const EventAttribute& attribute) {
    return text_size(attribute.key) + text_size(attribute.value) + (attribute.index ? 2 : 0);
}

std::size_t size_of(const Event& event) {
    std::size_t size = text_size(event.type);
    for (const EventAttribute& attribute : event.attributes) {
        size += message_size(size_of(attribute));
    }
    return size;
}

constexpr std::uint8_t sized_tag(std::uint8_t field) {
    return static_cast<std::uint8_t>(field << 3 | 2);
}

void append_begin(Bytes& out, std::uint8_t field, std::size_t size) {
    out.push_back(sized_tag(field));
    append_uvarint(out, size);
}

void append_text(Bytes& out, std::uint8_t field, std::string_view text) {
    if (!text.empty()) {
        append_begin(out, field, text.size());
        append(out, as_bytes(text));
    }
}

void append_event(Bytes& out, const Event& event) {
    append_text(out, 1, event.type);
    for (const EventAttribute& attribute : event.attributes) {
        append_begin(out, 2, size_of(attribute));
        append_text(out, 1, attribute.key);
        append_text(out, 2, attribute.value);
        if (attribute.index) {
            append(out, ByteArray<2>{3 << 3, 1});
        }
    }
}

Result<EventAttribute> decode_attribute(ByteView bytes) {
    EventAttribute attribute;
    ProtoReader reader("EventAttribute", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                attribute.key = reader.string("key", text_size_max);
                break;
            case 2:
                attribute.value = reader.string("value", text_size_max);
                break;
            case 3:
                attribute.index = reader.boolean("index");
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return attribute;
}

}  // namespace

Bytes encode_agreed_result(const ExecTxResult& result) {
    ProtoWriter writer;
    writer.uint64(1, result.code);
    writer.bytes(2, result.data);
    writer.int64(5, result.gas_wanted);
    writer.int64(6, result.gas_used);
    return std::move(writer).take();
}

Hash256 results_hash(std::span<const ExecTxResult> results) {
    return crypto::merkle_root(agreed_results(results));
}

std::vector<crypto::MerkleProof> result_proofs(std::span<const ExecTxResult> results) {
    return crypto::merkle_proofs(agreed_results(results));
}

Bytes encode_exec_tx_result(const ExecTxResult& result) {
    ProtoWriter writer;
    writer.uint64(1, result.code);
    writer.bytes(2, result.data);
    writer.string(3, result.log);
    writer.string(4, result.info);
    writer.int64(5, result.gas_wanted);
    writer.int64(6, result.gas_used);
    Bytes out = std::move(writer).take();
    std::size_t size = out.size() + text_size(result.codespace);
    for (const Event& event : result.events) {
        size += message_size(size_of(event));
    }
    out.reserve(size);
    for (const Event& event : result.events) {
        append_begin(out, 7, size_of(event));
        append_event(out, event);
    }
    append_text(out, 8, result.codespace);
    return out;
}

Result<ExecTxResult> decode_exec_tx_result(ByteView bytes) {
    ExecTxResult result;
    ProtoReader reader("ExecTxResult", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                result.code = reader.uint32("code");
                break;
            case 2:
                result.data = to_bytes(reader.bytes("data", ExecTxResult::data_size_max));
                break;
            case 3:
                result.log = reader.string("log", text_size_max);
                break;
            case 4:
                result.info = reader.string("info", text_size_max);
                break;
            case 5:
                result.gas_wanted = read_gas(reader, "gas_wanted");
                break;
            case 6:
                result.gas_used = read_gas(reader, "gas_used");
                break;
            case 7:
                if (reader.at_most("events", result.events.size(), ExecTxResult::events_max)) {
                    result.events.push_back(
                        reader.nested("events", decode_event(reader.repeated_message("events")))
                    );
                }
                break;
            case 8:
                result.codespace = reader.string("codespace", text_size_max);
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return result;
}

Bytes encode_event(const Event& event) {
    Bytes out;
    out.reserve(size_of(event));
    append_event(out, event);
    return out;
}

Result<Event> decode_event(ByteView bytes) {
    Event event;
    ProtoReader reader("Event", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                event.type = reader.string("type", text_size_max);
                break;
            case 2:
                if (reader.at_most(
                        "attributes", event.attributes.size(), ExecTxResult::attributes_max
                    )) {
                    event.attributes.push_back(reader.nested(
                        "attributes", decode_attribute(reader.repeated_message("attributes"))
                    ));
                }
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    return event;
}

}  // namespace steelyard::chain
