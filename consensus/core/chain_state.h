// ChainState: what the blocks so far have left for the next one to agree with.
#pragma once

#include "chain/genesis.h"
#include "chain/header.h"

namespace steelyard::consensus {

/// The chain after its last block; before the first one, what the genesis document and the
/// application have agreed on. Only genesis_state, next_state and decode_chain_state make a new
/// one: rules B1..B4 of doc/spec/block-rules.md.
struct ChainState {
    chain::ChainId chain_id;
    chain::Height initial_height{1};

    // The last block. Before the first one: 0, nothing, the genesis time, nothing.
    chain::Height last_height;
    std::optional<chain::BlockId> last_block_id;
    chain::Timestamp last_block_time;
    std::optional<chain::ValidatorSet> last_validators;  ///< who voted on it

    // Both sets stand at round 0 of their heights: `proposer()` is whose turn it is there.
    chain::ValidatorSet validators;       ///< who votes on the next block
    chain::ValidatorSet next_validators;  ///< who votes on the block after it

    chain::ConsensusParams consensus_params;  ///< of the next block

    /// Of the next block. What the application said at the beginning, until the first update of a
    /// parameter; from then on the one among the parameters (B2).
    std::uint64_t app_version = 0;

    // What the application gave for the last block.
    chain::Hash256 last_results_hash{};
    chain::AppHash app_hash;

    /// The height of the next block.
    chain::Height next_height() const;

    /// The version that the next header must name.
    chain::ConsensusVersion version() const;

    bool operator==(const ChainState&) const = default;
};

/// What the application answered to the genesis document: ABCI's InitChain.
struct GenesisOutcome {
    /// Replaces the document's validators, unless it is empty.
    std::vector<chain::ValidatorUpdate> validators{};

    chain::ConsensusParamsUpdate params_update{};  ///< of the document's; may change nothing
    chain::AppHash app_hash{};                     ///< replaces the document's, unless it is empty

    /// From the application's Info; nothing: the one among the document's parameters.
    std::optional<std::uint64_t> app_version{};
};

/// The state before the first block. An error where neither names a validator, and where what they
/// say breaks a rule.
Result<ChainState> genesis_state(const chain::GenesisDoc& doc, const GenesisOutcome& outcome = {});

/// Every validator to add or change has a key of a kind that the parameters allow.
Result<void> check_key_types(
    const chain::ValidatorParams& params, std::span<const chain::ValidatorUpdate> updates
);

/// The most bytes that the reader takes: three full sets, and some.
inline constexpr std::size_t chain_state_size_max = 4 << 20;

/// tendermint.state.State without the name of the software and the heights of the last changes.
/// Priorities of proposers come back as they were. The reader checks how the fields fit together.
Bytes encode_chain_state(const ChainState& state);
Result<ChainState> decode_chain_state(ByteView bytes);

}  // namespace steelyard::consensus
