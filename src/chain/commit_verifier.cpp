#include "chain/commit_verifier.h"

#include "base/check.h"
#include "base/checked.h"
#include "base/hex.h"

#include <algorithm>

namespace steelyard::chain {
namespace {

/// The signatures of a commit that are to be checked, and the power behind those that count.
struct Ballot {
    std::vector<SignatureCheck> checks;
    std::vector<ValidatorIndex> positions;  ///< of the checks, in the commit
    VotingPower power = 0;

    void add(
        const Commit& commit,
        ValidatorIndex position,
        const Validator& validator,
        const ChainId& chain_id
    ) {
        const auto vote = commit.vote(position);
        CHECK(vote);
        checks.push_back({validator.public_key(), sign_bytes(*vote, chain_id), vote->signature});
        positions.push_back(position);
        if (commit.signatures()[position].is_for_block()) {
            power += validator.voting_power();
        }
    }
};

Result<void> judge(const Ballot& ballot, VotingPower needed, const SignatureVerifier& verifier) {
    if (ballot.power <= needed) {
        return fail(
            ErrorCode::insufficient,
            "commit has voting power {}, needs more than {}",
            ballot.power,
            needed
        );
    }
    if (const auto bad = verifier(ballot.checks)) {
        CHECK(*bad < ballot.positions.size());
        return fail(
            ErrorCode::denied, "signature {} of the commit is wrong", ballot.positions[*bad]
        );
    }
    return {};
}

VotingPower two_thirds(const ValidatorSet& validators) {
    return validators.total_power() * 2 / 3;
}

/// The commit is for the target, and its signatures are those of the set, one by one.
Result<void> check_fit(
    const CommitTarget& target, const ValidatorSet& validators, const Commit& commit
) {
    const auto& signatures = commit.signatures();
    if (signatures.size() != validators.size()) {
        return invalid(
            "commit has {} signatures for {} validators", signatures.size(), validators.size()
        );
    }
    if (commit.height() != target.height) {
        return invalid("commit is of height {}, not {}", commit.height(), target.height);
    }
    if (commit.block_id() != target.block_id) {
        return invalid(
            "commit is for block {}, not {}",
            to_hex_upper(commit.block_id().hash),
            to_hex_upper(target.block_id.hash)
        );
    }
    for (ValidatorIndex i = 0; i < validators.size(); ++i) {
        if (!signatures[i].is_absent() &&
            signatures[i].validator_address() != validators[i].address()) {
            return invalid(
                "signature {} of the commit names {}, not validator {}",
                i,
                to_hex_upper(signatures[i].validator_address()),
                to_hex_upper(validators[i].address())
            );
        }
    }
    return {};
}

/// Nanoseconds since 1970, which wrap before 1677 and after 2262: the order in which CometBFT sorts
/// times. No honest clock shows such years, but a vote may claim them.
std::int64_t wrapped_nanoseconds(Timestamp time) {
    const auto seconds = static_cast<std::uint64_t>(time.seconds());
    const auto rest = static_cast<std::uint64_t>(time.nanoseconds());
    return static_cast<std::int64_t>(seconds * 1'000'000'000 + rest);
}

}  // namespace

std::optional<std::size_t> verify_one_by_one(std::span<const SignatureCheck> checks) {
    for (std::size_t i = 0; i < checks.size(); ++i) {
        if (!checks[i].key.verify(checks[i].message, checks[i].signature)) {
            return i;
        }
    }
    return std::nullopt;
}

VerifiedCommit::VerifiedCommit(Commit commit, const ValidatorSet& validators)
    : commit_(std::move(commit)) {
    participants_.reserve(validators.size());
    for (ValidatorIndex i = 0; i < validators.size(); ++i) {
        participants_.push_back(
            {validators[i].address(), validators[i].voting_power(), commit_.signatures()[i].flag()}
        );
    }
}

Timestamp VerifiedCommit::median_time() const {
    struct WeightedTime {
        Timestamp time;
        VotingPower power;
        std::size_t position;
    };
    std::vector<WeightedTime> times;
    VotingPower total = 0;
    for (std::size_t i = 0; i < participants_.size(); ++i) {
        if (participants_[i].flag != BlockIdFlag::absent) {
            times.push_back({commit_.signatures()[i].timestamp(), participants_[i].power, i});
            total += participants_[i].power;
        }
    }
    std::ranges::sort(times, {}, [](const WeightedTime& weighted) {
        return std::pair(wrapped_nanoseconds(weighted.time), weighted.position);
    });
    VotingPower left = total / 2;
    for (const WeightedTime& weighted : times) {
        if (left <= weighted.power) {
            return weighted.time;
        }
        left -= weighted.power;
    }
    CHECK(false);  // the powers add up to more than half of their sum
}

Result<VerifiedCommit> verify_commit(
    const CommitTarget& target,
    const ValidatorSet& validators,
    Commit commit,
    const SignatureVerifier& verifier
) {
    TRY(check_fit(target, validators, commit));
    Ballot ballot;
    for (ValidatorIndex i = 0; i < validators.size(); ++i) {
        if (!commit.signatures()[i].is_absent()) {
            ballot.add(commit, i, validators[i], target.chain_id);
        }
    }
    TRY(judge(ballot, two_thirds(validators), verifier));
    return VerifiedCommit(std::move(commit), validators);
}

Result<void> verify_commit_light(
    const CommitTarget& target,
    const ValidatorSet& validators,
    const Commit& commit,
    const LightOptions& options
) {
    TRY(check_fit(target, validators, commit));
    const VotingPower needed = two_thirds(validators);
    Ballot ballot;
    for (ValidatorIndex i = 0; i < validators.size(); ++i) {
        if (options.scope == SignatureScope::quorum && ballot.power > needed) {
            break;
        }
        if (commit.signatures()[i].is_for_block()) {
            ballot.add(commit, i, validators[i], target.chain_id);
        }
    }
    return judge(ballot, needed, options.verifier);
}

Result<void> validate(TrustLevel level) {
    if (std::uint64_t{level.numerator} * 3 < level.denominator ||
        level.numerator > level.denominator || level.denominator == 0) {
        return invalid("trust level {}/{} is not in 1/3..1", level.numerator, level.denominator);
    }
    return {};
}

Result<void> verify_commit_light_trusting(
    const ChainId& chain_id,
    const ValidatorSet& trusted,
    const Commit& commit,
    TrustLevel level,
    const LightOptions& options
) {
    TRY(validate(level));
    const auto needed = static_cast<VotingPower>(
        Int128{trusted.total_power()} * level.numerator / level.denominator
    );
    Ballot ballot;
    std::vector<bool> seen(trusted.size());
    for (ValidatorIndex i = 0; i < commit.signatures().size(); ++i) {
        if (options.scope == SignatureScope::quorum && ballot.power > needed) {
            break;
        }
        const CommitSig& signature = commit.signatures()[i];
        const auto member = signature.is_for_block()
                                ? trusted.index_of(signature.validator_address())
                                : std::nullopt;
        if (!member) {
            continue;
        }
        if (seen[*member]) {
            return invalid(
                "validator {} stands twice in the commit",
                to_hex_upper(signature.validator_address())
            );
        }
        seen[*member] = true;
        ballot.add(commit, i, trusted[*member], chain_id);
    }
    return judge(ballot, needed, options.verifier);
}

}  // namespace steelyard::chain
