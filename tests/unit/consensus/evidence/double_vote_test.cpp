#include "base/hex.h"
#include "test_chain.h"

namespace steelyard::evidence {
namespace {

using chain::DuplicateVoteEvidence;
using chain::Height;
using testing::HasSubstr;

class DoubleVote : public testing::Test {
protected:
    DoubleVote() { chain.grow_to(10); }

    Result<void> judged(const DuplicateVoteEvidence& evidence) const {
        return verify(evidence, chain.context(), chain);
    }

    std::string refusal(const DuplicateVoteEvidence& evidence) const {
        const auto result = judged(evidence);
        EXPECT_TRUE(result || is_refusal(result.error()));
        return error_of(result);
    }

    std::string address(std::size_t who) const {
        return to_hex_upper(chain.set.keys[who].public_key().address());
    }

    TestChain chain;
};

TEST_F(DoubleVote, is_true_where_both_votes_are_signed) {
    EXPECT_EQ(refusal(chain.double_vote(8)), "");
    EXPECT_EQ(refusal(chain.double_vote(8, 3, 7)), "");
    EXPECT_EQ(refusal(chain.double_vote(10)), "");
}

TEST_F(DoubleVote, is_true_in_any_round_and_for_nil) {
    const auto nil = chain::make_duplicate_vote_evidence(
        chain.vote(8, 1, std::numeric_limits<std::int32_t>::max(), std::nullopt),
        chain.vote(8, 1, std::numeric_limits<std::int32_t>::max(), test::block_id(1)),
        chain.set.validators,
        test::time_after(80)
    );
    ASSERT_TRUE(nil);
    EXPECT_EQ(refusal(*nil), "");
}

TEST_F(DoubleVote, is_refused_with_its_votes_swapped) {
    DuplicateVoteEvidence evidence = chain.double_vote(8);
    std::swap(evidence.vote_a, evidence.vote_b);
    EXPECT_THAT(refusal(evidence), HasSubstr("order of their block ids"));
}

TEST_F(DoubleVote, is_refused_with_another_time_than_its_block) {
    DuplicateVoteEvidence evidence = chain.double_vote(8);
    evidence.timestamp = test::time_after(81);
    EXPECT_EQ(
        refusal(evidence),
        "evidence of height 8 has the time 2026-01-01T00:01:21Z, its block 2026-01-01T00:01:20Z"
    );
}

TEST_F(DoubleVote, is_refused_with_other_powers_than_the_set) {
    DuplicateVoteEvidence evidence = chain.double_vote(8);
    evidence.validator_power = 41;
    EXPECT_EQ(
        refusal(evidence),
        "evidence has voting power 41 of validator " + address(0) + ", the set 40"
    );
    evidence = chain.double_vote(8);
    evidence.total_voting_power = 101;
    EXPECT_EQ(refusal(evidence), "evidence has total voting power 101, the set 100");
}

TEST_F(DoubleVote, is_refused_where_the_voter_was_no_validator) {
    DuplicateVoteEvidence evidence = chain.double_vote(8);
    evidence.vote_a.validator_address[0] ^= 1;
    evidence.vote_b.validator_address[0] ^= 1;
    EXPECT_EQ(
        refusal(evidence),
        to_hex_upper(evidence.vote_a.validator_address) + " was no validator at height 8"
    );
}

TEST_F(DoubleVote, is_refused_with_a_bad_signature) {
    DuplicateVoteEvidence evidence = chain.double_vote(8);
    evidence.vote_a.signature[5] ^= 1;
    EXPECT_EQ(refusal(evidence), "vote_a of validator " + address(0) + " has a bad signature");
    evidence = chain.double_vote(8);
    evidence.vote_b.timestamp = test::time_after(82);
    EXPECT_EQ(refusal(evidence), "vote_b of validator " + address(0) + " has a bad signature");
}

TEST_F(DoubleVote, is_refused_where_another_validator_signed) {
    DuplicateVoteEvidence evidence = chain.double_vote(8);
    const DuplicateVoteEvidence other = chain.double_vote(8, 1);
    evidence.vote_a.signature = other.vote_a.signature;
    EXPECT_THAT(refusal(evidence), HasSubstr("vote_a"));
}

TEST_F(DoubleVote, is_refused_where_it_was_signed_for_another_chain) {
    TestChain other;
    other.chain_id = test::chain_id("another");
    other.grow_to(10);
    EXPECT_THAT(refusal(other.double_vote(8)), HasSubstr("bad signature"));
}

TEST_F(DoubleVote, is_refused_ahead_of_the_last_block) {
    EXPECT_EQ(
        refusal(chain.double_vote(11)), "evidence of height 11 is ahead of the last block, 10"
    );
    // Whatever history may know already: other nodes do not.
    chain.grow();
    const Context before{chain.chain_id, chain.tip_at(10)};
    EXPECT_THAT(error_of(verify(chain.double_vote(11), before, chain)), HasSubstr("ahead"));
}

TEST_F(DoubleVote, asks_the_verifier_of_the_context_alone) {
    DuplicateVoteEvidence evidence = chain.double_vote(8);
    evidence.vote_a.signature = {};
    evidence.vote_b.signature = {};
    std::size_t asked = 0;
    Context context = chain.context();
    context.verifier = [&](std::span<const chain::SignatureCheck> checks) {
        asked = checks.size();
        return std::optional<std::size_t>();
    };
    EXPECT_TRUE(verify(evidence, context, chain));
    EXPECT_EQ(asked, 2U);
}

TEST_F(DoubleVote, meets_no_verdict_where_history_fails) {
    const DuplicateVoteEvidence evidence = chain.double_vote(8);
    chain.broken = true;
    const auto result = judged(evidence);
    ASSERT_FALSE(result);
    EXPECT_EQ(result.error().code(), ErrorCode::io);
    EXPECT_FALSE(is_refusal(result.error()));
}

TEST(Age, is_too_great_past_both_limits_only) {
    const Tip tip{Height(20), test::time_after(1000), short_memory};
    const auto at = [&](std::int64_t height, std::int64_t seconds) {
        return is_expired(Height(height), test::time_after(seconds), tip);
    };
    EXPECT_FALSE(at(15, 950));
    EXPECT_FALSE(at(14, 950)) << "exactly as long as allowed";
    EXPECT_FALSE(at(15, 949)) << "exactly as many blocks as allowed";
    EXPECT_TRUE(at(14, 949));
    EXPECT_FALSE(at(14, 1001));
    EXPECT_FALSE(at(21, 0));
}

TEST(Age, is_measured_to_the_nanosecond_and_over_any_time) {
    const auto time = [](std::int64_t seconds, std::int64_t nanoseconds) {
        return *chain::Timestamp::from_unix(seconds, nanoseconds);
    };
    EXPECT_FALSE(is_expired(Height(1), time(50, 1), {Height(20), time(100, 1), short_memory}));
    EXPECT_TRUE(is_expired(Height(1), time(50, 0), {Height(20), time(100, 1), short_memory}));
    // More than 64 bits of nanoseconds.
    const chain::Timestamp year_1;
    const chain::Timestamp year_9999 = time(chain::Timestamp::seconds_max, 0);
    EXPECT_TRUE(is_expired(Height(1), year_1, {Height(20), year_9999, short_memory}));
    EXPECT_FALSE(is_expired(Height(1), year_9999, {Height(20), year_1, short_memory}));
}

TEST_F(DoubleVote, is_refused_when_it_is_too_old) {
    EXPECT_EQ(refusal(chain.double_vote(5)), "");
    EXPECT_EQ(
        refusal(chain.double_vote(4)),
        "evidence of height 4 and 2026-01-01T00:00:40Z is older than 5 blocks and 50000000000 ns "
        "at "
        "height 10 and 2026-01-01T00:01:40Z"
    );
}

}  // namespace
}  // namespace steelyard::evidence
