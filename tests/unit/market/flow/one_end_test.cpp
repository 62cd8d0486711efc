// However a job ends, its money goes one way, once.
#include "tests/support/market/job_fixture.h"

namespace steelyard::market {
namespace {

using test::JobFixture;

/// A way to an end, and what is due to whom then.
struct End {
    std::string_view name;
    JobState state = JobState::open;
    Reason reason = Reason::none;
    Money lost = 0;     ///< of the provider's bond
    Money damages = 0;  ///< of that, to the user
};

constexpr Money price = 50'000;
constexpr Money slashed = 40 * price;

class OneEnd : public JobFixture, public testing::WithParamInterface<End> {
protected:
    /// With another order in the place of the fixture's: it has no second try.
    OneEnd() {
        EXPECT_TRUE(cancel());
        const bool is_too_cheap = GetParam().reason == Reason::expired;
        OrderTerms terms = bench.terms(is_too_cheap ? ask_price - 1 : limit);
        terms.retries = 0;
        id = bench.order(user, terms);
    }

    /// The steps that lead there; what is left to do is to wait.
    void go() {
        switch (GetParam().reason) {
            case Reason::expired:
                return;
            case Reason::cancelled:
                ASSERT_TRUE(cancel());
                return;
            case Reason::declined:
                be(JobState::matched);
                ASSERT_TRUE(decline(worker, Decline::busy));
                return;
            case Reason::not_started:
                return be(JobState::matched);
            case Reason::late:
                return be(JobState::started);
            case Reason::retracted:
                be(JobState::committed);
                ASSERT_TRUE(retract(worker));
                return;
            case Reason::fraud:
                be(JobState::challenged);
                ASSERT_TRUE(prove(worker, proof(ProofVerdict::wrong)));
                return;
            case Reason::silence:
                return be(JobState::challenged);
            case Reason::settled:
                return be(JobState::proved);
            case Reason::settled_fault:
                be(JobState::started);
                ASSERT_TRUE(commit(worker, fault()));
                return be(JobState::proved);
            default:
                FAIL() << "no way to " << to_string(GetParam().reason);
        }
    }

    CommittedResult fault() const {
        CommittedResult result = bench.result();
        result.inline_result.clear();
        result.commit.fault = FaultPlace{.kind = 1, .step = 3};
        result.commit.steps = 3;
        result.commit.output_root = bench.verifier.fault_root(*result.commit.fault);
        return result;
    }

    Outcome<void> cancel() {
        return bench.run([&](Context& context) { return cancel_order(context, user, id.order); });
    }

    /// Everything that could move a job's money once more.
    void try_everything(const Bytes& right, const Bytes& wrong) {
        for (const AccountNumber signer : {worker, provider, user}) {
            EXPECT_FALSE(start(signer));
            EXPECT_FALSE(decline(signer, Decline::no_input));
            EXPECT_FALSE(commit(signer, bench.result()));
            EXPECT_FALSE(commit(signer, fault()));
            EXPECT_FALSE(retract(signer));
            EXPECT_FALSE(prove(signer, right));
            EXPECT_FALSE(prove(signer, wrong));
        }
        EXPECT_FALSE(cancel());
    }

    /// All accounts that had a part in it, the bond, what is burned and shared.
    std::vector<Money> money() {
        return {
            bench.balance(user),
            bench.balance(provider),
            bench.balance(worker),
            bench.provider(provider).bond,
            bench.provider(provider).reserved,
            bench.burned(),
            pool()
        };
    }
};

// E4 to E7: of the escrow the provider has the price, or the user has all but what proofs cost.
TEST_P(OneEnd, pays_the_price_or_gives_the_escrow_back_and_never_both) {
    go();
    ASSERT_TRUE(go_on_until([this] { return is_final(state()); }, 1'000));

    const Job ended = job();
    EXPECT_EQ(ended.state, GetParam().state);
    EXPECT_EQ(ended.reason, GetParam().reason);
    EXPECT_EQ(ended.paid > 0, ended.state == JobState::settled);
    const Money for_proofs = escrow() - (ended.job_escrow + ended.proof_escrow);
    EXPECT_EQ(bench.balance(worker), worker_before + for_proofs);
    EXPECT_EQ(bench.balance(user) + ended.paid + for_proofs, user_before + GetParam().damages);
    const Money earned =
        ended.paid > 0 ? shares_of(ended.paid, ended.match->terms.fee_bps).provider : 0;
    EXPECT_EQ(bench.balance(provider), provider_before + earned);
    EXPECT_EQ(bench.provider(provider).bond, bond - GetParam().lost);
    EXPECT_EQ(bench.provider(provider).reserved, 0U);
}

// What is final stays so, whatever is sent, past every deadline that it had and its retention.
TEST_P(OneEnd, is_the_last_that_happens_to_its_money) {
    go();
    ASSERT_TRUE(go_on_until([this] { return is_final(state()); }, 1'000));
    const Hash256 seed = job().challenge ? job().challenge->seed : Hash256{};
    const Bytes right = test::FakeVerifier::make_proof(ProofVerdict::right, seed);
    const Bytes wrong = test::FakeVerifier::make_proof(ProofVerdict::wrong, seed);
    const std::vector<Money> before = money();

    for (int block = 0; block < 60; ++block) {
        try_everything(right, wrong);
        bench.end_block();
    }
    bench.end_blocks(500);

    EXPECT_EQ(money(), before);
    EXPECT_FALSE(get_job(bench.state(), id).value());
}

INSTANTIATE_TEST_SUITE_P(
    Ends,
    OneEnd,
    testing::Values(
        End{"cancelled", JobState::cancelled, Reason::cancelled},
        End{"expired", JobState::expired, Reason::expired},
        End{"declined", JobState::refunded, Reason::declined},
        End{"not_started", JobState::refunded, Reason::not_started, 1'000, 1'000},
        End{"late", JobState::expired, Reason::late, 5'000, 5'000},
        End{"retracted", JobState::refunded, Reason::retracted, 5'000, 5'000},
        End{"fraud", JobState::slashed, Reason::fraud, slashed, price},
        End{"silence", JobState::slashed, Reason::silence, slashed, price},
        End{"settled", JobState::settled, Reason::settled},
        End{"settled_fault", JobState::settled, Reason::settled_fault}
    ),
    [](const auto& one) { return std::string(one.param.name); }
);

}  // namespace
}  // namespace steelyard::market
