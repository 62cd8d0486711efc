// Verification of commits. The tables are those of CometBFT v0.38 types/validation_test.go.
#include "chain/commit_verifier.h"

#include "tests/support/chain_builders.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::chain {
namespace {

using test::sign_commit;
using test::SigningSet;
using test::validators_with_power;
using testing::HasSubstr;

const CommitTarget target{test::chain_id("Lalande21185"), Height(100), test::block_id(1)};

SigningSet equal_validators(std::size_t count, VotingPower power = 10) {
    return validators_with_power(std::vector<VotingPower>(count, power));
}

template <typename T>
std::string outcome(const Result<T>& result) {
    return result ? "accepted" : result.error().message();
}

template <typename T>
std::optional<ErrorCode> code(const Result<T>& result) {
    return result ? std::nullopt : std::optional(result.error().code());
}

CommitSig with_address(const CommitSig& sig, const Address& address) {
    return CommitSig(sig.flag(), address, sig.timestamp(), sig.signature());
}

CommitSig forged(const CommitSig& sig) {
    Signature signature = sig.signature();
    signature[40] ^= 1;
    return CommitSig(sig.flag(), sig.validator_address(), sig.timestamp(), signature);
}

/// Counts how many signatures were asked about.
struct CountingVerifier {
    std::size_t& count;
    std::optional<std::size_t> operator()(std::span<const SignatureCheck> checks) const {
        count += checks.size();
        return verify_one_by_one(checks);
    }
};

// TestValidatorSet_VerifyCommit_All: every row against all three verifiers, the light ones in both
// scopes. `trusting` is what the trusting verifier says with trust level 2/3.
struct Row {
    std::string chain;
    int block;
    std::size_t set_size;
    std::int64_t height;
    std::string votes;
    std::string verdict;
    std::string trusting_quorum;
    std::string trusting_all;
};

TEST(CommitVerifier, gives_the_published_verdicts) {
    const std::string ok = "accepted";
    const std::vector<Row> rows = {
        {"Lalande21185", 1, 3, 100, "ccc", ok, ok, ok},
        {"Lalande21185", 1, 1, 100, "c", ok, ok, ok},
        {"EpsilonEridani", 1, 2, 100, "cc", "signature 0", "signature 0", "signature 0"},
        {"Lalande21185", 2, 2, 100, "cc", "is for block", ok, ok},
        {"Lalande21185", 1, 1, 99, "c", "is of height 99", ok, ok},
        {"Lalande21185", 1, 4, 100, "ccc", "3 signatures for 4", ok, ok},
        {"Lalande21185", 1, 1, 100, "cc", "2 signatures for 1", ok, "stands twice"},
        {"Lalande21185",
         1,
         10,
         100,
         "aaaaacccnn",
         "30, needs more than 66",
         "30, needs",
         "30, needs"},
        {"Lalande21185", 1, 1, 100, "a", "power 0, needs more than 6", "power 0", "power 0"},
        {"Lalande21185", 1, 1, 100, "n", "power 0, needs more than 6", "power 0", "power 0"},
        {"Lalande21185", 1, 9, 100, "ccccccnnn", "60, needs more than 60", "60, needs", "60, needs"
        },
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.votes + " " + row.verdict);
        const SigningSet set = equal_validators(row.set_size);
        const ValidatorSet& validators = set.validators;
        const Commit commit = sign_commit(
            set,
            {test::chain_id(row.chain), Height(row.height), test::block_id(row.block)},
            row.votes
        );
        const LightOptions all{.scope = SignatureScope::all};

        EXPECT_THAT(outcome(verify_commit(target, validators, commit)), HasSubstr(row.verdict));
        EXPECT_THAT(
            outcome(verify_commit_light(target, validators, commit)), HasSubstr(row.verdict)
        );
        EXPECT_THAT(
            outcome(verify_commit_light(target, validators, commit, all)), HasSubstr(row.verdict)
        );
        EXPECT_THAT(
            outcome(verify_commit_light_trusting(target.chain_id, validators, commit, {2, 3})),
            HasSubstr(row.trusting_quorum)
        );
        EXPECT_THAT(
            outcome(verify_commit_light_trusting(target.chain_id, validators, commit, {2, 3}, all)),
            HasSubstr(row.trusting_all)
        );
    }
}

// TestValidatorSet_VerifyCommit_CheckAllSignatures,
// TestValidatorSet_VerifyCommitLight_ReturnsAsSoonAsMajOfVotingPowerSignedIffNotAllSigs.
TEST(CommitVerifier, checks_signatures_behind_the_quorum_only_where_all_matter) {
    const SigningSet set = equal_validators(4);
    Commit commit = sign_commit(set, target, "cccc");
    commit = test::with_signature(commit, 3, forged(commit.signatures()[3]));

    const auto full = verify_commit(target, set.validators, commit);
    EXPECT_EQ(code(full), ErrorCode::denied);
    EXPECT_THAT(outcome(full), HasSubstr("signature 3"));
    EXPECT_TRUE(verify_commit_light(target, set.validators, commit));
    EXPECT_EQ(
        code(verify_commit_light(target, set.validators, commit, {.scope = SignatureScope::all})),
        ErrorCode::denied
    );
}

