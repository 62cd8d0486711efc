#include "tests/support/market/receipt_bench.h"

#include "base/check.h"

namespace steelyard::test {

using market::JobState;

market::JobId ReceiptBench::matched() {
    market.ask(market.make_provider(1), 50'000'000, 100'000);
    market.ask(market.make_provider(2), 60'000'000, 100'000);
    const auto id = market.order(market.person(10), market.terms(70'000'000));
    market.end_block();
    CHECK(market.job(id).state == JobState::matched);
    return id;
}

void ReceiptBench::go_on_to(const market::JobId& id, JobState state) {
    constexpr int blocks_max = 1'000;
    for (int i = 0; market.job(id).state != state; ++i) {
        CHECK(i < blocks_max);
        market.end_block();
    }
}

void ReceiptBench::commit() {
    storage::StateTreeOptions options;
    options.stores.assign(ledger::store_names.begin(), ledger::store_names.end());
    tree_ = storage::StateTree::open(disk_, options).value();
    storage::StateWrites writes;
    for (std::size_t store = 0; store < ledger::store_names.size(); ++store) {
        CHECK(market.state().walk(
            static_cast<ledger::Store>(store),
            {},
            [&](const ledger::Record& row) -> ledger::Outcome<bool> {
                writes.put(store, row.key, row.value);
                return true;
            }
        ));
    }
    const crypto::Hash256 app_hash = tree_->prepare(writes).value();
    CHECK(tree_->commit(state_height, {}));
    const SigningSet set = validators_with_power({10, 10, 10, 10});
    chain::Header named = header(market.block.chain_id, state_height.next(), set.validators, 1);
    named.app_hash = app_hash;
    block_ = sign_light_block(set, named, "cccn");
}

market::ProvenRecord ReceiptBench::record(std::string_view store, ByteView key) const {
    const storage::StoreId id = tree_->find_store(store).value();
    const auto proof = tree_->prove(id, key, state_height).value();
    return {
        .store = std::string(store),
        .key = to_bytes(key),
        .value = tree_->get(id, key, state_height).value().value_or(Bytes()),
        .in_store = crypto::encode_commitment_proof(proof.in_store),
        .of_store = crypto::encode_commitment_proof(proof.of_store),
    };
}

Result<std::string> ReceiptBench::document(const market::JobId& id) const {
    return market::make_receipt_document(
        {.job = id,
         .block = *block_,
         .record = [this](std::string_view store, ByteView key) -> Result<market::ProvenRecord> {
             return record(store, key);
         }}
    );
}

}  // namespace steelyard::test
