// Engine: runs the consensus core on one node, without threads of its own.
//
// The host gives it messages, and timeouts when they are due; it writes the log, signs, builds,
// checks, stores and applies blocks, and speaks through ports. The simulator hosts the same engine.
#pragma once

#include "base/clock.h"
#include "consensus/core/step.h"
#include "consensus/engine/block_executor.h"
#include "consensus/engine/ports.h"
#include "consensus/engine/signer.h"
#include "consensus/engine/wal.h"
#include "storage/block_store.h"

#include <deque>

namespace steelyard::engine {

struct EngineConfig {
    consensus::TimeoutConfig timeouts{};
    bool skip_commit_wait = false;
    chain::SignatureVerifier verify = chain::verify_one_by_one;
    WalOptions wal{};  ///< chain_id and start are set by the engine
};

/// What an engine runs on. All of it outlives the engine.
struct EnginePorts {
    BlockExecutor& executor;
    evidence::Pool& evidence;  ///< that of the executor
    storage::BlockStore& blocks;
    Directory& wal_directory;
    RandomSource& random;      ///< for the log's salts, not for decisions
    Signer* signer = nullptr;  ///< nothing: a node that only looks on
    Network& network;
    Timers& timers;
    const Clock& clock;
    Observer* observer = nullptr;
};

/// Not thread-safe. An error of any method is fatal: a write failed, or the chain cannot go on. The
/// engine must then be dropped, and may be started anew, which recovers.
class Engine {
public:
    /// The most parts that one answer to a peer at an earlier height holds.
    static constexpr std::size_t catch_up_parts_max = consensus::parts_per_answer_max;

    /// Recovers what the last run left: applies a block that was stored but not applied, replays
    /// the log of the height that was under way, and goes on from there.
    static Result<std::unique_ptr<Engine>> start(EngineConfig config, EnginePorts ports);

    /// A message of a peer, decoded.
    Result<void> receive(consensus::PeerId from, consensus::Message message);

    /// A timeout that the engine scheduled is due.
    Result<void> elapsed(const consensus::Timeout& timeout);

    /// For gossip, RPC and tests. Its config and signatures are those of this node.
    const consensus::State& state() const { return state_; }
    const consensus::ChainState& chain_state() const { return ports_.executor.state(); }

private:
    Engine(EngineConfig config, EnginePorts ports);

    Result<void> recover();
    Result<void> replay();
    Result<void> start_height();
    Result<void> handle(consensus::Event event);
    Result<void> run(const consensus::Input& input);
    Result<void> carry_out(const consensus::Input& input, consensus::Effect& effect);
    Result<void> finish_height(const consensus::Decide& decision);
    Result<void> help(consensus::PeerId peer, const consensus::PeerStatus& status);

    EngineConfig config_;
    EnginePorts ports_;
    consensus::State state_;
    std::unique_ptr<Wal> wal_;
    std::deque<consensus::Event> answers_;  ///< of our own, to be handled next
    bool replaying_ = false;
};

}  // namespace steelyard::engine
