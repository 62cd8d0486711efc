// Application: the key-value store that CometBFT 0.38 has as its example, for tests, comparisons
// and networks of both.
#pragma once

#include "abci/application.h"
#include "kvstore/next_validators.h"
#include "storage/kv_store.h"

#include <memory>
#include <shared_mutex>

namespace steelyard::kvstore {

/// Gives the results, events, validator updates and state hashes that CometBFT's gives: rules and
/// the few differences in doc/spec/kvstore.md. Queries and `info` may come from any thread; the
/// rest as abci::Application says.
class Application final : public abci::Application {
public:
    /// The store is the application's own, and outlives it. Corrupt: records that it did not write.
    static Result<std::unique_ptr<Application>> open(storage::KvStore& store);

    ~Application() override;

    Result<abci::ApplicationInfo> info() override;
    Result<abci::GenesisOutcome> init_chain(const chain::GenesisDoc& genesis) override;
    Result<abci::CheckTxResult> check_tx(ByteView tx, abci::CheckType type) override;
    Result<abci::PreparedTxs> prepare_proposal(const abci::ProposalRequest& request) override;
    Result<bool> process_proposal(const chain::Block& block) override;
    Result<abci::BlockResults> finalize_block(
        const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
    ) override;
    Result<void> commit() override;
    Result<abci::QueryResult> query(const abci::QueryRequest& request) override;

private:
    /// What is durable beside the pairs and the validators.
    struct State {
        std::int64_t size = 0;  ///< transactions since the genesis
        chain::Height height{};
        std::uint32_t key_types = ~0U;  ///< a bit for each crypto::KeyType that the chain uses
    };

    /// What a finalized block changes.
    struct Staged {
        State state{};
        std::vector<chain::ValidatorUpdate> updates{};
        storage::WriteBatch batch{};
    };

    explicit Application(storage::KvStore& store);

    Result<void> load();
    NextValidators next_validators(std::span<const chain::Evidence> evidence) const;
    void apply(const chain::ValidatorUpdate& update);
    abci::CheckTxResult judge(ByteView tx) const;
    Result<bool> is_stored(ByteView tx) const;

    storage::KvStore& store_;
    Members validators_;
    std::vector<chain::ValidatorUpdate> genesis_;  ///< to be stored with the first block
    std::optional<Staged> staged_;

    mutable std::shared_mutex mutex_;  ///< over the committed state and the store, for queries
    State state_;
};

}  // namespace steelyard::kvstore
