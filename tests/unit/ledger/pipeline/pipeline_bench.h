// A state with wallets and ways to run transactions over it.
#pragma once

#include "ledger/pipeline/pipeline.h"
#include "tests/unit/ledger/map_state.h"
#include "tests/unit/ledger/tx_draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::pipeline {

using ledger::TxDraft;
using ledger::Wallet;

/// Every record of a state, to compare.
using Records = std::map<std::pair<int, Bytes>, Bytes>;

inline Records records_of(const StateView& state) {
    Records records;
    state.visit_changes([&](ledger::Store store, ByteView key, const std::optional<Bytes>& value) {
        if (value) {
            records[{static_cast<int>(store), to_bytes(key)}] = *value;
        }
    });
    return records;
}

class PipelineTest : public testing::Test {
protected:
    PipelineTest() {
        bench.block.chain_id = chain::ChainId::parse("test-chain").value();
        bench.block.height = chain::Height(10);
    }

    StateView& prepared() {
        ledger::make_module_accounts(bench.state);
        return bench.state;
    }

    chain::ExecTxResult run(const Bytes& tx, bool run_messages = true) {
        return run_tx(
            bench.state,
            bench.block,
            bench.params,
            tx,
            {.scrutiny = {.signatures = &verifier}, .run_messages = run_messages}
        );
    }

    /// Leaves nothing behind, as what asks for it throws the view away.
    chain::ExecTxResult simulate(const Bytes& tx) {
        const auto mark = bench.state.mark();
        auto result =
            run_tx(bench.state, bench.block, bench.params, tx, {.scrutiny = {.simulate = true}});
        bench.state.roll_back(mark);
        return result;
    }

    /// "sdk/5 log" of a transaction that must be refused without a trace; "" where it was not.
    std::string refusal_of(const Bytes& tx) {
        const Records before = records_of(bench.state);
        const chain::ExecTxResult result = run(tx);
        EXPECT_EQ(records_of(bench.state), before);
        EXPECT_TRUE(result.events.empty());
        EXPECT_TRUE(result.data.empty());
        return text_of(result);
    }

    static std::string text_of(const chain::ExecTxResult& result) {
        return result.code == 0
                   ? ""
                   : fmt::format("{}/{} {}", result.codespace, result.code, result.log);
    }

    std::string balances(const chain::Address& address) {
        const auto number = auth::find(bench.state, address).value();
        return number ? to_string(bank::balances(bench.state, *number).value()) : "none";
    }

    std::string balances(const Wallet& wallet) { return balances(wallet.address); }

    auth::Account account(const Wallet& wallet) {
        return auth::get(bench.state, wallet.number).value();
    }

    std::uint64_t sequence(const Wallet& wallet) { return account(wallet).sequence; }

    ledger::Bench bench{};
    int verified = 0;
    const StatementVerifier verifier = [this](std::span<const tx::Statement> statements) {
        return std::ranges::all_of(statements, [this](const tx::Statement& one) {
            ++verified;
            return one.key.verify(one.message, one.signature);
        });
    };
    Wallet alice = ledger::make_wallet(prepared(), 1, "100uabc,100000uyard");
    Wallet bob = ledger::make_wallet(bench.state, 2, "100000uyard");
    Wallet carol = ledger::make_wallet(bench.state, 3, "100000uyard");
};

}  // namespace steelyard::pipeline
