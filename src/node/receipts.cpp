#include "node/receipts.h"

namespace steelyard::node {
namespace {

Result<chain::LightBlock> light_block(const rpc::ChainReader& chain, chain::Height height) {
    TRY_ASSIGN(const chain::BlockMeta meta, chain.load_meta(height));
    TRY_ASSIGN(chain::Commit commit, chain.load_seen_commit(height));
    TRY_ASSIGN(chain::ValidatorSet validators, chain.load_validators(height));
    TRY_ASSIGN(
        chain::SignedHeader header, chain::SignedHeader::make(meta.header, std::move(commit))
    );
    return chain::LightBlock::make(std::move(header), std::move(validators));
}

Result<market::ProvenRecord> proven_record(
    rpc::AppView& app, std::string_view store, ByteView key, chain::Height height
) {
    TRY_ASSIGN(
        const abci::QueryResult answer,
        app.query(
            {.path = fmt::format("/store/{}/key", store),
             .data = to_bytes(key),
             .height = height,
             .prove = true}
        )
    );
    if (answer.code != 0) {
        return fail(ErrorCode::unsupported, "no record of height {}: {}", height, answer.log);
    }
    if (answer.proof_ops.size() != 2) {
        return fail(ErrorCode::not_found, "nothing is in the store {}", store);
    }
    return market::ProvenRecord{
        .store = std::string(store),
        .key = to_bytes(key),
        .value = answer.value,
        .in_store = answer.proof_ops[0].data,
        .of_store = answer.proof_ops[1].data,
    };
}

}  // namespace

Result<std::string> make_receipt(
    rpc::AppView& app, const rpc::ChainReader& chain, const market::JobId& job
) {
    const storage::BlockRange range = chain.range();
    if (range.empty() || range.tip == range.base) {
        return fail(ErrorCode::unsupported, "the chain is too short for a receipt");
    }
    TRY_ASSIGN(chain::LightBlock block, light_block(chain, range.tip));
    const chain::Height state_height(range.tip.value() - 1);
    return market::make_receipt_document(
        {.job = job,
         .block = std::move(block),
         .record = [&](std::string_view store,
                       ByteView key) { return proven_record(app, store, key, state_height); }}
    );
}

}  // namespace steelyard::node
