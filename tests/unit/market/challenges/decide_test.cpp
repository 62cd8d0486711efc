// Which commits are challenged: K1, K2.
#include "base/endian.h"
#include "base/random.h"
#include "crypto/sha256.h"
#include "market/records/standing.h"
#include "tests/support/market/job_fixture.h"

#include <set>

namespace steelyard::market {
namespace {

using test::JobFixture;

class DecideTest : public JobFixture {
protected:
    void propose(std::uint32_t validator, std::uint64_t power, std::uint64_t all) {
        bench.proposer = {
            .validator = ledger::ValidatorNumber{validator}, .power = power, .total_power = all
        };
    }

    /// The provider is past its probation and of good reputation.
    void be_trusted() {
        bench.params.market.probation_jobs = 0;
        Standing standing{};
        for (int i = 0; i < 4; ++i) {
            const Payer payer{.account = bench.person(800 + i), .value = q32_one};
            put_payer(bench.state(), provider, bench.class_id, payer).value();
            standing.s += payer.value;
            ++standing.payers;
        }
        put_standing(bench.state(), provider, bench.class_id, standing).value();
    }

    /// Commits, and goes on until K1 has decided; whether it is challenged.
    bool is_challenged() {
        be(JobState::committed);
        CHECK(go_on_until([this] { return job().is_decided; }));
        return job().challenge.has_value();
    }
};

/// K1 word for word.
bool is_seed_block(
    std::int64_t committed,
    std::int64_t height,
    const Terms& terms,
    std::span<const ProposerRow> rows
) {
    if (height < committed + terms.challenge_delay) {
        return false;
    }
    std::set<ledger::ValidatorNumber> counted;
    Uint128 power = 0;
    for (std::int64_t h = height; h > committed + terms.retract_blocks; --h) {
        const ProposerRow& row = rows[static_cast<std::size_t>(h)];
        power += counted.insert(row.validator).second ? row.power : 0;
    }
    return 3 * power > rows[static_cast<std::size_t>(height)].total_power;
}

TEST_F(DecideTest, comes_with_the_first_block_that_the_rule_allows) {  // K1
    be(JobState::settled);
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        SeededRandom random(seed);
        const auto below = [&random](std::uint64_t end) {
            return static_cast<std::uint32_t>(random.below(end));
        };
        test::MarketBench& it = bench;
        it.params.market.retract_blocks = 1 + below(4);
        it.params.market.challenge_delay = it.params.market.retract_blocks + 1 + below(6);
        it.ask(provider, ask_price, 1'000);  // those of before may be over
        id = it.order(user, it.terms(limit));
        be(JobState::committed);
        const std::int64_t committed = it.block.height.value();
        std::vector<ProposerRow> rows(static_cast<std::size_t>(committed));
        const std::uint32_t validators = 1 + below(9);
        while (!job().is_decided && rows.size() < 600U + static_cast<std::size_t>(committed)) {
            propose(below(validators), 10, 10 * validators);
            rows.push_back(*it.proposer);
            const bool is_due =
                is_seed_block(committed, it.block.height.value(), job().match->terms, rows);
            const JobId waiting = id;
            it.end_block();
            ASSERT_EQ(it.job(waiting).is_decided, is_due) << "seed " << seed;
        }
        ASSERT_TRUE(job().is_decided) << "seed " << seed;
        it.proposer.reset();
        ASSERT_TRUE(go_on_until([this] { return state() == JobState::challenged; }));
        be(JobState::settled);
    }
}

TEST_F(DecideTest, waits_for_more_than_a_third_each_proposer_counted_once) {  // K1
    be(JobState::committed);
    propose(0, 1, 3);
    bench.end_blocks(40);
    EXPECT_FALSE(job().is_decided);

    propose(1, 1, 3);
    bench.end_block();
    EXPECT_TRUE(job().is_decided);
}

TEST_F(DecideTest, does_not_count_who_could_propose_while_the_commit_could_be_taken_back) {  // K1
    bench.params.market.retract_blocks = 4;
    bench.params.market.challenge_delay = 5;
    be(JobState::committed);
    propose(0, 2, 3);
    bench.end_blocks(5);  // the commit's block, and the four behind it
    propose(1, 0, 3);
    bench.end_blocks(3);
    EXPECT_FALSE(job().is_decided);

    propose(0, 2, 3);
    bench.end_block();
    EXPECT_TRUE(job().is_decided);
}

TEST_F(DecideTest, keeps_proposers_while_somebody_waits_and_no_more_than_a_thousand) {  // K1
    be(JobState::committed);
    propose(0, 1, 3);
    for (int i = 0; i < 1'005; ++i) {
        bench.end_block();
    }
    const Height oldest = oldest_proposer(bench.state()).value().value();
    EXPECT_LE(bench.block.height.value() - oldest.value(), proposers_kept + 1);
    EXPECT_FALSE(job().is_decided);

    bench.proposer.reset();
    ASSERT_TRUE(go_on_until([this] { return job().is_decided; }));
    bench.end_blocks(1'100);
    EXPECT_FALSE(oldest_proposer(bench.state()).value());
}

TEST_F(DecideTest, a_seed_names_chain_beacon_order_and_task) {  // K2
    const beacon::Value value{1, 2, 3};
    Bytes bytes{0x08, 8};
    append(bytes, as_bytes("market-1"));
    append(bytes, value);
    append_be(bytes, std::uint64_t{7});
    append_be(bytes, std::uint32_t{9});

    const chain::ChainId chain = bench.block.chain_id;
    const JobId nine{.order = OrderId{7}, .task = 9};
    EXPECT_EQ(challenge_seed(chain, value, nine), crypto::sha256(bytes));
    std::set<Hash256> seeds;
    for (std::uint32_t task = 0; task < 100; ++task) {
        seeds.insert(challenge_seed(chain, value, {.order = OrderId{7}, .task = task}));
        seeds.insert(challenge_seed(chain, value, {.order = OrderId{8}, .task = task}));
    }
    EXPECT_EQ(seeds.size(), 200U);
}

Hash256 seed_of(std::uint64_t first) {
    Bytes bytes;
    append_be(bytes, first);
    Hash256 seed{};
    seed.fill(0xff);
    std::ranges::copy(bytes, seed.begin());
    return seed;
}

TEST_F(DecideTest, a_draw_is_below_its_part_of_two_to_the_64th) {  // K2
    const std::uint64_t tenth = 1'844'674'407'370'955'161;         // floor(2^64 / 10)
    EXPECT_TRUE(is_chosen(seed_of(tenth - 1), 1'000));
    EXPECT_FALSE(is_chosen(seed_of(tenth), 1'000));
    EXPECT_TRUE(is_chosen(seed_of(std::numeric_limits<std::uint64_t>::max()), 10'000));
    EXPECT_FALSE(is_chosen(seed_of(std::numeric_limits<std::uint64_t>::max()), 9'999));
    EXPECT_TRUE(is_chosen(seed_of(0), 1));
    EXPECT_FALSE(is_chosen(seed_of(0), 0));
}

TEST_F(DecideTest, the_draw_is_that_of_the_block_of_the_decision) {  // K2
    bench.params.market.challenge_bps = 5'000;
    be_trusted();
    be(JobState::settled);
    int challenged = 0;
    for (int i = 0; i < 24; ++i) {
        bench.ask(provider, ask_price, 1'000);
        id = bench.order(user, bench.terms(limit));
        be(JobState::committed);
        beacon::Value value{};
        while (!job().is_decided) {
            value = beacon::latest(bench.state()).value().value;
            bench.end_block();
        }
        const bool is_drawn = is_chosen(challenge_seed(bench.block.chain_id, value, id), 5'000);
        ASSERT_EQ(job().challenge.has_value(), is_drawn);
        challenged += is_drawn ? 1 : 0;
        be(JobState::settled);
    }
    EXPECT_GT(challenged, 3);
    EXPECT_LT(challenged, 21);
}

TEST_F(DecideTest, what_is_not_drawn_is_settled_unproven) {  // J6, K2
    bench.params.market.challenge_bps = 1;
    be_trusted();

    EXPECT_FALSE(is_challenged());
    be(JobState::settled);
    EXPECT_EQ(counters().challenged, 0U);
    EXPECT_EQ(bench.balance(user), user_before - job_price);  // its proof's escrow came back
}

TEST_F(DecideTest, a_fault_is_always_challenged) {  // K2
    bench.params.market.challenge_bps = 1;
    be_trusted();
    be(JobState::started);
    CommittedResult fault;
    fault.commit.fault = FaultPlace{.kind = 1, .step = 4};
    fault.commit.steps = 4;
    fault.commit.output_root = bench.verifier.fault_root(*fault.commit.fault);
    ASSERT_TRUE(commit(worker, fault));

    EXPECT_TRUE(is_challenged());
}

TEST_F(DecideTest, a_provider_on_probation_is_always_challenged) {  // K2
    bench.params.market.challenge_bps = 1;
    be_trusted();
    bench.params.market.probation_jobs = 1;
    EXPECT_TRUE(is_challenged());
    be(JobState::settled);

    id = bench.order(user, bench.terms(limit));
    EXPECT_FALSE(is_challenged());
}

TEST_F(DecideTest, a_provider_of_low_reputation_is_always_challenged) {  // K2
    bench.params.market.challenge_bps = 1;
    be_trusted();
    Standing standing = get_standing(bench.state(), provider, bench.class_id).value();
    standing.f = q32_one;  // 5 / 14 is less than a half
    put_standing(bench.state(), provider, bench.class_id, standing).value();

    EXPECT_TRUE(is_challenged());
}

TEST_F(DecideTest, looks_at_so_many_commits_a_block_the_oldest_first) {  // K1
    constexpr std::uint32_t tasks = 256;
    constexpr std::uint32_t orders = 9;
    static_assert(tasks * orders > decisions_max);
    bench.params.market.match_pairs_max = 1'000'000'000;
    const AccountNumber rich = bench.make_provider(9, 900'000'000'000);
    for (int i = 0; i < 3; ++i) {
        ASSERT_TRUE(bench.run([&](Context& context) {
            return add_worker(context, rich, bench.address(4'000 + i), bench.class_id, 1'024, 0);
        }));
    }
    bench.ask(rich, ask_price - 1, 1'000'000'000);
    std::vector<JobId> ids;
    for (std::uint32_t i = 0; i < orders; ++i) {
        const OrderId order = bench.array(bench.person(600), bench.terms(limit), tasks);
        for (std::uint32_t task = 0; task < tasks; ++task) {
            ids.push_back({.order = order, .task = task});
        }
    }
    bench.end_block();
    for (const JobId& each : ids) {
        bench.start(each);
        bench.commit(each);
    }
    const auto decided = [&] {
        return std::ranges::count_if(ids, [&](const JobId& each) {
            return bench.job(each).is_decided;
        });
    };
    while (decided() == 0) {
        bench.end_block();
    }

    EXPECT_EQ(decided(), decisions_max);
    EXPECT_TRUE(bench.job(ids.front()).is_decided);
    EXPECT_FALSE(bench.job(ids.back()).is_decided);
    bench.end_block();
    EXPECT_EQ(decided(), static_cast<std::ptrdiff_t>(ids.size()));
}

}  // namespace
}  // namespace steelyard::market
