// Application: the ledger as consensus, mempool and RPC see it.
#pragma once

#include "abci/application.h"
#include "ledger/app/beacon_prover.h"
#include "ledger/app/read_gate.h"
#include "ledger/app/read_txs.h"
#include "ledger/app/signatures.h"
#include "ledger/app/tree_reader.h"
#include "market/book/books.h"
#include "market/book/listings.h"
#include "market/records/verifier.h"

#include <memory>

namespace steelyard::ledger {

struct ApplicationOptions {
    storage::StateTreeOptions tree{};                        ///< its stores are set by `open`
    std::size_t signatures_max = std::size_t{1} << 17;       ///< that are remembered as good
    std::size_t read_txs_bytes_max = std::size_t{32} << 20;  ///< of transactions, as they were read
    std::chrono::milliseconds patience = std::chrono::seconds(30);  ///< for a block's commit

    /// Judges programs and proofs of the market; shared by all nodes of a chain, bit by bit.
    std::shared_ptr<const market::ProofVerifier> verifier{};
};

/// The state is a StateTree; what happens to it is decided by the pure parts of the ledger. Queries
/// are kept out from the preparing of a block's writes to their commit, checks only while either
/// is going on: no check waits for the commit, which may wait for it.
class Application final : public abci::Application {
public:
    /// The store is the application's own and outlives it. Without a prover this node proposes
    /// nothing. Errors: those of StateTree::open.
    static Result<std::unique_ptr<Application>> open(
        storage::KvStore& store,
        std::unique_ptr<const BeaconProver> prover,
        ApplicationOptions options = {}
    );

    ~Application() override;

    Result<abci::ApplicationInfo> info() override;
    Result<abci::GenesisOutcome> init_chain(const chain::GenesisDoc& genesis) override;
    bool prepares_txs() const override { return true; }
    void prepare_tx(ByteView tx) override;
    Result<abci::CheckTxResult> check_tx(ByteView tx, abci::CheckType type) override;
    Result<abci::PreparedTxs> prepare_proposal(const abci::ProposalRequest& request) override;
    Result<bool> process_proposal(const chain::Block& block) override;
    Result<abci::BlockResults> finalize_block(
        const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
    ) override;
    Result<void> commit() override;
    Result<abci::QueryResult> query(const abci::QueryRequest& request) override;

    /// Shows the committed state, which `look` may change for itself, and its last block. An error
    /// before the genesis, and between a block's execution and its commit. Thread-safe.
    Result<void> look(const std::function<void(StateView&, const BlockInfo&)>& look);

    /// Whether the market's books in memory are those of the committed state (M6 of
    /// doc/spec/market.md): reads all of them. An error as `look` has it. Not while a block is
    /// executed.
    Result<bool> has_sound_books();

private:
    /// The last block that was committed, or the genesis, and the parameters after it.
    struct Standing {
        BlockInfo block{};
        chain::AppHash app_hash{};
        Params params{};
        bool is_durable = false;  ///< not so the genesis, which lasts no longer than the process
    };
    using StandingPtr = std::shared_ptr<const Standing>;

    Application(
        std::unique_ptr<storage::StateTree> tree,
        std::unique_ptr<const BeaconProver> prover,
        const ApplicationOptions& options
    );

    Result<void> load();
    StandingPtr standing() const;
    void set_standing(Standing standing);
    Result<ReadGate::Pass> enter();
    Result<crypto::Hash256> prepare_writes();
    void follow_listings();
    abci::CheckTxResult judge(const Standing& now, ByteView tx, abci::CheckType type);
    Result<Bytes> make_beacon(const StateView& state, const abci::ProposalRequest& request) const;
    abci::QueryResult answer(const Standing& now, const abci::QueryRequest& request) const;

    std::unique_ptr<storage::StateTree> tree_;
    std::unique_ptr<const BeaconProver> prover_;
    std::shared_ptr<const market::ProofVerifier> verifier_;
    std::chrono::milliseconds patience_;
    TreeReader reader_;
    ReadTxs read_txs_;
    Signatures signatures_;
    ReadGate gate_;

    mutable std::mutex standing_mutex_;
    StandingPtr standing_;  ///< nothing before init_chain

    /// The block under way; before the first commit also what the genesis wrote.
    StateView block_view_;
    market::Books books_;  ///< of the last block executed; before the first, of what is stored
    market::Listings listings_;  ///< of the committed state; changed while the gate is closed
    std::vector<market::ListingChange> listing_changes_;  ///< of the block under way
    bool has_genesis_prepared_ = false;
    bool are_listings_stale_ = true;  ///< until the first block that is not the genesis's
    std::optional<Standing> finalized_;

    std::mutex check_mutex_;   ///< of the checks, and of whoever changes the tree
    StateView check_view_;     ///< what the checks since the last commit did
    bool has_failed_ = false;  ///< a commit, after which the tree must not be read
};

}  // namespace steelyard::ledger
