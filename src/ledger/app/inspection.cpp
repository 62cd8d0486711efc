#include "ledger/app/inspection.h"

#include "base/check.h"
#include "ledger/app/head_extra.h"
#include "ledger/genesis/genesis.h"
#include "ledger/params/stored_params.h"
#include "ledger/staking/operations.h"

namespace steelyard::ledger {
namespace {

/// Below a genesis.
class Nothing final : public StateReader {
public:
    std::optional<ByteView> get(Store, ByteView) const override { return std::nullopt; }
    std::optional<RecordView> at_or_after(Store, ByteView) const override { return std::nullopt; }
};

}  // namespace

Inspection::Inspection(std::unique_ptr<storage::StateTree> tree, BlockInfo block)
    : tree_(std::move(tree)), reader_(*tree_), block_(std::move(block)) {
}

Result<std::unique_ptr<Inspection>> Inspection::open(storage::KvStore& store) {
    storage::StateTreeOptions options;
    options.stores.assign(store_names.begin(), store_names.end());
    TRY_ASSIGN(auto tree, storage::StateTree::open(store, options));
    if (!tree->head()) {
        return fail(ErrorCode::not_found, "no block was committed yet");
    }
    TRY_ASSIGN(auto block, decode_head_extra(tree->head()->extra, tree->head()->height));
    return std::unique_ptr<Inspection>(new Inspection(std::move(tree), std::move(block)));
}

std::vector<invariants::Breach> Inspection::breaches() const {
    StateView view(reader_);
    return invariants::check(view);
}

chain::Amount Inspection::genesis_supply() const {
    return invariants::genesis_supply(StateView(reader_));
}

chain::GenesisDoc Inspection::export_genesis() const {
    const StateView view(reader_);
    const auto params = load_params(view);
    auto key_types = staking::key_types(view);
    CHECK(params.has_value() && key_types.has_value());
    chain::GenesisDoc doc;
    doc.genesis_time = block_.time;
    doc.chain_id = block_.chain_id;
    doc.initial_height = block_.height.next();
    doc.consensus_params.block = params->block;
    doc.consensus_params.evidence = params->evidence;
    doc.consensus_params.validator.pub_key_types = *std::move(key_types);
    doc.app_state = genesis::export_state(view);
    return doc;
}

Result<chain::Amount> supply_of(const chain::GenesisDoc& doc) {
    const Nothing nothing;
    StateView view(nothing);
    TRY(genesis::start(view, doc));
    return invariants::genesis_supply(view);
}

}  // namespace steelyard::ledger
