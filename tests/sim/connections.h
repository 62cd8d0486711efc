// Connections: what nodes that gossip speak over: reliable and in order, until they break.
#pragma once

#include "base/peer_link.h"
#include "tests/sim/network.h"

#include <map>
#include <set>

namespace steelyard::sim {

/// Who is told of connections.
class ConnectionHost {
public:
    virtual ~ConnectionHost() = default;

    virtual bool is_running(NodeIndex node) const = 0;
    virtual void on_connected(NodeIndex node, NodeIndex peer) = 0;
    virtual void on_disconnected(NodeIndex node, NodeIndex peer) = 0;
    virtual void on_drained(NodeIndex node, NodeIndex peer, ChannelId channel) = 0;
};

/// The edges of the options' topology, over a network that must not lose. An edge connects whenever
/// both nodes run and nothing keeps them apart; what was under way when it broke is lost.
class Connections {
public:
    /// The most messages under way in one direction on one channel.
    static constexpr std::size_t queue_max = 100;

    static constexpr Time reconnect_max = std::chrono::seconds(3);

    /// All outlive it.
    Connections(
        Scheduler& scheduler, const Options& options, Network& network, ConnectionHost& host
    );

    /// False if the queue is full or there is no connection.
    bool send(NodeIndex from, NodeIndex to, ChannelId channel, ByteView bytes, Time when);

    /// Something that the network delivered, as it was sent; nothing if its connection is gone.
    Payload arrive(NodeIndex from, NodeIndex to, const Payload& payload);

    void break_up(NodeIndex a, NodeIndex b);
    void on_started(NodeIndex node);
    void on_crashed(NodeIndex node);
    void cut(NodeIndex a, NodeIndex b);
    void mend();
    void heal();  ///< from here on nothing breaks by itself

private:
    struct Edge {
        bool is_up = false;
        bool is_cut = false;
        std::uint32_t number = 0;  ///< of the connection, so that old messages are known
    };
    struct Queue {
        std::size_t size = 0;
        bool refused = false;
    };
    using Pair = std::pair<NodeIndex, NodeIndex>;

    static Pair pair(NodeIndex a, NodeIndex b) { return {std::min(a, b), std::max(a, b)}; }
    Edge* find(NodeIndex a, NodeIndex b);
    void connect_later(Pair pair);
    void connect(Pair pair);

    Scheduler& scheduler_;
    Network& network_;
    ConnectionHost& host_;
    SeededRandom random_;
    Permille loss_;
    std::map<Pair, Edge> edges_;
    std::map<std::tuple<NodeIndex, NodeIndex, ChannelId>, Queue> queues_;
};

}  // namespace steelyard::sim
