// What a transfer costs on its way through the ledger, beside its signature: reading, what it
// signs, admission and execution. State in memory; the state tree is measured by state_tree_bench.
#include "ledger/pipeline/pipeline.h"
#include "tests/unit/ledger/map_state.h"
#include "tests/unit/ledger/tx_draft.h"

#include <benchmark/benchmark.h>

namespace steelyard::pipeline {
namespace {

using ledger::Wallet;

constexpr std::uint32_t wallets_count = 1'000;

/// Wallets that all have keys, and a transfer of each to the next.
struct Town {
    Town() {
        bench.block.chain_id = chain::ChainId::parse("test-chain").value();
        ledger::make_module_accounts(bench.state);
        for (std::uint32_t i = 0; i < wallets_count; ++i) {
            wallets.push_back(ledger::make_wallet(bench.state, i, "1000000uyard"));
            auth::Account account = auth::get(bench.state, wallets.back().number).value();
            account.key = wallets.back().key.public_key();
            CHECK(auth::put(bench.state, wallets.back().number, account).has_value());
        }
        for (std::uint32_t i = 0; i < wallets_count; ++i) {
            const Wallet& to = wallets[(i + 1) % wallets_count];
            txs.push_back(ledger::make_transfer(wallets[i], to.address).sign());
        }
    }

    ledger::Bench bench;
    std::vector<Wallet> wallets;
    std::vector<Bytes> txs;
};

Town& town() {
    static Town all;
    return all;
}

const StatementVerifier good = [](std::span<const tx::Statement>) { return true; };

const StatementVerifier honest = [](std::span<const tx::Statement> statements) {
    return std::ranges::all_of(statements, [](const tx::Statement& one) {
        return one.key.verify(one.message, one.signature);
    });
};

void decode(benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(tx::decode_tx(town().txs[i++ % wallets_count]));
    }
}
BENCHMARK(decode);

void read(benchmark::State& state) {
    std::size_t i = 0;
    for (auto _ : state) {
        benchmark::DoNotOptimize(read_tx(town().txs[i++ % wallets_count], town().bench.params));
    }
}
BENCHMARK(read);

void statements(benchmark::State& state) {
    const ReadTx tx = read_tx(town().txs[0], town().bench.params).value();
    for (auto _ : state) {
        benchmark::DoNotOptimize(
            signature_statements(town().bench.state, town().bench.block.chain_id, tx)
        );
    }
}
BENCHMARK(statements);

/// All transfers of the town, over and over from the same state.
void run_all(benchmark::State& state, bool is_read, const StatementVerifier& verifier) {
    ledger::Bench& bench = town().bench;
    std::vector<ReadTx> read;
    for (const Bytes& tx : town().txs) {
        read.push_back(read_tx(tx, bench.params).value());
    }
    const RunOptions options{.scrutiny = {.signatures = &verifier}};
    const auto mark = bench.state.mark();
    std::size_t i = 0;
    for (auto _ : state) {
        if (i == wallets_count) {
            state.PauseTiming();
            bench.state.roll_back(mark);
            i = 0;
            state.ResumeTiming();
        }
        const auto result =
            is_read ? run_tx(bench.state, bench.block, bench.params, read[i], options)
                    : run_tx(bench.state, bench.block, bench.params, town().txs[i], options);
        CHECK(result.code == 0);
        ++i;
    }
    bench.state.roll_back(mark);
}
BENCHMARK_CAPTURE(run_all, after_reading, true, good);
BENCHMARK_CAPTURE(run_all, without_signature, false, good);
BENCHMARK_CAPTURE(run_all, with_signature, false, honest);

}  // namespace
}  // namespace steelyard::pipeline
