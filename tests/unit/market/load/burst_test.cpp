// Many jobs at once: challenges come as fast as blocks can take their proofs (K3, K4).
#include "tests/support/market/market_bench.h"

namespace steelyard::market {
namespace {

using test::MarketBench;

constexpr Price price = 50'000'000;
constexpr std::uint32_t honest_tasks = 250;  // an array has at most 256 at a time
constexpr std::uint32_t junk_tasks = 60;
constexpr int arrays = 4;

/// An honest provider with 1,000 jobs beside one with 240 that answers with junk; all of them
/// committed in one block, all challenged, in turns.
class Burst : public testing::Test {
protected:
    Burst() {
        bench.params.market.retention_blocks = 500;
        honest = hire(1);
        junk = hire(2);
        for (int array = 0; array < arrays; ++array) {
            trade(junk, junk_tasks, junk_jobs);
            trade(honest, honest_tasks, honest_jobs);
        }
        for (const auto& jobs : {honest_jobs, junk_jobs}) {
            for (const JobId& id : jobs) {
                bench.start(id);
                bench.commit(id);
            }
        }
    }

    AccountNumber hire(int number) {
        const AccountNumber provider = bench.make_provider(number, 10'000'000'000);
        CHECK(bench.run([&](Context& context) {
            return add_worker(
                context, provider, bench.address(number + 5'000), bench.class_id, slots_max, 1'000
            );
        }));
        return provider;
    }

    void trade(AccountNumber provider, std::uint32_t tasks, std::vector<JobId>& jobs) {
        bench.ask(provider, price, tasks * WorkUnits{1'000});
        OrderTerms terms = bench.terms(price);
        terms.retries = 0;
        const OrderId order = bench.array(bench.person(3), terms, tasks);
        for (std::uint32_t task = 0; task < tasks; ++task) {
            jobs.push_back({.order = order, .task = task});
        }
        bench.end_block();
    }

    std::vector<JobId> challenged(const std::vector<JobId>& jobs) const {
        std::vector<JobId> found;
        for (const JobId& id : jobs) {
            if (bench.job(id).state == JobState::challenged) {
                found.push_back(id);
            }
        }
        return found;
    }

    /// The junk is saved up for some blocks, in which it comes first.
    void answer() {
        constexpr std::int64_t pause = 6;
        if (bench.block.height.value() % pause < 2) {
            for (const JobId& id : challenged(junk_jobs)) {
                const auto judged = bench.prove(id, ProofVerdict::malformed);
                judged_junk += judged ? 1 : 0;
            }
        }
        for (const JobId& id : challenged(honest_jobs)) {
            const std::int64_t issued = bench.job(id).challenge->issued.value();
            const auto judged = bench.prove(id, ProofVerdict::right);
            kept_out += judged ? 0 : 1;
            slowest = std::max(slowest, bench.block.height.value() - issued);
        }
    }

    bool is_over() const {
        return std::ranges::all_of(honest_jobs, [&](const JobId& id) {
            const JobState state = bench.job(id).state;
            return state == JobState::proved || is_final(state);
        });
    }

    MarketBench bench{};
    AccountNumber honest{};
    AccountNumber junk{};
    std::vector<JobId> honest_jobs{};
    std::vector<JobId> junk_jobs{};
    int judged_junk = 0;
    int kept_out = 0;  ///< honest proofs, each time that a block was full of junk
    std::int64_t slowest = 0;
};

TEST_F(Burst, of_a_thousand_challenged_jobs_leaves_their_honest_provider_whole) {
    const std::uint64_t issued_max = bench.params.market.issue_gas_max / bench.facts.proof_gas;
    int blocks = 0;
    for (; blocks < 60 || !is_over(); ++blocks) {
        ASSERT_LT(blocks, 100);
        const std::size_t before = challenged(honest_jobs).size() + challenged(junk_jobs).size();
        bench.end_block();
        const std::size_t now = challenged(honest_jobs).size() + challenged(junk_jobs).size();
        ASSERT_LE(now, before + issued_max);
        answer();
    }

    EXPECT_GT(kept_out, 0);
    EXPECT_LT(slowest, 20) << "of any window";
    EXPECT_EQ(bench.provider(honest).bond, 10'000'000'000U);
    EXPECT_EQ(bench.provider(honest).slashes, 0U);
    EXPECT_FALSE(bench.provider(honest).is_jailed);
    EXPECT_EQ(judged_junk, 2 * arrays * static_cast<int>(junk_tasks)) << "both attempts of each";
}

}  // namespace
}  // namespace steelyard::market
