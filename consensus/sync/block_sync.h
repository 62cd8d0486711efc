// BlockSync: gives peers the blocks that they ask for, and fetches those that this node lacks.
//
// Rules Y1..Y15 of doc/spec/block-sync.md. Pure: time comes in, messages go out through PeerLink.
#pragma once

#include "chain/commit_verifier.h"
#include "consensus/sync/block_queue.h"
#include "consensus/sync/block_server.h"
#include "consensus/sync/peer_table.h"
#include "consensus/sync/ports.h"

namespace steelyard::sync {

struct BlockSyncOptions {
    /// Our validator's, if there is one: with a third of the power nobody goes on without us.
    std::optional<chain::Address> address{};

    chain::SignatureVerifier verify = chain::verify_one_by_one;
    Time no_peers_wait = std::chrono::seconds(3);   ///< then we are alone, and begin
    Time statuses_wait = std::chrono::seconds(1);   ///< for peers that do not say where they are
    Time progress_wait = std::chrono::seconds(10);  ///< without a block; then consensus goes on
    Time progress_wait_max =
        std::chrono::seconds(30);                     ///< the same, while blocks come but none fits
    Time fall_back_pause = std::chrono::seconds(10);  ///< from a switch to the next way back
    Time probe_interval = std::chrono::seconds(2);    ///< between proofs that are asked for
    Time status_interval = std::chrono::seconds(2);   ///< between questions to one peer
    Time peer_timeout = std::chrono::seconds(15);     ///< of a peer that is asked and gives nothing
    Time hedge_after = std::chrono::seconds(1);       ///< then another peer is asked too
    Time tick_interval = std::chrono::milliseconds(100);  ///< while syncing

    /// What one tick applies: the event loop has other work.
    std::size_t blocks_per_tick = 8;
    std::size_t bytes_per_tick = 4 << 20;

    std::size_t buffered_bytes_max = 64 << 20;  ///< of blocks that wait to be applied

    /// Consensus closes a smaller gap than this by itself.
    std::int64_t lag_min = 20;
};

/// What block sync asks its host to do.
enum class Wish : std::uint8_t {
    nothing,
    run_consensus,   ///< start the engine, then call `consensus_began`
    stop_consensus,  ///< the chain is proved to be far ahead: end the engine, call `sync_began`
};

/// For metrics and logs.
struct BlockSyncStats {
    bool is_syncing = true;
    std::uint64_t blocks_applied = 0;
    std::uint64_t blocks_received = 0;  ///< that were asked for
    std::uint64_t blocks_served = 0;
    std::uint64_t requests_sent = 0;
    std::uint64_t peers_dropped = 0;
    std::uint64_t fall_backs = 0;
    std::size_t peers = 0;
    std::size_t bytes_held = 0;      ///< of blocks that wait to be verified
    chain::Height claimed_height{};  ///< the highest that a peer says it has; a hint for people
};

/// Not thread-safe. `now` is a monotonic time and never goes back. After every call the host looks
/// at `wish` and at `next_tick`, and calls `tick` then; at once, if that is not after now.
class BlockSync {
public:
    /// Syncs from the start on. All of these outlive it.
    BlockSync(
        BlockSyncOptions options,
        PeerLink& link,
        Chain& chain,
        const storage::BlockStore& blocks,
        Time now
    );

    /// `takes_late`: it is one of ours, which takes answers also when consensus has begun.
    void add_peer(PeerId peer, Time now, bool takes_late = false);
    void remove_peer(PeerId peer, Time now);

    /// A peer says that it takes part in consensus. CometBFT hangs up on whoever sends it a block
    /// after it has stopped to fetch them, so it is sent none of those that it asked for before.
    void in_consensus(PeerId peer);

    /// A message of a peer on channel 0x40. A peer that breaks the rules is dropped.
    void receive(PeerId from, ByteView message, Time now);

    /// There is room again in the peer's send queue.
    void drained(PeerId peer);

    /// Does what is due, a bounded amount at a time. An error is fatal, as Chain::append's is.
    Result<void> tick(Time now);

    /// When `tick` is to be called; nothing: not before something else happens.
    std::optional<Time> next_tick() const;

    /// Stays until the host has done it.
    Wish wish() const { return wish_; }

    /// The engine runs, and the chain grows by it: block sync serves others, and looks out.
    void consensus_began(Time now);

    /// The engine has ended: fetch blocks.
    void sync_began(Time now);

    /// While consensus runs: a peer says that it is at this height. Cheap, may be called for every
    /// message. Nothing is believed: the peer is asked for a block that proves it.
    void hint(PeerId peer, chain::Height height, Time now);

    bool is_syncing() const { return is_syncing_; }
    BlockSyncStats stats(Time now) const;

private:
    /// A question whose answer can prove that we are left behind.
    struct Probe {
        PeerId peer = 0;
        chain::Height height{};
        Time asked_at{};
    };

    void on(PeerId from, const BlockRequest& request, Time now);
    void on(PeerId from, const NoBlockResponse& response, Time now);
    void on(PeerId from, const BlockResponse& response, Time now);
    void on(PeerId from, const StatusRequest& request, Time now);
    void on(PeerId from, const StatusResponse& response, Time now);

    // Fetching: fetch.cpp.
    void fetch(Time now);
    void ask_for_status(PeerId id, Peer& peer, Time now);
    void drop_silent_peers(Time now);
    void ask_for_blocks(Time now);
    bool may_ask(chain::Height height, Time now);
    bool ask(PeerId id, chain::Height height, Time now);
    Result<void> apply_blocks(Time now);
    Result<std::size_t> apply_next(Time now);

    // Switching: switching.cpp.
    void decide(Time now);
    bool blocks_the_chain() const;
    bool is_alone(Time now) const;
    bool is_caught_up(Time now);
    bool is_stalled(Time now) const;
    void on_probed(PeerId from, const chain::Block& block);

    void drop(PeerId peer, const Error& error);
    chain::Height next_height() const { return chain_.state().next_height(); }

    BlockSyncOptions options_;
    PeerLink& link_;
    Chain& chain_;
    PeerTable peers_{};
    BlockQueue queue_;
    BlockServer server_;
    BlockSyncStats stats_{};
    Wish wish_ = Wish::nothing;
    bool is_syncing_ = true;
    bool is_behind_ = false;  ///< it is proved: our power does not excuse us from fetching
    bool has_work_ = true;    ///< to be done at once
    Time began_;              ///< syncing, or consensus
    Time ticked_at_;
    Time had_peers_at_;
    Time progress_at_;                        ///< a block was applied
    Time received_at_;                        ///< a block came that we had asked for
    std::optional<Time> confirming_since_{};  ///< we seem to have caught up, and ask once more
    std::optional<Probe> probe_{};
    Time probed_at_;
};

}  // namespace steelyard::sync
