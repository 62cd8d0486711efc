// SoloNode: the one validator of a chain, on disks that lose power, run by the engine.
#pragma once

#include "consensus/engine/engine.h"
#include "consensus/engine/file_signer.h"
#include "consensus/engine/stored_history.h"
#include "tests/support/sim_files.h"
#include "tests/support/sim_store.h"

#include <map>

namespace steelyard::engine {

/// An application whose state is a hash over everything that it executed. Keeps it in a store, but
/// what it made of the genesis document only from its first commit on.
class HashApplication final : public abci::Application {
public:
    explicit HashApplication(storage::KvStore& store) : store_(store) {}

    Result<abci::ApplicationInfo> info() override;
    Result<abci::GenesisOutcome> init_chain(const chain::GenesisDoc&) override;
    Result<abci::PreparedTxs> prepare_proposal(const abci::ProposalRequest& request) override;
    Result<bool> process_proposal(const chain::Block& block) override;
    Result<abci::BlockResults> finalize_block(
        const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
    ) override;
    Result<void> commit() override;
    Result<abci::CheckTxResult> check_tx(ByteView, abci::CheckType) override {
        return abci::CheckTxResult{};
    }
    Result<abci::QueryResult> query(const abci::QueryRequest&) override {
        return abci::QueryResult{};
    }

    std::vector<chain::Height> executed{};  ///< every finalize_block since the object was made
    bool proposes_no_txs = false;
    bool proposes_nothing = false;  ///< an empty transaction, which no block may have
    int abstentions = 0;            ///< so many turns that come next are left out
    int refusals = 0;               ///< so many blocks that are proposed next are refused

private:
    storage::KvStore& store_;
    bool initialised_ = false;
    std::optional<abci::ApplicationInfo> finalized_{};
    std::uint64_t prepared_ = 0;
};

/// The disks of a machine; they outlive its runs.
struct SoloDisks {
    test::SimDirectory wal{1};
    test::SimDirectory signer{2};
    test::SimStore blocks{3};
    test::SimStore states{4};
    test::SimStore evidence{5};
    test::SimStore application{6};

    static constexpr int devices = 6;

    /// The power fails in the middle of the `operation`-th write or sync of one device.
    void cut_power_at(int device, std::uint64_t operation);
    std::uint64_t operations(int device) const;
    void cut_power();
    void restart(test::Loss loss);
};

/// What left the node in all its runs, for the test to judge.
struct SoloRecord {
    std::map<std::string, Bytes> signed_by_position{};  ///< sign bytes without the time
    std::vector<std::string> contradictions{};
    std::map<chain::Height, chain::Hash256> committed{};
    std::vector<std::string> omitted{};  ///< height/round: reason
    std::vector<Error> signing_refused{};
};

/// One run, from the start of the process to its end.
class SoloNode final : Network, Timers, Observer, Clock {
public:
    SoloNode(
        SoloDisks& disks,
        SoloRecord& record,
        chain::GenesisDoc genesis = SoloNode::genesis(chain::Height(1))
    );

    /// Opens everything. The first run of all makes the signer's state.
    Result<void> start();

    /// Lets timers fire until the height is committed.
    Result<void> run_to(chain::Height height);

    /// Lets timers fire until it is so.
    Result<void> run_until(const std::function<bool()>& is_so);

    TxPool* pool = nullptr;  ///< for the next start; nothing: there is always something to do
    PacingConfig pacing{};   ///< for the next start

    std::chrono::nanoseconds now() const { return now_; }

    HashApplication& application() { return application_; }
    Engine& engine() { return *engine_; }
    BlockExecutor& executor() { return *executor_; }
    evidence::Pool& evidence() { return *pool_; }
    const storage::BlockStore& blocks() const { return *blocks_; }
    chain::Height height() const { return engine_->chain_state().last_height; }

    /// The key of the validator, and a chain of it alone.
    static crypto::PrivateKey key();
    static chain::GenesisDoc genesis(chain::Height initial_height = chain::Height(1));

private:
    void publish(const consensus::Message& message) override;
    void send(consensus::PeerId, const consensus::Message&) override {}
    void report(consensus::PeerId, const Error&) override {}
    void schedule(const consensus::Timeout& timeout, std::chrono::nanoseconds after) override;
    void cancel(chain::Height) override {}
    void on_committed(
        const chain::Block& block, const chain::Commit& commit, const abci::BlockResults& results
    ) override;
    void on_block_refused(const chain::BlockId&, std::string_view) override {}
    void on_proposal_omitted(chain::Height height, chain::Round round, std::string_view reason)
        override;
    void on_signing_refused(const Error& error) override;
    void on_conflict(const chain::Vote&, const chain::Vote&) override {}
    Wall wall_now() const override { return Wall(now_); }
    std::chrono::nanoseconds monotonic_now() const override { return now_; }

    void note_signed(std::string position, Bytes bytes);

    SoloDisks& disks_;
    SoloRecord& record_;
    chain::GenesisDoc genesis_;
    SeededRandom random_{7};
    std::chrono::nanoseconds now_;
    std::multimap<std::chrono::nanoseconds, consensus::Timeout> timers_;
    HashApplication application_;
    std::unique_ptr<storage::BlockStore> blocks_;
    StateStore states_;
    std::unique_ptr<StoredHistory> history_;
    std::unique_ptr<evidence::Pool> pool_;
    std::unique_ptr<BlockExecutor> executor_;
    std::unique_ptr<FileSigner> signer_;
    std::unique_ptr<Engine> engine_;
};

}  // namespace steelyard::engine
