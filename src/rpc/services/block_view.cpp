#include "rpc/services/block_view.h"

#include "base/check.h"
#include "cosmos/base/tendermint/v1beta1/types.pb.h"
#include "crypto/bech32.h"
#include "tendermint/types/block.pb.h"

namespace steelyard::services {
namespace {

/// What we have written ourselves can be read.
void parse_own(google::protobuf::Message& out, ByteView bytes) {
    CHECK(out.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
}

}  // namespace

Answer<chain::Height> latest_height(const rpc::ChainReader& chain) {
    const storage::BlockRange range = chain.range();
    if (range.empty()) {
        return refuse(abci::GrpcCode::unavailable, "the chain has no block yet");
    }
    return range.tip;
}

Answer<chain::Height> known_height(const rpc::ChainReader& chain, std::int64_t height) {
    TRY_ASSIGN(const chain::Height latest, latest_height(chain));
    if (height < 1 || height > latest.value()) {
        return refuse(
            abci::GrpcCode::invalid_argument,
            "requested height {} but the chain has the heights 1 to {}",
            height,
            latest
        );
    }
    return chain::Height(height);
}

Answer<FoundBlock> find_block(const rpc::ChainReader& chain, std::int64_t height) {
    TRY_ASSIGN(const chain::Height known, known_height(chain, height));
    if (const chain::Height base = chain.range().base; known < base) {
        return refuse(
            abci::GrpcCode::not_found,
            "block {} is not here any more, the first one is {}",
            height,
            base
        );
    }
    TRY_ASSIGN(const auto meta, chain.load_meta(known));
    TRY_ASSIGN(auto block, chain.load_block(known));
    return FoundBlock{std::move(block), meta.block_id};
}

void write_block_id(::tendermint::types::BlockID& out, const chain::BlockId& id) {
    parse_own(out, chain::encode_block_id(id));
}

void write_block(::tendermint::types::Block& out, const chain::Block& block) {
    parse_own(out, chain::encode_block(block));
}

Answer<void> write_sdk_block(
    ::cosmos::base::tendermint::v1beta1::Block& out,
    const chain::Block& block,
    std::string_view consensus_prefix
) {
    ::tendermint::types::Block plain;
    write_block(plain, block);
    TRY_ASSIGN(
        const std::string proposer,
        crypto::encode_address(consensus_prefix, block.header.proposer_address)
    );
    // The two headers differ in the type of this field only, and bytes are no text.
    plain.mutable_header()->clear_proposer_address();
    parse_own(out, proto::serialize(plain));
    out.mutable_header()->set_proposer_address(proposer);
    return {};
}

}  // namespace steelyard::services
