// What a transaction costs in the mempool, in its gossip and in the kvstore application.
#include "base/check.h"
#include "base/random.h"
#include "kvstore/application.h"
#include "mempool/gossip.h"
#include "mempool/mempool.h"
#include "storage/memory_store.h"

#include <benchmark/benchmark.h>

namespace steelyard {
namespace {

constexpr std::size_t tx_size = 250;
constexpr std::size_t block_txs = 1'000;

std::vector<Bytes> make_list(std::size_t count, std::uint64_t& number) {
    std::vector<Bytes> list;
    for (std::size_t i = 0; i < count; ++i) {
        std::string text = fmt::format("key{}=", ++number);
        text.resize(tx_size, 'v');
        list.push_back(to_bytes(as_bytes(text)));
    }
    return list;
}

/// A block's life: hashing, admission in batches of `range(0)`, reaping, removal.
void through_the_mempool(benchmark::State& state) {
    storage::MemoryStore store;
    const auto application = *kvstore::Application::open(store);
    ThreadPool threads(1);
    mempool::Mempool mempool({.recheck = false}, *application, threads, {});
    std::uint64_t number = 0;
    std::int64_t height = 0;
    const auto batch = static_cast<std::size_t>(state.range(0));
    for (auto _ : state) {
        state.PauseTiming();
        std::vector<std::vector<Bytes>> lists;
        for (std::size_t i = 0; i < block_txs; i += batch) {
            lists.push_back(make_list(batch, number));
        }
        state.ResumeTiming();
        for (auto& list : lists) {
            mempool.submit(mempool::make_txs(std::move(list)), 0, [](const auto&) {});
        }
        chain::Block block{.txs = mempool.reap(-1, -1)};
        CHECK(block.txs.size() >= block_txs);
        block.header.height = chain::Height(++height);
        const abci::BlockResults results{
            .tx_results = std::vector<chain::ExecTxResult>(block.txs.size())
        };
        CHECK(mempool.commit(block, results, [] { return Result<void>(); }));
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(block_txs));
}
BENCHMARK(through_the_mempool)->Arg(1)->Arg(100);

struct Nowhere final : PeerLink, mempool::TxGossip::Sink {
    bool send(PeerId, ChannelId, Bytes message) override {
        benchmark::DoNotOptimize(message);
        return true;
    }
    void drop(PeerId, const Error&) override {}
    void receive_txs(PeerId, std::vector<mempool::TxRef> list) override { txs = std::move(list); }

    std::vector<mempool::TxRef> txs;
};

/// A transaction that comes from one of three peers is announced to the others, and committed.
void through_gossip(benchmark::State& state) {
    Nowhere nowhere;
    mempool::TxGossip gossip({.receive_rate_max = 1 << 30}, nowhere, nowhere);
    for (PeerId peer = 1; peer <= 3; ++peer) {
        gossip.add_peer(peer, true, {});
    }
    std::uint64_t number = 0;
    mempool::TxGossip::Time now{};
    for (auto _ : state) {
        state.PauseTiming();
        const auto list = make_list(100, number);
        const Bytes message = mempool::encode_txs(std::vector<ByteView>(list.begin(), list.end()));
        now += std::chrono::seconds(1);
        state.ResumeTiming();
        gossip.receive(1, channel::mempool, message, now);
        std::vector<mempool::Admitted> admitted;
        std::vector<mempool::TxKey> keys;
        for (const auto& tx : nowhere.txs) {
            admitted.push_back({tx, {}, 1});
            keys.push_back(tx->key);
        }
        gossip.admitted(admitted);
        gossip.removed(keys, true);
    }
    state.SetItemsProcessed(state.iterations() * 100);
}
BENCHMARK(through_gossip);

/// Proposal, execution and commit of a block, but for the disk.
void through_the_kvstore(benchmark::State& state) {
    storage::MemoryStore store;
    const auto application = *kvstore::Application::open(store);
    std::uint64_t number = 0;
    std::int64_t height = 0;
    for (auto _ : state) {
        state.PauseTiming();
        chain::Block block{.txs = make_list(block_txs, number)};
        block.header.height = chain::Height(++height);
        state.ResumeTiming();
        CHECK(*application->process_proposal(block));
        CHECK(application->finalize_block(block, std::nullopt));
        CHECK(application->commit());
    }
    state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(block_txs));
}
BENCHMARK(through_the_kvstore)->Iterations(50);

}  // namespace
}  // namespace steelyard
