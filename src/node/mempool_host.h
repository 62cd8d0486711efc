// MempoolHost: the mempool, and the thread on which its transactions travel between peers.
#pragma once

#include "consensus/engine/ports.h"
#include "mempool/gossip.h"
#include "mempool/mempool.h"
#include "node/event_loop.h"
#include "p2p/reactor.h"
#include "rpc/ports.h"

#include <thread>

namespace steelyard::node {

struct MempoolSettings {
    mempool::Config pool{};
    mempool::GossipConfig gossip{};
};

/// Public functions may be called by any thread.
class MempoolHost final : public p2p::Reactor,
                          public engine::TxPool,
                          public rpc::TxPoolView,
                          private mempool::TxGossip::Sink {
public:
    struct Events {
        std::function<void()> on_txs_available{};

        /// A transaction of so many bytes waits from now on; may be nothing.
        std::function<void(std::size_t)> on_admitted{};

        std::function<void(const Error&)> on_failure{};
    };

    /// All of them outlive the host.
    MempoolHost(
        const MempoolSettings& settings,
        abci::Application& application,
        ThreadPool& threads,
        PeerLink& link,
        const Clock& clock,
        Events events
    );
    ~MempoolHost() override;

    void start();

    /// Ends the thread and the checks that are under way: nobody is called from then on.
    void stop();

    mempool::Mempool& pool() { return pool_; }
    void set_peer_height(PeerId peer, chain::Height height);

    /// While a node is far behind it neither takes nor gives.
    void set_active(bool active);

    /// Nothing if the thread does not come to it in time.
    std::optional<mempool::GossipStats> gossip_stats();

    // engine::TxPool
    std::vector<Bytes> reap(std::int64_t size_max, std::int64_t gas_max) override;
    bool has_txs() const override { return pool_.size() > 0; }
    Result<void> commit(
        const chain::Block& block,
        const abci::BlockResults& results,
        const std::function<Result<void>()>& commit_application
    ) override;

    // rpc::TxPoolView. Never blocks: what several clients submit is hashed and checked in a batch.
    void submit(Bytes tx, rpc::SubmitDone done) override;
    std::vector<Bytes> unconfirmed(std::size_t limit) const override;
    rpc::PoolSize size() const override;
    void flush() override { pool_.flush(); }

    // p2p::Reactor
    std::vector<p2p::ChannelDescriptor> channels() const override;
    void on_peer_up(const p2p::PeerInfo& peer) override;
    void on_peer_down(PeerId peer) override;
    void on_message(p2p::Inbound message) override;
    void on_drained(PeerId peer, ChannelId channel) override;

private:
    /// A client's transaction that waits for its turn.
    struct Submitted {
        Bytes tx{};
        rpc::SubmitDone done{};
    };

    void submit_all();
    void receive_txs(PeerId from, std::vector<mempool::TxRef> txs) override;
    mempool::Mempool::Callbacks callbacks();
    void arm_tick();
    std::chrono::nanoseconds now() const { return clock_.monotonic_now(); }

    const MempoolSettings settings_;
    const Clock& clock_;
    Events events_;
    std::mutex submitted_mutex_{};
    std::size_t submitted_bytes_ = 0;
    std::vector<Submitted> submitted_{};  ///< a task that takes them is posted, if there are any
    EventLoop loop_;
    mempool::TxGossip gossip_;
    p2p::ReceiveCredit credit_{};  ///< of the message that is being handled
    std::optional<std::chrono::nanoseconds> tick_at_{};
    EventLoop::TimerId tick_timer_ = 0;
    mempool::Mempool pool_;
    std::thread thread_{};
};

}  // namespace steelyard::node
