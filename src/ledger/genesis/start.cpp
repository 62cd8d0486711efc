#include "chain/json_text.h"
#include "ledger/genesis/sections.h"
#include "ledger/invariants/invariants.h"
#include "ledger/params/stored_params.h"
#include "ledger/slashing/slashing.h"
#include "ledger/staking/end_block.h"
#include "ledger/staking/operations.h"
#include "proto/json.h"
#include "steelyard/genesis/v1/genesis.pb.h"

namespace steelyard::genesis {
namespace {

/// The active set, as consensus begins with it.
Result<Started> active_validators(const StateView& state) {
    Started started;
    for (const auto& [number, power] : sure(staking::active_set(state))) {
        const auto validator = sure(staking::get_validator(state, number));
        CHECK(validator && validator->consensus_key);
        started.validators.push_back({*validator->consensus_key, power});
    }
    if (started.validators.empty()) {
        return invalid(
            "app_state: no validator can begin: one needs a stake of at least {}{} and a beacon "
            "key (steelyardd gentx)",
            staking::power_reduction,
            ledger::base_denom
        );
    }
    return started;
}

}  // namespace

Result<Started> start(
    StateView& state, const chain::GenesisDoc& doc, const market::ProofVerifier* verifier
) {
    if (!doc.validators.empty()) {
        return invalid("validators: must be empty, app_state names them");
    }
    v1::AppState app_state;
    if (auto read = proto::from_json(app_state, doc.app_state, chain::genesis_size_max); !read) {
        return std::unexpected(std::move(read).error().in("app_state"));
    }
    TRY_ASSIGN(const ledger::Params params, read_params(app_state.params(), doc));
    sure(ledger::store_params(state, params));
    sure(staking::set_key_types(state, doc.consensus_params.validator.pub_key_types));
    TRY(read_auth(state, app_state.auth()));
    TRY(read_bank(state, app_state.bank()));
    TRY(read_staking(state, app_state.staking()));
    TRY(read_slashing(state, app_state.slashing()));
    TRY(read_distribution(state, app_state.distribution()));
    TRY(read_proposals(state, app_state.params()));
    TRY(read_beacon(state, app_state.beacon(), doc));
    TRY(read_market(state, app_state.market()));
    if (verifier != nullptr) {
        if (auto checked = check_programs(state, *verifier); !checked) {
            return std::unexpected(std::move(checked).error().in("app_state.market.programs"));
        }
    }

    ledger::Events events;
    const ledger::BlockInfo block{.chain_id = doc.chain_id, .height = {}, .time = doc.genesis_time};
    Context context{state, events, block, params};
    TRY(run_gen_txs(context, app_state.genutil()));
    if (!app_state.staking().exported()) {
        const staking::SetChange change = sure(staking::draw_active_set(context));
        sure(slashing::watch(context, change.bonded));
    }
    // What people make passes its modules' rules; what comes from another chain is looked at whole.
    const v1::MarketState& market = app_state.market();
    const bool has_market =
        market.programs_size() > 0 || market.providers_size() > 0 || market.orders_size() > 0;
    if (app_state.staking().validators_size() > 0 || has_market) {
        if (const auto breaches = invariants::check(state); !breaches.empty()) {
            return invalid("app_state: {}", to_string(breaches.front()));
        }
    }
    return active_validators(state);
}

std::string export_state(const StateView& state) {
    v1::AppState app_state;
    write_auth(state, *app_state.mutable_auth());
    write_bank(state, *app_state.mutable_bank());
    write_beacon(state, *app_state.mutable_beacon());
    write_distribution(state, *app_state.mutable_distribution());
    write_market(state, *app_state.mutable_market());
    app_state.mutable_genutil();
    write_params(state, *app_state.mutable_params());
    write_proposals(state, *app_state.mutable_params());
    write_slashing(state, *app_state.mutable_slashing());
    write_staking(state, *app_state.mutable_staking());
    const auto json = proto::to_json(app_state);
    CHECK(json.has_value());
    return chain::json_indent(*json, 1);
}

}  // namespace steelyard::genesis
