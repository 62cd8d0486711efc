// Simulations, as wallets ask for them: without signatures, sign modes and fee.
#include "tests/unit/ledger/pipeline/pipeline_bench.h"

namespace steelyard::pipeline {
namespace {

using testing::StartsWith;

class Simulation : public PipelineTest {
protected:
    /// As wallets ask what a transfer would cost.
    TxDraft question() {
        TxDraft draft;
        draft.message(ledger::make_send(alice.address, bob.address, "5uyard"));
        draft.auth.mutable_fee()->clear_gas_limit();
        draft.signer(alice, tx::SignMode::unspecified);
        return draft;
    }
};

TEST_F(Simulation, uses_the_gas_that_the_transaction_will) {
    const TxDraft draft = ledger::make_transfer(alice, bob.address);

    const auto simulated = simulate(draft.unsigned_bytes());
    const auto real = run(draft.sign());

    EXPECT_EQ(text_of(simulated), "");
    EXPECT_EQ(simulated.gas_used, real.gas_used);
    EXPECT_EQ(simulated.data, real.data);
    EXPECT_EQ(simulated.gas_wanted, 200'000);
}

TEST_F(Simulation, needs_no_fee_and_no_mode) {
    const auto result = simulate(question().unsigned_bytes());

    EXPECT_EQ(text_of(result), "");
    const auto real = run(ledger::make_transfer(alice, bob.address).sign());
    EXPECT_LT(result.gas_used, real.gas_used);
    EXPECT_GT(result.gas_used * 104 / 100, real.gas_used) << "but for the bytes left out";
}

TEST_F(Simulation, needs_no_key) {
    TxDraft draft = question();
    draft.auth.mutable_signer_infos(0)->clear_public_key();

    EXPECT_EQ(text_of(simulate(draft.unsigned_bytes())), "");
}

TEST_F(Simulation, fails_as_the_transaction_would) {
    TxDraft draft = question();
    draft.message(ledger::make_send(alice.address, bob.address, "9999999uyard"));
    EXPECT_THAT(
        text_of(simulate(draft.unsigned_bytes())),
        StartsWith("sdk/5 failed to execute message; message index: 1: ")
    );

    alice.sequence = 4;
    EXPECT_THAT(
        text_of(simulate(question().unsigned_bytes())),
        StartsWith("sdk/32 account sequence mismatch, expected 0, got 4")
    );
}

TEST_F(Simulation, is_bounded_by_what_a_transaction_may_use) {
    bench.params.fees.tx_gas_max = 5'000;

    EXPECT_THAT(text_of(simulate(question().unsigned_bytes())), StartsWith("sdk/11 "));

    bench.params.fees.tx_gas_max = 100'000'000;
    EXPECT_EQ(text_of(simulate(question().unsigned_bytes())), "");
    bench.params.block.max_gas = 5'000;
    EXPECT_THAT(text_of(simulate(question().unsigned_bytes())), StartsWith("sdk/11 "));
}

TEST_F(Simulation, looks_at_no_limit_of_the_transaction) {
    EXPECT_EQ(text_of(simulate(question().fee("1uabc", ~std::uint64_t{0}).unsigned_bytes())), "");
}

TEST_F(Simulation, without_a_signature_is_none) {
    EXPECT_THAT(refusal_of(question().unsigned_bytes()), StartsWith("sdk/41 "));
    EXPECT_THAT(
        refusal_of(question().fee("3000uyard").unsigned_bytes()), StartsWith("sdk/4 signature ")
    );
}

}  // namespace
}  // namespace steelyard::pipeline
