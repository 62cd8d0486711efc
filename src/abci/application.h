// Application: the replicated state machine under consensus: ABCI 2.0 without vote extensions.
#pragma once

#include "abci/block_results.h"
#include "abci/snapshot.h"
#include "chain/block.h"
#include "chain/commit_verifier.h"
#include "chain/genesis.h"

#include <variant>

namespace steelyard::abci {

/// Where the application stands, and what it is.
struct ApplicationInfo {
    chain::Height last_height{};  ///< that it has committed durably; 0: none
    chain::AppHash app_hash{};    ///< after that height
    std::string data{};           ///< free text, for people
    std::string version{};        ///< of the software
    std::uint64_t app_version = 0;
};

/// The answer to the genesis document.
struct GenesisOutcome {
    /// Replaces the document's validators, unless it is empty.
    std::vector<chain::ValidatorUpdate> validators{};

    chain::ConsensusParamsUpdate params_update{};  ///< of the document's; may change nothing
    chain::AppHash app_hash{};                     ///< replaces the document's, unless it is empty
};

/// What the application is told before it is asked for a block's transactions.
struct ProposalRequest {
    chain::Height height{};
    chain::Timestamp time{};
    chain::Address proposer_address{};
    std::vector<chain::Evidence> evidence{};  ///< that the block will hold
    std::int64_t txs_size_max = 0;            ///< of all transactions, each with its tag and length
    std::vector<Bytes> txs{};                 ///< that wait, in the mempool's order, and fit
};

/// No block to propose for now: the round ends by its timeout, and the next proposer has its turn.
struct Abstention {
    std::string reason{};  ///< one line for the operator: what is wrong and what helps

    bool operator==(const Abstention&) const = default;
};

/// The transactions of a proposal.
using PreparedTxs = std::variant<std::vector<Bytes>, Abstention>;

enum class CheckType : std::uint8_t {
    fresh,    ///< the transaction is new to the mempool
    recheck,  ///< it waits there while a block was committed
};

/// Whether a transaction may wait in the mempool, and where it stands there.
struct CheckTxResult {
    chain::ExecTxResult result{};  ///< code 0: it may
    std::string sender{};          ///< who pays; empty: not known, then no limit per sender holds
    std::uint64_t sequence = 0;    ///< among the sender's: a lower one comes first
    std::int64_t priority = 0;     ///< a higher one comes first, but for the sender's own order
};

struct QueryRequest {
    std::string path{};
    Bytes data{};
    chain::Height height{};  ///< 0: the last one committed
    bool prove = false;
};

/// One step of a proof: crypto.ProofOp.
struct ProofOp {
    std::string type{};
    Bytes key{};
    Bytes data{};
};

struct QueryResult {
    std::uint32_t code = 0;
    std::string log{};
    std::string info{};
    std::int64_t index = 0;
    Bytes key{};
    Bytes value{};
    std::vector<ProofOp> proof_ops{};
    chain::Height height{};  ///< of the state that was asked
    std::string codespace{};
};

/// Where a method says nothing else it is called by one thread at a time, never while another such
/// method runs. Deterministic in finalize_block. An error of any method is fatal for the node.
class Application {
public:
    virtual ~Application() = default;

    /// Thread-safe.
    virtual Result<ApplicationInfo> info() = 0;

    /// Before the first block, at each start of a node whose application has committed none: its
    /// effects last only from the first `commit` on. The answer is always the same.
    virtual Result<GenesisOutcome> init_chain(const chain::GenesisDoc& genesis) = 0;

    /// Whether prepare_tx does anything: then it is called on several threads, for what comes to
    /// the mempool and for every block before it is looked at.
    virtual bool prepares_txs() const { return false; }

    /// What can be found out about a transaction without the others, such as whether its
    /// signatures are good; the application remembers it for check_tx and finalize_block, which
    /// may come without this. Thread-safe.
    virtual void prepare_tx(ByteView tx) { static_cast<void>(tx); }

    /// Thread-safe with respect to the methods for blocks, but for `commit`: the mempool holds its
    /// checks back while a block is committed. The checks see the last committed state and what
    /// earlier checks since then did.
    virtual Result<CheckTxResult> check_tx(ByteView tx, CheckType type) = 0;

    /// The transactions of a block that we propose, within the limits of the request, none empty.
    virtual Result<PreparedTxs> prepare_proposal(const ProposalRequest& request) = 0;

    /// Whether a proposed block may be voted for. Every correct node must say the same.
    virtual Result<bool> process_proposal(const chain::Block& block) = 0;

    /// Executes a decided block. Its effects last only from `commit` on. `last_commit` tells who
    /// voted, and is nothing in the first block.
    virtual Result<BlockResults> finalize_block(
        const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
    ) = 0;

    /// Makes the finalized block's effects durable.
    virtual Result<void> commit() = 0;

    /// Reads the committed state. Thread-safe. A question that has no answer is a result with a
    /// code and a log, not an error.
    virtual Result<QueryResult> query(const QueryRequest& request) = 0;

    // Snapshots, for state sync. An application that makes none keeps to what stands here.

    /// Those that can be served. Thread-safe.
    virtual Result<std::vector<Snapshot>> list_snapshots() { return std::vector<Snapshot>(); }

    /// A chunk of one of them, at most Snapshot::chunk_size_max bytes; nothing where there is no
    /// such chunk any more. Thread-safe.
    virtual Result<std::optional<Bytes>> load_snapshot_chunk(const Snapshot&, std::uint32_t) {
        return std::optional<Bytes>();
    }

    /// Before the first block, to an application that has committed none. `app_hash` is that of
    /// the snapshot's height and is trusted, the snapshot is not.
    virtual Result<SnapshotVerdict> offer_snapshot(const Snapshot&, const chain::AppHash&) {
        return SnapshotVerdict::abort;
    }

    /// A chunk of the snapshot that was accepted last, in order. `sender` names the peer. With the
    /// last one the state is that of the snapshot's height, durably: `info` tells so, and the
    /// caller compares.
    virtual Result<ChunkAnswer> apply_snapshot_chunk(
        std::uint32_t /*index*/, ByteView /*chunk*/, std::string_view /*sender*/
    ) {
        return ChunkAnswer{.verdict = ChunkVerdict::abort};
    }
};

}  // namespace steelyard::abci
