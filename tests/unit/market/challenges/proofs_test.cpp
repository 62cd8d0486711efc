// Proofs and their verdicts: K4, K5, E5, E6.
#include "market/records/standing.h"
#include "tests/support/market/job_fixture.h"

namespace steelyard::market {
namespace {

using test::FakeVerifier;
using test::JobFixture;

/// Counts how often it is asked to judge, which is what takes time.
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
        gas = challenge.gas;
        return FakeVerifier::judge(program, claim, seed, challenge, proof);
    }

    mutable int judged = 0;
    mutable std::uint64_t gas = 0;  ///< that the last one could take
};

class ProofTest : public JobFixture {
protected:
    ProofTest() { bench.judge = &verifier; }

    /// A spot check under a gas limit, and what it used.
    Outcome<Judgement> prove_within(std::uint64_t gas_limit, ByteView proof) {
        ledger::GasMeter meter(gas_limit);
        bench.state().set_meter(&meter);
        auto outcome = prove(worker, proof);
        bench.state().set_meter(nullptr);
        gas_used = meter.used();
        return outcome;
    }

    auto checking(AccountNumber signer, ProofVerdict verdict) {
        return [this, signer, bytes = proof(verdict)](Context& context) {
            return spot_check(context, signer, id, bytes);
        };
    }

    CountingVerifier verifier{};
    std::uint64_t gas_used = 0;
};

TEST_F(ProofTest, right_ends_the_challenge_and_repays_its_gas) {  // K5, E5
    be(JobState::challenged);
    const Job before = job();
    const Bytes right = proof(ProofVerdict::right);

    const auto judgement = prove(worker, right);

    ASSERT_TRUE(judgement);
    EXPECT_EQ(judgement->verdict, ProofVerdict::right);
    EXPECT_EQ(state(), JobState::proved);
    // What K4 took, not what the proof needed of it.
    const Money worth = proof_price(bench.params, right.size(), bench.facts.proof_gas).value();
    EXPECT_EQ(bench.balance(worker), worker_before + worth);
    EXPECT_EQ(job().proof_escrow, before.proof_escrow - worth);
    EXPECT_EQ(job().deadline->kind, DeadlineKind::settle);
    EXPECT_EQ(job().deadline->due, before.settle_due);
    EXPECT_EQ(counters().proved, 1U);
    EXPECT_EQ(last_event("job", "proved")["state"], "proved");
}

TEST_F(ProofTest, has_no_use_of_the_gas_of_reading_the_program) {  // K3
    be(JobState::challenged);
    const std::size_t size = program_size(bench.state(), bench.program);
    ASSERT_GT(size, 16U);

    ASSERT_TRUE(prove(worker, proof(ProofVerdict::right)));

    EXPECT_EQ(verifier.gas, bench.facts.proof_gas - (3 * size + 3) / 4);
}

TEST_F(ProofTest, right_after_the_settlement_was_due_settles_at_once) {  // J6
    bench.params.market.settle_blocks = 1;
    be(JobState::challenged);
    bench.end_block();

    ASSERT_TRUE(prove(provider, proof(ProofVerdict::right)));

    EXPECT_EQ(state(), JobState::settled);
    EXPECT_EQ(last_event("job", "ended")["reason"], "settled");
}

TEST_F(ProofTest, pays_no_more_than_was_put_aside) {  // E5
    be(JobState::challenged);
    const Money put_aside = job().proof_escrow;
    bench.params.fees.min_gas_price = chain::Dec::parse("1000000").value();

    ASSERT_TRUE(prove(worker, proof(ProofVerdict::right)));

    EXPECT_EQ(bench.balance(worker), worker_before + put_aside);
    EXPECT_EQ(job().proof_escrow, 0U);
}

