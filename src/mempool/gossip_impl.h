// TxGossip::Impl: what gossip.cpp (what comes) and gossip_send.cpp (what goes) share.
#pragma once

#include "base/lru_set.h"
#include "mempool/gossip_requests.h"
#include "mempool/gossip_state.h"

namespace steelyard::mempool {

class TxGossip::Impl {
public:
    Impl(const GossipConfig& config, PeerLink& link, Sink& sink)
        : config_(config),
          link_(link),
          sink_(sink),
          requests_(config.request_delay, config.request_timeout),
          committed_(committed_max) {}

    void add_peer(PeerId id, bool announces, Time now);
    void remove_peer(PeerId id);
    void receive(PeerId from, ChannelId channel, ByteView message, Time now);
    void drained(PeerId id, ChannelId channel);
    void set_peer_height(PeerId id, chain::Height height);
    void set_active(bool active);
    void admitted(std::span<const Admitted> txs);
    void removed(std::span<const TxKey> keys, bool committed);
    void checked(PeerId from, std::span<const Verdict> verdicts, Time now);
    void tick(Time now);
    std::optional<Time> deadline() const { return requests_.deadline(); }
    GossipStats stats() const;

private:
    /// Hashes of committed transactions that are remembered, since they are announced late.
    static constexpr std::size_t committed_max = 65'536;

    using Txs = std::unordered_map<ShortId, GossipTx, ShortIdHash>;
    using Peers = std::map<PeerId, GossipPeer>;

    Result<void> receive_txs(PeerId from, GossipPeer& peer, ByteView message, Time now);
    Result<void> receive_names(PeerId from, GossipPeer& peer, ByteView message, Time now);
    bool is_news(GossipPeer& peer, const TxKey& key);
    GossipTx* find(const TxKey& key);
    void erase(Txs::iterator at);
    Result<void> blame(GossipPeer& peer, Time now);
    void pump(PeerId id, GossipPeer& peer);
    void pump_all();
    bool send_some(PeerId id, GossipPeer& peer);
    bool announce_some(PeerId id, GossipPeer& peer);
    bool fits(const GossipTx& tx, std::span<GossipTx* const> batch, std::size_t size) const;
    void gather_wanted(GossipPeer& peer, std::vector<GossipTx*>& batch, std::size_t& size) const;
    static bool is_ahead(const GossipPeer& peer, const GossipTx& tx);

    GossipConfig config_;
    PeerLink& link_;
    Sink& sink_;
    Requests requests_;
    LruSet committed_;
    bool active_ = true;
    Txs txs_;
    std::map<std::uint64_t, GossipTx*> admitted_;  ///< by serial
    std::uint64_t serials_ = 0;
    Peers peers_;
    PeerBits slots_;  ///< those in use
    GossipStats stats_;
};

}  // namespace steelyard::mempool
