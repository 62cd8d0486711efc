// Node: one machine of the cluster, with disks, clocks, the production engine, and its bad days.
#pragma once

#include "consensus/engine/engine.h"
#include "consensus/evidence/pool.h"
#include "consensus/gossip/evidence_gossip.h"
#include "consensus/gossip/gossip.h"
#include "consensus/sync/block_sync.h"
#include "tests/sim/disks.h"
#include "tests/sim/network.h"
#include "tests/sim/node_clock.h"
#include "tests/sim/oracle.h"
#include "tests/sim/sim_application.h"
#include "tests/sim/strategy.h"
#include "tests/sim/trace.h"

#include <deque>

namespace steelyard::sim {

class Town;

/// What a node needs of the cluster around it.
class NodeHost {
public:
    virtual ~NodeHost() = default;

    virtual const Cluster& cluster() const = 0;
    virtual Scheduler& scheduler() = 0;
    virtual void crash_for(NodeIndex node, Time down) = 0;
    virtual void transmit(NodeIndex from, NodeIndex to, Payload payload, Time when) = 0;

    /// Over a connection, if nodes gossip: false if it has no room.
    virtual bool send_on(
        NodeIndex from, NodeIndex to, ChannelId channel, ByteView bytes, Time when
    ) = 0;
    virtual void break_up(NodeIndex node, NodeIndex peer) = 0;

    virtual void on_started(NodeIndex node) = 0;
    virtual void on_sent(const Sent& sent, const Bytes& bytes) = 0;
    virtual void on_delivered(const Delivered& delivered, const Bytes& bytes) = 0;
    virtual void on_timeout(NodeIndex node, const consensus::Timeout& timeout) = 0;
    virtual void on_committed(const Committed& committed) = 0;
    virtual void on_reported(const Reported& reported) = 0;
    virtual void on_conflict(const Conflict& conflict) = 0;
    virtual void on_evidence_heard(NodeIndex node, const chain::Evidence& evidence) = 0;
    virtual void on_block_refused(
        NodeIndex node, const chain::BlockId& id, std::string_view reason
    ) = 0;
    virtual void on_proposal_omitted(NodeIndex node, std::string_view reason) = 0;
    virtual void on_signing_refused(NodeIndex node, const Error& error) = 0;
    virtual void on_left_behind(NodeIndex node) = 0;
    virtual void on_handled(NodeIndex node) = 0;
    virtual void on_crashed(NodeIndex node) = 0;