// TestValidatorSet_VerifyCommitLightTrusting_ReturnsAsSoonAsTrustLevelSignedIffNotAllSigs.
TEST(CommitVerifier, trusts_after_enough_signatures_unless_all_are_asked_for) {
    const SigningSet set = equal_validators(4);
    Commit commit = sign_commit(set, target, "cccc");
    commit = test::with_signature(commit, 2, forged(commit.signatures()[2]));

    EXPECT_TRUE(verify_commit_light_trusting(target.chain_id, set.validators, commit));
    EXPECT_EQ(
        code(verify_commit_light_trusting(
            target.chain_id, set.validators, commit, {}, {.scope = SignatureScope::all}
        )),
        ErrorCode::denied
    );
}

TEST(CommitVerifier, verifies_nil_precommits_in_full_but_never_counts_them) {
    const SigningSet set = equal_validators(7);
    Commit commit = sign_commit(set, target, "cccccnn");
    const auto verified = verify_commit(target, set.validators, commit);
    ASSERT_TRUE(verified) << outcome(verified);

    commit = test::with_signature(commit, 5, forged(commit.signatures()[5]));
    EXPECT_EQ(code(verify_commit(target, set.validators, commit)), ErrorCode::denied);
    EXPECT_TRUE(verify_commit_light(target, set.validators, commit, {.scope = SignatureScope::all})
    );

    EXPECT_EQ(
        code(verify_commit(target, set.validators, sign_commit(set, target, "ccccnnn"))),
        ErrorCode::insufficient
    );
}

// A signature that names another validator verifies under the key at its index, which is how block
// times could once be forged (CSA-2026-001).
TEST(CommitVerifier, refuses_an_address_that_is_not_the_validators_at_that_index) {
    const SigningSet set = equal_validators(4);
    const Address stranger = test::public_key(1).address();
    for (const std::string votes : {"cccc", "cccn"}) {
        const Commit commit = sign_commit(set, target, votes);
        for (const Address& address : {stranger, set.validators[0].address()}) {
            const Commit swapped =
                test::with_signature(commit, 3, with_address(commit.signatures()[3], address));
            EXPECT_THAT(
                outcome(verify_commit(target, set.validators, swapped)),
                HasSubstr("signature 3 of the commit names")
            );
            EXPECT_THAT(
                outcome(verify_commit_light(target, set.validators, swapped)),
                HasSubstr("signature 3 of the commit names")
            );
        }
    }
}

// TestValidatorSet_VerifyCommitLightTrusting.
TEST(CommitVerifier, trusts_by_the_overlap_of_sets) {
    const SigningSet original = equal_validators(6, 1);
    const SigningSet strangers = validators_with_power({1, 1}, crypto::KeyType::secp256k1, 100);
    std::vector<ValidatorUpdate> both;
    for (const ValidatorSet* set : {&original.validators, &strangers.validators}) {
        for (const Validator& validator : set->validators()) {
            both.push_back({validator.public_key(), validator.voting_power()});
        }
    }
    const Commit commit = sign_commit(original, target, "cccccc");

    EXPECT_TRUE(verify_commit_light_trusting(target.chain_id, original.validators, commit));
    EXPECT_EQ(
        code(verify_commit_light_trusting(target.chain_id, strangers.validators, commit)),
        ErrorCode::insufficient
    );
    EXPECT_TRUE(verify_commit_light_trusting(target.chain_id, *ValidatorSet::create(both), commit));
}

TEST(CommitVerifier, takes_trust_levels_from_a_third_to_one) {
    const SigningSet set = equal_validators(3);
    const Commit commit = sign_commit(set, target, "ccc");
    const auto trust = [&](TrustLevel level) {
        return code(verify_commit_light_trusting(target.chain_id, set.validators, commit, level));
    };
    EXPECT_EQ(trust({1, 3}), std::nullopt);
    EXPECT_EQ(trust({1, 1}), ErrorCode::insufficient);  // more than everything is never there
    EXPECT_EQ(trust({1, 4}), ErrorCode::invalid);
    EXPECT_EQ(trust({4, 3}), ErrorCode::invalid);
    EXPECT_EQ(trust({0, 0}), ErrorCode::invalid);
    EXPECT_EQ(trust({0xFFFF'FFFF, 0xFFFF'FFFF}), ErrorCode::insufficient);
}

