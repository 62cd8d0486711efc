#include "ledger/app/head_extra.h"

#include "base/protowire.h"

namespace steelyard::ledger {

Bytes encode_head_extra(const BlockInfo& block) {
    ProtoWriter writer;
    writer.string(1, block.chain_id.text());
    writer.message(2, chain::encode_timestamp(block.time));
    return std::move(writer).take();
}

Result<BlockInfo> decode_head_extra(ByteView bytes, chain::Height height) {
    BlockInfo block{.height = height};
    ProtoReader reader("extra", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                block.chain_id =
                    reader.nested("chain_id", chain::ChainId::parse(reader.string("chain_id", 64)));
                break;
            case 2:
                block.time = reader.nested("time", chain::decode_timestamp(reader.message("time")));
                break;
            default:
                reader.unknown();
        }
    }
    if (const auto read = reader.finish(); !read) {
        return fail(ErrorCode::corrupt, "state: {}", read.error().message());
    }
    return block;
}

}  // namespace steelyard::ledger