TEST_F(ProofTest, wrong_takes_exactly_the_reservation) {  // K5, E6, K6
    be(JobState::challenged);
    const Money pool_before = pool();
    const Money put_aside = escrow();

    const auto judgement = prove(worker, proof(ProofVerdict::wrong));

    ASSERT_TRUE(judgement);
    EXPECT_EQ(judgement->verdict, ProofVerdict::wrong);
    EXPECT_EQ(bench.provider(provider).bond, bond - reserved);
    EXPECT_EQ(bench.provider(provider).reserved, 0U);
    EXPECT_TRUE(bench.provider(provider).is_jailed);
    EXPECT_EQ(bench.provider(provider).slashes, 1U);
    EXPECT_EQ(bench.balance(user), user_before - put_aside + job_price);
    EXPECT_EQ(pool() - pool_before, reserved / 5);
    EXPECT_EQ(bench.burned() - burned_before, reserved - reserved / 5 - job_price);
    EXPECT_EQ(bench.balance(worker), worker_before);
    EXPECT_EQ(state(), JobState::open);
    EXPECT_EQ(job().reason, Reason::fraud);
    EXPECT_EQ(counters().slashed, reserved);
    EXPECT_EQ(
        last_event("job", "slashed")["provider"], last_event("provider", "slashed")["address"]
    );
    EXPECT_EQ(last_event("job", "slashed")["reason"], "fraud");
    EXPECT_EQ(last_event("job", "slashed")["fault"], "provider");
    EXPECT_EQ(last_event("provider", "slashed")["amount"], std::to_string(reserved));
    EXPECT_EQ(last_event("job", "reopened")["fault"], "provider");
}

TEST_F(ProofTest, wrong_without_a_try_left_gives_all_back) {  // E6, O6
    bench.end_block();
    Job last_try = job();
    last_try.retries_left = 0;
    put_job(bench.state(), id, last_try).value();
    be(JobState::challenged);

    ASSERT_TRUE(prove(worker, proof(ProofVerdict::wrong)));

    EXPECT_EQ(state(), JobState::slashed);
    EXPECT_EQ(bench.balance(user), user_before + job_price);
    EXPECT_TRUE(bench.order_of(id).is_final);
}

TEST_F(ProofTest, malformed_uses_up_one_attempt_and_the_clock_runs_on) {  // K4, K5
    be(JobState::challenged);
    const auto deadline = job().deadline;

    EXPECT_EQ(prove(worker, as_bytes("junk"))->verdict, ProofVerdict::malformed);
    EXPECT_EQ(last_event("job", "malformed")["state"], "challenged");
    EXPECT_EQ(counters().malformed, 1U);
    EXPECT_EQ(job().deadline, deadline);
    EXPECT_EQ(bench.balance(worker), worker_before);

    // One for a job in a block.
    EXPECT_TRUE(refuses(kinds::too_many_attempts, checking(worker, ProofVerdict::right)));
    bench.end_block();
    EXPECT_EQ(prove(worker, {})->verdict, ProofVerdict::malformed);
    bench.end_block();

    // Two for a challenge.
    EXPECT_TRUE(refuses(kinds::too_many_attempts, checking(worker, ProofVerdict::right)));
    ASSERT_TRUE(go_on_until([this] { return state() != JobState::challenged; }));
    EXPECT_EQ(job().reason, Reason::silence);
    EXPECT_EQ(bench.provider(provider).bond, bond - reserved);
    EXPECT_EQ(bench.provider(provider).slashes, 1U);
}

TEST_F(ProofTest, silence_is_slashed_as_fraud_is) {  // K5
    be(JobState::challenged);
    const Money pool_before = pool();

    ASSERT_TRUE(go_on_until([this] { return state() != JobState::challenged; }));

    EXPECT_EQ(state(), JobState::slashed);  // its order is over by then
    EXPECT_EQ(job().reason, Reason::silence);
    EXPECT_EQ(bench.provider(provider).bond, bond - reserved);
    EXPECT_EQ(bench.balance(user), user_before + job_price);
    EXPECT_EQ(pool() - pool_before, reserved / 5);
    EXPECT_EQ(bench.burned() - burned_before, reserved - reserved / 5 - job_price);
}

TEST_F(ProofTest, may_come_from_the_worker_or_provider_in_time) {  // K4, D2
    be(JobState::challenged);
    EXPECT_TRUE(refuses(kinds::not_assigned, checking(stranger, ProofVerdict::right)));
    EXPECT_TRUE(refuses(kinds::not_assigned, checking(user, ProofVerdict::right)));
    const Due due = job().deadline->due;
    ASSERT_TRUE(go_on_until([&] { return bench.block.height.next() == due.height; }));

    const auto mark = bench.state().mark();
    EXPECT_TRUE(prove(provider, proof(ProofVerdict::right)));
    bench.state().roll_back(mark);
    bench.end_block();

    ASSERT_EQ(state(), JobState::challenged);  // not swept yet
    EXPECT_TRUE(refuses(kinds::too_late, checking(worker, ProofVerdict::right)));
}

