// M1 to M5 of doc/spec/market.md: a market that is sound but for one row.
#include "ledger/invariants/invariants.h"
#include "market/records/counters.h"
#include "market/records/standing.h"
#include "tests/support/market/job_fixture.h"

#include <gmock/gmock.h>

namespace steelyard::invariants {
namespace {

using namespace market;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

class MarketInvariants : public test::JobFixture {
protected:
    ledger::StateView& rows() { return bench.state(); }

    std::vector<std::string> breaches() {
        std::vector<std::string> texts;
        for (const Breach& breach : check(rows())) {
            texts.push_back(to_string(breach));
        }
        return texts;
    }

    /// Makes a change, looks for what is said of it, and takes the change back.
    template <typename F>
    void expect_found(const std::string& said, F&& change) {
        SCOPED_TRACE(said);
        ASSERT_THAT(breaches(), IsEmpty());
        const auto mark = rows().mark();
        change();
        EXPECT_THAT(breaches(), Contains(HasSubstr(said)));
        rows().roll_back(mark);
    }

    void change_job(const std::function<void(Job&)>& change) {
        Job changed = job();
        change(changed);
        put_job(rows(), id, changed).value();
    }

    void change_order(const std::function<void(Order&)>& change) {
        Order changed = bench.order_of(id);
        change(changed);
        put_order(rows(), id.order, changed).value();
    }

    void change_provider(const std::function<void(Provider&)>& change) {
        Provider changed = bench.provider(provider);
        change(changed);
        put_provider(rows(), provider, changed).value();
    }

    void change_worker(const std::function<void(Worker&)>& change) {
        Worker changed = *get_worker(rows(), worker).value();
        change(changed);
        put_worker(rows(), worker, changed).value();
    }

    void change_class(const std::function<void(ClassCounters&)>& change) {
        ClassCounters changed = counters();
        change(changed);
        put_class_counters(rows(), bench.class_id, changed).value();
    }

    void change_program(const std::function<void(Program&)>& change) {
        Program changed = *get_program(rows(), bench.program).value();
        change(changed);
        put_program(rows(), bench.program, changed).value();
    }

    /// Takes what ends the job, or the order, out of the queue.
    void lose_deadline(const Subject& subject) {
        std::optional<Queued> at;
        while ((at = first_queued(rows(), at).value())) {
            if (at->subject == subject) {
                dequeue(rows(), at->deadline, subject).value();
                return;
            }
        }
        FAIL() << to_string(subject) << " has no deadline";
    }
};

TEST_F(MarketInvariants, M1_money_that_the_account_has_not_is_found) {
    bench.end_block();
    const std::string said = "M1: the market has";
    expect_found(said, [&] { change_job([](auto& job) { ++job.job_escrow; }); });
    expect_found(said, [&] { change_job([](auto& job) { --job.proof_escrow; }); });
    expect_found(said, [&] { change_order([](auto& order) { ++order.budget; }); });
    expect_found(said, [&] { change_provider([](auto& bonded) { --bonded.bond; }); });
    expect_found(said, [&] { change_program([](auto& program) { ++program.deposit; }); });
    expect_found(said, [&] { put_verification_pool(rows(), pool() + 1).value(); });
}

TEST_F(MarketInvariants, M2_a_bond_that_stands_for_more_than_it_has_is_found) {
    bench.end_block();
    ASSERT_EQ(state(), JobState::matched);
    expect_found("M2: provider", [&] { change_provider([](auto& one) { --one.reserved; }); });
    expect_found("M2: provider", [&] { change_job([](auto& one) { ++one.match->reserved; }); });
    expect_found("on its way out in", [&] {
        change_provider([](auto& one) { ++one.withdrawing; });
    });
    expect_found("on its way out in", [&] {
        change_provider([](auto& one) { ++one.withdrawals; });
    });
    expect_found("on its way out in", [&] { put_withdrawal(rows(), provider, 9, 1).value(); });
    expect_found("bonded,", [&] {
        change_provider([](auto& one) { one.bond = one.reserved - 1; });
    });
}

TEST_F(MarketInvariants, M3_slots_that_no_job_has_are_found) {
    bench.end_block();
    ASSERT_EQ(state(), JobState::matched);
    expect_found("M3: worker", [&] { change_worker([](auto& one) { ++one.busy; }); });
    expect_found("M3: worker", [&] { change_worker([](auto& one) { one.busy = 0; }); });
    expect_found("which is no worker", [&] {
        change_job([&](auto& one) { one.match->worker = user; });
    });
    expect_found("works for nobody", [&] {
        change_worker([&](auto& one) { one.provider = user; });
    });
    expect_found("workers of", [&] { change_provider([](auto& one) { ++one.workers; }); });
}

// What every job must have in the state that it is in, taken away.
TEST_F(MarketInvariants, M4_a_state_that_nothing_ends_is_found) {
    bench.end_block();
    for (const JobState wanted :
         {JobState::matched,
          JobState::started,
          JobState::committed,
          JobState::challenged,
          JobState::proved,
          JobState::settled}) {
        be(wanted);
        expect_found(fmt::format("is {} for ever", to_string(wanted)), [&] { lose_deadline(id); });
        if (job().deadline) {
            expect_found("and its record has a deadline", [&] {
                change_job([](auto& one) { one.deadline.reset(); });
            });
        }
    }
    expect_found("is final and not about to be forgotten", [&] {
        lose_deadline({id.order, whole_order});
    });
}

TEST_F(MarketInvariants, M4_a_commit_that_nobody_decides_on_is_found) {
    be(JobState::committed);
    expect_found("waits for a seed", [&] {
        end_waiting(rows(), WaitingFor::seed, {.since = job().commit->height, .job = id}).value();
    });
    expect_found("waits for its challenge", [&] {
        begin_waiting(rows(), WaitingFor::issue, {.since = bench.block.height, .job = id}).value();
    });
}

TEST_F(MarketInvariants, M4_bids_and_open_jobs_without_each_other_are_found) {
    expect_found("is open and has no bid", [&] {
        const Order order = bench.order_of(id);
        const BidKey key{
            .row = {.book = order.book, .price = order.limit, .posted = order.posted}, .job = id
        };
        ASSERT_TRUE(get_bid(rows(), key).value());
        erase_bid(rows(), key).value();
    });
    expect_found("has no open job", [&] {
        change_job([](auto& one) { one.state = JobState::cancelled; });
    });
    expect_found("has no order", [&] { erase_order(rows(), id.order).value(); });
    expect_found("is of nothing", [&] {
        const Due due{.height = chain::Height(99), .time = bench.block.time};
        enqueue(rows(), {.kind = DeadlineKind::start, .due = due}, {id.order, 7}).value();
    });
}

TEST_F(MarketInvariants, M5_counters_that_do_not_count_are_found) {
    bench.end_block();
    expect_found("jobs are live", [&] { change_order([](auto& order) { ++order.live; }); });
    expect_found("open orders and asks", [&] {
        AccountCounters changed = get_counters(rows(), user).value();
        --changed.open;
        put_counters(rows(), user, changed).value();
    });
    expect_found("M5: a program has 1 uses", [&] {
        change_program([](auto& program) { ++program.uses; });
    });
    expect_found("M5: class", [&] { change_class([](auto& all) { ++all.busy; }); });
    expect_found("M5: class", [&] { change_class([](auto& all) { --all.providers; }); });
    expect_found("M5: the standing of", [&] {
        put_standing(rows(), provider, bench.class_id, {.day = 1, .s = 5, .f = 0, .payers = 1})
            .value();
    });
}

}  // namespace
}  // namespace steelyard::invariants
