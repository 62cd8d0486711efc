// ConsensusHost: the thread on which consensus, its gossip, evidence and block sync run.
#pragma once

#include "consensus/engine/engine.h"
#include "consensus/gossip/evidence_gossip.h"
#include "consensus/gossip/gossip.h"
#include "consensus/sync/block_sync.h"
#include "node/event_loop.h"
#include "node/round_meter.h"
#include "node/round_watch.h"
#include "p2p/reactor.h"

#include <atomic>
#include <thread>

namespace steelyard::node {

struct ConsensusSettings {
    engine::EngineConfig engine{};
    gossip::GossipConfig gossip{};
    sync::BlockSyncOptions sync{};
    bool block_sync = true;  ///< first fetch what others have; without it consensus begins at once

    /// Before consensus begins for the first time; 0 looks at no block.
    std::int64_t double_sign_check_height = 0;

    /// Without a block for so long, the log says why; 0: it never does.
    std::chrono::nanoseconds stall_after{0};
};

/// All of it outlives the host. The executor, the pool and the observer are the thread's own once
/// it runs.
struct ConsensusPorts {
    engine::BlockExecutor& executor;
    evidence::Pool& evidence;
    storage::BlockStore& blocks;
    sync::Chain& chain;  ///< what block sync extends: of this executor and these blocks
    engine::Directory& wal_directory;
    RandomSource& random;
    engine::Signer* signer = nullptr;  ///< nothing: a node that only looks on
    PeerLink& link;
    const Clock& clock;
    engine::Observer& observer;
    rpc::EventBus& events;
    RoundMeter& meter;

    /// The chain cannot go on here. Called once, by the host's thread, which does nothing more.
    std::function<void(const Error& error)> failed{};

    /// A peer says where it is.
    std::function<void(PeerId peer, chain::Height height)> peer_height{};

    /// Peers say that the node is too far behind to judge transactions, or it is not any more.
    std::function<void(bool is_far_behind)> far_behind{};
};

/// For metrics.
struct ConsensusStats {
    gossip::GossipStats gossip{};
    gossip::EvidenceGossipStats evidence{};
    sync::BlockSyncStats sync{};
    std::size_t evidence_pending = 0;
};

/// Public functions may be called by any thread.
class ConsensusHost final : public p2p::Reactor,
                            private engine::Timers,
                            private engine::Observer,
                            private gossip::Listener {
public:
    /// How long a question to the thread may take; a block may be under way.
    static constexpr std::chrono::milliseconds patience{5'000};

    /// Between two lines that say why there is no block.
    static constexpr std::chrono::seconds stall_interval{30};

    ConsensusHost(ConsensusSettings settings, ConsensusPorts ports);
    ~ConsensusHost() override;

    void start();

    /// Ends the thread; what it was doing is finished first.
    void stop();

    /// Stops taking part when this validator is missed least, see is_window_to_leave, or after
    /// `at_most`: then `left` is called by the thread, and the host is to be stopped. At once for a
    /// node that takes no part.
    void leave_in_window(std::chrono::nanoseconds at_most, std::function<void()> left);

    void txs_available();

    /// While it is so, the node takes no part.
    bool is_syncing() const { return is_syncing_; }

    /// Shows, on the thread, the state of consensus (null during block sync) and the chain's. False
    /// if the thread does not come to it in time.
    using Look = std::function<void(const consensus::State*, const consensus::ChainState&)>;
    bool look(Look look);

    /// What gossip believes of each peer. Empty if the thread does not come to it in time.
    std::map<PeerId, gossip::PeerState> peer_states();

    /// As evidence::Pool::add; what is new is passed on.
    Result<bool> add_evidence(const chain::Evidence& evidence);

    /// Nothing if the thread does not come to it in time.
    std::optional<ConsensusStats> stats();

    // p2p::Reactor
    std::vector<p2p::ChannelDescriptor> channels() const override;
    void on_peer_up(const p2p::PeerInfo& peer) override;
    void on_peer_down(PeerId peer) override;
    void on_message(p2p::Inbound message) override;
    void on_drained(PeerId peer, ChannelId channel) override;

private:
    // engine::Timers
    void schedule(const consensus::Timeout& timeout, std::chrono::nanoseconds after) override;
    void cancel(chain::Height height) override;

    // engine::Observer
    void on_committed(
        const chain::Block& block, const chain::Commit& commit, const abci::BlockResults& results
    ) override;
    void on_block_refused(const chain::BlockId& id, std::string_view reason) override;
    void on_proposal_omitted(chain::Height height, chain::Round round, std::string_view reason)
        override;
    void on_signing_refused(const Error& error) override;
    void on_conflict(const chain::Vote& first, const chain::Vote& second) override;

    // gossip::Listener
    void on_message(PeerId from, consensus::Message message) override;
    void on_peer_height(PeerId peer, chain::Height height) override;

    std::size_t block_message_size_max() const;
    void begin();
    void begin_consensus();
    void end_consensus();
    void follow_sync();
    void handle(const p2p::Inbound& message);
    void after_batch();
    void tell_distance();
    void arm_tick();
    void tick();
    void step(const Result<void>& result);
    void arm_stall(std::chrono::nanoseconds delay);
    void tell_stall();
    bool is_window() const;
    void leave(std::string_view reason);
    bool is_over() const { return has_failed_ || has_left_; }
    void fail(const Error& error);
    std::chrono::nanoseconds now() const { return ports_.clock.monotonic_now(); }

    ConsensusSettings settings_;
    ConsensusPorts ports_;
    gossip::StoreBlocks stored_blocks_;
    gossip::Gossip gossip_;
    gossip::EvidenceGossip evidence_gossip_;
    sync::BlockSync sync_;
    std::unique_ptr<engine::Engine> engine_{};
    RoundWatch rounds_;
    std::map<consensus::Timeout, EventLoop::TimerId> timeouts_{};
    std::size_t peers_ = 0;
    std::chrono::nanoseconds committed_at_{0};  ///< the last block; or the start
    EventLoop::TimerId stall_timer_ = 0;
    std::optional<std::chrono::nanoseconds> tick_at_{};
    EventLoop::TimerId tick_timer_ = 0;
    bool state_changed_ = false;
    bool has_failed_ = false;
    std::function<void()> leave_wanted_{};
    bool has_left_ = false;
    bool has_begun_ = false;  ///< consensus, once
    bool is_far_behind_ = false;
    std::atomic<bool> is_syncing_ = true;
    EventLoop loop_{};
    std::thread thread_{};
};

}  // namespace steelyard::node
