// What anybody can make a block do is bounded by parameters, whatever lies in the state: counted,
// not timed.
#include "market/block/facts.h"
#include "market/block/sweep.h"
#include "market/book/clearing.h"
#include "market/records/kinds.h"
#include "tests/support/market/market_bench.h"

#include <cstdlib>
#include <string>

namespace steelyard::market {
namespace {

using test::MarketBench;

constexpr Price price = 50'000'000;

/// How much clearing looks at in the block under way.
std::uint64_t pairs_of(MarketBench& bench) {
    StateFacts facts(bench.context());
    const ClearingRules rules{
        .height = bench.block.height,
        .beacon = {},
        .pairs_max = bench.params.market.match_pairs_max,
        .min_job_price = bench.params.market.min_job_price,
        .slash_multiple = bench.params.market.slash_multiple,
        .min_slash = bench.params.market.min_slash,
    };
    return clear(bench.books(), facts, rules, get_cursor(bench.state()).value()).pairs;
}

/// C4: a thousand orders that no ask admits, against a hundred asks.
TEST(BoundedWork, resting_orders_with_impossible_filters_cost_no_more_than_the_pairs_of_a_block) {
    MarketBench bench;
    bench.params.market.match_pairs_max = 1'000;
    bench.params.market.open_orders_max = 10'000;
    const AccountNumber provider = bench.make_provider(1, 100'000'000'000);
    for (int ask = 0; ask < 100; ++ask) {
        bench.ask(provider, price, 1'000'000);
    }
    for (int user = 0; user < 10; ++user) {
        for (int order = 0; order < 100; ++order) {
            OrderTerms terms = bench.terms(price);
            terms.filters.regions = {"atlantis"};
            bench.order(bench.person(100 + user), terms);
        }
    }
    bench.end_block();

    for (int block = 0; block < 3; ++block) {
        EXPECT_LE(pairs_of(bench), 1'000U);
        bench.end_block();
    }

    // Somebody whom an ask admits is served while they rest, at the latest when all had a turn.
    const JobId id = bench.order(bench.person(2), bench.terms(price));
    int blocks = 0;
    for (; blocks < 110 && bench.job(id).state == JobState::open; ++blocks) {
        bench.end_block();
    }
    EXPECT_EQ(bench.job(id).state, JobState::matched);
    EXPECT_LE(blocks, 1'000 * 100 / 1'000 + 1);
}

/// C3: what clearing and its explanation read of a provider that has no slot is one row, however
/// many workers it has.
TEST(BoundedWork, workers_that_are_busy_are_not_read) {
    MarketBench bench;
    const auto gas_of_facts = [&](int number, int workers) {
        const AccountNumber provider = bench.make_provider(number, 100'000'000'000);
        for (int worker = 1; worker < workers; ++worker) {
            EXPECT_TRUE(bench.run([&](Context& context) {
                const chain::Address address = bench.address(10'000 * number + worker);
                return add_worker(context, provider, address, bench.class_id, 1, 0);
            }));
        }
        ledger::GasMeter meter(1'000'000'000);
        bench.state().set_meter(&meter);
        StateFacts facts(bench.context());
        EXPECT_EQ(facts.provider(provider).free_slots.size(), 1U);
        bench.state().set_meter(nullptr);
        return meter.used();
    };

    EXPECT_LT(gas_of_facts(2, 256), gas_of_facts(1, 1) + 100);
}

/// 100,000, or what MARKET_DEADLINES says.
std::uint32_t deadline_count() {
    const char* asked = std::getenv("MARKET_DEADLINES");
    return asked == nullptr ? 100'000 : static_cast<std::uint32_t>(std::stoul(asked));
}

/// D3: all at one height; the queue gives no more than sweep_max, and all have their turn.
TEST(BoundedWork, equal_deadlines_go_sweep_max_a_block) {
    const std::uint32_t count = deadline_count();
    MarketBench bench;
    const market::Due due{.height = bench.block.height.next(), .time = bench.block.time};
    ledger::StateView& state = bench.state();
    const Provider provider = bench.provider(bench.make_provider(1));
    const AccountNumber account = bench.person(1);
    for (std::uint32_t number = 0; number < count; ++number) {
        // A withdrawal that is not there yet: its time has not come, so that it is put off.
        const Subject subject{OrderId{static_cast<std::uint64_t>(account)}, number};
        Due later = due;
        later.time = checked_add(due.time, std::chrono::hours(1)).value();
        ASSERT_TRUE(enqueue(state, {.kind = DeadlineKind::withdraw, .due = later}, subject));
    }
    const auto at_first_height = [&] {
        std::size_t left = 0;
        std::optional<Queued> at;
        while ((at = first_queued(bench.state(), at).value()) &&
               at->deadline.due.height == due.height) {
            ++left;
        }
        return left;
    };
    ASSERT_EQ(at_first_height(), count);

    sweep(bench.context(), bench.books());  // the height has not come
    EXPECT_EQ(at_first_height(), count);
    bench.block.height = due.height;
    for (std::size_t swept = 1; swept <= 5; ++swept) {
        sweep(bench.context(), bench.books());
        EXPECT_EQ(at_first_height(), count - swept * bench.params.market.sweep_max);
    }
    EXPECT_EQ(bench.provider(account), provider);
}

/// Counts what it is asked to judge.
class CountingVerifier final : public test::FakeVerifier {
public:
    Judgement judge(
        const ProgramSource& program,
        const Claim& claim,
        const Hash256& seed,
        const ChallengeSize& challenge,
        ByteView proof
    ) const override {
        gas += challenge.gas;
        bytes += proof.size();
        read += program.bytes().size();
        return FakeVerifier::judge(program, claim, seed, challenge, proof);
    }

    mutable std::uint64_t gas = 0;
    mutable std::uint64_t bytes = 0;
    mutable std::uint64_t read = 0;  ///< of programs, none of which it remembers
};

/// K4: what is judged is bounded, however many challenges are open and however much junk comes.
TEST(BoundedWork, junk_proofs_are_judged_up_to_the_gas_of_a_block) {
    CountingVerifier counting;
    MarketBench bench;
    bench.judge = &counting;
    const AccountNumber provider = bench.make_provider(1, 100'000'000'000);
    ASSERT_TRUE(bench.run([&](Context& context) {
        return add_worker(
            context, provider, bench.address(5'000), bench.class_id, slots_max, 1'000
        );
    }));
    bench.ask(provider, price, 200'000);
    const OrderId order = bench.array(bench.person(2), bench.terms(price), 200);
    bench.end_block();
    for (std::uint32_t task = 0; task < 200; ++task) {
        bench.start({order, task});
        bench.commit({order, task});
    }
    bench.end_blocks(11);  // all are challenged, and none has been answered

    for (int block = 0; block < 3; ++block) {
        counting.gas = 0;
        counting.bytes = 0;
        std::size_t refused = 0;
        for (std::uint32_t task = 0; task < 200; ++task) {
            const auto judged = bench.prove({order, task}, ProofVerdict::malformed);
            refused += !judged && judged.error().kind == kinds::block_is_full ? 1 : 0;
        }
        EXPECT_LE(counting.gas, bench.params.market.block_proof_gas_max);
        EXPECT_LE(counting.bytes, bench.params.market.block_proof_bytes_max);
        EXPECT_GE(refused, 100U);
        bench.end_block();
    }
}

/// K3, K4: the same where each challenge is of a large program of its own, which has to be read.
TEST(BoundedWork, junk_proofs_read_programs_up_to_the_gas_of_a_block) {
    constexpr std::size_t programs = 24;
    CountingVerifier counting;
    MarketBench bench;
    bench.judge = &counting;
    const AccountNumber provider = bench.make_provider(1, 100'000'000'000);
    ASSERT_TRUE(bench.run([&](Context& context) {
        return add_worker(
            context, provider, bench.address(5'000), bench.class_id, slots_max, 1'000
        );
    }));
    bench.ask(provider, price, 1'000'000);
    std::vector<JobId> ids;
    for (std::size_t i = 0; i < programs; ++i) {
        const std::string name(200'000, static_cast<char>('a' + i));
        const auto program = bench.run([&](Context& context) {
            const Bytes bytes = test::FakeVerifier::make_program(bench.facts, name);
            return register_program(context, bench.person(2), bytes);
        });
        ASSERT_TRUE(program);
        bench.program = *program;
        ids.push_back(bench.order(bench.person(2), bench.terms(price)));
    }
    bench.end_block();
    for (const JobId& id : ids) {
        bench.start(id);
        bench.commit(id);
    }
    const auto is_challenged = [&](const JobId& id) {
        return bench.job(id).state == JobState::challenged;
    };
    for (int block = 0; block < 19 && !std::ranges::all_of(ids, is_challenged); ++block) {
        bench.end_block();
    }
    ASSERT_TRUE(std::ranges::all_of(ids, is_challenged));

    std::size_t judged = 0;
    for (const JobId& id : ids) {
        judged += bench.prove(id, ProofVerdict::malformed) ? 1 : 0;
    }

    EXPECT_GE(judged, 4U);
    EXPECT_LE(counting.gas + counting.read * 3 / 4, bench.params.market.block_proof_gas_max);
}

}  // namespace
}  // namespace steelyard::market
