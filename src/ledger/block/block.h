// A block's way through the ledger: phases B1 to B9 of doc/spec/ledger.md.
#pragma once

#include "abci/block_results.h"
#include "chain/block.h"
#include "chain/commit_verifier.h"
#include "ledger/beacon/beacon.h"
#include "ledger/pipeline/pipeline.h"

namespace steelyard::block {

using ledger::Outcome;
using ledger::StateView;

/// The beacon transaction: rule R1.
Bytes make_beacon_tx(const crypto::vrf::Proof& proof);
Result<crypto::vrf::Proof> parse_beacon_tx(ByteView tx);

/// Rules R1 and R2 for a block whose first transaction this is: the value that it brings.
Result<beacon::Value> check_beacon(
    const StateView& state, const chain::Address& proposer, chain::Height height, ByteView tx
);

/// What `process_proposal` asks of a block (doc/spec/ledger.md, "A block"). An error says why not.
Result<void> check_block(const StateView& state, const chain::Block& block);

/// Which of the waiting transactions a proposal takes, in their order, after one beacon
/// transaction of `beacon_size` bytes. `state` is left as they leave it.
struct ProposalSpace {
    std::int64_t bytes = 0;  ///< for all transactions, each with its tag and length
    ledger::BlockInfo block{};
};
std::vector<Bytes> choose_txs(
    StateView& state, const ProposalSpace& space, std::vector<Bytes> waiting
);

/// Executes a block that consensus decided. Its app hash is left for the caller, who has the tree.
/// A block that check_block refuses is a CHECK.
abci::BlockResults execute(
    StateView& state,
    const chain::Block& block,
    const std::optional<chain::VerifiedCommit>& last_commit,
    const pipeline::StatementVerifier& signatures
);

}  // namespace steelyard::block
