// The verifier. The tables are those of CometBFT 0.38 light/verifier_test.go, for each kind of key.
#include "consensus/light/verifier.h"

#include "tests/support/light_chain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::light {
namespace {

using namespace std::chrono_literals;
using chain::LightBlock;
using chain::Timestamp;
using test::BlockPlan;
using test::KeyMix;
using test::LightChain;
using test::Seats;
using testing::HasSubstr;

const chain::ChainId chain_id = test::chain_id("verifier-1");
constexpr std::int64_t hour = 3'600;

template <typename T>
std::string outcome(const Result<T>& result) {
    return result ? "accepted"
                  : std::string(to_string(result.error().code())) + ": " + result.error().message();
}

/// Block 1 at time_after(60) of validators 0 to 3 with powers 20, 30, 40 and 50: the last three
/// have two thirds, the last one has a third.
class Verifier : public testing::TestWithParam<KeyMix> {
protected:
    Seats powers(int first, const std::vector<chain::VotingPower>& powers) const {
        return test::seats(first, powers, GetParam());
    }

    Verifier() : chain_(chain_id, powers(0, {20, 30, 40, 50})) { chain_.append(); }

    const LightBlock& trusted() const { return chain_.at(1); }

    /// The block after the trusted one, an hour later unless planned otherwise.
    LightBlock next(BlockPlan plan) const {
        if (plan.time.is_zero()) {
            plan.time = test::time_after(60 + hour);
        }
        LightChain longer = chain_;
        longer.append(plan);
        return longer.at(2);
    }

    /// A block of height 3, also an hour later.
    LightBlock later(BlockPlan plan) const {
        if (plan.time.is_zero()) {
            plan.time = test::time_after(60 + hour);
        }
        LightChain longer = chain_;
        longer.append();
        longer.append(plan);
        return longer.at(3);
    }

