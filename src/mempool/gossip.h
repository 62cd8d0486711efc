// TxGossip: which peer is sent which transaction, and which are asked for.
#pragma once

#include "mempool/gossip_messages.h"
#include "mempool/tx.h"

#include <chrono>

namespace steelyard::mempool {

struct GossipConfig {
    using Milliseconds = std::chrono::milliseconds;

    bool broadcast = true;                  ///< transactions are told to peers
    std::size_t max_tx_bytes = 1 << 20;     ///< as Config's
    std::size_t batch_size_max = 64 << 10;  ///< of a list of several; max_tx_bytes if that is less

    /// How long to wait, after a peer announced a transaction, for it to come unasked.
    Milliseconds request_delay{50};
    Milliseconds request_timeout{2'000};  ///< then another peer that announced it is asked

    std::uint64_t receive_rate_max = 16 << 20;  ///< bytes a second of one peer; more is dropped
    std::uint64_t invalid_rate_max = 100;       ///< refused transactions a second of one peer
    std::uint64_t invalid_burst_max = 2'000;    ///< with these a peer is disconnected
};

/// The longest message on channel 0x30.
std::size_t txs_message_size_max(const GossipConfig& config);

struct GossipStats {
    std::uint64_t txs_sent = 0;            ///< in full
    std::uint64_t bytes_sent = 0;          ///< of those
    std::uint64_t txs_received = 0;        ///< in full
    std::uint64_t txs_received_twice = 0;  ///< in full, though they were known
    std::uint64_t announced = 0;           ///< by us, counted for each peer
    std::uint64_t wanted = 0;              ///< asked for by us
    std::uint64_t requests_expired = 0;    ///< without an answer
    std::uint64_t rate_limited = 0;        ///< messages dropped
    std::size_t txs = 0;                   ///< that are known now
    std::size_t requests = 0;              ///< that are open now
};

/// A pure core: single-threaded, no clock; `now` is a monotonic time. With a stock CometBFT peer it
/// floods, on channel 0x30. With a peer of ours, what was submitted here is pushed in full, what
/// came from another peer is announced on channel 0x3f and sent when it is wanted (ADR 0012).
class TxGossip {
public:
    using Time = std::chrono::nanoseconds;

    /// Where transactions from peers go. Each must be answered by `checked`, once, later.
    class Sink {
    public:
        virtual ~Sink() = default;
        virtual void receive_txs(PeerId from, std::vector<TxRef> txs) = 0;
    };

    TxGossip(const GossipConfig& config, PeerLink& link, Sink& sink);
    ~TxGossip();

    /// `announces`: the peer's node info lists channel 0x3f.
    void add_peer(PeerId peer, bool announces, Time now);
    void remove_peer(PeerId peer);

    /// A message on channel 0x30 or 0x3f. A peer that breaks the rules is dropped.
    void receive(PeerId from, ChannelId channel, ByteView message, Time now);

    /// The channel's queue has room again.
    void drained(PeerId peer, ChannelId channel);

    /// The last block that the peer has; before it is told, the peer is taken to be up to date.
    void set_peer_height(PeerId peer, chain::Height height);

    /// While a node is far behind it neither takes nor gives. At first it does.
    void set_active(bool active);

    /// From the mempool: Mempool::Callbacks::on_admitted and on_removed, and the verdicts over what
    /// the sink got from `from`. The order between them and later ones does not matter.
    void admitted(std::span<const Admitted> txs);
    void removed(std::span<const TxKey> keys, bool committed);
    void checked(PeerId from, std::span<const Verdict> verdicts, Time now);

    /// Asks for what is due. To be called when `deadline` is past.
    void tick(Time now);

    /// When `tick` has something to do, if ever.
    std::optional<Time> deadline() const;

    GossipStats stats() const;

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::mempool
