// A block's way through the ledger: phases B1 to B10 of doc/spec/ledger.md.
#pragma once

#include "abci/block_results.h"
#include "chain/block.h"
#include "chain/commit_verifier.h"
#include "ledger/block/beacon_tx.h"
#include "ledger/pipeline/pipeline.h"
#include "market/book/books.h"

namespace steelyard::block {

using ledger::Outcome;

/// What `process_proposal` asks of a block (doc/spec/ledger.md, "A block"). An error says why not.
Result<void> check_block(
    const StateView& state,
    const chain::Block& block,
    const pipeline::TxReader& reader = pipeline::read_anew
);

/// The bytes that a transaction takes in a block, with its tag and length.
std::int64_t size_in_block(ByteView tx);

/// What a proposal has left for transactions after its beacon.
struct ProposalSpace {
    std::int64_t bytes = 0;  ///< each with its tag and length
    ledger::BlockInfo block{};
};

/// Which of the waiting transactions a proposal takes, in their order. `state` is left as they
/// leave it.
std::vector<Bytes> choose_txs(
    StateView& state,
    const ProposalSpace& space,
    std::vector<Bytes> waiting,
    const pipeline::TxReader& reader = pipeline::read_anew
);

/// What a block is executed with, beside the state.
struct Tools {
    pipeline::StatementVerifier signatures{};
    pipeline::TxReader reader = pipeline::read_anew;

    /// Those of the state as the block before left it; afterwards as this one does.
    market::Books& books;
    const market::ProofVerifier* verifier = nullptr;
};

/// Executes a block that consensus decided. Its app hash is left for the caller, who has the tree.
/// A block that check_block refuses is a CHECK.
abci::BlockResults execute(
    StateView& state,
    const chain::Block& block,
    const std::optional<chain::VerifiedCommit>& last_commit,
    const Tools& tools
);

}  // namespace steelyard::block