    /// The engine gave up, and no power was cut.
    virtual void on_failed(NodeIndex node, const Error& error) = 0;
};

/// All that a node is made from. What it refers to outlives the node.
struct NodeSetup {
    NodeIndex index = 0;
    const Options& options;
    const SimChain& chain;
    const chain::GenesisDoc& genesis;
    Town* town = nullptr;  ///< where the application is the ledger
    chain::SignatureVerifier verifier{};
    std::unique_ptr<Strategy> strategy{};  ///< nothing: it is correct
    ClockError clock_error{};
};

/// A machine that is off at first. It does one thing at a time: what comes while it is busy or
/// paused waits.
class Node final : engine::Network,
                   engine::Timers,
                   engine::Observer,
                   PeerLink,
                   gossip::Listener,
                   Adversary {
public:
    /// The most things that wait for the machine; messages beyond are lost.
    static constexpr std::size_t inbox_max = 16'384;

    /// Small, so that logs change segments often.
    static constexpr std::uint64_t wal_segment_size = 16 << 10;

    /// Peers are numbered from 1, as 0 is the engine's own.
    static constexpr consensus::PeerId peer_id(NodeIndex node) { return node + 1; }
    static constexpr NodeIndex node_of(consensus::PeerId peer) { return peer - 1; }

    Node(NodeSetup setup, NodeHost& host);
    ~Node() override;

    // What befalls it.
    void start();  ///< it is off; the disks have power
    void deliver(NodeIndex from, Payload payload);
    void connect(NodeIndex peer);
    void disconnect(NodeIndex peer);
    void drain(NodeIndex peer, ChannelId channel);
    void crash(test::Loss loss);  ///< ends the machine and takes what was not durable
    void cut_power_at(std::uint64_t storage_operation, test::Loss loss);
    void pause(Time until);
    void set_skew(Time skew) { clock_.set_skew(skew); }
    void make_disks_sound();  ///< fast, and no power cut is to come

    // What it is.
    NodeIndex index() const override { return setup_.index; }
    bool is_correct() const { return setup_.strategy == nullptr; }
    bool is_running() const { return running_ != nullptr; }
    bool has_failed() const { return failed_; }  ///< stopped for good, by an error of the engine
    const crypto::PublicKey& public_key() const { return key_->public_key(); }
    const NodeClock& clock() const { return clock_; }
    std::uint64_t storage_operations() const { return disks_.operations(); }

    // Only while it runs. It has no engine while it fetches blocks.
    const engine::Engine* engine() const override;
    const storage::BlockStore& blocks() const;
    const evidence::Pool& evidence() const;

    /// The height of the last block that it has applied; of the last run, while it is off.
    chain::Height height() const;

private:
    struct Running;
    struct Letter {
        NodeIndex from = 0;
        Payload payload{};        ///< where nodes gossip, after its channel
        bool is_whisper = false;  ///< the strategy's, for the engine alone
    };
    using Work = std::variant<Letter, consensus::Timeout, std::function<void()>>;

    // engine::Network
    void publish(const consensus::Message& message) override;
    void send(consensus::PeerId to, const consensus::Message& message) override;
    void report(consensus::PeerId peer, const Error& error) override;

    // PeerLink
    bool send(PeerId to, ChannelId channel, Bytes message) override;
    void drop(PeerId peer, const Error& error) override;

    // gossip::Listener
    void on_message(PeerId from, consensus::Message message) override;
    void on_peer_height(PeerId peer, chain::Height height) override;

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

    // Adversary
    const Cluster& cluster() const override { return host_.cluster(); }
    const engine::SigningKey& key() const override { return *key_; }
    RandomSource& random() override { return random_; }
    chain::Vote signed_vote(chain::Vote vote) const override;
    chain::Proposal signed_proposal(chain::Proposal proposal) const override;
    void say(std::optional<NodeIndex> to, const consensus::Message& message) override;
    void say_bytes(NodeIndex to, Bytes bytes) override;
    void hear(NodeIndex from, consensus::Message message) override;
    void after(Time delay, std::function<void()> action) override;
    void crash(Time down) override { host_.crash_for(index(), down); }

    Result<void> open();
    Result<std::unique_ptr<abci::Application>> open_application();
    Result<std::unique_ptr<engine::Signer>> open_signer();
    Result<void> forget_log();
    void take_up(Work work);
    void pump();
    void wake_when_ready();
    void handle(Work work);
    Result<void> run(Letter& letter);
    Result<void> hear_gossip(const Letter& letter);
    Result<void> hear_evidence(PeerId from, ByteView bytes);
    Result<void> hear(NodeIndex from, consensus::Message message, const Bytes& bytes);
    void follow_engine();
    void wake_for_gossip();
    gossip::Gossip* gossip();
    void tell_evidence();
    Result<void> open_sync();
    Result<void> begin_consensus();
    void end_consensus();
    Result<void> follow_sync();
    void wake_for_sync();
    void hear_height(PeerId peer, chain::Height height);
    bool send_sync(NodeIndex to, const Bytes& bytes);
    sync::BlockSync* sync();
    Result<void> run(const consensus::Timeout& timeout);
    Result<void> run(const std::function<void()>& action);
    void end_handling(const Result<void>& result);
    void power_off();
    void on_sync();

    NodeSetup setup_;
    NodeHost& host_;
    SeededRandom random_;
    std::unique_ptr<engine::SigningKey> key_;
    NodeClock clock_;
    Disks disks_;
    Time sync_max_;
    std::unique_ptr<Running> running_;
    std::deque<Work> inbox_;
    std::uint32_t run_number_ = 0;  ///< timers and wakings of earlier runs mean nothing
    Time ready_at_{};
    bool wakes_ = false;
    test::Loss loss_ = test::Loss::none;  ///< of the power cut that is to come
    chain::Height height_{};
    chain::Height cancelled_{};
    bool has_signer_ = false;  ///< it has its first state
    bool is_handling_ = false;
    std::uint32_t engine_number_ = 0;  ///< timeouts of earlier engines mean nothing either
    std::optional<Time> gossip_wakes_at_{};
    std::optional<Time> sync_wakes_at_{};
    Result<void> heard_{};  ///< what the engine said of a message that gossip gave it
    bool failed_ = false;
};

}  // namespace steelyard::sim
