// When challenges are issued: K3.
#include "tests/support/market/job_fixture.h"

namespace steelyard::market {
namespace {

using test::JobFixture;

/// Many jobs, committed in one block.
class IssueTest : public JobFixture {
protected:
    static constexpr std::uint32_t tasks = 40;

    IssueTest() {
        const AccountNumber rich = bench.make_provider(9, 100'000'000'000);
        CHECK(bench.run([&](Context& context) {
            return add_worker(context, rich, bench.address(4'000), bench.class_id, 1'024, 0);
        }));
        bench.ask(rich, ask_price - 1, 1'000'000);
    }

    void commit_all(std::uint32_t count = tasks) {
        const OrderId order = bench.array(stranger, bench.terms(limit), count);
        bench.end_block();
        for (std::uint32_t task = 0; task < count; ++task) {
            ids.push_back({.order = order, .task = task});
            bench.start(ids.back());
            bench.commit(ids.back());
        }
    }

    std::uint32_t issued() {
        return static_cast<std::uint32_t>(std::ranges::count_if(ids, [this](const JobId& each) {
            return bench.job(each).state == JobState::challenged;
        }));
    }

    /// Goes on to the first block that issues, and tells how many.
    std::uint32_t issued_first() {
        CHECK(go_on_until([this] { return issued() > 0; }));
        return issued();
    }

    std::vector<JobId> ids{};
};

TEST_F(IssueTest, calls_for_as_many_bytes_as_it_may) {
    bench.params.market.issue_gas_max = 100'000'000;
    bench.params.market.issue_bytes_max = 7 * bench.facts.proof_bytes + 9'999;
    commit_all();

    EXPECT_EQ(issued_first(), 7U);
    bench.end_block();
    EXPECT_EQ(issued(), 14U);
}

TEST_F(IssueTest, calls_for_as_much_gas_as_it_may) {
    bench.params.market.issue_gas_max = 5 * bench.facts.proof_gas;
    commit_all();

    EXPECT_EQ(issued_first(), 5U);
}

TEST_F(IssueTest, wants_at_most_half_of_a_limited_blocks_gas) {
    bench.params.market.issue_gas_max = 100'000'000;
    const std::uint64_t of_one = ledger::proof_tx_gas(
        bench.params.auth.tx_size_cost_per_byte, bench.facts.proof_bytes, bench.facts.proof_gas
    );
    // 300,000 + 10 x (1,000 + 10,000) + 3 x (20,000 and 18, for reading a program of 23 bytes).
    ASSERT_EQ(of_one, 470'054U);
    bench.params.block.max_gas = static_cast<std::int64_t>(2 * (6 * of_one) - 1);
    commit_all();

    EXPECT_EQ(issued_first(), 5U);
    bench.params.block.max_gas = static_cast<std::int64_t>(2 * (6 * of_one));
    bench.end_block();
    EXPECT_EQ(issued(), 11U);
    bench.params.block.max_gas = -1;
    bench.end_block();
    EXPECT_EQ(issued(), tasks);
}

TEST_F(IssueTest, always_calls_for_the_first) {
    bench.params.market.issue_gas_max = 1;
    bench.params.market.issue_bytes_max = 1;
    bench.params.block.max_gas = 1;
    commit_all(3);

    EXPECT_EQ(issued_first(), 1U);
    bench.end_block();
    EXPECT_EQ(issued(), 2U);
    bench.end_block();
    EXPECT_EQ(issued(), 3U);
}

TEST_F(IssueTest, calls_for_256_at_most) {
    bench.params.market.issue_gas_max = 100'000'000;
    bench.params.market.issue_bytes_max = 16'777'216;
    commit_all(256);
    const std::vector<JobId> first = ids;
    const OrderId order = bench.array(user, bench.terms(limit), 10);
    bench.end_block();
    for (std::uint32_t task = 0; task < 10; ++task) {
        ids.push_back({.order = order, .task = task});
        bench.start(ids.back());
        bench.commit(ids.back());
    }
    // All wait together: nobody is decided on before there are proposers enough.
    EXPECT_EQ(issued(), 0U);
    bench.params.market.issue_gas_max = 1;
    EXPECT_EQ(issued_first(), 1U);
    ASSERT_TRUE(go_on_until([this] { return bench.job(ids.back()).is_decided; }));
    const std::uint32_t before = issued();
    bench.params.market.issue_gas_max = 100'000'000;
    bench.end_block();
    EXPECT_EQ(issued() - before, std::min<std::size_t>(issues_max, ids.size() - before));
}

/// Programs that are large: a name makes them so.
class LargePrograms : public IssueTest {
protected:
    void commit_job_of(std::size_t number, std::size_t size) {
        const std::string name(size, static_cast<char>('a' + number));
        bench.program = bench
                            .run([&](Context& context) {
                                const Bytes bytes =
                                    test::FakeVerifier::make_program(bench.facts, name);
                                return register_program(context, user, bytes);
                            })
                            .value();
        commit_job();
    }

    void commit_job() { ids.push_back(bench.order(user, bench.terms(limit))); }

    void commit_them() {
        bench.end_block();
        for (const JobId& each : ids) {
            bench.start(each);
            bench.commit(each);
        }
    }
};

// A node that has not a program at hand reads and checks it: many large ones would take seconds.
TEST_F(LargePrograms, count_by_the_gas_of_reading_them) {
    for (std::size_t i = 0; i < 5; ++i) {
        commit_job_of(i, 250'000);
    }
    commit_them();

    EXPECT_EQ(issued_first(), 2U);
    const std::size_t size = program_size(bench.state(), bench.program);
    EXPECT_EQ(bench.job(ids[0]).challenge->gas, bench.facts.proof_gas + (3 * size + 3) / 4);
    bench.end_block();
    EXPECT_EQ(issued(), 4U);
}

TEST_F(LargePrograms, count_each_time) {
    commit_job_of(0, 250'000);
    for (int i = 0; i < 3; ++i) {
        commit_job();
    }
    commit_them();

    EXPECT_EQ(issued_first(), 2U);
}

TEST_F(IssueTest, goes_by_age_and_none_overtakes) {
    bench.params.market.issue_gas_max = 1;
    commit_all(6);
    ASSERT_TRUE(go_on_until([this] { return issued() == 6; }));
    for (std::size_t i = 1; i < ids.size(); ++i) {
        EXPECT_LT(bench.job(ids[i - 1]).challenge->issued, bench.job(ids[i]).challenge->issued);
    }
}

// K3: what is behind one that does not fit waits with it, though there was room for it.
TEST_F(IssueTest, a_smaller_one_does_not_overtake_one_that_does_not_fit) {
    ProgramFacts large = bench.facts;
    large.proof_bytes *= 10;
    OrderTerms small_terms = bench.terms(limit);
    OrderTerms large_terms = small_terms;
    large_terms.program =
        bench
            .run([&](Context& context) {
                return register_program(
                    context, stranger, test::FakeVerifier::make_program(large, "large")
                );
            })
            .value();
    bench.params.market.issue_gas_max = 100'000'000;
    bench.params.market.issue_bytes_max = large.proof_bytes + bench.facts.proof_bytes;
    for (const OrderTerms& terms : {large_terms, large_terms, small_terms}) {
        ids.push_back(bench.order(stranger, terms));
    }
    bench.end_block();
    for (const JobId& each : ids) {
        bench.start(each);
        bench.commit(each);
    }

    EXPECT_EQ(issued_first(), 1U);
    EXPECT_EQ(bench.job(ids[2]).state, JobState::committed);
    bench.end_block();
    EXPECT_EQ(issued(), 3U);
}

TEST_F(IssueTest, draws_probes_from_the_block_of_issue_and_the_clock_begins_there) {  // K2, K4
    commit_all(1);
    id = ids.front();
    beacon::Value value{};
    while (issued() == 0) {
        value = beacon::latest(bench.state()).value().value;
        bench.end_block();
    }

    const Job challenged = job();
    EXPECT_EQ(challenged.challenge->seed, challenge_seed(bench.block.chain_id, value, id));
    EXPECT_EQ(challenged.challenge->issued.next(), bench.block.height);
    EXPECT_EQ(challenged.challenge->bytes, bench.facts.proof_bytes);
    EXPECT_EQ(challenged.challenge->gas, bench.facts.proof_gas);
    // 20 blocks, and 1,000 work units at 10 a second.
    EXPECT_EQ(
        challenged.deadline->due.height.value(), challenged.challenge->issued.value() + 20 + 100
    );
    EXPECT_EQ(last_event("job", "challenged")["id"], to_string(id));
    EXPECT_EQ(last_event("job", "selected")["id"], to_string(id));
}

TEST_F(IssueTest, waits_and_ends_when_calls_for_proofs_are_slow) {  // J6: not before it is proved
    bench.params.market.issue_gas_max = 1;
    commit_all(45);
    id = ids.back();
    bench.end_blocks(40);  // longer than the settlement's window

    ASSERT_EQ(state(), JobState::committed);
    EXPECT_FALSE(job().deadline);
    ASSERT_TRUE(go_on_until([this] { return state() == JobState::challenged; }));
    ASSERT_TRUE(bench.prove(id, ProofVerdict::right));
    EXPECT_EQ(state(), JobState::settled);
}

}  // namespace
}  // namespace steelyard::market
