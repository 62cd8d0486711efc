// Vote: a validator's signed prevote or precommit for a block or for nil.
#pragma once

#include "chain/block_id.h"
#include "chain/timestamp.h"

namespace steelyard::crypto {
class PublicKey;
}

namespace steelyard::chain {

/// What a consensus signature is for. The numbers are on the wire and under the signature.
enum class SignedMsgType : std::uint8_t {
    prevote = 1,
    precommit = 2,
    proposal = 32,
};

struct Vote {
    SignedMsgType type = SignedMsgType::prevote;  ///< prevote or precommit
    Height height{};
    Round round{};
    std::optional<BlockId> block_id{};  ///< nothing: for nil
    Timestamp timestamp{};
    Address validator_address{};
    ValidatorIndex validator_index = 0;
    Signature signature{};

    // What only votes in evidence may have: see decode_evidence_vote. Nothing signs them here.
    Bytes extension{};
    Bytes extension_signature{};

    auto operator<=>(const Vote&) const = default;
};

/// The bytes that a vote's signature covers, rules S1 and S2: a length prefix and CanonicalVote.
Bytes sign_bytes(const Vote& vote, const ChainId& chain_id);

/// Whether `key` is the key of the vote's validator address and signed the vote; else denied.
Result<void> verify_vote(const Vote& vote, const ChainId& chain_id, const crypto::PublicKey& key);

/// tendermint.types.Vote. The reader refuses what no honest validator sends: height 0, an index
/// over the limit, no signature, and vote extensions, which Steelyard does not have.
Bytes encode_vote(const Vote& vote);
Result<Vote> decode_vote(ByteView bytes);

/// The same for a vote in evidence, where CometBFT takes any round, any index (which no signature
/// covers and nobody may use), and an extension of a precommit for a block. A node that refused
/// them would stop at a block that others decided.
Result<Vote> decode_evidence_vote(ByteView bytes);

}  // namespace steelyard::chain
