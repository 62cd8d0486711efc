// What ties one block to the next: how a block is made from the state, whether one may follow it,
// and which state it leaves.
//
// Pure functions; rules B2..B15 of doc/spec/block-rules.md, those of CometBFT 0.38.
#pragma once

#include "chain/block.h"
#include "chain/commit_verifier.h"
#include "consensus/core/chain_state.h"

namespace steelyard::consensus {

/// The least time between two blocks.
inline constexpr std::chrono::nanoseconds block_interval_min = std::chrono::milliseconds(1);

/// The time of the next block: the genesis time for the first one, then the median of the last
/// commit. `last_commit` is that of the state's last block, and nothing before the first one.
chain::Timestamp block_time(
    const ChainState& state, const std::optional<chain::VerifiedCommit>& last_commit
);

/// Whether a block may be dated so after one of the time `last`. Later, but not after 2262, when 64
/// bits of nanoseconds end: there the median's order wraps (C7), and one vote could lead it astray.
bool is_next_block_time(chain::Timestamp time, chain::Timestamp last);

/// The time of a vote: now, but later than the block that is voted on or that the voter is locked
/// on, if there is one. So the median of the votes is later than the block.
chain::Timestamp vote_time(chain::Timestamp now, std::optional<chain::Timestamp> block_time);

/// The bytes that a proposer may fill with transactions, each with its tag and length, beside
/// evidence that takes `evidence_size` bytes; or nothing if there is no room.
std::optional<std::int64_t> data_size_max(const ChainState& state, std::size_t evidence_size);

/// What a proposer chooses.
struct BlockContents {
    std::vector<Bytes> txs{};
    std::vector<chain::Evidence> evidence{};

    /// Of the state's last block; nothing in the first one.
    std::optional<chain::VerifiedCommit> last_commit{};

    chain::Address proposer_address{};
};

/// The next block. It is valid if its size, its evidence and its proposer are.
chain::Block make_block(const ChainState& state, BlockContents contents);

/// Says that a block was validated, so that nobody need verify its signatures again.
class VerifiedBlock {
public:
    const chain::Hash256& hash() const { return hash_; }  ///< of the block's header

    /// The block's last_commit; nothing in the first block.
    const std::optional<chain::VerifiedCommit>& last_commit() const { return last_commit_; }

private:
    friend Result<VerifiedBlock> validate_block(
        const ChainState& state,
        const chain::Block& block,
        const chain::SignatureVerifier& verifier,
        const std::optional<chain::VerifiedCommit>& known
    );

    VerifiedBlock(const chain::Hash256& hash, std::optional<chain::VerifiedCommit> last_commit)
        : hash_(hash), last_commit_(std::move(last_commit)) {}

    chain::Hash256 hash_;
    std::optional<chain::VerifiedCommit> last_commit_;
};

/// Whether a well-formed block may follow the state; an error names the field, what it is and what
/// it should be. Cheap rules come before signatures. Whether evidence is true is for the evidence
/// pool to say, and whether transactions may stand there for the application. A last commit that
/// is `known` to be verified, by the state's set of validators, is not verified again.
Result<VerifiedBlock> validate_block(
    const ChainState& state,
    const chain::Block& block,
    const chain::SignatureVerifier& verifier = chain::verify_one_by_one,
    const std::optional<chain::VerifiedCommit>& known = std::nullopt
);

/// What executing a block gave: ABCI's FinalizeBlock.
struct BlockOutcome {
    chain::Hash256 results_hash{};  ///< chain::results_hash of what the transactions gave
    std::vector<chain::ValidatorUpdate> validator_updates{};  ///< who votes from two heights later
    chain::ConsensusParamsUpdate params_update{};             ///< for the next block
    chain::AppHash app_hash{};
};

/// The state after a block that validate_block accepted for `state`. Refuses updates of validators
/// or parameters that break a rule; then the chain cannot go on, and the application is at fault.
Result<ChainState> next_state(
    const ChainState& state,
    const chain::BlockId& block_id,
    const chain::Header& header,
    const BlockOutcome& outcome
);

}  // namespace steelyard::consensus
