// Commit: the precommits of more than two thirds that made a block final.
#pragma once

#include "chain/bit_array.h"
#include "chain/vote.h"

#include <vector>

namespace steelyard::chain {

/// What a validator's precommit was for.
enum class BlockIdFlag : std::uint8_t {
    absent = 1,  ///< none was seen
    commit = 2,  ///< the block of the commit
    nil = 3,
};

/// The part of one validator in a commit. An absent one has no address, time or signature.
class CommitSig {
public:
    /// Absent.
    CommitSig() = default;

    /// A precommit for the block or for nil: `flag` is not absent.
    CommitSig(
        BlockIdFlag flag, const Address& address, Timestamp timestamp, const Signature& signature
    );

    BlockIdFlag flag() const { return flag_; }
    bool is_absent() const { return flag_ == BlockIdFlag::absent; }
    bool is_for_block() const { return flag_ == BlockIdFlag::commit; }

    // All zero where absent.
    const Address& validator_address() const { return validator_address_; }
    Timestamp timestamp() const { return timestamp_; }
    const Signature& signature() const { return signature_; }

    auto operator<=>(const CommitSig&) const = default;

private:
    BlockIdFlag flag_ = BlockIdFlag::absent;
    Address validator_address_{};
    Timestamp timestamp_;
    Signature signature_{};
};

/// A well-formed commit: height from 1, and one CommitSig for each validator of the height's set,
/// in its order, 1 to validators_max. Whether the signatures are valid and enough is for the
/// verifier of commits to say.
class Commit {
public:
    static Result<Commit> make(
        Height height, Round round, const BlockId& block_id, std::vector<CommitSig> signatures
    );

    Height height() const { return height_; }
    Round round() const { return round_; }
    const BlockId& block_id() const { return block_id_; }
    const std::vector<CommitSig>& signatures() const { return signatures_; }

    /// The precommit that stands at an index, or nothing where that validator is absent.
    std::optional<Vote> vote(ValidatorIndex index) const;

    /// The validators that are not absent.
    BitArray voters() const;

    auto operator<=>(const Commit&) const = default;

private:
    Commit() = default;

    Height height_;
    Round round_;
    BlockId block_id_;
    std::vector<CommitSig> signatures_;
};

/// The header's last_commit_hash, rule H4: the Merkle root over the CommitSigs. The first block has
/// no last commit.
Hash256 last_commit_hash(const std::optional<Commit>& commit);

/// The most bytes that a commit of so many validators takes.
std::int64_t commit_size_max(std::size_t validators);

/// tendermint.types.CommitSig.
Bytes encode_commit_sig(const CommitSig& sig);
Result<CommitSig> decode_commit_sig(ByteView bytes);

/// tendermint.types.Commit.
Bytes encode_commit(const Commit& commit);
Result<Commit> decode_commit(ByteView bytes);

/// A block's last_commit field, which the first block fills with an empty Commit, `1a 02 12 00`.
Bytes encode_last_commit(const std::optional<Commit>& commit);
Result<std::optional<Commit>> decode_last_commit(ByteView bytes);

}  // namespace steelyard::chain
