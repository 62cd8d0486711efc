#include "mempool/gossip_messages.h"

#include "base/endian.h"
#include "base/lru_set.h"
#include "base/protowire.h"

namespace steelyard::mempool {
namespace {

constexpr std::uint8_t field_1 = 0x0a;  ///< number 1, with a length
constexpr std::uint32_t announce_field = 1;
constexpr std::uint32_t want_field = 2;

std::size_t uvarint_size(std::size_t value) {
    std::size_t size = 1;
    for (; value >= 0x80; value >>= 7) {
        ++size;
    }
    return size;
}

Bytes encode_ids(std::uint32_t field, std::span<const ShortId> ids) {
    Bytes joined;
    joined.reserve(ids.size() * sizeof(ShortId));
    for (const ShortId id : ids) {
        append_le(joined, id);
    }
    ProtoWriter inner;
    inner.bytes(1, joined);
    ProtoWriter writer;
    writer.message(field, std::move(inner).take());
    return std::move(writer).take();
}

Result<std::vector<ShortId>> decode_ids(ByteView bytes) {
    std::vector<ShortId> ids;
    ProtoReader reader("Ids", bytes);
    while (reader.next()) {
        if (reader.field() != 1) {
            reader.unknown();
            break;
        }
        const ByteView joined = reader.bytes("ids", ids_per_message_max * sizeof(ShortId));
        if (joined.size() % sizeof(ShortId) != 0) {
            reader.refuse("ids", "is not a list of names");
            break;
        }
        ids.reserve(joined.size() / sizeof(ShortId));
        for (std::size_t at = 0; at < joined.size(); at += sizeof(ShortId)) {
            ids.push_back(load_le<ShortId>(&joined[at]));
        }
    }
    reader.require(1, "ids");
    TRY(reader.finish());
    return ids;
}

}  // namespace

ShortId short_id(const crypto::Hash256& tx_key) {
    return load_le<ShortId>(tx_key.data());
}

std::size_t ShortIdHash::operator()(ShortId id) const {
    return id * process_secret();
}

std::size_t tx_size_in_message(std::size_t tx_size) {
    return 1 + uvarint_size(tx_size) + tx_size;
}

/// By hand: a ProtoWriter for the inner message would copy all transactions once more.
Bytes encode_txs(std::span<const ByteView> txs) {
    std::size_t size = 0;
    for (const ByteView tx : txs) {
        size += tx_size_in_message(tx.size());
    }
    Bytes out;
    out.reserve(1 + uvarint_size(size) + size);
    out.push_back(field_1);
    append_uvarint(out, size);
    for (const ByteView tx : txs) {
        out.push_back(field_1);
        append_uvarint(out, tx.size());
        append(out, tx);
    }
    return out;
}

Result<std::vector<ByteView>> decode_txs(ByteView message) {
    std::optional<ByteView> inner;
    ProtoReader outer("Message", message);
    while (outer.next()) {
        if (outer.field() == 1) {
            inner = outer.message("txs");
        } else {
            outer.unknown();
        }
    }
    outer.require(1, "txs");
    TRY(outer.finish());
    std::vector<ByteView> txs;
    ProtoReader reader("Txs", *inner);
    while (reader.next()) {
        if (reader.field() != 1) {
            reader.unknown();
        } else if (reader.at_most("txs", txs.size(), txs_per_message_max)) {
            txs.push_back(reader.repeated_bytes("txs", message.size()));
        }
    }
    TRY(reader.finish());
    return txs;
}

Bytes encode_announce_message(const AnnounceMessage& message) {
    if (const auto* const announce = std::get_if<Announce>(&message)) {
        return encode_ids(announce_field, announce->ids);
    }
    return encode_ids(want_field, std::get<Want>(message).ids);
}

Result<AnnounceMessage> decode_announce_message(ByteView bytes) {
    std::optional<AnnounceMessage> message;
    ProtoReader reader("Message", bytes);
    while (reader.next()) {
        if (message) {
            reader.refuse("sum", "is there twice");
            break;
        }
        switch (reader.field()) {
            case announce_field:
                message =
                    Announce{reader.nested("announce", decode_ids(reader.message("announce")))};
                break;
            case want_field:
                message = Want{reader.nested("want", decode_ids(reader.message("want")))};
                break;
            default:
                reader.unknown();
        }
    }
    TRY(reader.finish());
    if (!message) {
        return invalid("Message: sum is missing");
    }
    return *std::move(message);
}

}  // namespace steelyard::mempool
