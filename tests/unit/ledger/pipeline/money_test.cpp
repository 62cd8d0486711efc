// Whatever transactions come: no money is lost or made, and what fails costs its fee alone.
#include "ledger/bank/records.h"
#include "tests/unit/ledger/pipeline/pipeline_bench.h"

#include <random>

namespace steelyard::pipeline {
namespace {

class Money : public PipelineTest {
protected:
    Money() { bench.params.fees.min_gas_price = chain::Dec::parse("0.001").value(); }

    /// Sums of all balances by denomination.
    std::map<std::string, Uint128> sums() {
        std::map<std::string, Uint128> sums;
        for (std::uint64_t i = 0;; ++i) {
            const auto record = bench.state.get(
                ledger::Store::auth, auth::accounts_prefix() << ledger::AccountNumber{i}
            );
            if (!*record) {
                return sums;
            }
            const auto all = bank::balances(bench.state, ledger::AccountNumber{i}).value();
            for (const chain::Coin& coin : all.all()) {
                sums[coin.denom.text()] += coin.amount.value();
            }
        }
    }

    void expect_supply_is_what_all_have() {
        const std::map<std::string, Uint128> all = sums();
        for (const char* const denom : {"uabc", "uyard"}) {
            const auto supply =
                bank::supply(bench.state, chain::Denom::parse(denom).value()).value();
            const auto place = all.find(denom);
            ASSERT_TRUE(supply.value() == (place == all.end() ? 0 : place->second)) << denom;
        }
        const Uint128 burned = bank::total(bench.state, bank::Source::burned_fees).value().value();
        const auto supply = bank::supply(bench.state, chain::Denom::parse("uyard").value());
        ASSERT_TRUE(supply->value() + burned == 300'000);
    }

    const Wallet& any_wallet() { return *std::array{&alice, &bob, &carol}[random() % 3]; }

    std::string any_coins() {
        const std::uint64_t amount = 1 + random() % (random() % 8 == 0 ? 200'000 : 500);
        return std::to_string(amount) + (random() % 20 == 0 ? "uabc" : "uyard");
    }

    /// Mostly good.
    Bytes any_tx() {
        TxDraft draft;
        std::vector<const Wallet*> signers;
        const std::uint64_t count = 1 + random() % 3;
        for (std::uint64_t i = 0; i < count; ++i) {
            const Wallet& from = any_wallet();
            const chain::Address to = random() % 5 == 0
                                          ? chain::Address{static_cast<std::uint8_t>(random())}
                                          : any_wallet().address;
            draft.message(ledger::make_send(from.address, to, any_coins()));
            if (std::ranges::find(signers, &from) == signers.end()) {
                signers.push_back(&from);
            }
        }
        draft.fee(
            std::to_string(random() % 10 == 0 ? random() % 50 : 50 + random() % 50) + "uyard",
            random() % 10 == 0 ? random() % 50'000 : 50'000
        );
        for (const Wallet* const signer : signers) {
            draft.signer(
                *signer, random() % 2 == 0 ? tx::SignMode::direct : tx::SignMode::legacy_amino_json
            );
        }
        Bytes tx = draft.sign();
        if (random() % 10 == 0) {
            tx[random() % tx.size()] ^= static_cast<std::uint8_t>(1 << random() % 8);
        }
        return tx;
    }

    void learn_sequences() {
        for (Wallet* const wallet : {&alice, &bob, &carol}) {
            wallet->sequence = sequence(*wallet);
        }
    }

    std::mt19937 random{11};
};

TEST_F(Money, is_neither_lost_nor_made) {
    std::map<std::uint32_t, int> codes;
    for (int i = 0; i < 600; ++i) {
        learn_sequences();
        const Bytes tx = any_tx();
        const Records before = records_of(bench.state);
        const auto mark = bench.state.mark();

        const auto result = run(tx);

        ++codes[result.code];
        if (result.code != 0 && result.events.empty()) {
            ASSERT_EQ(records_of(bench.state), before) << result.log;
        }
        if (result.code != 0 && !result.events.empty()) {
            const Records failed = records_of(bench.state);
            bench.state.roll_back(mark);
            run(tx, false);
            ASSERT_EQ(records_of(bench.state), failed) << result.log;
        }
        expect_supply_is_what_all_have();
    }
    EXPECT_GT(codes[0], 200);
    EXPECT_GT(codes[5], 50);
    EXPECT_GT(codes.size(), 4);
}

}  // namespace
}  // namespace steelyard::pipeline
