#include "tests/sim/byzantine_ports.h"

namespace steelyard::sim {

Result<chain::Vote> UnsafeSigner::sign_vote(chain::Vote vote) {
    vote.signature = key_.sign(sign_bytes(vote, chain_id_));
    return vote;
}

Result<chain::Proposal> UnsafeSigner::sign_proposal(chain::Proposal proposal) {
    proposal.signature = key_.sign(sign_bytes(proposal, chain_id_));
    return proposal;
}

Result<abci::PreparedTxs> AdversaryApplication::prepare_proposal(
    const abci::ProposalRequest& request
) {
    TRY_ASSIGN(auto prepared, inner_.prepare_proposal(request));
    if (auto* txs = std::get_if<std::vector<Bytes>>(&prepared)) {
        strategy_.on_prepared(adversary_, *txs);
    }
    return prepared;
}

Result<bool> AdversaryApplication::process_proposal(const chain::Block& block) {
    TRY_ASSIGN(bool accepts, inner_.process_proposal(block));
    strategy_.on_processed(adversary_, block, accepts);
    return accepts;
}

Result<abci::BlockResults> AdversaryApplication::finalize_block(
    const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
) {
    TRY_ASSIGN(auto results, inner_.finalize_block(block, last_commit));
    strategy_.on_finalized(adversary_, results);
    return results;
}

}  // namespace steelyard::sim
