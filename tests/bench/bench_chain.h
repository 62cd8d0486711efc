// BenchChain: the ledger's application with its disk, block by block, as in block sync: what is
// signed is executed, hashed and committed with a sync, and nothing is prepared ahead.
#pragma once

#include "ledger/app/application.h"
#include "storage/leveldb_store.h"
#include "tests/unit/ledger/genesis_builder.h"

#include <filesystem>

namespace steelyard::ledger {

/// Emptied when it goes.
class BenchFolder {
public:
    explicit BenchFolder(std::string_view name);
    ~BenchFolder();
    BenchFolder(const BenchFolder&) = delete;
    BenchFolder& operator=(const BenchFolder&) = delete;

    std::filesystem::path store() const { return path_ / "store"; }

private:
    std::filesystem::path path_;
};

/// A chain of one validator, whose genesis pays every sender.
class BenchChain {
public:
    struct Options {
        Params params{};
        std::uint32_t senders = 0;
        std::string_view coins = "1000000000uyard";  ///< of each sender
        std::shared_ptr<const market::ProofVerifier> verifier{};
    };

    explicit BenchChain(const Options& options);

    std::vector<Wallet>& senders() { return senders_; }
    const std::vector<Wallet>& senders() const { return senders_; }

    /// The messages in one transaction of the sender, whose sequence goes on.
    Bytes sign(
        Wallet& sender,
        std::span<const google::protobuf::Message* const> messages,
        std::uint64_t gas_limit = 200'000
    ) const;
    Bytes sign(
        Wallet& sender, const google::protobuf::Message& message, std::uint64_t gas_limit = 200'000
    ) const;

    /// The next block: the beacon, then these.
    chain::Block make_block(std::vector<Bytes> txs);

    /// Executed and committed.
    abci::BlockResults replay(const chain::Block& block);

    /// The same in one step; each transaction must succeed (CHECKed).
    abci::BlockResults must_pass(std::vector<Bytes> txs);

    void look(const std::function<void(StateView&, const BlockInfo&)>& look) const;

private:
    void find_numbers();

    BenchFolder folder_{"chain"};
    chain::GenesisDoc doc_{};
    std::vector<Wallet> senders_{};
    std::unique_ptr<storage::LevelDbStore> store_{};
    std::unique_ptr<Application> application_{};
    std::int64_t height_ = 0;
};

}  // namespace steelyard::ledger
