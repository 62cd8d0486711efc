// Transactions of the kvstore application: what is proposed is accepted, what is accepted can be
// executed, and a validator's update can be written and read again.
#include "kvstore/application.h"
#include "kvstore/tx_format.h"
#include "storage/memory_store.h"

using namespace steelyard;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes tx(data, data + size);
    if (kvstore::is_validator_tx(tx)) {
        if (const auto update = kvstore::parse_validator_tx(tx)) {
            CHECK(kvstore::parse_validator_tx(kvstore::make_validator_tx(*update)) == *update);
        }
    }
    storage::MemoryStore store;
    const auto application = kvstore::Application::open(store);
    CHECK(application);
    auto& app = **application;
    const bool good = app.check_tx(tx, abci::CheckType::fresh)->result.code == 0;
    const auto prepared = app.prepare_proposal({.txs = {tx}});
    CHECK(prepared);
    const auto& proposed = std::get<std::vector<Bytes>>(*prepared);
    // An update that cannot be made at this height waits.
    const std::size_t least = good && !kvstore::is_validator_tx(tx) ? 1 : 0;
    CHECK(proposed.size() >= least && proposed.size() <= (good ? 1U : 0U));
    chain::Block block{.txs = proposed};
    block.header.height = chain::Height(1);
    CHECK(*app.process_proposal(block));
    CHECK(app.finalize_block(block, std::nullopt));
    CHECK(app.commit());
    CHECK(app.check_tx(tx, abci::CheckType::recheck));
    CHECK(app.info()->last_height == chain::Height(1));
    return 0;
}