TEST_F(ProofTest, is_refused_where_nothing_is_challenged) {
    const auto junk = [this](const JobId& job) {
        return [this, job](Context& context) {
            return spot_check(context, worker, job, as_bytes("junk"));
        };
    };
    EXPECT_TRUE(refuses(kinds::unknown_job, junk({.order = OrderId{99}})));
    EXPECT_TRUE(refuses(kinds::unknown_job, junk({.order = id.order, .task = 1})));
    EXPECT_TRUE(refuses(kinds::wrong_state, junk(id)));
    for (const JobState each : {JobState::matched, JobState::started, JobState::committed}) {
        be(each);
        EXPECT_TRUE(refuses(kinds::wrong_state, junk(id))) << to_string(each);
    }
    be(JobState::challenged);
    const Bytes right = proof(ProofVerdict::right);
    be(JobState::proved);
    const auto again = [&](Context& context) { return spot_check(context, worker, id, right); };
    EXPECT_TRUE(refuses(kinds::wrong_state, again));
    be(JobState::settled);
    EXPECT_TRUE(refuses(kinds::wrong_state, again));
}

TEST_F(ProofTest, is_refused_without_a_verifier) {
    be(JobState::committed);
    ASSERT_TRUE(go_on_until([this] { return state() == JobState::challenged; }));
    bench.context().verifier = nullptr;

    EXPECT_TRUE(refuses(kinds::no_verifier, checking(worker, ProofVerdict::right)));
}

TEST_F(ProofTest, is_refused_unseen_when_it_is_longer_than_the_challenge_says) {  // K4
    be(JobState::challenged);
    const Bytes longest(bench.facts.proof_bytes, 1);
    const Bytes longer(bench.facts.proof_bytes + 1, 1);
    verifier.judged = 0;

    EXPECT_TRUE(refuses(kinds::bad_commit, [&](Context& context) {
        return spot_check(context, worker, id, longer);
    }));
    EXPECT_EQ(verifier.judged, 0);
    EXPECT_EQ(job().challenge->attempts, 0U);
    EXPECT_EQ(prove(worker, longest)->verdict, ProofVerdict::malformed);
}

