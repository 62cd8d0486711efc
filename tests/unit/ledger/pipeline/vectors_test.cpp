// Transactions that other programs made and signed.
#include "base/hex.h"
#include "tests/support/vector_file.h"
#include "tests/unit/ledger/pipeline/pipeline_bench.h"
#include "tests/unit/tx/samples.h"

namespace steelyard::pipeline {
namespace {

/// A fresh chain on which an account has the number and the sequence that the samples are for.
class Vectors : public testing::Test {
protected:
    Vectors() {
        bench.block.chain_id = place.chain_id;
        bench.params.fees.min_gas_price = chain::Dec();
        ledger::make_module_accounts(bench.state);
        for (std::uint32_t i = 0; i < 4; ++i) {
            ledger::make_wallet(bench.state, i, "1000000uyard");
        }
    }

    ledger::AccountNumber make_sample_account(const tx::AccountKey& key) {
        const auto number = auth::find_or_make(bench.state, tx::address_of(key)).value();
        EXPECT_EQ(static_cast<std::uint64_t>(number), place.account_number);
        auth::Account account = auth::get(bench.state, number).value();
        account.sequence = place.sequence;
        EXPECT_TRUE(auth::put(bench.state, number, account));
        EXPECT_TRUE(bank::endow(bench.state, number, chain::Coins::parse("1000000uyard").value()));
        return number;
    }

    chain::ExecTxResult run(const Bytes& tx) {
        const StatementVerifier verifier = [](std::span<const tx::Statement> statements) {
            return tx::all_true(statements);
        };
        return run_tx(
            bench.state, bench.block, bench.params, tx, {.scrutiny = {.signatures = &verifier}}
        );
    }

    ledger::Bench bench;
    const tx::SignerPlace place = tx::sample_place();
};

TEST_F(Vectors, are_transfers_that_CosmJS_signed_in_both_modes) {
    const auto number = make_sample_account(tx::sample_keys()[0]);
    const auto rows = read_vector_file("tx/cosmjs_send.csv");
    ASSERT_EQ(rows.size(), 2);
    for (const auto& row : rows) {
        const Bytes tx = from_hex(row.at(1)).value();
        const auto mark = bench.state.mark();

        const auto result = run(tx);

        EXPECT_EQ(result.log, "") << row[0];
        EXPECT_EQ(to_string(bank::balances(bench.state, number).value()), "997495uyard")
            << "5 and a fee of 2500";
        chain::Address recipient;
        recipient.fill(7);
        const auto recipient_number = auth::find(bench.state, recipient).value();
        ASSERT_TRUE(recipient_number);
        EXPECT_EQ(to_string(bank::balances(bench.state, *recipient_number).value()), "5uyard");
        bench.state.roll_back(mark);

        bench.block.chain_id = chain::ChainId::parse("steelyard-tesu").value();
        EXPECT_EQ(run(tx).code, 4);
        bench.block.chain_id = place.chain_id;
    }
}

TEST_F(Vectors, are_a_transfer_of_two_of_three_keys) {
    const auto number = make_sample_account(tx::sample_multisig());

    const auto result = run(tx::sample_multisig_tx());

    EXPECT_EQ(result.log, "");
    EXPECT_EQ(auth::get(bench.state, number).value().sequence, place.sequence + 1);
}

}  // namespace
}  // namespace steelyard::pipeline
