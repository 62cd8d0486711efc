// Whole lives of jobs, and who has what money afterwards.
#include "market/records/kinds.h"
#include "tests/support/market/market_bench.h"

namespace steelyard::market {
namespace {

using test::MarketBench;

constexpr Price ask_price = 50'000'000;  // 50,000 uyard for the program's 1,000 work units
constexpr Price limit = 80'000'000;
constexpr Money job_money = 50'000;

/// A provider that asks, a user whose job it has.
class JobLife : public testing::Test {
protected:
    JobLife()
        : provider(bench.make_provider(1)),
          user(bench.person(2)),
          user_before(bench.balance(user)),
          provider_before(bench.balance(provider)) {
        bench.ask(provider, ask_price, 1'000'000);
        id = bench.order(user, bench.terms(limit));
        bench.end_block();
    }

    JobState state() const { return bench.job(id).state; }

    /// To the block in which its challenge can be answered.
    void be_challenged() {
        bench.start(id);
        bench.commit(id);
        for (int i = 0; i < 10 && state() != JobState::challenged; ++i) {
            bench.end_block();
        }
        ASSERT_EQ(state(), JobState::challenged);
    }

    MarketBench bench{};
    AccountNumber provider{};
    AccountNumber user{};
    Money user_before = 0;
    Money provider_before = 0;
    JobId id{};
};

TEST_F(JobLife, is_matched_at_the_asks_price_and_reserves_forty_times_that) {
    const Job job = bench.job(id);

    ASSERT_EQ(job.state, JobState::matched);
    EXPECT_EQ(job.match->price, job_money);
    EXPECT_EQ(job.match->reserved, 40 * job_money);
    EXPECT_EQ(bench.provider(provider).reserved, 40 * job_money);
}

TEST_F(JobLife, is_settled_after_its_proof_and_the_window) {
    be_challenged();
    const AccountNumber worker = bench.job(id).match->worker;
    const Money worker_before = bench.balance(worker);

    ASSERT_EQ(bench.prove(id, ProofVerdict::right)->verdict, ProofVerdict::right);
    bench.end_blocks(31);

    EXPECT_EQ(state(), JobState::settled);
    const Money refund = bench.balance(worker) - worker_before;
    EXPECT_GT(refund, 0U);
    EXPECT_EQ(bench.balance(user), user_before - job_money - refund);
    EXPECT_EQ(bench.balance(provider), provider_before + job_money - job_money * 4 / 100);
    EXPECT_EQ(bench.provider(provider).reserved, 0U);
    EXPECT_EQ(bench.provider(provider).settled, 1U);
}

TEST_F(JobLife, is_slashed_in_the_block_of_a_wrong_proof_and_the_user_made_whole) {
    be_challenged();

    ASSERT_EQ(bench.prove(id, ProofVerdict::wrong)->verdict, ProofVerdict::wrong);

    EXPECT_EQ(bench.provider(provider).bond, 1'000'000'000 - 40 * job_money);
    EXPECT_TRUE(bench.provider(provider).is_jailed);
    EXPECT_EQ(
        bench.balance(user),
        user_before - bench.order_of(id).job_escrow - bench.order_of(id).proof_escrow + job_money
    );
    EXPECT_EQ(state(), JobState::open);  // it has one try more
}

TEST_F(JobLife, silence_costs_what_fraud_does) {
    be_challenged();

    for (int i = 0; i < 200 && state() == JobState::challenged; ++i) {
        bench.end_block();
    }

    EXPECT_EQ(bench.provider(provider).bond, 1'000'000'000 - 40 * job_money);
    EXPECT_EQ(bench.job(id).reason, Reason::silence);
}

TEST_F(JobLife, a_malformed_proof_uses_up_an_attempt_and_no_more) {
    be_challenged();

    EXPECT_EQ(bench.prove(id, ProofVerdict::malformed)->verdict, ProofVerdict::malformed);
    EXPECT_EQ(bench.prove(id, ProofVerdict::right).error().kind, kinds::too_many_attempts);
    bench.end_block();
    EXPECT_EQ(bench.prove(id, ProofVerdict::right)->verdict, ProofVerdict::right);

    EXPECT_EQ(state(), JobState::proved);
}

TEST_F(JobLife, ends_refunded_when_nobody_starts_it) {
    for (int i = 0; i < 60 && !is_final(state()); ++i) {
        bench.end_block();
    }

    // The one provider there is had its try; the job was open until its height.
    EXPECT_EQ(
        bench.balance(user) + bench.order_of(id).job_escrow + bench.order_of(id).proof_escrow,
        user_before + job_money * 2 / 100
    );
    bench.end_blocks(100);
    EXPECT_EQ(bench.balance(user), user_before + job_money * 2 / 100);
}

TEST_F(JobLife, leaves_the_state_when_it_was_kept_long_enough) {
    be_challenged();
    ASSERT_TRUE(bench.prove(id, ProofVerdict::right));

    bench.end_blocks(31 + 51);

    EXPECT_FALSE(get_job(bench.state(), id).value());
    EXPECT_FALSE(get_order(bench.state(), id.order).value());
}

}  // namespace
}  // namespace steelyard::market
