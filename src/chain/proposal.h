// Proposal: a proposer's signed announcement of the block that it wants decided.
#pragma once

#include "chain/vote.h"

namespace steelyard::chain {

struct Proposal {
    Height height{};
    Round round{};
    std::optional<Round> pol_round{};  ///< an earlier round whose prevotes justify the block
    BlockId block_id{};
    Timestamp timestamp{};
    Signature signature{};

    auto operator<=>(const Proposal&) const = default;
};

/// The bytes that a proposal's signature covers, rules S1 and S3: a length prefix and
/// CanonicalProposal.
Bytes sign_bytes(const Proposal& proposal, const ChainId& chain_id);

/// Whether `key` signed the proposal; else denied.
Result<void> verify_proposal(
    const Proposal& proposal, const ChainId& chain_id, const crypto::PublicKey& key
);

/// tendermint.types.Proposal. The reader refuses height 0, a pol_round that is not before the round
/// (-1 stands for none), a missing block id or signature, and a block of more than parts_max parts.
Bytes encode_proposal(const Proposal& proposal);
Result<Proposal> decode_proposal(ByteView bytes);

}  // namespace steelyard::chain
