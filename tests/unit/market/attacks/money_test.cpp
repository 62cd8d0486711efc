// Attacks for money and on what blocks can take: doc/spec/market-attacks.md.
#include "base/random.h"
#include "ledger/state/values.h"
#include "tests/support/market/job_fixture.h"

#include <cmath>

namespace steelyard::market {
namespace {

using test::FakeVerifier;
using test::JobFixture;

class MoneyAttacks : public JobFixture {
protected:
    /// What a user and a provider who are one have together, with what the provider has bonded and
    /// the order still holds.
    Money ring() {
        const auto order = get_order(bench.state(), id.order).value();
        const bool is_held = order && !order->is_final;
        return bench.balance(user) + bench.balance(provider) + bench.balance(worker) +
               bench.provider(provider).bond + (is_held ? escrow() : 0);
    }
};

// The reservation is 40 prices: who leaves out a share of the work saves that share of the price at
// most, and loses by every share, though one job in ten alone is challenged.
TEST(Expectation, A4_leaving_out_any_share_of_the_work_costs_more_than_it_saves) {
    const ledger::MarketParams params;
    const double challenged = params.challenge_bps / 10'000.0;
    for (int i = 1; i <= 1'000; ++i) {
        const double share = i / 1'000.0;
        const double caught = challenged * (1 - std::pow(1 - share, params.probes));
        const double saved = share;
        const double lost = caught * (params.slash_multiple + 1.0);  // and the price of this job
        EXPECT_LT(saved, lost) << "a share of " << share;
    }
}

// The same where a cheat leaves out steps that it chooses: one probe of four goes by gas, and meets
// them by their share however few they are. A proof's limit may leave a single probe.
TEST(Expectation, A4_a_single_probe_by_gas_still_costs_more_than_it_saves) {
    const ledger::MarketParams params;
    const double challenged = params.challenge_bps / 10'000.0;
    for (const std::uint32_t probes : {1U, 2U, params.probes}) {
        for (int i = 1; i <= 1'000; ++i) {
            const double share = i / 1'000.0;
            const double caught = challenged * (1 - std::pow(1 - share / 4, probes));
            EXPECT_LT(share, caught * (params.slash_multiple + 1.0)) << share << ", " << probes;
        }
    }
}

TEST_F(MoneyAttacks, A9_who_slashes_himself_only_loses) {
    const Money before = ring();
    be(JobState::challenged);

    ASSERT_TRUE(prove(worker, proof(ProofVerdict::wrong)));

    EXPECT_EQ(ring(), before - reserved + job_price);
    EXPECT_LT(ring(), before - reserved / 2);
}

TEST_F(MoneyAttacks, A9_who_pays_himself_damages_or_a_price_gains_nothing) {
    const Money before = ring();
    be(JobState::committed);
    const auto mark = bench.state().mark();
    ASSERT_TRUE(retract(worker));
    EXPECT_EQ(ring(), before);
    bench.state().roll_back(mark);

    be(JobState::settled);
    EXPECT_EQ(ring(), before - 2'000);  // the fee
}

TEST_F(MoneyAttacks, A9_whatever_is_slashed_no_less_than_half_of_it_is_gone) {
    for (const std::uint32_t multiple : {2U, 3U, 40U, 1'000U}) {
        for (const Money price : {Money{1}, Money{7}, Money{10'000}, money_max / 1'000}) {
            const Money all = multiple * price;
            const SlashShares shares = slash_shares(all, price);
            EXPECT_EQ(shares.user + shares.pool + shares.burned, all);
            EXPECT_EQ(shares.user, price);
            EXPECT_LE(shares.user, all / 2);
        }
    }
}

TEST_F(MoneyAttacks, A10_silence_and_fraud_cost_the_same_to_the_last_coin) {
    be(JobState::challenged);
    const auto mark = bench.state().mark();
    const Money burned_until_now = bench.burned();
    const Money pool_until_now = pool();
    ASSERT_TRUE(prove(worker, proof(ProofVerdict::wrong)));
    const Provider by_fraud = bench.provider(provider);
    const Money burned_by_fraud = bench.burned() - burned_until_now;
    const Money pool_by_fraud = pool() - pool_until_now;
    bench.state().roll_back(mark);

    ASSERT_TRUE(go_on_until([this] { return state() != JobState::challenged; }));

    const Provider by_silence = bench.provider(provider);
    EXPECT_EQ(by_silence.bond, by_fraud.bond);
    EXPECT_EQ(by_silence.slashes, by_fraud.slashes);
    EXPECT_EQ(by_silence.is_jailed, by_fraud.is_jailed);
    EXPECT_EQ(bench.burned() - burned_until_now, burned_by_fraud);
    EXPECT_EQ(pool() - pool_until_now, pool_by_fraud);
}

TEST_F(MoneyAttacks, A27_one_bond_stands_for_no_two_jobs) {
    const AccountNumber poor = bench.make_provider(7, 2 * reserved + reserved / 2);
    bench.ask(poor, ask_price - 1'000'000, 1'000'000);
    const OrderId order = bench.array(stranger, bench.terms(limit), 4);

    bench.end_block();

    int matched = 0;
    for (std::uint32_t task = 0; task < 4; ++task) {
        const Job each = bench.job({.order = order, .task = task});
        matched += each.match && each.match->provider == poor ? 1 : 0;
    }
    const Job own = job();
    matched += own.match && own.match->provider == poor ? 1 : 0;
    EXPECT_EQ(matched, 2);
    EXPECT_LE(bench.provider(poor).reserved, bench.provider(poor).bond);
}

TEST_F(MoneyAttacks, A27_what_is_on_its_way_out_stands_for_no_job) {
    const AccountNumber poor = bench.make_provider(7, 2 * reserved);
    bench.ask(poor, ask_price - 1'000'000, 1'000'000);
    ASSERT_TRUE(bench.run([&](Context& context) {
        return withdraw_bond(context, poor, reserved + 1'000'000);
    }));

    bench.end_block();

    EXPECT_EQ(job().match->provider, provider);
    EXPECT_EQ(bench.provider(poor).reserved, 0U);
}

TEST_F(MoneyAttacks, A28_a_bond_cannot_leave_before_its_job_is_final) {
    const AccountNumber poor = bench.make_provider(7, reserved);
    bench.ask(poor, ask_price - 1'000'000, 1'000'000);
    bench.params.market.withdraw_blocks = 1;
    bench.params.market.min_slash = 1'000'000;
    bench.end_block();
    ASSERT_EQ(job().match->provider, poor);
    const Money at_stake = job().match->reserved;
    const Money free = bench.provider(poor).free_bond();
    EXPECT_TRUE(refuses(kinds::bond_too_small, [&](Context& context) {
        return withdraw_bond(context, poor, free + 1);
    }));
    if (free > 0) {
        ASSERT_TRUE(bench.run([&](Context& context) { return withdraw_bond(context, poor, free); })
        );
    }
    be(JobState::challenged);
    EXPECT_EQ(bench.provider(poor).bond, at_stake);

    ASSERT_TRUE(prove(poor, proof(ProofVerdict::wrong)));

    EXPECT_EQ(bench.provider(poor).bond, 0U);
}

/// The rule in numbers that hold everything.
Money ceil_part(Uint128 a, Uint128 b, Uint128 c) {
    return static_cast<Money>((a * b + c - 1) / c);
}

TEST(MoneyRules, A29_no_price_fee_or_share_overflows_or_makes_money) {
    SeededRandom random(29);
    const auto any = [&random](std::uint64_t most) {
        const std::uint64_t value = random.next_u64() >> random.below(64);
        return random.below(8) == 0 ? most : value % (most + 1);
    };
    for (int i = 0; i < 200'000; ++i) {
        const Price price = std::max<Price>(any(price_max), 1);
        const WorkUnits work_units = std::max<WorkUnits>(any(ask_work_units_max), 1);
        const Money least = any(1'000'000'000'000);
        const Uint128 exact =
            std::max<Uint128>((Uint128{price} * work_units + 999'999) / 1'000'000, least);
        const auto cost = job_price(price, work_units, least);
        ASSERT_EQ(cost.has_value(), exact <= money_max);
        if (cost) {
            ASSERT_EQ(*cost, static_cast<Money>(exact));
        }
        const Money amount = any(money_max);
        const auto fee_bps = static_cast<std::uint32_t>(random.below(5'001));
        const Shares shares = shares_of(amount, fee_bps);
        ASSERT_EQ(shares.fee, ceil_part(amount, fee_bps, 10'000));
        ASSERT_EQ(shares.provider + shares.fee, amount);
        ASSERT_EQ(shares.burned + shares.validators + shares.pool, shares.fee);
        ASSERT_EQ(shares.burned, shares.fee - shares.fee / 2);
        ASSERT_EQ(shares.validators, shares.fee / 4);
        const Money part = std::min(amount, any(money_max));
        const SlashShares slashed = slash_shares(amount, part);
        ASSERT_EQ(slashed.user + slashed.pool + slashed.burned, amount);
        ASSERT_EQ(slashed.pool, amount / 5);
        ASSERT_LE(slashed.user, part);
        ASSERT_EQ(damages(amount, 10), ceil_part(amount, 10, 100));
        ASSERT_LE(damages(amount, 2), amount);
    }
}

TEST_F(MoneyAttacks, A29_orders_of_more_than_all_money_are_refused) {
    OrderTerms terms = bench.terms(price_max);
    const auto posting = [&](Context& context) { return post_order(context, user, terms); };
    EXPECT_TRUE(refuses(ledger::kinds::insufficient_funds, posting));
    bench.params.market.min_job_price = money_max;
    EXPECT_TRUE(refuses(kinds::bad_order, posting));
}

// The end of a block counts no gas, so that who has it close many jobs pays when he asks for it.
TEST_F(MoneyAttacks, A40_a_cancellation_pays_for_each_job_that_it_may_close) {
    const auto gas_of = [this](OrderId order) {
        ledger::GasMeter meter(100'000'000);
        bench.state().set_meter(&meter);
        EXPECT_TRUE(bench.run([&](Context& context) { return cancel_order(context, user, order); })
        );
        bench.state().set_meter(nullptr);
        return meter.used();
    };
    const OrderId one = bench.array(user, bench.terms(1'000'000), 1);
    const OrderId many = bench.array(user, bench.terms(1'000'000), 201);

    const std::uint64_t of_one = gas_of(one);
    const std::uint64_t of_many = gas_of(many);

    EXPECT_GE(of_many, of_one + 200 * 10'000);
    bench.end_block();
    EXPECT_TRUE(get_order(bench.state(), many).value()->is_final);
}

/// Counts what is judged.
class CountingVerifier final : public FakeVerifier {
public:
    Judgement judge(
        const ProgramSource& program,
        const Claim& claim,
        const Hash256& seed,
        const ChallengeSize& challenge,
        ByteView proof
    ) const override {
        ++judged;
        return FakeVerifier::judge(program, claim, seed, challenge, proof);
    }

    mutable std::uint64_t judged = 0;
};

/// Many challenges at once.
class Floods : public JobFixture {
protected:
    static constexpr std::uint32_t tasks = 60;

    Floods() {
        bench.judge = &verifier;
        bench.params.market.issue_gas_max = 5 * bench.facts.proof_gas;
        bench.params.market.block_proof_gas_max = 10 * bench.facts.proof_gas;
        rich = bench.make_provider(9, 100'000'000'000);
        CHECK(bench.run([&](Context& context) {
            return add_worker(context, rich, bench.address(4'000), bench.class_id, 1'024, 0);
        }));
        bench.ask(rich, ask_price - 1, 1'000'000);
        order = bench.array(stranger, bench.terms(limit), tasks);
        bench.end_block();
        for (std::uint32_t task = 0; task < tasks; ++task) {
            bench.start({.order = order, .task = task});
            bench.commit({.order = order, .task = task});
        }
    }

    /// Junk for every challenge that there is.
    void send_junk() {
        for (std::uint32_t task = 0; task < tasks; ++task) {
            const JobId each{.order = order, .task = task};
            std::ignore = bench.run([&](Context& context) {
                return spot_check(context, rich, each, as_bytes("junk"));
            });
        }
    }

    CountingVerifier verifier{};
    AccountNumber rich{};
    OrderId order{};
};

TEST_F(Floods, A15_junk_proofs_take_no_more_of_a_block_than_K4_says) {
    std::uint64_t judged_most = 0;
    for (int block = 0; block < 40; ++block) {
        verifier.judged = 0;
        send_junk();
        judged_most = std::max(judged_most, verifier.judged);
        bench.end_block();
    }

    EXPECT_EQ(judged_most, 10U);
}

// Each challenge is called for by half of what a block takes, and has two attempts: whatever others
// send, there is room for its proof before its time is over.
TEST_F(Floods, A14_an_honest_proof_finds_room_whatever_junk_others_send) {
    bench.start(id);
    bench.commit(id);
    int tries = 0;
    bool is_right = false;
    for (int block = 0; block < 200 && !is_right; ++block) {
        send_junk();  // first in every block
        if (state() == JobState::challenged) {
            ++tries;
            const auto judged = bench.prove(id, ProofVerdict::right);
            is_right = judged && judged->verdict == ProofVerdict::right;
        }
        bench.end_block();
    }

    EXPECT_TRUE(is_right);
    EXPECT_LE(tries, 3);
}

}  // namespace
}  // namespace steelyard::market
