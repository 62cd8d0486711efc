// How jobs end, and what that costs whom: E3 to E7, J5 to J7, K6, O6.
#include "market/records/standing.h"
#include "tests/support/market/job_fixture.h"

namespace steelyard::market {
namespace {

using test::JobFixture;

class EndTest : public JobFixture {
protected:
    /// A job that its provider lost: the bond paid so much to the user, the asks are void.
    void expect_lost_for(Reason reason, Money damages) {
        EXPECT_EQ(job().reason, reason);
        EXPECT_EQ(bench.provider(provider).bond, bond - damages);
        EXPECT_EQ(bench.provider(provider).reserved, 0U);
        EXPECT_FALSE(bench.provider(provider).is_jailed);
        EXPECT_EQ(bench.provider(provider).slashes, 0U);
        EXPECT_LT(ask.id, bench.provider(provider).asks_valid_from);
        EXPECT_EQ(counters().damages, damages);
        EXPECT_EQ(get_worker(bench.state(), worker).value()->busy, 0U);
        const Standing standing = get_standing(bench.state(), provider, bench.class_id).value();
        EXPECT_EQ(standing.f, q32_one);
        EXPECT_EQ(party_at_fault(reason, job().decline), Party::provider);
        EXPECT_EQ(job().damages, damages);
        EXPECT_EQ(bench.burned(), burned_before);
    }