// A proof that was judged and then ran out of gas would be rolled back with its attempt and its
// place in the block: it could be sent for ever.
TEST_F(ProofTest, is_paid_before_it_is_looked_at_and_cannot_fail_then) {  // K4
    be(JobState::challenged);
    constexpr std::uint64_t enough = 10'000'000;
    for (const ProofVerdict verdict :
         {ProofVerdict::right, ProofVerdict::wrong, ProofVerdict::malformed}) {
        const Bytes bytes = proof(verdict);
        auto mark = bench.state().mark();
        ASSERT_TRUE(prove_within(enough, bytes));
        const std::uint64_t needed = gas_used;
        EXPECT_GE(needed, 3 * bench.facts.proof_gas + 150'000);
        bench.state().roll_back(mark);

        verifier.judged = 0;
        for (std::uint64_t gas = 0; gas < needed; gas += needed / 97) {
            const auto outcome = prove_within(gas, bytes);
            ASSERT_FALSE(outcome);
            EXPECT_EQ(outcome.error().kind, ledger::kinds::out_of_gas);
        }
        EXPECT_FALSE(prove_within(needed - 1, bytes));
        EXPECT_EQ(verifier.judged, 0);
        mark = bench.state().mark();
        EXPECT_TRUE(prove_within(needed, bytes));
        EXPECT_EQ(verifier.judged, 1);
        bench.state().roll_back(mark);
    }
}

TEST_F(ProofTest, costs_the_same_however_many_payers_a_verdict_writes) {
    be(JobState::challenged);
    ASSERT_TRUE(prove_within(10'000'000, proof(ProofVerdict::malformed)));
    const std::uint64_t of_junk = gas_used;
    bench.end_block();
    Standing standing{};
    for (std::uint64_t i = 0; i < payers_max; ++i) {
        const AccountNumber payer = bench.person(5'000 + static_cast<int>(i));
        put_payer(bench.state(), provider, bench.class_id, {payer, 1'000'000}).value();
        standing.s += 1'000'000;
        ++standing.payers;
    }
    put_standing(bench.state(), provider, bench.class_id, standing).value();

    ASSERT_TRUE(prove_within(10'000'000, proof(ProofVerdict::wrong)));

    EXPECT_LT(gas_used, of_junk + 2'000);
    EXPECT_EQ(bench.provider(provider).slashes, 1U);
}

// What answers another seed, job or try answers nothing.
TEST_F(ProofTest, of_another_challenge_is_malformed_and_hurts_nobody) {
    be(JobState::challenged);
    const JobId first = id;
    const Bytes of_first = proof(ProofVerdict::wrong);
    bench.end_block();
    id = bench.order(user, bench.terms(limit));
    be(JobState::challenged);
    const JobId second = id;
    const Bytes of_second = proof(ProofVerdict::wrong);

    EXPECT_EQ(prove(worker, of_first)->verdict, ProofVerdict::malformed);
    id = first;
    EXPECT_EQ(prove(worker, of_second)->verdict, ProofVerdict::malformed);
    EXPECT_EQ(bench.provider(provider).slashes, 0U);
    bench.end_block();
    EXPECT_EQ(prove(worker, proof(ProofVerdict::right))->verdict, ProofVerdict::right);
    id = second;
    EXPECT_EQ(prove(worker, proof(ProofVerdict::right))->verdict, ProofVerdict::right);
}

TEST_F(ProofTest, of_an_earlier_try_is_malformed_in_the_next) {
    const AccountNumber other = bench.make_provider(7);
    bench.ask(other, ask_price + 1, 1'000'000);
    be(JobState::challenged);
    const Bytes early_right = proof(ProofVerdict::right);
    const Bytes early_wrong = proof(ProofVerdict::wrong);
    ASSERT_TRUE(prove(worker, early_wrong));
    be(JobState::challenged);
    ASSERT_EQ(job().match->provider, other);

    EXPECT_TRUE(refuses(kinds::not_assigned, checking(worker, ProofVerdict::right)));
    EXPECT_EQ(prove(other, early_wrong)->verdict, ProofVerdict::malformed);
    bench.end_block();
    EXPECT_EQ(prove(other, early_right)->verdict, ProofVerdict::malformed);
    EXPECT_EQ(bench.provider(other).slashes, 0U);
}

/// Two jobs whose challenges stand in the same block.
class TwoProofs : public ProofTest {
protected:
    TwoProofs() {
        const OrderId order = bench.array(user, bench.terms(limit), 2);
        bench.end_block();
        for (std::uint32_t task = 0; task < 2; ++task) {
            ids.push_back({.order = order, .task = task});
            bench.start(ids.back());
            bench.commit(ids.back());
        }
        id = ids[1];
        CHECK(go_on_until([this] { return state() == JobState::challenged; }));
    }

    std::vector<JobId> ids{};
};

TEST_F(TwoProofs, share_what_a_block_takes_and_the_first_always_has_room) {  // K4
    bench.params.market.block_proof_bytes_max = bench.facts.proof_bytes / 2;
    id = ids[0];
    ASSERT_TRUE(prove(worker, proof(ProofVerdict::right)));

    id = ids[1];
    EXPECT_TRUE(refuses(kinds::block_is_full, checking(worker, ProofVerdict::right)));
    EXPECT_EQ(job().challenge->attempts, 0U);
    bench.end_block();
    EXPECT_TRUE(prove(worker, proof(ProofVerdict::right)));
}

TEST_F(TwoProofs, count_by_their_worst_cases_in_gas) {  // K4
    bench.params.market.block_proof_gas_max = 2 * bench.facts.proof_gas - 1;
    id = ids[0];
    ASSERT_TRUE(prove(worker, as_bytes("")));

    id = ids[1];
    EXPECT_TRUE(refuses(kinds::block_is_full, checking(worker, ProofVerdict::right)));
    bench.params.market.block_proof_gas_max = 2 * bench.facts.proof_gas;
    EXPECT_TRUE(prove(worker, proof(ProofVerdict::right)));
}

TEST_F(TwoProofs, a_proof_that_fails_takes_no_room) {  // K4
    bench.params.market.block_proof_gas_max = bench.facts.proof_gas;
    const Bytes right = proof(ProofVerdict::right);
    ASSERT_FALSE(prove_within(100'000, right));

    id = ids[0];
    EXPECT_TRUE(prove(worker, proof(ProofVerdict::right)));
}

}  // namespace
}  // namespace steelyard::market
