// A block on its way through the whole application, as in block sync: executed, hashed and
// committed to disk, beside its signatures alone. And what an account takes.
#include "ledger/bank/bank.h"
#include "storage/crit_bit_tree.h"
#include "tests/bench/bench_chain.h"
#include "tests/unit/ledger/map_state.h"

#include <benchmark/benchmark.h>

namespace steelyard::ledger {
namespace {

constexpr std::uint32_t txs_per_block = 2'000;
constexpr int replayed_blocks = 20;
constexpr std::uint32_t accounts_count = 200'000;

/// The next block: one transfer of each sender to the next.
chain::Block make_block(BenchChain& chain) {
    std::vector<Wallet>& senders = chain.senders();
    std::vector<Bytes> txs;
    for (std::size_t i = 0; i < senders.size(); ++i) {
        const Wallet& to = senders[(i + 1) % senders.size()];
        txs.push_back(chain.sign(senders[i], make_send(senders[i].address, to.address, "5uyard")));
    }
    return chain.make_block(std::move(txs));
}

/// What the block's signatures are over.
std::vector<tx::Statement> statements_of(BenchChain& chain, const chain::Block& block) {
    std::vector<tx::Statement> all;
    chain.look([&](StateView& state, const BlockInfo& info) {
        for (std::size_t i = 1; i < block.txs.size(); ++i) {
            const auto tx = pipeline::read_anew(block.txs[i], Params()).value();
            auto one = pipeline::signature_statements(state, info.chain_id, *tx).value();
            all.push_back(std::move(one.at(0)));
        }
    });
    return all;
}

BenchChain& shared_chain() {
    static BenchChain chain({.senders = txs_per_block});
    return chain;
}

/// Nothing is prepared ahead: all is done by this thread.
void replay(benchmark::State& state) {
    BenchChain& chain = shared_chain();
    chain.replay(make_block(chain));  // brings the keys into the accounts
    for (auto _ : state) {
        state.PauseTiming();
        const chain::Block block = make_block(chain);
        state.ResumeTiming();
        CHECK(chain.replay(block).tx_results.back().code == 0);
    }
    state.SetItemsProcessed(state.iterations() * txs_per_block);
}
BENCHMARK(replay)->Iterations(replayed_blocks)->Unit(benchmark::kMillisecond);

void signatures_alone(benchmark::State& state) {
    BenchChain& chain = shared_chain();
    const auto statements = statements_of(chain, make_block(chain));
    for (auto _ : state) {
        for (const tx::Statement& one : statements) {
            CHECK(one.key.verify(one.message, one.signature));
        }
    }
    state.SetItemsProcessed(state.iterations() * txs_per_block);
}
BENCHMARK(signatures_alone)->Iterations(replayed_blocks)->Unit(benchmark::kMillisecond);

std::size_t bytes_in(const std::filesystem::path& folder) {
    std::size_t bytes = 0;
    for (const auto& file : std::filesystem::directory_iterator(folder)) {
        bytes += file.file_size();
    }
    return bytes;
}

/// Accounts that have signed once, each with a balance of one denomination.
void account_size(benchmark::State& state) {
    Bench bench;
    const auto key = GenesisBuilder::key('s', 0).public_key();
    const chain::Coins coins = *chain::Coins::parse("1000000000uyard");
    for (std::uint32_t i = 0; i < accounts_count; ++i) {
        const crypto::Hash256 hash = crypto::sha256((Key('a') << i).bytes());
        const auth::Account account{to_array<20>(ByteView(hash).first<20>()), key, 1, ""};
        const auto number = auth::make(bench.state, account).value();
        CHECK(bank::endow(bench.state, number, coins).has_value());
    }
    storage::StateTreeOptions options;
    options.stores.assign(store_names.begin(), store_names.end());
    for (auto _ : state) {
        const BenchFolder folder("accounts");
        const auto store = storage::LevelDbStore::open(folder.store(), {}).value();
        const auto tree = storage::StateTree::open(*store, options).value();
        storage::StateWrites writes;
        std::array<storage::CritBitTree, store_names.size()> trees;
        bench.state.visit_changes([&](Store where, ByteView name, const auto& value) {
            writes.put(static_cast<storage::StoreId>(where), name, *value);
            CHECK(trees[static_cast<std::size_t>(where)].append(name, *value).has_value());
        });
        std::size_t memory = 0;
        for (storage::CritBitTree& one : trees) {
            CHECK(one.finish_load().has_value());
            memory += one.memory_size();
        }
        CHECK(tree->prepare(writes) && tree->commit(chain::Height(1), Bytes{1}));
        store->compact();
        state.counters["memory"] = static_cast<double>(memory) / accounts_count;
        state.counters["disk"] = static_cast<double>(bytes_in(folder.store())) / accounts_count;
    }
}
BENCHMARK(account_size)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace steelyard::ledger
