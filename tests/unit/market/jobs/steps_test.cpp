// What workers say: J1 to J4.
#include "tests/support/market/job_fixture.h"

#include "crypto/sha256.h"

namespace steelyard::market {
namespace {

using test::JobFixture;

class StepTest : public JobFixture {
protected:
    auto starting(AccountNumber signer) {
        return [this, signer](Context& context) { return start_job(context, signer, id); };
    }
    auto declining(AccountNumber signer, Decline reason) {
        return [this, signer, reason](Context& context) {
            return decline_job(context, signer, id, reason);
        };
    }
    auto committing(AccountNumber signer, const CommittedResult& result) {
        return [this, signer, result](Context& context) {
            return commit_result(context, signer, id, result);
        };
    }
    auto retracting(AccountNumber signer) {
        return [this, signer](Context& context) { return retract_result(context, signer, id); };
    }

    /// Ends blocks until the next message comes in the block in which the deadline is over.
    void run_out(const Due& due) {
        CHECK(go_on_until([&] { return bench.block.height >= due.height; }, 1'000));
    }
};

TEST_F(StepTest, start_is_the_workers_or_providers) {  // J1
    bench.end_block();

    EXPECT_TRUE(refuses(kinds::not_assigned, starting(stranger)));
    EXPECT_TRUE(refuses(kinds::not_assigned, starting(user)));
    ASSERT_TRUE(start(provider));

    EXPECT_EQ(state(), JobState::started);
    EXPECT_EQ(job().started, bench.block.height);
    // 60 blocks, and three times 1,000 work units at 10 a second.
    EXPECT_EQ(job().deadline->kind, DeadlineKind::commit);
    EXPECT_EQ(job().deadline->due.height.value(), bench.block.height.value() + 60 + 300);
    EXPECT_EQ(last_event("job", "started")["state"], "started");
    EXPECT_EQ(counters().starts, 1U);
}

TEST_F(StepTest, a_foreign_providers_worker_signs_for_nothing) {
    bench.make_provider(7);
    const AccountNumber foreign = bench.person(1'007);
    bench.end_block();

    EXPECT_TRUE(refuses(kinds::not_assigned, starting(foreign)));
    be(JobState::started);
    EXPECT_TRUE(refuses(kinds::not_assigned, committing(foreign, bench.result())));
    be(JobState::committed);
    EXPECT_TRUE(refuses(kinds::not_assigned, retracting(foreign)));
}

TEST_F(StepTest, another_worker_of_the_provider_signs_for_nothing) {
    ASSERT_TRUE(bench.run([&](Context& context) {
        return add_worker(context, provider, bench.address(9'000), bench.class_id, 1, 0);
    }));
    bench.end_block();

    EXPECT_TRUE(refuses(kinds::not_assigned, starting(bench.person(9'000))));
}

TEST_F(StepTest, a_retired_worker_signs_no_more_and_its_provider_does) {
    be(JobState::started);
    ASSERT_TRUE(bench.run([&](Context& context) {
        return remove_worker(context, provider, bench.address(1'001));
    }));

    EXPECT_TRUE(refuses(kinds::not_assigned, committing(worker, bench.result())));
    ASSERT_TRUE(commit(provider, bench.result()));
    be(JobState::challenged);
    ASSERT_TRUE(prove(provider, proof(ProofVerdict::right)));
    be(JobState::settled);
    EXPECT_FALSE(get_worker(bench.state(), worker).value());
}

TEST_F(StepTest, each_message_fits_one_state) {
    const auto check = [this](JobState at) {
        if (at != JobState::matched) {
            EXPECT_TRUE(refuses(kinds::wrong_state, starting(worker))) << to_string(at);
            EXPECT_TRUE(refuses(kinds::wrong_state, declining(worker, Decline::busy)));
        }
        if (at != JobState::started) {
            EXPECT_TRUE(refuses(kinds::wrong_state, committing(worker, bench.result())));
        }
        if (at != JobState::committed) {
            EXPECT_TRUE(refuses(kinds::wrong_state, retracting(worker))) << to_string(at);
        }
    };
    check(JobState::open);
    for (const JobState at :
         {JobState::matched,
          JobState::started,
          JobState::committed,
          JobState::challenged,
          JobState::proved,
          JobState::settled}) {
        be(at);
        check(at);
    }
}

TEST_F(StepTest, jobs_that_are_not_there_are_unknown) {
    for (const JobId& wrong : {JobId{OrderId{77}}, JobId{id.order, 1}, JobId{OrderId{}}}) {
        id = wrong;
        EXPECT_TRUE(refuses(kinds::unknown_job, starting(worker)));
        EXPECT_TRUE(refuses(kinds::unknown_job, declining(worker, Decline::other)));
        EXPECT_TRUE(refuses(kinds::unknown_job, committing(worker, bench.result())));
        EXPECT_TRUE(refuses(kinds::unknown_job, retracting(worker)));
    }
}

TEST_F(StepTest, comes_too_late_in_the_block_in_which_its_time_is_over) {  // D1, D2
    bench.end_block();
    run_out(job().deadline->due);
    ASSERT_EQ(state(), JobState::matched);

    EXPECT_TRUE(refuses(kinds::too_late, starting(worker)));
    EXPECT_TRUE(refuses(kinds::too_late, declining(worker, Decline::busy)));
}

TEST_F(StepTest, a_commit_comes_too_late_too) {  // D2, J3
    be(JobState::started);
    run_out(job().deadline->due);
    ASSERT_EQ(state(), JobState::started);

    EXPECT_TRUE(refuses(kinds::too_late, committing(worker, bench.result())));
}

TEST_F(StepTest, has_time_left_while_only_the_blocks_have_gone_by) {  // D1
    bench.end_block();
    const Due due = job().deadline->due;
    while (bench.block.height < due.height) {
        bench.end_block(bench.params.market.nominal_block_ms / 2);
    }

    EXPECT_TRUE(start(worker));
}

TEST_F(StepTest, decline_is_free_and_the_job_is_open_again_without_the_provider) {  // J2, O6
    bench.end_block();

    ASSERT_TRUE(decline(worker, Decline::no_memory));

    EXPECT_EQ(state(), JobState::open);
    EXPECT_EQ(job().reason, Reason::declined);
    EXPECT_EQ(job().decline, Decline::no_memory);
    EXPECT_EQ(job().retries_left, 0U);
    EXPECT_EQ(job().had_it, std::vector{provider});
    EXPECT_EQ(bench.provider(provider).bond, bond);
    EXPECT_EQ(bench.provider(provider).reserved, 0U);
    EXPECT_EQ(bench.balance(user), user_before - escrow());
    bench.end_blocks(3);
    EXPECT_EQ(state(), JobState::open);
    EXPECT_EQ(counters().ended[static_cast<std::size_t>(Reason::declined)], 1U);
}

/// The third of three declines of new orders, each `apart` blocks behind the one before.
class Declines : public StepTest {
protected:
    void decline_three(Decline reason, std::int64_t apart) {
        bench.params.market.order_lifetime_max = 100'000;
        for (int i = 0; i < 3; ++i) {
            be(JobState::matched);
            ASSERT_TRUE(decline(provider, reason));
            const Height next(bench.block.height.value() + apart);
            if (i < 2) {
                ASSERT_TRUE(go_on_until([&] { return bench.block.height >= next; }, 2'000));
                bench.ask(provider, ask_price, 1'000'000);
                id = bench.order(user, bench.terms(limit));
            }
        }
    }

    bool is_void() { return ask.id < bench.provider(provider).asks_valid_from; }
};

TEST_F(Declines, three_within_a_thousand_blocks_make_the_asks_void) {  // J2
    decline_three(Decline::busy, 400);

    EXPECT_TRUE(is_void());
    EXPECT_TRUE(bench.provider(provider).declines.empty());
    bench.end_block();
    EXPECT_FALSE(get_ask(bench.state(), ask).value());
}

TEST_F(Declines, three_within_more_do_not) {  // J2
    decline_three(Decline::other, 500);

    EXPECT_FALSE(is_void());
}

// Else three orders without inputs would close the asks of whomever they are matched to, for the
// price of three transactions.
TEST_F(Declines, of_inputs_that_a_user_does_not_give_are_not_the_providers) {  // J2
    decline_three(Decline::no_input, 1);
    EXPECT_FALSE(is_void());
    id = bench.order(user, bench.terms(limit));
    decline_three(Decline::bad_input, 1);
    EXPECT_FALSE(is_void());
    EXPECT_TRUE(bench.provider(provider).declines.empty());
}

TEST_F(Declines, of_inputs_are_the_users_fault) {
    be(JobState::matched);
    ASSERT_TRUE(decline(provider, Decline::no_input));
    EXPECT_EQ(last_event("job", "reopened")["fault"], "user");
    EXPECT_EQ(job().decline, Decline::no_input);
    bench.ask(bench.make_provider(7), ask_price, 1'000'000);
    be(JobState::matched);
    ASSERT_TRUE(decline(job().match->provider, Decline::busy));
    EXPECT_EQ(last_event("job", "ended")["fault"], "provider");
    EXPECT_EQ(state(), JobState::refunded);
    EXPECT_EQ(job().reason, Reason::declined);
}

TEST_F(StepTest, commit_keeps_what_it_says) {  // J3
    be(JobState::started);

    ASSERT_TRUE(commit(worker, bench.result()));

    const Job committed = job();
    EXPECT_EQ(committed.state, JobState::committed);
    EXPECT_EQ(committed.commit->output_root, bench.result().commit.output_root);
    EXPECT_EQ(committed.commit->trace_root, bench.result().commit.trace_root);
    EXPECT_EQ(committed.commit->height, bench.block.height);
    EXPECT_EQ(committed.commit->inline_size, bench.facts.output_bytes);
    EXPECT_EQ(committed.commit->price, job_price);
    EXPECT_EQ(get_inline_result(bench.state(), id).value(), bench.result().inline_result);
    EXPECT_EQ(committed.deadline->kind, DeadlineKind::settle);
    EXPECT_EQ(committed.settle_due.height.value(), bench.block.height.value() + 30);
    EXPECT_EQ(counters().commits, 1U);
    EXPECT_EQ(last_event("job", "committed")["state"], "committed");
}

TEST_F(StepTest, commit_may_name_its_outputs) {  // J3
    be(JobState::started);
    CommittedResult named = bench.result();
    named.inline_result.clear();
    named.commit.results = {Hash256{9}};
    named.commit.output_root = bench.verifier.output_root(named.commit.results);

    ASSERT_TRUE(commit(worker, named));

    EXPECT_FALSE(get_inline_result(bench.state(), id).value());
    EXPECT_EQ(job().commit->results, named.commit.results);
}

/// A result that differs from the right one in one thing.
struct BadResult {
    std::string_view name;
    std::function<void(CommittedResult&)> spoil;
};

const std::vector<BadResult>& bad_results() {
    static const std::vector<BadResult> all = {
        {"another_root", [](CommittedResult& it) { it.commit.output_root[31] ^= 1; }},
        {"one_step_less", [](CommittedResult& it) { --it.commit.steps; }},
        {"one_step_more", [](CommittedResult& it) { ++it.commit.steps; }},
        {"no_steps", [](CommittedResult& it) { it.commit.steps = 0; }},
        {"a_byte_less", [](CommittedResult& it) { it.inline_result.pop_back(); }},
        {"a_byte_more", [](CommittedResult& it) { it.inline_result.push_back(0); }},
        {"another_byte", [](CommittedResult& it) { it.inline_result[0] ^= 1; }},
        {"nothing", [](CommittedResult& it) { it.inline_result.clear(); }},
        {"too_much",
         [](CommittedResult& it) { it.inline_result.resize(inline_result_size_max + 1); }},
        {"both_kinds", [](CommittedResult& it) { it.commit.results = {Hash256{1}}; }},
        {"too_many_names",
         [](CommittedResult& it) {
             it.inline_result.clear();
             it.commit.results = {Hash256{1}, Hash256{2}};
         }},
        {"a_result_beside_a_fault",
         [](CommittedResult& it) { it.commit.fault = FaultPlace{.kind = 1, .step = 10}; }},
        {"a_fault_of_no_kind",
         [](CommittedResult& it) {
             it.inline_result.clear();
             it.commit.fault = FaultPlace{.kind = 3, .step = 1};
             it.commit.steps = 1;
         }},
        {"a_fault_behind_the_end",
         [](CommittedResult& it) {
             it.inline_result.clear();
             it.commit.fault = FaultPlace{.kind = 1, .step = 10};
             it.commit.steps = 10;
         }},
        {"a_fault_with_other_steps",
         [](CommittedResult& it) {
             it.inline_result.clear();
             it.commit.fault = FaultPlace{.kind = 1, .step = 4};
             it.commit.steps = 5;
         }},
        {"a_fault_with_another_root",
         [](CommittedResult& it) {
             it.inline_result.clear();
             it.commit.fault = FaultPlace{.kind = 1, .step = 4};
             it.commit.steps = 4;
         }},
    };
    return all;
}

TEST_F(StepTest, commit_is_refused_where_it_is_not_the_programs) {  // J3
    be(JobState::started);
    for (const BadResult& bad : bad_results()) {
        CommittedResult result = bench.result();
        bad.spoil(result);
        EXPECT_TRUE(refuses(kinds::bad_commit, committing(worker, result))) << bad.name;
    }
    EXPECT_EQ(state(), JobState::started);
    EXPECT_TRUE(commit(worker, bench.result()));
}

TEST_F(StepTest, commit_is_refused_without_a_verifier) {
    be(JobState::started);
    bench.context().verifier = nullptr;

    EXPECT_TRUE(refuses(kinds::no_verifier, committing(worker, bench.result())));
}

TEST_F(StepTest, commit_pays_for_the_program_that_a_verifier_may_have_to_read) {  // J3
    be(JobState::started);
    const auto gas_of = [this](const CommittedResult& result) {
        ledger::GasMeter meter(100'000'000);
        const auto mark = bench.state().mark();
        bench.state().set_meter(&meter);
        EXPECT_TRUE(commit(worker, result));
        bench.state().set_meter(nullptr);
        bench.state().roll_back(mark);
        return meter.used();
    };
    const std::uint64_t of_small = gas_of(bench.result());
    const std::size_t size = program_size(bench.state(), bench.program);
    constexpr std::size_t more = 100'000;
    put_program_bytes(
        bench.state(),
        bench.program,
        test::FakeVerifier::make_program(bench.facts, std::string(more, 'a'))
    )
        .value();

    const std::size_t added = program_size(bench.state(), bench.program) - size;
    EXPECT_GE(added, more);
    EXPECT_EQ(gas_of(bench.result()), of_small + 5 * added);
    CommittedResult named = bench.result();
    named.inline_result.clear();
    named.commit.results = {Hash256{9}};
    named.commit.output_root = bench.verifier.output_root(named.commit.results);
    EXPECT_LT(gas_of(named), of_small);
}

TEST_F(StepTest, a_fault_earns_its_part) {  // E2, J3
    be(JobState::started);
    CommittedResult fault;
    fault.commit.fault = FaultPlace{.kind = 1, .step = 4, .element = 2};
    fault.commit.steps = 4;
    fault.commit.output_root = bench.verifier.fault_root(*fault.commit.fault);

    ASSERT_TRUE(commit(worker, fault));
    EXPECT_EQ(job().commit->price, job_price * 4 / 10);
    EXPECT_EQ(counters().faults, 1U);
    be(JobState::settled);

    EXPECT_EQ(job().reason, Reason::settled_fault);
    EXPECT_EQ(bench.balance(provider), provider_before + 20'000 - 800);
    EXPECT_EQ(bench.provider(provider).settled, 0U);
    auto ended = last_event("job", "ended");
    EXPECT_EQ(ended["reason"], to_string(Reason::settled_fault));
    EXPECT_EQ(ended["fault"], "user");
}

TEST_F(StepTest, a_fault_at_once_earns_the_least_price_and_never_more_than_the_whole) {  // E2
    be(JobState::started);
    CommittedResult fault;
    fault.commit.fault = FaultPlace{.kind = 2};
    fault.commit.output_root = bench.verifier.fault_root(*fault.commit.fault);
    const auto mark = bench.state().mark();
    ASSERT_TRUE(commit(worker, fault));
    EXPECT_EQ(job().commit->price, bench.params.market.min_job_price);
    bench.state().roll_back(mark);

    Job cheap = job();
    cheap.match->price = 3;
    put_job(bench.state(), id, cheap).value();
    ASSERT_TRUE(commit(worker, fault));
    EXPECT_EQ(job().commit->price, 3U);
}

TEST_F(StepTest, retract_is_for_the_blocks_after_the_commits_whatever_their_time) {  // J4
    bench.params.market.retract_blocks = 2;
    bench.params.market.challenge_delay = 3;
    be(JobState::committed);
    bench.end_block(0);
    bench.end_block(1'000'000'000);
    ASSERT_EQ(state(), JobState::committed);
    const auto mark = bench.state().mark();

    ASSERT_TRUE(retract(worker));

    EXPECT_EQ(job().reason, Reason::retracted);
    EXPECT_FALSE(get_inline_result(bench.state(), id).value());
    bench.state().roll_back(mark);
    bench.end_block();
    EXPECT_TRUE(refuses(
        state() == JobState::committed ? kinds::too_late : kinds::wrong_state, retracting(worker)
    ));
}

TEST_F(StepTest, retract_comes_too_late_a_block_later) {  // J4
    bench.params.market.retract_blocks = 2;
    bench.params.market.challenge_delay = 10;
    be(JobState::committed);
    bench.end_blocks(3);

    EXPECT_TRUE(refuses(kinds::too_late, retracting(worker)));
}

}  // namespace
}  // namespace steelyard::market
