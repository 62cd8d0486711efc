// AppWitness: the ledger's application beside a LedgerChain.
#pragma once

#include "ledger/app/beacon_prover.h"
#include "tests/support/ledger/ledger_chain.h"

namespace steelyard::ledger {
class Application;
}

namespace steelyard::storage {
class MemoryStore;
}

namespace steelyard::test {

/// Proves under all keys of the people, who outlive it: operators change keys in time.
class PeopleProver final : public ledger::BeaconProver {
public:
    explicit PeopleProver(const People& people) : people_(people) {}

    Result<crypto::vrf::Proof> prove(const ByteArray<33>& key, ByteView alpha) const override;

private:
    const People& people_;
};

/// Starts from a genesis document, keeps its state in a tree, knows some signatures before a block
/// comes, and is closed and opened again, also between a block's execution and its commit.
class AppWitness final : public Witness {
public:
    /// The people outlive it.
    AppWitness(const People& people, std::uint64_t seed);
    ~AppWitness() override;

    Finding begin(const chain::GenesisDoc& doc) override;
    Finding follow(const ExecutedBlock& executed) override;

private:
    Finding open();
    Finding propose(const ExecutedBlock& executed);
    Finding execute(const ExecutedBlock& executed);

    const People& people_;
    chain::GenesisDoc doc_{};
    Dice dice_;
    std::unique_ptr<storage::MemoryStore> store_;
    std::unique_ptr<ledger::Application> app_;
};

}  // namespace steelyard::test
