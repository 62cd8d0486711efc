// SignedHeader and LightBlock: what a light client follows instead of whole blocks.
#pragma once

#include "chain/commit.h"
#include "chain/header.h"
#include "chain/validator_set.h"

namespace steelyard::chain {

/// A header and a commit that is for that header. The signatures are not verified.
class SignedHeader {
public:
    /// Refuses a commit of another height or for another block.
    static Result<SignedHeader> make(Header header, Commit commit);

    const Header& header() const { return header_; }
    const Commit& commit() const { return commit_; }
    const Hash256& hash() const { return commit_.block_id().hash; }  ///< of the header

    bool operator==(const SignedHeader&) const = default;

private:
    SignedHeader(Header header, Commit commit)
        : header_(std::move(header)), commit_(std::move(commit)) {}

    Header header_;
    Commit commit_;
};

/// A signed header and the validator set that its validators_hash names. Whether the signatures are
/// valid and enough, and whether the chain is the right one, is the light client's to check. The
/// proposer priorities of the set are no part of the hash: never adopt them from a stranger.
class LightBlock {
public:
    /// Refuses a set with another hash.
    static Result<LightBlock> make(SignedHeader signed_header, ValidatorSet validators);

    const SignedHeader& signed_header() const { return signed_header_; }
    const Header& header() const { return signed_header_.header(); }
    const Commit& commit() const { return signed_header_.commit(); }
    const ValidatorSet& validators() const { return validators_; }

    bool operator==(const LightBlock&) const = default;

private:
    LightBlock(SignedHeader signed_header, ValidatorSet validators)
        : signed_header_(std::move(signed_header)), validators_(std::move(validators)) {}

    SignedHeader signed_header_;
    ValidatorSet validators_;
};

/// tendermint.types.SignedHeader.
Bytes encode_signed_header(const SignedHeader& signed_header);
Result<SignedHeader> decode_signed_header(ByteView bytes);

/// tendermint.types.LightBlock.
Bytes encode_light_block(const LightBlock& block);
Result<LightBlock> decode_light_block(ByteView bytes);

}  // namespace steelyard::chain