// The counts of TestValidatorSet_VerifyCommitLight{,Trusting}WithCache_UpdatesCache.
TEST(CommitVerifier, asks_for_no_more_signatures_than_it_needs) {
    const SigningSet set = equal_validators(6, 1);
    const Commit commit = sign_commit(set, target, "cccccc");
    std::size_t count = 0;
    const LightOptions options{.verifier = CountingVerifier{count}};

    EXPECT_TRUE(verify_commit_light(target, set.validators, commit, options));
    EXPECT_EQ(count, 5U);
    count = 0;
    EXPECT_TRUE(verify_commit_light_trusting(target.chain_id, set.validators, commit, {}, options));
    EXPECT_EQ(count, 3U);
    count = 0;
    EXPECT_TRUE(verify_commit(target, set.validators, commit, CountingVerifier{count}));
    EXPECT_EQ(count, 6U);
}

TEST(CommitVerifier, takes_validators_of_both_key_types) {
    const auto ed25519 = test::private_key(1, crypto::KeyType::ed25519);
    const auto secp256k1 = test::private_key(2, crypto::KeyType::secp256k1);
    SigningSet set{
        *ValidatorSet::create(
            std::vector<ValidatorUpdate>{{ed25519.public_key(), 20}, {secp256k1.public_key(), 10}}
        ),
        {}
    };
    set.keys.push_back(ed25519.clone());
    set.keys.push_back(secp256k1.clone());
    EXPECT_TRUE(verify_commit(target, set.validators, sign_commit(set, target, "cc")));
}

TEST(VerifiedCommit, names_every_validator_with_its_part) {
    const SigningSet set = validators_with_power({40, 30, 20, 10});
    const auto verified = verify_commit(target, set.validators, sign_commit(set, target, "ccna"));
    ASSERT_TRUE(verified) << outcome(verified);

    const auto participant = [&](ValidatorIndex i, BlockIdFlag flag) {
        return CommitParticipant{
            set.validators[i].address(), set.validators[i].voting_power(), flag
        };
    };
    EXPECT_EQ(
        verified->participants(),
        (std::vector<CommitParticipant>{
            participant(0, BlockIdFlag::commit),
            participant(1, BlockIdFlag::commit),
            participant(2, BlockIdFlag::nil),
            participant(3, BlockIdFlag::absent),
        })
    );
}

Timestamp median_of(const std::vector<VotingPower>& powers, std::string_view votes) {
    const SigningSet set = validators_with_power(powers);
    const auto verified = verify_commit(target, set.validators, sign_commit(set, target, votes));
    EXPECT_TRUE(verified) << outcome(verified);
    return verified->median_time();
}

TEST(VerifiedCommit, dates_the_next_block_by_the_weighted_median) {
    // Vote i, of the i-th greatest power, has the time time_after(i).
    EXPECT_EQ(median_of({10}, "c"), test::time_after(0));
    EXPECT_EQ(median_of({10, 10, 10}, "ccc"), test::time_after(1));
    EXPECT_EQ(median_of({10, 10, 10, 10}, "cccc"), test::time_after(1));
    EXPECT_EQ(median_of({50, 20, 20, 10}, "cccc"), test::time_after(0));
    EXPECT_EQ(median_of({49, 21, 20, 10}, "cccc"), test::time_after(1));
    EXPECT_EQ(median_of({30, 30, 20, 20}, "accc"), test::time_after(2));
}

// As CometBFT v0.38 does. A node that left them out would disagree about the time of every block
// after a commit in which somebody saw the proposal too late.
TEST(VerifiedCommit, counts_nil_precommits_in_the_median) {
    // Without them, the medians would be those of votes 2 and 4.
    EXPECT_EQ(median_of({26, 25, 25, 24}, "nccc"), test::time_after(1));
    EXPECT_EQ(median_of({10, 10, 10, 10, 10, 10, 10}, "nnccccc"), test::time_after(3));
}

// 64 bits of nanoseconds wrap to the year 1816, before the honest times instead of after them.
TEST(VerifiedCommit, sorts_times_as_comet_does) {
    const SigningSet set = validators_with_power({10, 10, 10, 10});
    Commit commit = sign_commit(set, target, "cccc");
    Vote vote = *commit.vote(3);
    vote.timestamp = *Timestamp::parse("9999-12-31T23:59:59Z");
    commit = test::with_signature(
        commit,
        3,
        CommitSig(
            BlockIdFlag::commit,
            vote.validator_address,
            vote.timestamp,
            set.keys[3].sign(sign_bytes(vote, target.chain_id))
        )
    );

    const auto verified = verify_commit(target, set.validators, commit);
    ASSERT_TRUE(verified) << outcome(verified);
    EXPECT_EQ(verified->median_time(), test::time_after(0));
}

}  // namespace
}  // namespace steelyard::chain
