// Whether evidence is true: the rules that need the chain's history.
//
// Rules E1..E9 of doc/spec/evidence.md, those of CometBFT 0.38.
#pragma once

#include "chain/commit_verifier.h"
#include "chain/consensus_params.h"
#include "consensus/evidence/ports.h"

namespace steelyard::evidence {

/// The last block, and the parameters of the next one.
struct Tip {
    chain::Height height{};  ///< 0 before the first block
    chain::Timestamp time{};
    chain::EvidenceParams params{};

    bool operator==(const Tip&) const = default;
};

/// What evidence in the block after the tip is judged by.
struct Context {
    chain::ChainId chain_id;
    Tip tip;
    chain::SignatureVerifier verifier = chain::verify_one_by_one;
};

/// Whether misbehaviour at a height, whose block has this time, is too old to be punished in the
/// block after the tip: older than both limits.
bool is_expired(chain::Height height, chain::Timestamp time, const Tip& tip);

/// Whether the evidence is true and may be punished in the block after the tip. The answer depends
/// on the chain up to the tip alone. An error is a verdict (is_refusal), or History's.
Result<void> verify(
    const chain::Evidence& evidence, const Context& context, const History& history
);

/// Whether an error of this folder speaks about the evidence; else this node could not tell.
bool is_refusal(const Error& error);

}  // namespace steelyard::evidence
