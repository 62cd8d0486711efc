// How rows come, go and are walked.
#include "tests/unit/ledger/map_state.h"
#include "tests/unit/market/records/job_samples.h"

#include <gtest/gtest.h>

namespace steelyard::market {
namespace {

using namespace samples;
using ledger::Store;

class Rows : public testing::Test {
protected:
    ledger::Bench bench;
    StateView& state = bench.state;

    std::size_t count() const {
        std::size_t rows = 0;
        state.visit_changes([&](Store, ByteView, const std::optional<Bytes>& value) {
            rows += value ? 1 : 0;
        });
        return rows;
    }
};

TEST_F(Rows, of_books_and_jobs_come_back_and_go) {
    const JobId job = bid_key().job;
    const Order order = full_order();
    ASSERT_TRUE(put_ask(state, ask_key(), full_ask()));
    ASSERT_TRUE(put_bid(state, bid_key(), full_bid()));
    ASSERT_TRUE(put_order(state, job.order, order));
    ASSERT_TRUE(put_job(state, job, full_job()));
    ASSERT_TRUE(put_inline_result(state, job, Bytes{1}));
    ASSERT_TRUE(put_task_inputs(state, job, std::vector{hash(7)}));

    EXPECT_EQ(get_ask(state, ask_key()).value(), full_ask());
    EXPECT_EQ(get_bid(state, bid_key()).value(), full_bid());
    EXPECT_EQ(get_order(state, job.order).value(), order);
    EXPECT_EQ(get_job(state, job).value(), full_job());
    EXPECT_EQ(get_inline_result(state, job).value(), Bytes{1});
    EXPECT_EQ(get_task_inputs(state, job).value(), std::vector{hash(7)});
    EXPECT_EQ(inputs_of(state, order, job).value(), (std::vector{hash(2), hash(7), hash(0)}));

    ASSERT_TRUE(erase_ask(state, ask_key()));
    ASSERT_TRUE(erase_bid(state, bid_key()));
    ASSERT_TRUE(erase_order(state, job.order));
    ASSERT_TRUE(erase_job(state, job));
    ASSERT_TRUE(erase_task_inputs(state, job));
    EXPECT_EQ(get_job(state, job).value(), std::nullopt);
    EXPECT_EQ(count(), 0U) << "a job takes its result with it";
}

TEST_F(Rows, of_inputs_are_none_where_all_are_shared) {
    Order order = full_order();
    order.inputs = {hash(2), hash(3)};

    EXPECT_EQ(inputs_of(state, order, {}).value(), (std::vector{hash(2), hash(3)}));
    ASSERT_TRUE(put_task_inputs(state, {}, {}));
    EXPECT_EQ(count(), 0U);
}

TEST_F(Rows, of_orders_and_jobs_are_walked_from_a_place) {
    for (const std::uint64_t id : {1, 2, 300}) {
        ASSERT_TRUE(put_order(state, OrderId{id}, full_order()));
        ASSERT_TRUE(put_job(state, {OrderId{id}, 1}, full_job()));
        ASSERT_TRUE(put_job(state, {OrderId{id}, 0}, full_job()));
    }
    std::vector<std::string> walked;
    ASSERT_TRUE(walk_orders(state, OrderId{2}, [&](OrderId id, const Order&) -> Outcome<bool> {
        walked.push_back(to_string(id));
        return true;
    }));
    ASSERT_TRUE(walk_jobs(
        state,
        {OrderId{2}, 1},
        [&](const JobId& id, const Job&) -> Outcome<bool> {
            walked.push_back(to_string(id));
            return walked.size() < 4;
        }
    ));

    EXPECT_EQ(walked, (std::vector<std::string>{"2", "300", "2/1", "300/0"}));
}

TEST_F(Rows, of_ids_count_from_one) {
    EXPECT_EQ(next_order_id(state).value(), OrderId{1});
    EXPECT_EQ(take_order_id(state).value(), OrderId{1});
    EXPECT_EQ(take_order_id(state).value(), OrderId{2});
    ASSERT_TRUE(put_next_order_id(state, OrderId{50}));
    EXPECT_EQ(take_order_id(state).value(), OrderId{50});
}

TEST_F(Rows, of_classes_are_found_by_name_and_number) {
    EXPECT_EQ(add_class(state, {.name = "cpu.small"}).value(), ClassId{1});
    EXPECT_EQ(add_class(state, full_class()).value(), ClassId{2});

    EXPECT_EQ(get_class(state, ClassId{2}).value(), full_class());
    EXPECT_EQ(get_class(state, ClassId{3}).value(), std::nullopt);
    EXPECT_EQ(find_class(state, "gpu.large-1").value(), ClassId{2});
    for (const std::string_view name :
         {std::string_view("gpu.large"), std::string_view(""), std::string_view("cpu.small\0", 10)
         }) {
        EXPECT_EQ(find_class(state, name).value(), std::nullopt) << name;
    }
    EXPECT_EQ(find_class(state, std::string(100'000, 'a')).value(), std::nullopt);
    std::vector<ClassId> walked;
    ASSERT_TRUE(walk_classes(state, ClassId{2}, [&](ClassId id, const Class&) -> Outcome<bool> {
        walked.push_back(id);
        return true;
    }));
    EXPECT_EQ(walked, std::vector{ClassId{2}});
}

TEST_F(Rows, of_programs_go_with_their_bytes) {
    ASSERT_TRUE(put_program(state, hash(9), full_program()));
    ASSERT_TRUE(put_program_bytes(state, hash(9), Bytes{1, 2}));
    ASSERT_TRUE(put_program(state, hash(8), {}));
    std::vector<Hash256> walked;
    ASSERT_TRUE(walk_programs(
        state,
        hash(9),
        [&](const Hash256& id, const Program&) -> Outcome<bool> {
            walked.push_back(id);
            return true;
        }
    ));
    EXPECT_EQ(walked, std::vector{hash(9)});
    EXPECT_EQ(get_program(state, hash(9)).value(), full_program());

    ledger::GasMeter meter(0);
    state.set_meter(&meter);
    EXPECT_EQ(program_bytes(state, hash(9)), (Bytes{1, 2}));
    EXPECT_EQ(meter.used(), 0U) << "their size is paid for elsewhere";
    state.set_meter(nullptr);

    ASSERT_TRUE(erase_program(state, hash(9)));
    ASSERT_TRUE(erase_program(state, hash(8)));
    EXPECT_EQ(count(), 0U);
}

TEST_F(Rows, of_workers_are_walked_by_their_provider) {
    const auto worker_of = [](std::uint64_t provider) {
        return Worker{.provider = AccountNumber{provider}, .class_id = ClassId{1}};
    };
    ASSERT_TRUE(put_worker(state, AccountNumber{300}, worker_of(1)));
    ASSERT_TRUE(put_worker(state, AccountNumber{9}, worker_of(1)));
    ASSERT_TRUE(put_worker(state, AccountNumber{8}, worker_of(2)));
    const auto walked_of = [&](std::uint64_t provider) {
        std::vector<AccountNumber> walked;
        EXPECT_TRUE(walk_workers(
            state,
            AccountNumber{provider},
            [&](AccountNumber account, const Worker&) -> Outcome<bool> {
                walked.push_back(account);
                return true;
            }
        ));
        return walked;
    };

    EXPECT_EQ(walked_of(1), (std::vector{AccountNumber{9}, AccountNumber{300}}));
    ASSERT_TRUE(erase_worker(state, AccountNumber{9}, worker_of(1)));
    EXPECT_EQ(walked_of(1), std::vector{AccountNumber{300}});
    EXPECT_EQ(get_worker(state, AccountNumber{9}).value(), std::nullopt);
    EXPECT_EQ(walked_of(2), std::vector{AccountNumber{8}});
}

TEST_F(Rows, of_withdrawals_are_walked_by_number) {
    ASSERT_TRUE(put_withdrawal(state, AccountNumber{1}, 256, 5));
    ASSERT_TRUE(put_withdrawal(state, AccountNumber{1}, 2, money_max));
    ASSERT_TRUE(put_withdrawal(state, AccountNumber{2}, 1, 7));
    std::vector<std::pair<std::uint32_t, Money>> walked;
    ASSERT_TRUE(walk_withdrawals(
        state,
        AccountNumber{1},
        [&](std::uint32_t number, Money amount) -> Outcome<bool> {
            walked.emplace_back(number, amount);
            return true;
        }
    ));

    EXPECT_EQ(walked, (std::vector<std::pair<std::uint32_t, Money>>{{2, money_max}, {256, 5}}));
    EXPECT_EQ(get_withdrawal(state, AccountNumber{2}, 1).value(), 7U);
    ASSERT_TRUE(erase_withdrawal(state, AccountNumber{2}, 1));
    EXPECT_EQ(get_withdrawal(state, AccountNumber{2}, 1).value(), std::nullopt);
}

TEST_F(Rows, of_reputation_are_nothing_at_nothing) {
    const AccountNumber provider{1};
    const ClassId of{2};
    ASSERT_TRUE(put_standing(state, provider, of, full_standing()));
    ASSERT_TRUE(put_payer(state, provider, of, {AccountNumber{300}, 5}));
    ASSERT_TRUE(put_payer(state, provider, of, {AccountNumber{4}, 6}));
    ASSERT_TRUE(put_payer(state, provider, ClassId{3}, {AccountNumber{4}, 9}));

    EXPECT_EQ(get_standing(state, provider, of).value(), full_standing());
    const auto payers = payers_of(state, provider, of).value();
    ASSERT_EQ(payers.size(), 2U);
    EXPECT_EQ(payers[0].account, AccountNumber{4});
    EXPECT_EQ(payers[1].value, 5U);
    EXPECT_EQ(get_payer(state, provider, of, AccountNumber{4}).value(), 6U);

    ASSERT_TRUE(put_standing(state, provider, of, {}));
    ASSERT_TRUE(put_payer(state, provider, of, {AccountNumber{4}, 0}));
    EXPECT_EQ(get_standing(state, provider, of).value(), Standing());
    EXPECT_EQ(get_payer(state, provider, of, AccountNumber{4}).value(), 0U);
    EXPECT_EQ(count(), 2U);
}

/// D3: height, kind, subject.
TEST_F(Rows, of_the_queue_come_in_order) {
    const auto deadline = [](DeadlineKind kind, std::int64_t height) {
        return Deadline{
            .kind = kind, .due = {.height = Height(height), .time = time("2026-01-01T00:00:00Z")}
        };
    };
    const std::vector<Queued> order = {
        {deadline(DeadlineKind::retain, 2), {OrderId{1}, whole_order}},
        {deadline(DeadlineKind::start, 300), {OrderId{9}, 0}},
        {deadline(DeadlineKind::commit, 300), {OrderId{1}, 0}},
        {deadline(DeadlineKind::commit, 300), {OrderId{1}, 1}},
        {deadline(DeadlineKind::commit, 300), {OrderId{256}, 0}},
    };
    for (const std::size_t i : {3, 1, 4, 0, 2}) {
        ASSERT_TRUE(enqueue(state, order[i].deadline, order[i].subject));
    }

    for (const Queued& expected : order) {
        const auto first = first_queued(state, std::nullopt).value();
        ASSERT_TRUE(first);
        EXPECT_EQ(first->deadline, expected.deadline);
        EXPECT_EQ(first->subject, expected.subject);
        EXPECT_FALSE(first_queued(state, order.back()).value()) << "it is the last one";
        ASSERT_TRUE(dequeue(state, expected.deadline, expected.subject));
    }
    EXPECT_FALSE(first_queued(state, std::nullopt).value());
}

TEST_F(Rows, of_waiters_are_walked_the_oldest_first) {
    const Waiter old{Height(2), {OrderId{9}, 1}};
    const Waiter young{Height(300), {OrderId{1}, 0}};
    ASSERT_TRUE(begin_waiting(state, WaitingFor::seed, young));
    ASSERT_TRUE(begin_waiting(state, WaitingFor::seed, old));
    ASSERT_TRUE(begin_waiting(state, WaitingFor::issue, old));
    ASSERT_TRUE(end_waiting(state, WaitingFor::issue, old));
    const auto walked = [&](WaitingFor what) {
        std::vector<Waiter> all;
        EXPECT_TRUE(walk_waiting(state, what, [&](const Waiter& waiter) -> Outcome<bool> {
            all.push_back(waiter);
            return true;
        }));
        return all;
    };

    EXPECT_EQ(walked(WaitingFor::seed), (std::vector{old, young}));
    EXPECT_EQ(walked(WaitingFor::issue), std::vector<Waiter>());
}

TEST_F(Rows, that_are_single_come_back) {
    EXPECT_EQ(get_block_use(state).value(), BlockUse());
    EXPECT_EQ(get_cursor(state).value(), std::nullopt);
    EXPECT_EQ(verification_pool(state).value(), 0U);
    EXPECT_EQ(get_counters(state, AccountNumber{1}).value(), AccountCounters());
    EXPECT_EQ(get_class_counters(state, ClassId{1}).value(), ClassCounters());
    EXPECT_FALSE(get_proposer(state, Height(1)).value());

    const BlockUse use{Height(4), 5, ~std::uint64_t{0}};
    ASSERT_TRUE(put_block_use(state, use));
    ASSERT_TRUE(put_cursor(state, full_cursor()));
    ASSERT_TRUE(put_verification_pool(state, money_max));
    ASSERT_TRUE(put_counters(state, AccountNumber{1}, {.made = 5, .open = 4}));
    ASSERT_TRUE(put_class_counters(state, ClassId{1}, full_counters()));
    ASSERT_TRUE(put_proposer(state, Height(1), {ledger::ValidatorNumber{2}, 3, 4}));

    EXPECT_EQ(get_block_use(state).value(), use);
    EXPECT_EQ(get_cursor(state).value(), full_cursor());
    EXPECT_EQ(verification_pool(state).value(), money_max);
    EXPECT_EQ(get_counters(state, AccountNumber{1}).value(), (AccountCounters{5, 4}));
    EXPECT_EQ(get_class_counters(state, ClassId{1}).value(), full_counters());
    EXPECT_EQ(get_proposer(state, Height(1)).value()->total_power, 4U);

    ASSERT_TRUE(put_cursor(state, std::nullopt));
    ASSERT_TRUE(put_verification_pool(state, 0));
    ASSERT_TRUE(put_counters(state, AccountNumber{1}, {}));
    ASSERT_TRUE(put_class_counters(state, ClassId{1}, {}));
    ASSERT_TRUE(erase_proposer(state, Height(1)));
    EXPECT_EQ(count(), 1U) << "what proofs took stays";
}

TEST_F(Rows, of_cancellations_are_taken_by_id) {
    ASSERT_TRUE(ask_to_cancel(state, OrderId{300}));
    ASSERT_TRUE(ask_to_cancel(state, OrderId{7}));
    ASSERT_TRUE(ask_to_cancel(state, OrderId{7}));

    EXPECT_EQ(take_cancellations(state).value(), (std::vector{OrderId{7}, OrderId{300}}));
    EXPECT_EQ(take_cancellations(state).value(), std::vector<OrderId>());
    EXPECT_EQ(count(), 0U);
}

using RowsDeathTest = Rows;

TEST_F(RowsDeathTest, that_nobody_should_have_written_are_bugs) {
    ASSERT_TRUE(state.put(Store::job, ledger::Key('o') << std::uint64_t{1}, Bytes{1}));

    EXPECT_DEATH((void)get_order(state, OrderId{1}), "");
    EXPECT_DEATH((void)dequeue(state, {DeadlineKind::start, {}}, {}), "");
    EXPECT_DEATH((void)program_bytes(state, hash(1)), "");
    EXPECT_DEATH((void)put_ask(state, {}, full_ask()), "");
}

}  // namespace
}  // namespace steelyard::market
