// What the engine needs of its host and of the application, as ports.
#pragma once

#include "consensus/core/block_rules.h"
#include "consensus/core/message.h"
#include "consensus/core/timeout.h"
#include "consensus/engine/block_results.h"

#include <string>

namespace steelyard::engine {

/// What the application says before it is asked for a block's transactions.
struct ProposalRequest {
    chain::Height height{};
    chain::Timestamp time{};
    chain::Address proposer_address{};
    std::int64_t txs_size_max = 0;  ///< of all transactions, each with its tag and length
};

/// Where the application stands.
struct ApplicationInfo {
    chain::Height last_height{};  ///< that it has committed durably; 0: none
    chain::AppHash app_hash{};    ///< after that height
};

/// The replicated state machine: ABCI 2.0 without vote extensions. Deterministic in finalize_block;
/// an error of any method is fatal for the node.
class Application {
public:
    virtual ~Application() = default;

    virtual Result<ApplicationInfo> info() = 0;

    /// Before the first block, at each start of a node whose application has committed none: its
    /// effects last only from the first `commit` on. The answer is always the same.
    virtual Result<consensus::GenesisOutcome> init_chain(const chain::GenesisDoc& genesis) = 0;

    /// The transactions of a block that we propose, within the limits of the request, none empty.
    virtual Result<std::vector<Bytes>> prepare_proposal(const ProposalRequest& request) = 0;

    /// Whether a proposed block may be voted for. Every correct node must say the same.
    virtual Result<bool> process_proposal(const chain::Block& block) = 0;

    /// Executes a decided block. Its effects last only from `commit` on. `last_commit` tells who
    /// voted, and is nothing in the first block.
    virtual Result<BlockResults> finalize_block(
        const chain::Block& block, const std::optional<chain::VerifiedCommit>& last_commit
    ) = 0;

    /// Makes the finalized block's effects durable.
    virtual Result<void> commit() = 0;
};

/// Messages to peers. Never blocks, may lose.
class Network {
public:
    virtual ~Network() = default;

    virtual void publish(const consensus::Message& message) = 0;
    virtual void send(consensus::PeerId to, const consensus::Message& message) = 0;

    /// The peer broke the protocol.
    virtual void report(consensus::PeerId peer, const Error& error) = 0;
};

/// Wakes the engine: after a while the host calls Engine::elapsed with the timeout, once.
class Timers {
public:
    virtual ~Timers() = default;

    virtual void schedule(const consensus::Timeout& timeout, std::chrono::nanoseconds after) = 0;

    /// Those of the height and of earlier ones need not come any more.
    virtual void cancel(chain::Height height) = 0;
};

/// Told of what happens. For subscribers, metrics, logs and tests.
class Observer {
public:
    virtual ~Observer() = default;

    /// After the block is applied, durably.
    virtual void on_committed(
        const chain::Block& block, const chain::Commit& commit, const BlockResults& results
    ) = 0;

    /// A block that was proposed is not valid; we vote nil.
    virtual void on_block_refused(const chain::BlockId& id, std::string_view reason) = 0;

    /// The signer did not sign, since it would contradict what it signed before; we keep silent.
    virtual void on_signing_refused(const Error& error) = 0;

    /// A validator contradicted itself.
    virtual void on_conflict(const chain::Vote& first, const chain::Vote& second) = 0;
};

}  // namespace steelyard::engine
