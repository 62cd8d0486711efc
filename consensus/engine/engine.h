// Engine: runs the consensus core on one node, without threads of its own.
//
// The host gives it messages, and timeouts when they are due; it writes the log, signs, builds,
// checks, stores and applies blocks, and speaks through ports. The simulator hosts the same engine.
#pragma once

#include "base/clock.h"
#include "consensus/core/step.h"
#include "consensus/engine/block_executor.h"
#include "consensus/engine/pacer.h"
#include "consensus/engine/ports.h"
#include "consensus/engine/signer.h"
#include "consensus/engine/wal.h"
#include "storage/block_store.h"

#include <deque>

namespace steelyard::engine {

struct EngineConfig {
    consensus::TimeoutConfig timeouts{};  ///< `commit` is not used: `pacing` has the pause

    PacingConfig pacing{};

    /// A height begins before its interval has passed, if every precommit of the last one is here.
    bool skip_commit_wait = false;

    chain::SignatureVerifier verify = chain::verify_one_by_one;
    WalOptions wal{};  ///< chain_id and start are set by the engine
};

/// Refuses times out of range, and names them as the node's configuration does.
Result<void> validate(const EngineConfig& config);

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

    /// The peer has left: what it said too early is forgotten.
    void disconnected(consensus::PeerId peer) { state_.deferred.forget(peer); }

    /// A timeout that the engine scheduled is due.
    Result<void> elapsed(const consensus::Timeout& timeout);

    /// There is something to put into a block, where there was nothing: transactions in the pool or
    /// evidence. Cheap, and may be said again.
    Result<void> txs_available();

    /// For gossip, RPC and tests. Its config and signatures are those of this node.
    const consensus::State& state() const { return state_; }
    const consensus::ChainState& chain_state() const { return ports_.executor.state(); }

private:
    Engine(EngineConfig config, EnginePorts ports);

    Result<void> open_log();
    Result<void> replay();
    Result<consensus::StartHeight> start_of_next_height() const;
    consensus::StartHeight start_after(std::optional<chain::Commit> last_commit) const;
    Result<void> handle_answers();
    void begin_pause(const consensus::ScheduleTimeout& asked);
    void schedule_end_of_pause();
    bool ends_pause();
    bool begins_at_once() const;
    bool have_others_begun() const;
    Result<void> handle(consensus::Event event);
    Result<void> help(consensus::PeerId peer, const consensus::PeerStatus& status);
    Result<void> send_stored(consensus::PeerId peer, const consensus::PeerStatus& status);
    Result<void> sign_with(const std::function<Result<consensus::Event>(Signer&)>& sign);

    Result<void> carry_out(const consensus::Input& input, consensus::Effect& effect);
    Result<void> carry_out(const consensus::Input&, const consensus::AppendInput&);
    Result<void> carry_out(const consensus::Input&, const consensus::SyncLog&);
    Result<void> carry_out(const consensus::Input&, const consensus::Publish&);
    Result<void> carry_out(const consensus::Input&, const consensus::Send&);
    Result<void> carry_out(const consensus::Input&, const consensus::ScheduleTimeout&);
    Result<void> carry_out(const consensus::Input&, const consensus::CancelTimeouts&);
    Result<void> carry_out(const consensus::Input&, const consensus::BuildBlock&);
    Result<void> carry_out(const consensus::Input&, const consensus::CheckBlock&);
    Result<void> carry_out(const consensus::Input&, const consensus::SignVote&);
    Result<void> carry_out(const consensus::Input&, const consensus::SignProposal&);
    Result<void> carry_out(const consensus::Input&, const consensus::Decide&);
    Result<void> carry_out(const consensus::Input&, const consensus::ReportConflict&);
    Result<void> carry_out(const consensus::Input&, const consensus::ReportPeer&);
    Result<void> carry_out(const consensus::Input&, const consensus::Halt&);

    chain::Timestamp now() const { return chain::Timestamp::from_wall(ports_.clock.wall_now()); }

    EngineConfig config_;
    EnginePorts ports_;
    consensus::State state_;
    std::unique_ptr<Wal> wal_;
    bool replayable_ = false;  ///< the log's records are of the height that is under way
    std::deque<consensus::Event> answers_;  ///< to be handled next, our own among them
    Pacer pacer_;
    bool must_prove_ = true;  ///< the last block's effects: a block that names them is waited for
};

}  // namespace steelyard::engine
