// The messages of block sync, as on CometBFT 0.38's channel 0x40, and their bytes.
#pragma once

#include "base/bytes.h"
#include "base/result.h"
#include "chain/block_id.h"

#include <variant>

namespace steelyard::sync {

/// Heights are what a peer says: 0 or more, not otherwise bounded.
struct BlockRequest {
    std::int64_t height = 0;

    bool operator==(const BlockRequest&) const = default;
};

/// The answer where the sender has no such block.
struct NoBlockResponse {
    std::int64_t height = 0;

    bool operator==(const NoBlockResponse&) const = default;
};

/// A block, encoded: tendermint.types.Block, not looked into.
struct BlockResponse {
    Bytes block{};

    bool operator==(const BlockResponse&) const = default;
};

struct StatusRequest {
    bool operator==(const StatusRequest&) const = default;
};

/// The lowest and the highest block that the sender can serve; 0 and 0 where it has none.
struct StatusResponse {
    std::int64_t height = 0;
    std::int64_t base = 0;

    bool operator==(const StatusResponse&) const = default;
};

using Message =
    std::variant<BlockRequest, NoBlockResponse, BlockResponse, StatusRequest, StatusResponse>;

/// The longest message: the largest block that any chain may have, with what is around it.
inline constexpr std::size_t message_size_max = chain::block_size_max + 16;

/// tendermint.blocksync.Message.
Bytes encode_message(const Message& message);

/// Refuses what is longer than message_size_max, negative heights, a base above its height, a
/// response without a block, and vote extensions' commits, which our chains do not have.
Result<Message> decode_message(ByteView bytes);

}  // namespace steelyard::sync
