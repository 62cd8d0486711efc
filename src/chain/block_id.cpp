#include "chain/block_id.h"

#include "base/protowire.h"

namespace steelyard::chain {
namespace {

// An empty PartSetHeader in its non-nullable field, and nothing else.
constexpr ByteArray<2> no_block = {0x12, 0x00};

}  // namespace

Bytes encode_part_set_header(const PartSetHeader& header) {
    ProtoWriter writer;
    writer.uint64(1, header.total);
    writer.bytes(2, header.hash);
    return std::move(writer).take();
}

Result<PartSetHeader> decode_part_set_header(ByteView bytes) {
    PartSetHeader header;
    ProtoReader reader("PartSetHeader", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                header.total = reader.uint32("total");
                break;
            case 2:
                header.hash = reader.array<32>("hash");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "total");
    reader.require(2, "hash");
    TRY(reader.finish());
    return header;
}

Bytes encode_block_id(const BlockId& id) {
    ProtoWriter writer;
    writer.bytes(1, id.hash);
    writer.message(2, encode_part_set_header(id.parts));
    return std::move(writer).take();
}

Result<BlockId> decode_block_id(ByteView bytes) {
    BlockId id;
    ProtoReader reader("BlockID", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                id.hash = reader.array<32>("hash");
                break;
            case 2:
                id.parts = reader.nested(
                    "part_set_header", decode_part_set_header(reader.message("part_set_header"))
                );
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "hash");
    reader.require(2, "part_set_header");
    TRY(reader.finish());
    return id;
}

Bytes encode_optional_block_id(const std::optional<BlockId>& id) {
    return id ? encode_block_id(*id) : to_bytes(no_block);
}

Result<std::optional<BlockId>> decode_optional_block_id(ByteView bytes) {
    if (equal(bytes, no_block)) {
        return std::nullopt;
    }
    return decode_block_id(bytes);
}

}  // namespace steelyard::chain
