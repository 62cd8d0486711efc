// BlockServer: answers peers' requests for blocks from the store, bounded for each of them.
#pragma once

#include "base/peer_link.h"
#include "consensus/sync/messages.h"
#include "consensus/sync/time.h"
#include "storage/block_store.h"

#include <deque>
#include <map>
#include <optional>

namespace steelyard::sync {

/// Peers take turns. What a peer is sent is bounded by the room in its send queue, and by a rate;
/// what waits for that is only the numbers of the blocks.
class BlockServer {
public:
    /// Requests of one peer that wait. CometBFT has 20 on their way, we have fewer.
    static constexpr std::size_t waiting_max = 64;

    /// Bytes a second to one peer, and what it may take at once after a pause.
    static constexpr std::int64_t rate = 16 << 20;
    static constexpr std::int64_t burst = 32 << 20;

    /// What an answer costs at least.
    static constexpr std::int64_t cost_min = 4 << 10;

    /// Of one turn: the event loop has other work.
    static constexpr std::size_t answers_per_turn = 16;
    static constexpr std::size_t bytes_per_turn = 4 << 20;

    /// Both outlive it.
    BlockServer(PeerLink& link, const storage::BlockStore& blocks) : link_(link), blocks_(blocks) {}

    void add_peer(PeerId peer, Time now);
    void remove_peer(PeerId peer) { peers_.erase(peer); }

    /// An error if the peer asks for more than it may: it is to be dropped.
    Result<void> request(PeerId peer, std::int64_t height);

    /// The peer has stopped fetching: what it still waits for is not sent.
    void forget(PeerId peer);

    /// Answers a question for the status, unless the peer asks too often.
    void status(PeerId peer, Time now);

    /// Says without being asked which blocks there are.
    void tell_status(PeerId peer);

    void drained(PeerId peer);

    /// Sends some of what waits. An error is the store's.
    Result<void> turn(Time now);

    /// When there is something to send.
    std::optional<Time> next_turn() const;

    std::uint64_t served() const { return served_; }

private:
    struct Client {
        std::deque<std::int64_t> waiting{};
        std::int64_t allowance = burst;  ///< bytes; may be overdrawn once
        Time refilled_at{};
        bool is_full = false;  ///< its send queue
    };

    static void refill(Client& client, Time now);
    Result<std::size_t> answer(PeerId peer, Client& client);
    Result<Message> block_message(std::int64_t height) const;

    PeerLink& link_;
    const storage::BlockStore& blocks_;
    std::map<PeerId, Client> peers_;
    PeerId last_ = 0;  ///< whose turn it was
    std::uint64_t served_ = 0;
};

}  // namespace steelyard::sync
