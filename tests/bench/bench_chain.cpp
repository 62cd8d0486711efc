#include "tests/bench/bench_chain.h"

#include "crypto/vrf.h"

#include <unistd.h>
#include <atomic>
#include <cstdio>

namespace steelyard::ledger {
namespace {

/// 0.01 uyard for one gas.
constexpr std::uint64_t gas_of_uyard = 100;

std::atomic<int> folders_made = 0;

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

}  // namespace

/// Several of a name may stand at a time.
BenchFolder::BenchFolder(std::string_view name)
    : path_(
          std::filesystem::temp_directory_path() /
          fmt::format("steelyard-{}-{}-{}", name, ::getpid(), folders_made.fetch_add(1))
      ) {
    std::filesystem::create_directories(path_);
}

BenchFolder::~BenchFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

BenchChain::BenchChain(const Options& options) {
    GenesisBuilder builder;
    auto state = genesis::Document::make(options.params);
    const chain::Coins coins = *chain::Coins::parse(options.coins);
    CHECK(state.add_account(GenesisBuilder::wallet(0).address, coins));
    for (std::uint32_t i = 0; i < options.senders; ++i) {
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
    ApplicationOptions application;
    application.verifier = options.verifier;
    application_ =
        Application::open(*store_, std::make_unique<Prover>(), std::move(application)).value();
    CHECK(application_->init_chain(doc_).has_value());
    find_numbers();
}

void BenchChain::find_numbers() {
    look([&](StateView& state, const BlockInfo&) {
        for (Wallet& wallet : senders_) {
            wallet.number = auth::find(state, wallet.address).value().value();
        }
    });
}

Bytes BenchChain::sign(
    Wallet& sender,
    std::span<const google::protobuf::Message* const> messages,
    std::uint64_t gas_limit
) const {
    TxDraft draft;
    for (const google::protobuf::Message* message : messages) {
        draft.message(*message);
    }
    draft.chain_id = doc_.chain_id;
    draft.fee(fmt::format("{}uyard", gas_limit / gas_of_uyard + 1), gas_limit).signer(sender);
    Bytes tx = draft.sign();
    ++sender.sequence;
    return tx;
}

Bytes BenchChain::sign(
    Wallet& sender, const google::protobuf::Message& message, std::uint64_t gas_limit
) const {
    const std::array messages = {&message};
    return sign(sender, messages, gas_limit);
}

chain::Block BenchChain::make_block(std::vector<Bytes> txs) {
    chain::Block block;
    block.header.chain_id = doc_.chain_id;
    block.header.height = chain::Height(height_ + 1);
    block.header.time =
        checked_add(doc_.genesis_time, std::chrono::milliseconds(1'000 * height_)).value();
    block.header.proposer_address = GenesisBuilder::validator(0).consensus_key.address();
    const abci::ProposalRequest request{
        .height = block.header.height,
        .time = block.header.time,
        .proposer_address = block.header.proposer_address,
        .txs_size_max = 1'000,
    };
    block.txs = std::get<std::vector<Bytes>>(application_->prepare_proposal(request).value());
    std::ranges::move(txs, std::back_inserter(block.txs));
    return block;
}

abci::BlockResults BenchChain::replay(const chain::Block& block) {
    auto results = application_->finalize_block(block, std::nullopt);
    CHECK(results.has_value());
    CHECK(application_->commit().has_value());
    ++height_;
    return *std::move(results);
}

abci::BlockResults BenchChain::must_pass(std::vector<Bytes> txs) {
    abci::BlockResults results = replay(make_block(std::move(txs)));
    for (const chain::ExecTxResult& result : results.tx_results) {
        if (result.code != 0) {
            std::fprintf(stderr, "refused: %s\n", result.log.c_str());
        }
        CHECK(result.code == 0);
    }
    return results;
}

void BenchChain::look(const std::function<void(StateView&, const BlockInfo&)>& look) const {
    CHECK(application_->look(look).has_value());
}

}  // namespace steelyard::ledger