    LightChain chain_;
    VerifyOptions options_{.trusting_period = 3h};
    Timestamp now_ = test::time_after(60 + 2 * hour);
};

TEST_P(Verifier, judges_adjacent_headers_as_published) {
    const auto verdict = [&](const BlockPlan& plan) {
        return outcome(verify_adjacent(trusted(), next(plan), options_, now_));
    };
    const Timestamp now = now_;
    const auto drifted = [&](std::chrono::nanoseconds by) {
        return BlockPlan{.time = *checked_add(now, by)};
    };

    EXPECT_EQ(verdict({}), "accepted");
    EXPECT_EQ(verdict({.absent = {0}}), "accepted");  // 120 of 140
    EXPECT_EQ(verdict(drifted(10s - 1ns)), "accepted");
    EXPECT_THAT(verdict(drifted(10s)), HasSubstr("invalid: header 2 has the time"));
    EXPECT_THAT(verdict({.time = test::time_after(60)}), HasSubstr("not after"));
    EXPECT_THAT(verdict({.time = test::time_after(59)}), HasSubstr("not after"));
    EXPECT_THAT(
        verdict({.absent = {0, 1, 2}}), HasSubstr("invalid: header 2 by its own validators: commit")
    );
    EXPECT_THAT(verdict({.absent = {0, 1, 2}}), HasSubstr("power 50, needs more than 93"));
    EXPECT_THAT(
        verdict({.validators = powers(0, {10, 9, 8, 7})}),
        HasSubstr("invalid: header 2 has the val")
    );
    EXPECT_THAT(
        outcome(verify_adjacent(trusted(), later({}), options_, now_)), HasSubstr("not next to 1")
    );
    EXPECT_THAT(
        outcome(verify_adjacent(trusted(), trusted(), options_, now_)), HasSubstr("not next to 1")
    );
}

TEST_P(Verifier, judges_headers_further_on_as_published) {
    const auto verdict = [&](const BlockPlan& plan) {
        return outcome(verify_non_adjacent(trusted(), later(plan), options_, now_));
    };
    const auto by = [&](int first, const std::vector<chain::VotingPower>& members) {
        return BlockPlan{.validators = powers(first, members)};
    };

    EXPECT_EQ(verdict({}), "accepted");
    EXPECT_EQ(verdict({.absent = {0}}), "accepted");
    EXPECT_THAT(
        verdict({.absent = {0, 1, 2}}), HasSubstr("invalid: header 3 by its own validators: commit")
    );
    EXPECT_EQ(verdict(by(1, {30, 40, 50})), "accepted");
    EXPECT_EQ(verdict(by(3, {50})), "accepted");
    EXPECT_THAT(verdict(by(0, {20})), HasSubstr("insufficient: header 3 by the validators of 1"));
    EXPECT_THAT(verdict(by(0, {20})), HasSubstr("power 20, needs more than 46"));
    EXPECT_THAT(
        outcome(verify_non_adjacent(trusted(), next({}), options_, now_)), HasSubstr("is next to 1")
    );
}

TEST_P(Verifier, takes_whichever_rule_fits) {
    EXPECT_EQ(outcome(verify(trusted(), next({}), options_, now_)), "accepted");
    EXPECT_EQ(outcome(verify(trusted(), later({}), options_, now_)), "accepted");
    EXPECT_THAT(
        outcome(verify(trusted(), trusted(), options_, now_)), HasSubstr("1 is not after the trust")
    );
}

// One third and two thirds of the power are not enough; one more is.
TEST_P(Verifier, needs_more_than_the_bounds) {
    struct Row {
        std::vector<chain::VotingPower> trusted;  ///< of whom the first one signs again
        chain::VotingPower stranger;              ///< who signs with him
        std::vector<chain::VotingPower> absent;   ///< further members of the new set
        std::string verdict;
    };
    const std::vector<Row> rows = {
        {{10, 20}, 90, {}, "insufficient"},       // 10 of 30
        {{11, 19}, 90, {}, "accepted"},           // 11 of 30
        {{10, 21}, 90, {}, "insufficient"},       // 10 of 31, floor(31 / 3) = 10
        {{11, 20}, 90, {}, "accepted"},           // 11 of 31
        {{10, 22}, 90, {}, "insufficient"},       // 10 of 32
        {{11, 21}, 90, {}, "accepted"},           // 11 of 32
        {{20, 1}, 20, {20}, "invalid"},           // 40 of 60
        {{20, 1}, 21, {20}, "accepted"},          // 41 of 61, floor(122 / 3) = 40
        {{20, 1}, 20, {19}, "accepted"},          // 40 of 59
        {{200, 1}, 200, {100, 100}, "invalid"},   // 400 of 600
        {{201, 1}, 200, {100, 100}, "accepted"},  // 401 of 601
        {{200, 1}, 200, {100, 101}, "invalid"},   // 400 of 601
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(testing::PrintToString(row.trusted) + " " + row.verdict);
        LightChain chain(chain_id, powers(0, row.trusted));
        chain.append();
        Seats members = powers(0, {row.trusted[0]});
        members.push_back(powers(10, {row.stranger})[0]);
        std::set<int> absent;
        for (const test::Seat& seat : powers(20, row.absent)) {
            members.push_back(seat);
            absent.insert(seat.number);
        }
        chain.append();
        chain.append({.validators = members, .absent = absent});

        EXPECT_THAT(
            outcome(verify_non_adjacent(chain.at(1), chain.at(3), options_, now_)),
            testing::StartsWith(row.verdict)
        );
    }
}

TEST_P(Verifier, believes_nothing_that_an_expired_header_says) {
    // Trusted is of second 60, so its three hours are over at second 60 + 3 hours.
    const Timestamp last = *checked_add(test::time_after(60 + 3 * hour), -1ns);
    const Timestamp over = test::time_after(60 + 3 * hour);

    EXPECT_FALSE(is_expired(trusted().header(), 3h, last));
    EXPECT_TRUE(is_expired(trusted().header(), 3h, over));
    EXPECT_EQ(outcome(verify(trusted(), next({}), options_, last)), "accepted");
    EXPECT_EQ(outcome(verify(trusted(), later({}), options_, last)), "accepted");
    EXPECT_THAT(outcome(verify(trusted(), next({}), options_, over)), HasSubstr("denied: trusted"));
    EXPECT_THAT(
        outcome(verify(trusted(), later({}), options_, over)), HasSubstr("denied: trusted")
    );
}

TEST_P(Verifier, refuses_another_chain) {
    LightChain other(test::chain_id("verifier-2"), powers(0, {20, 30, 40, 50}));
    other.grow_to(3);

    EXPECT_THAT(outcome(verify(trusted(), other.at(2), options_, now_)), HasSubstr("verifier-2"));
    EXPECT_THAT(outcome(verify(trusted(), other.at(3), options_, now_)), HasSubstr("verifier-2"));
    EXPECT_THAT(
        outcome(verify_backwards(other.at(2).header(), later({}).header())), HasSubstr("verifier-2")
    );
}

/// The block with a broken signature of one validator.
LightBlock forge(const LightBlock& block, std::size_t index) {
    const chain::CommitSig& good = block.commit().signatures()[index];
    chain::Signature signature = good.signature();
    signature[40] ^= 1;
    auto signed_header = chain::SignedHeader::make(
        block.header(),
        test::with_signature(
            block.commit(),
            index,
            {good.flag(), good.validator_address(), good.timestamp(), signature}
        )
    );
    return *LightBlock::make(*std::move(signed_header), block.validators());
}

// A forged signature is a wrong header, not one that wants a bisection.
TEST_P(Verifier, refuses_forged_signatures) {
    EXPECT_THAT(
        outcome(verify(trusted(), forge(next({}), 0), options_, now_)),
        HasSubstr("invalid: header 2 by its own validators: signature 0")
    );
    EXPECT_THAT(
        outcome(verify(trusted(), forge(later({}), 0), options_, now_)),
        HasSubstr("invalid: header 3 by the validators of 1: signature 0")
    );
    // One member has a third of the power alone, so the third one is first reached as a member of
    // the new set.
    EXPECT_THAT(
        outcome(verify(trusted(), forge(later({}), 2), options_, now_)),
        HasSubstr("invalid: header 3 by its own validators: signature 2")
    );
}

TEST_P(Verifier, goes_backwards_along_the_hashes) {
    LightChain chain = chain_;
    chain.append({.next = powers(50, {1})});  // whoever comes next has no say in it
    chain.append();
    LightChain other = chain_;
    other.append({.data = 1});
    LightChain late = chain_;
    late.append({.time = test::time_after(9'000)});
    late.append({.time = test::time_after(8'999)});

    const auto header = [&](std::int64_t height) { return chain.at(height).header(); };
    EXPECT_EQ(outcome(verify_backwards(header(2), header(3))), "accepted");
    EXPECT_EQ(outcome(verify_backwards(header(1), header(2))), "accepted");
    EXPECT_THAT(outcome(verify_backwards(header(1), header(3))), HasSubstr("not the one before 3"));
    EXPECT_THAT(outcome(verify_backwards(header(3), header(3))), HasSubstr("not the one before 3"));
    EXPECT_THAT(
        outcome(verify_backwards(other.at(2).header(), header(3))), HasSubstr("names another")
    );
    EXPECT_THAT(
        outcome(verify_backwards(late.at(2).header(), late.at(3).header())), HasSubstr("not before")
    );
}

INSTANTIATE_TEST_SUITE_P(
    Keys,
    Verifier,
    testing::Values(KeyMix::secp256k1, KeyMix::ed25519, KeyMix::mixed),
    [](const auto& instance) { return std::string(to_string(instance.param)); }
);

TEST(VerifyOptions, have_a_period_and_a_trust_level_in_range) {
    const auto with_level = [](std::uint32_t numerator, std::uint32_t denominator) {
        return validate({.trusting_period = 1h, .trust_level = {numerator, denominator}});
    };

    EXPECT_TRUE(with_level(1, 1));
    EXPECT_TRUE(with_level(1, 3));
    EXPECT_TRUE(with_level(2, 3));
    EXPECT_TRUE(with_level(3, 3));
    EXPECT_TRUE(with_level(4, 5));
    EXPECT_FALSE(with_level(6, 5));
    EXPECT_FALSE(with_level(0, 1));
    EXPECT_FALSE(with_level(0, 0));
    EXPECT_FALSE(with_level(1, 0));
    EXPECT_FALSE(with_level(333, 1'000));
    EXPECT_FALSE(validate({.trusting_period = 0s}));
    EXPECT_FALSE(validate({.trusting_period = -1h}));
    EXPECT_FALSE(validate({.trusting_period = 1h, .max_clock_drift = -1s}));
}

// At the end of time nothing overflows, and nothing expires.
TEST(VerifyOptions, may_reach_beyond_the_range_of_times) {
    chain::Header header;
    header.time = *Timestamp::from_unix(Timestamp::seconds_max);

    EXPECT_FALSE(is_expired(header, 1h, header.time));
    EXPECT_FALSE(is_from_the_future(header, 10s, header.time));
}

}  // namespace
}  // namespace steelyard::light
