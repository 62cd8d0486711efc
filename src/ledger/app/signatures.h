// Signatures: the verification of transactions' signatures, each once.
#pragma once

#include "chain/verdict_cache.h"
#include "ledger/pipeline/pipeline.h"

namespace steelyard::ledger {

/// Remembers which statements were found true, so that those of a transaction that waited in the
/// mempool, or that the node's threads looked at, cost a look-up in the block. Thread-safe.
class Signatures {
public:
    /// `capacity` statements are remembered.
    explicit Signatures(std::size_t capacity);

    bool verify(std::span<const tx::Statement> statements);

    /// Verifies a transaction's signatures ahead of the checks that need the order of
    /// transactions: for the sequences that it names itself. Whether they are good: what cannot be
    /// verified so is left for later. The view reads the committed state.
    bool prepare(
        const StateView& state, const chain::ChainId& chain_id, const pipeline::ReadTx& tx
    );

    const pipeline::StatementVerifier& verifier() const { return verifier_; }

private:
    chain::VerdictCache cache_;
    pipeline::StatementVerifier verifier_;
};

}  // namespace steelyard::ledger
