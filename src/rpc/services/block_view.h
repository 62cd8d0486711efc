// Blocks as protobuf messages. For the services' own files.
#pragma once

#include "chain/block.h"
#include "rpc/services/handler.h"

namespace cosmos::base::tendermint::v1beta1 {
class Block;
}
namespace tendermint::types {
class Block;
class BlockID;
}  // namespace tendermint::types

namespace steelyard::services {

/// A block that is there; what is asked for beside the block itself comes from its meta.
struct FoundBlock {
    chain::Block block{};
    chain::BlockId id{};
};

/// The tip. unavailable: there is no block yet.
Answer<chain::Height> latest_height(const rpc::ChainReader& chain);

/// A height that a client names. invalid_argument: the chain has not come to it.
Answer<chain::Height> known_height(const rpc::ChainReader& chain, std::int64_t height);

/// not_found: the block is not kept any more; else as known_height.
Answer<FoundBlock> find_block(const rpc::ChainReader& chain, std::int64_t height);

void write_block_id(::tendermint::types::BlockID& out, const chain::BlockId& id);
void write_block(::tendermint::types::Block& out, const chain::Block& block);

/// The block whose proposer is named in bech32.
Answer<void> write_sdk_block(
    ::cosmos::base::tendermint::v1beta1::Block& out,
    const chain::Block& block,
    std::string_view consensus_prefix
);

}  // namespace steelyard::services
