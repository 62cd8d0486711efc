#include "base/check.h"
#include "base/hex.h"
#include "ledger/block/beacon_tx.h"
#include "ledger/staking/validator.h"

namespace steelyard::block {
namespace {

/// No gas is counted here, so that reading cannot fail.
template <typename T>
T must(ledger::Outcome<T> outcome) {
    CHECK(outcome.has_value());
    return *std::move(outcome);
}

}  // namespace

Result<BeaconTask> beacon_task(
    const StateView& state, const chain::Address& proposer, chain::Height height
) {
    CHECK(state.meter() == nullptr);
    const beacon::Latest latest = must(beacon::latest(state));
    if (height != latest.height.next()) {
        return invalid("beacon: height {} does not follow {}", height, latest.height);
    }
    const auto number = must(staking::find_by_consensus_address(state, proposer));
    if (!number) {
        return invalid("beacon: {} is no validator's address", to_hex(proposer));
    }
    const auto key = must(beacon::key_in_force(state, *number, height));
    if (!key) {
        return invalid("beacon: the validator {} has no key in force", to_hex(proposer));
    }
    return BeaconTask{*key, latest.value};
}

Result<beacon::Value> check_beacon(
    const StateView& state, const chain::Address& proposer, chain::Height height, ByteView tx
) {
    TRY_ASSIGN(const crypto::vrf::Proof proof, parse_beacon_tx(tx));
    TRY_ASSIGN(const BeaconTask task, beacon_task(state, proposer, height));
    return beacon::verify(task.key, task.before, height, proof);
}

}  // namespace steelyard::block
