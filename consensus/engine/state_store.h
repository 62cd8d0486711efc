// StateStore: the chain's state, and of each height the validators, the parameters and the results.
#pragma once

#include "abci/block_results.h"
#include "consensus/core/chain_state.h"
#include "storage/kv_store.h"

namespace steelyard::engine {

/// Owns all keys of its KvStore, which outlives it. Errors of loading: not_found, corrupt, and
/// those of KvStore.
///
///   "state"          the chain's state
///   "v" height (BE)  the validator set of the height: the set, or the height that has it
///   "p" height (BE)  its consensus parameters: them, or the height that has them
///   "r" height (BE)  what the height's block gave
class StateStore {
public:
    /// A set that has not changed is stored again after so many heights, which bounds the turns of
    /// the rotation that loading takes.
    static constexpr std::int64_t validators_interval = 100;

    explicit StateStore(storage::KvStore& store) : store_(store) {}

    /// Nothing before the first save.
    Result<std::optional<consensus::ChainState>> load_state() const;

    /// Makes the state durable, with the sets of the heights that it is the first to know: before
    /// the first block both, later that of next_validators.
    Result<void> save_state(const consensus::ChainState& state);

    /// With the proposer of the height's round 0.
    Result<chain::ValidatorSet> load_validators(chain::Height height) const;

    /// What a block of the height had, or will have, to keep to.
    Result<chain::ConsensusParams> load_params(chain::Height height) const;

    Result<abci::BlockResults> load_results(chain::Height height) const;
    Result<void> save_results(chain::Height height, const abci::BlockResults& results);

    /// Removes what is known of heights below, as far as nothing above needs it: together with
    /// BlockStore::prune_below. Nothing of it need be durable at once.
    Result<void> prune_below(chain::Height height);

private:
    Result<chain::Height> place_of_next_validators(const consensus::ChainState& state) const;
    Result<void> put_params(const consensus::ChainState& state, storage::WriteBatch& batch) const;
    Result<chain::Height> place_of_params(chain::Height height) const;
    Result<void> prune_column(char column, chain::Height height, chain::Height kept);

    storage::KvStore& store_;
};

}  // namespace steelyard::engine
