// Commit verification: the only way from a Commit, which anyone can write, to a VerifiedCommit.
//
// Rules C1..C7 of doc/spec/consensus-data.md. Wherever a commit stands beside its own validator
// set, every signature that is not absent must carry the address of the validator at its index.
#pragma once

#include "chain/commit.h"
#include "chain/validator_set.h"

#include <functional>

namespace steelyard::chain {

struct SignatureCheck {
    crypto::PublicKey key;
    Bytes message;
    Signature signature;
};

/// Checks signatures and returns the index of the first bad one, or nothing. An implementation may
/// use several threads or a cache of verdicts, but must answer as verify_one_by_one does.
using SignatureVerifier =
    std::function<std::optional<std::size_t>(std::span<const SignatureCheck> checks)>;

std::optional<std::size_t> verify_one_by_one(std::span<const SignatureCheck> checks);

/// What a commit is asked to have decided.
struct CommitTarget {
    ChainId chain_id;
    Height height;
    BlockId block_id;
};

/// The part of one validator in a verified commit, in the order of its set. Absent ones count too.
struct CommitParticipant {
    Address address{};
    VotingPower power = 0;
    BlockIdFlag flag = BlockIdFlag::absent;

    bool operator==(const CommitParticipant&) const = default;
};

/// A commit whose every signature was verified, of which more than two thirds of the power are for
/// the block. Only verify_commit makes one.
class VerifiedCommit {
public:
    const Commit& commit() const { return commit_; }
    const std::vector<CommitParticipant>& participants() const { return participants_; }

    /// The median, weighted by power, of the times of all precommits, those for nil too: the time
    /// of the next block.
    Timestamp median_time() const;

private:
    friend Result<VerifiedCommit> verify_commit(
        const CommitTarget& target,
        const ValidatorSet& validators,
        Commit commit,
        const SignatureVerifier& verifier
    );

    VerifiedCommit(Commit commit, const ValidatorSet& validators);

    Commit commit_;
    std::vector<CommitParticipant> participants_;
};

/// Verifies that more than two thirds of `validators`, the set of the commit's height, precommitted
/// the target, and every other signature in the commit too. Errors: invalid for a commit that does
/// not fit, insufficient for too little power, denied for a bad signature.
Result<VerifiedCommit> verify_commit(
    const CommitTarget& target,
    const ValidatorSet& validators,
    Commit commit,
    const SignatureVerifier& verifier = verify_one_by_one
);

/// Which of the precommits for the block a light verification checks.
enum class SignatureScope : std::uint8_t {
    quorum,  ///< from the front until their power is enough
    all,     ///< all of them, as for evidence
};

struct LightOptions {
    SignatureScope scope = SignatureScope::quorum;
    SignatureVerifier verifier = verify_one_by_one;
};

/// As verify_commit, but checks only signatures for the block. Enough to follow a header, not to
/// pay, punish or date anything: signatures that it does not reach may be forged.
Result<void> verify_commit_light(
    const CommitTarget& target,
    const ValidatorSet& validators,
    const Commit& commit,
    const LightOptions& options = {}
);

/// The part of a trusted set that must have signed for a later header to be believed.
struct TrustLevel {
    std::uint32_t numerator = 1;
    std::uint32_t denominator = 3;
};

/// Refuses a level outside of 1/3..1: less could be all faulty, more nobody can reach.
Result<void> validate(TrustLevel level);

/// Verifies that more than `level` of `trusted`, a set that need not be the commit's own, signed
/// it for its block. Members are looked up by address, strangers are passed over, one that stands
/// twice is refused. A level outside of 1/3..1 is invalid.
Result<void> verify_commit_light_trusting(
    const ChainId& chain_id,
    const ValidatorSet& trusted,
    const Commit& commit,
    TrustLevel level = {},
    const LightOptions& options = {}
);

}  // namespace steelyard::chain
