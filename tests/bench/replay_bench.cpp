// A block on its way through the whole application, as in block sync: executed, hashed and
// committed to disk, beside its signatures alone. And what an account takes.
#include "ledger/app/application.h"
#include "ledger/bank/bank.h"
#include "storage/crit_bit_tree.h"
#include "storage/leveldb_store.h"
#include "tests/unit/ledger/genesis_builder.h"
#include "tests/unit/ledger/map_state.h"

#include <benchmark/benchmark.h>

#include <unistd.h>
#include <filesystem>

namespace steelyard::ledger {
namespace {

constexpr std::uint32_t txs_per_block = 2'000;
constexpr int replayed_blocks = 20;
constexpr std::uint32_t accounts_count = 200'000;

/// Emptied when it goes.
class Folder {
public:
    explicit Folder(std::string_view name)
        : path_(
              std::filesystem::temp_directory_path() /
              fmt::format("steelyard-{}-{}", name, ::getpid())
          ) {
        std::filesystem::create_directories(path_);
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }

    std::filesystem::path store() const { return path_ / "store"; }

private:
    std::filesystem::path path_;
};

class Prover final : public BeaconProver {
public:
    Result<crypto::vrf::Proof> prove(const ByteArray<33>&, ByteView alpha) const override {
        return crypto::vrf::prove(GenesisBuilder::key('b', 0).secret(), alpha);
    }
};

Wallet sender(std::uint32_t number) {
    crypto::PrivateKey key = GenesisBuilder::key('s', number);
    const chain::Address address = key.public_key().address();
    return {.key = std::move(key), .address = address};
}

/// A chain of one node, whose genesis pays every sender.
class Chain {
public:
    Chain() {
        GenesisBuilder builder;
        auto state = genesis::Document::make(builder.params);
        const chain::Coins coins = *chain::Coins::parse("1000000000uyard");
        CHECK(state.add_account(GenesisBuilder::wallet(0).address, coins));
        for (std::uint32_t i = 0; i < txs_per_block; ++i) {
            senders_.push_back(sender(i));
            CHECK(state.add_account(senders_.back().address, coins));
        }
        const auto validator = GenesisBuilder::validator(0);
        CHECK(state.add_gen_tx(
            genesis::make_gen_tx(builder.chain_id, GenesisBuilder::key('o', 0), validator)
        ));
        doc_.chain_id = builder.chain_id;
        doc_.genesis_time = *chain::Timestamp::parse("2026-01-01T00:00:00Z");
        doc_.app_state = state.print();
        store_ = storage::LevelDbStore::open(folder_.store(), {}).value();
        application_ = Application::open(*store_, std::make_unique<Prover>()).value();
        CHECK(application_->init_chain(doc_).has_value());
        find_numbers();
    }

    /// The next block: one transfer of each sender.
    chain::Block make_block() {
        chain::Block block;
        block.header.chain_id = doc_.chain_id;
        block.header.height = chain::Height(height_ + 1);
        block.header.time = doc_.genesis_time;
        block.header.proposer_address = GenesisBuilder::validator(0).consensus_key.address();
        const abci::ProposalRequest request{
            .height = block.header.height,
            .time = block.header.time,
            .proposer_address = block.header.proposer_address,
            .txs_size_max = 1'000,
        };
        block.txs = std::get<std::vector<Bytes>>(application_->prepare_proposal(request).value());
        for (std::size_t i = 0; i < senders_.size(); ++i) {
            const Wallet& to = senders_[(i + 1) % senders_.size()];
            block.txs.push_back(make_transfer(senders_[i], to.address).sign());
            ++senders_[i].sequence;
        }
        return block;
    }

    void replay(const chain::Block& block) {
        const auto results = application_->finalize_block(block, std::nullopt);
        CHECK(results && results->tx_results.back().code == 0);
        CHECK(application_->commit().has_value());
        ++height_;
    }

    /// What the block's signatures are over.
    std::vector<tx::Statement> statements(const chain::Block& block) {
        std::vector<tx::Statement> all;
        CHECK(application_
                  ->look([&](StateView& state, const BlockInfo& info) {
                      for (std::size_t i = 1; i < block.txs.size(); ++i) {
                          const auto tx = pipeline::read_anew(block.txs[i], Params()).value();
                          auto one =
                              pipeline::signature_statements(state, info.chain_id, *tx).value();
                          all.push_back(std::move(one.at(0)));
                      }
                  })
                  .has_value());
        return all;
    }

private:
    void find_numbers() {
        CHECK(application_
                  ->look([&](StateView& state, const BlockInfo&) {
                      for (Wallet& wallet : senders_) {
                          wallet.number = auth::find(state, wallet.address).value().value();
                      }
                  })
                  .has_value());
    }

    Folder folder_{"replay"};
    chain::GenesisDoc doc_;
    std::vector<Wallet> senders_;
    std::unique_ptr<storage::LevelDbStore> store_;
    std::unique_ptr<Application> application_;
    std::int64_t height_ = 0;
};

Chain& shared_chain() {
    static Chain chain;
    return chain;
}

/// Nothing is prepared ahead: all is done by this thread.
void replay(benchmark::State& state) {
    Chain& chain = shared_chain();
    chain.replay(chain.make_block());  // brings the keys into the accounts
    for (auto _ : state) {
        state.PauseTiming();
        const chain::Block block = chain.make_block();
        state.ResumeTiming();
        chain.replay(block);
    }
    state.SetItemsProcessed(state.iterations() * txs_per_block);
}
BENCHMARK(replay)->Iterations(replayed_blocks)->Unit(benchmark::kMillisecond);

void signatures_alone(benchmark::State& state) {
    Chain& chain = shared_chain();
    const auto statements = chain.statements(chain.make_block());
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
        const Folder folder("accounts");
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