    /// Everybody has what he had, but what went from the provider's bond to the user.
    void expect_user_has(Money more) {
        EXPECT_TRUE(go_on_until([this] { return is_final(state()); }));
        EXPECT_EQ(bench.balance(user), user_before + more);
        EXPECT_EQ(bench.balance(provider), provider_before);
    }
};

TEST_F(EndTest, not_started_costs_two_percent) {  // E7, J1, J5
    bench.end_block();
    ASSERT_TRUE(go_on_until([this] { return state() != JobState::matched; }));

    expect_lost_for(Reason::not_started, 1'000);
    EXPECT_EQ(state(), JobState::open);
    EXPECT_EQ(bench.balance(user), user_before - escrow() + 1'000);
    expect_user_has(1'000);
}

TEST_F(EndTest, late_costs_ten_percent) {  // E7, J3, J5
    be(JobState::started);
    ASSERT_TRUE(go_on_until([this] { return state() != JobState::started; }, 1'000));

    expect_lost_for(Reason::late, 5'000);
    EXPECT_EQ(state(), JobState::expired);  // the order's height has gone by
    expect_user_has(5'000);
}

// What went to the user stays told, whoever has the job next.
TEST_F(EndTest, damages_of_all_tries_are_in_the_record) {  // E6, E7
    const AccountNumber other = bench.make_provider(7);
    bench.ask(other, ask_price + 1, 1'000'000);
    bench.end_block();
    ASSERT_TRUE(go_on_until([this] { return job().damages > 0; }));
    EXPECT_EQ(job().damages, 1'000U);
    be(JobState::challenged);
    ASSERT_EQ(job().match->provider, other);
    const Money second = job().match->price;

    ASSERT_TRUE(go_on_until([this] { return state() != JobState::challenged; }));

    EXPECT_EQ(job().damages, 1'000U + second);
    EXPECT_EQ(bench.balance(user), user_before + 1'000 + second);
}

// Sums do not begin anew where turnover brings them to their end.
TEST_F(EndTest, counters_stay_at_their_end) {
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    ClassCounters full = counters();
    full.work_units_settled = most;
    full.paid = most - 1;
    full.fees = most;
    put_class_counters(bench.state(), bench.class_id, full).value();

    be(JobState::settled);

    EXPECT_EQ(counters().work_units_settled, most);
    EXPECT_EQ(counters().paid, most);
    EXPECT_EQ(counters().fees, most);
}

TEST_F(EndTest, retracted_costs_ten_percent) {  // E7, J4, J5
    be(JobState::committed);
    ASSERT_TRUE(retract(provider));

    expect_lost_for(Reason::retracted, 5'000);
    EXPECT_EQ(state(), JobState::open);
    expect_user_has(5'000);
}

TEST_F(EndTest, damages_are_rounded_up) {  // E7
    EXPECT_EQ(damages(1, 2), 1U);
    EXPECT_EQ(damages(50, 2), 1U);
    EXPECT_EQ(damages(51, 2), 2U);
    EXPECT_EQ(damages(11, 10), 2U);
    EXPECT_EQ(damages(0, 10), 0U);
    EXPECT_EQ(damages(money_max, 10), money_max / 10);
}

TEST_F(EndTest, void_asks_take_part_in_no_clearing_and_close) {  // J5
    const AskKey other = bench.ask(provider, ask_price + 5, 1'000'000);
    be(JobState::committed);
    ASSERT_TRUE(retract(worker));
    const JobId next = bench.order(stranger, bench.terms(limit));
    bench.end_block();

    EXPECT_EQ(bench.job(next).state, JobState::open);
    EXPECT_FALSE(get_ask(bench.state(), ask).value());
    EXPECT_FALSE(get_ask(bench.state(), other).value());
    EXPECT_EQ(count_events("ask", "void"), 2U);

    bench.ask(provider, ask_price, 1'000'000);
    bench.end_block();
    EXPECT_EQ(bench.job(next).state, JobState::matched);
}

TEST_F(EndTest, settlement_shares_the_price) {  // E4
    const auto collector = auth::find(bench.state(), auth::module_address("fee_collector")).value();
    const Money validators_before = bench.balance(*collector);
    be(JobState::proved);
    const Money pool_before = pool();
    const Money refund = bench.balance(worker) - worker_before;
    be(JobState::settled);

    const Money fee = 2'000;  // 4 % of 50,000
    EXPECT_EQ(job().paid, job_price);
    EXPECT_EQ(job().reason, Reason::settled);
    EXPECT_EQ(bench.balance(provider), provider_before + job_price - fee);
    EXPECT_EQ(bench.burned() - burned_before, fee / 2);
    EXPECT_EQ(bench.balance(*collector) - validators_before, fee / 4);
    EXPECT_EQ(pool() - pool_before, fee / 4);
    EXPECT_EQ(bench.balance(user), user_before - job_price - refund);
    EXPECT_EQ(bench.provider(provider).reserved, 0U);
    EXPECT_EQ(bench.provider(provider).bond, bond);
    EXPECT_EQ(bench.provider(provider).settled, 1U);
    EXPECT_EQ(counters().fees, fee);
    EXPECT_EQ(counters().paid, job_price);
    EXPECT_EQ(counters().work_units_settled, bench.facts.work_units);
    EXPECT_EQ(last_event("job", "ended")["state"], "settled");
    EXPECT_EQ(last_event("order", "closed")["settled"], "1");
}

TEST_F(EndTest, settlement_comes_at_its_height_and_not_before) {  // J6
    be(JobState::proved);
    const Height due = job().settle_due.height;

    ASSERT_TRUE(go_on_until([&] { return bench.block.height == due; }));
    EXPECT_EQ(state(), JobState::proved);
    bench.end_block();
    EXPECT_EQ(state(), JobState::settled);
}

TEST_F(EndTest, settlement_waits_for_the_decision) {  // J6, K1
    bench.params.market.settle_blocks = 1;
    be(JobState::committed);
    bench.proposer = {.validator = {}, .power = 1, .total_power = 3};  // a third is not enough

    bench.end_blocks(20);

    ASSERT_EQ(state(), JobState::committed);
    EXPECT_FALSE(job().is_decided);
    EXPECT_EQ(job().deadline->kind, DeadlineKind::settle);
    bench.proposer->validator = ledger::ValidatorNumber{1};
    bench.end_block();
    EXPECT_TRUE(job().is_decided);
}

TEST_F(EndTest, the_third_slash_removes_for_ever) {  // K6
    for (std::uint32_t slash = 1; slash <= slashes_max; ++slash) {
        be(JobState::challenged);
        ASSERT_TRUE(prove(worker, proof(ProofVerdict::wrong)));
        EXPECT_EQ(bench.provider(provider).slashes, slash);
        EXPECT_TRUE(bench.provider(provider).is_jailed);
        const auto asking = [&](Context& context) {
            return post_ask(context, provider, {bench.class_id}, ask_price, 1'000'000, 100);
        };
        EXPECT_TRUE(
            refuses(slash < slashes_max ? kinds::provider_jailed : kinds::provider_removed, asking)
        );
        const auto unjail = [&](Context& context) { return unjail_provider(context, provider); };
        if (slash == slashes_max) {
            EXPECT_TRUE(refuses(kinds::provider_removed, unjail));
            break;
        }
        ASSERT_TRUE(bench.run(unjail));
        EXPECT_FALSE(bench.provider(provider).is_jailed);
        bench.ask(provider, ask_price, 1'000'000);
        id = bench.order(stranger, bench.terms(limit));
    }
    EXPECT_EQ(bench.provider(provider).bond, bond - 3 * reserved);
    EXPECT_EQ(count_events("provider", "removed"), 1U);

    // What is left of its bond is its own.
    ASSERT_TRUE(bench.run([&](Context& context) {
        return withdraw_bond(context, provider, bond - 3 * reserved);
    }));
    bench.end_blocks(101);
    EXPECT_EQ(bench.balance(provider), provider_before + bond - 3 * reserved);
}

TEST_F(EndTest, a_slash_leaves_what_other_jobs_reserved) {  // E6, M2
    const JobId second = bench.order(stranger, bench.terms(limit));
    bench.end_block();
    ASSERT_EQ(bench.provider(provider).reserved, 2 * reserved);
    be(JobState::challenged);

    ASSERT_TRUE(prove(worker, proof(ProofVerdict::wrong)));

    EXPECT_EQ(bench.provider(provider).reserved, reserved);
    EXPECT_EQ(bench.provider(provider).bond, bond - reserved);
    EXPECT_EQ(bench.job(second).state, JobState::matched);  // which it may still do
    id = second;
    be(JobState::settled);
}

TEST_F(EndTest, a_cancelled_order_ends_when_its_provider_loses_it) {  // O5
    bench.end_block();
    ASSERT_TRUE(bench.run([&](Context& context) { return cancel_order(context, user, id.order); }));
    bench.end_block();
    ASSERT_EQ(state(), JobState::matched);

    ASSERT_TRUE(decline(worker, Decline::busy));

    EXPECT_EQ(state(), JobState::cancelled);
    EXPECT_EQ(bench.balance(user), user_before);
}

TEST_F(EndTest, the_last_try_ends_refunded) {  // O6
    const AccountNumber other = bench.make_provider(7);
    bench.ask(other, ask_price + 1, 1'000'000);
    be(JobState::matched);
    ASSERT_TRUE(decline(worker, Decline::busy));
    be(JobState::matched);
    ASSERT_EQ(job().match->provider, other);

    ASSERT_TRUE(decline(other, Decline::busy));

    EXPECT_EQ(state(), JobState::refunded);
    EXPECT_EQ(bench.balance(user), user_before);
}

TEST_F(EndTest, leaves_the_state_after_its_retention_with_its_order) {  // J7
    be(JobState::settled);
    const Height ended = job().ended;

    ASSERT_TRUE(go_on_until([&] { return bench.block.height.value() == ended.value() + 50; }));
    EXPECT_TRUE(get_order(bench.state(), id.order).value());
    EXPECT_TRUE(get_inline_result(bench.state(), id).value());
    bench.end_block();
    EXPECT_FALSE(get_job(bench.state(), id).value());
    EXPECT_FALSE(get_order(bench.state(), id.order).value());
    EXPECT_FALSE(get_inline_result(bench.state(), id).value());
    EXPECT_EQ(get_program(bench.state(), bench.program).value()->uses, 0U);
}

TEST_F(EndTest, a_job_is_kept_as_long_as_parameters_said_when_it_was_matched) {  // J7
    be(JobState::matched);
    bench.params.market.retention_blocks = 1;
    be(JobState::settled);
    const std::int64_t ended = job().ended.value();

    while (bench.block.height.value() <= ended + 50) {
        ASSERT_TRUE(get_job(bench.state(), id).value());
        bench.end_block();
    }

    EXPECT_FALSE(get_job(bench.state(), id).value());
}

/// An order of two jobs, the first of which is final, and kept.
class TwoJobs : public EndTest {
protected:
    TwoJobs() {
        bench.params.market.retention_blocks = 200;
        const OrderId order = bench.array(stranger, bench.terms(limit), 2);
        bench.end_block();
        first = {.order = order, .task = 0};
        second = {.order = order, .task = 1};
        id = first;
        be(JobState::settled);
    }

    /// The second job, which nobody starts, has its end with its order's.
    void end_second(std::uint32_t retention_blocks) {
        bench.params.market.retention_blocks = retention_blocks;
        id = second;
        CHECK(go_on_until([this] { return is_final(state()); }));
    }

    bool is_there(const JobId& job) { return get_job(bench.state(), job).value().has_value(); }
    bool has_order() { return get_order(bench.state(), first.order).value().has_value(); }

    JobId first{};
    JobId second{};
};

// M4 is checked after each block: no job is without its order.
TEST_F(TwoJobs, are_gone_before_their_order_when_retention_became_shorter) {  // J7
    end_second(1);
    bench.end_blocks(3);

    EXPECT_FALSE(is_there(second));
    EXPECT_TRUE(is_there(first));
    EXPECT_TRUE(has_order());
    bench.end_blocks(250);
    EXPECT_FALSE(is_there(first));
    EXPECT_FALSE(has_order());
}

TEST_F(TwoJobs, are_gone_before_their_order_when_time_stood_still_and_leapt) {  // J7, D3
    const std::int64_t due_of_first = job().ended.value() + 200;
    end_second(200);
    const std::int64_t due_of_order = job().ended.value() + 200;
    ASSERT_LT(bench.block.height.value(), due_of_first - 100);
    while (bench.block.height.value() <= due_of_first) {
        bench.end_block(0);  // which puts the first job off by the blocks that time is behind
    }
    while (bench.block.height.value() < due_of_order - 1) {
        bench.end_block(0);
    }
    bench.end_block(1'000'000'000);
    bench.end_blocks(3);

    EXPECT_TRUE(is_there(first));
    EXPECT_TRUE(has_order());
    bench.end_blocks(200);
    EXPECT_FALSE(is_there(first));
    EXPECT_FALSE(has_order());
}

}  // namespace
}  // namespace steelyard::market
