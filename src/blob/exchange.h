// Exchange: how blobs travel between nodes (doc/spec/blobs.md, X).
#pragma once

#include "base/peer_link.h"
#include "blob/exchange_messages.h"

#include <chrono>
#include <memory>
#include <optional>

namespace steelyard::blob {

constexpr std::chrono::seconds want_interval{10};   ///< after it all peers are asked again
constexpr std::chrono::seconds near_patience{3};    ///< before peers may ask others
constexpr std::chrono::seconds answer_timeout{15};  ///< then others are asked for the same
constexpr std::chrono::seconds relay_patience{60};  ///< for a relayed blob that does not move

constexpr std::size_t fetches_max = 64;         ///< at a time
constexpr std::size_t line_max = 4'096;         ///< that wait for a turn
constexpr std::size_t relays_max = 16;          ///< at a time, beside the node's own
constexpr std::size_t relays_per_peer_max = 8;  ///< of those that one peer wants
constexpr std::size_t sources_max = 8;          ///< peers that owe groups of one blob
constexpr std::size_t owed_max = 8;             ///< groups of one blob that a peer owes
constexpr std::size_t unanswered_max = 32;      ///< GetTree and GetGroup of one peer
constexpr std::size_t strikes_max = 3;          ///< time-outs of a peer with one blob
constexpr std::size_t wanted_max = 256;         ///< ids of one peer

/// Groups that are asked for or being written, over all blobs.
constexpr std::size_t buffered_groups_max = 256;

/// What is read from files to be sent, over all peers.
constexpr std::size_t loaded_bytes_max = std::size_t{4} << 20;

struct ExchangeConfig {
    /// The longest file that is fetched because a peer asks for it; 0: none is.
    std::uint64_t relay_bytes = std::uint64_t{1} << 30;
};

/// How far a fetch is.
struct BlobProgress {
    std::uint32_t groups_there = 0;
    std::uint32_t groups = 0;  ///< 0: not known yet
    std::size_t sources = 0;   ///< peers that said that they have it
    bool in_line = false;      ///< it waits for its turn

    bool operator==(const BlobProgress&) const = default;
};

struct ExchangeStats {
    std::uint64_t blobs_fetched = 0;
    std::uint64_t bytes_fetched = 0;  ///< of groups that were right
    std::uint64_t bytes_served = 0;   ///< of groups
    std::uint64_t bad_peers = 0;      ///< dropped here
    std::uint64_t timeouts = 0;       ///< peers that did not answer in time
    std::size_t fetches = 0;          ///< now, with `relays`
    std::size_t relays = 0;
    std::size_t in_line = 0;
    std::size_t buffered_groups = 0;  ///< as `buffered_groups_max` counts
    std::size_t loaded_bytes = 0;
};

/// What is there of a blob that is to be fetched.
struct PartState {
    bool is_whole = false;
    std::optional<BlobHeader> header{};    ///< of a part whose tree is known
    std::vector<std::uint32_t> missing{};  ///< its groups that are not there, ascending
};

/// Names a fetch towards the files; not used again.
using FetchTicket = std::uint64_t;

/// Where the work with files is done: elsewhere, later. Each call is answered once, by the function
/// of Exchange that is named, never before the call returns.
class ExchangeFiles {
public:
    virtual ~ExchangeFiles() = default;

    // For a peer.
    virtual void find(PeerId asker, std::vector<Hash256> ids) = 0;  ///< found
    virtual void load_tree(PeerId asker, const Hash256& id) = 0;    ///< tree_loaded
    virtual void load_group(
        PeerId asker, const Hash256& id, std::uint32_t index
    ) = 0;  ///< group_loaded

    // For a fetch.
    virtual void open_part(FetchTicket ticket, const Hash256& id) = 0;  ///< part_opened
    virtual void begin_part(
        FetchTicket ticket, PeerId from, TreeMessage tree, bool is_for_peers
    ) = 0;  ///< part_begun
    virtual void add_group(
        FetchTicket ticket, PeerId from, GroupMessage group
    ) = 0;  ///< group_added

    /// These are being fetched now and must not be removed, instead of those told before. Not
    /// answered.
    virtual void hold(std::vector<Hash256> ids) = 0;
};

/// A pure core: single-threaded, no clock; `now` is a monotonic time. Fetches blobs from peers,
/// gives peers what is here, and fetches for them what is not.
class Exchange {
public:
    using Time = std::chrono::nanoseconds;

    class Sink {
    public:
        virtual ~Sink() = default;

        /// A fetch has ended: the blob is whole, or what went wrong here. Must not call back.
        virtual void fetched(const Hash256& id, const Result<void>& result) = 0;
    };

    Exchange(const ExchangeConfig& config, PeerLink& link, ExchangeFiles& files, Sink& sink);
    ~Exchange();

    /// A peer whose node info lists the channel; nobody else may be told here.
    void add_peer(PeerId peer, Time now);
    void remove_peer(PeerId peer, Time now);

    /// A message on channel 0x70. A peer that breaks the rules is dropped.
    void receive(PeerId from, ByteView message, Time now);

    /// The channel's queue has room again.
    void drained(PeerId peer, Time now);

    /// Begins to fetch, or goes on; ends in Sink::fetched. Errors: too_large (`line_max`).
    Result<void> fetch(const Hash256& id, Time now);

    /// Nobody here waits for it any more. What has come stays as a part.
    void cancel(const Hash256& id, Time now);

    /// Of a fetch that has not ended.
    std::optional<BlobProgress> progress(const Hash256& id) const;

    /// A blob became whole without a fetch.
    void added(const Hash256& id, Time now);

    /// Does what is due. To be called when `deadline` is past.
    void tick(Time now);
    std::optional<Time> deadline() const;

    ExchangeStats stats() const;

    // Answers of ExchangeFiles.

    /// `whole`: those of the ids that are here.
    void found(PeerId asker, std::span<const Hash256> whole, Time now);

    /// After an error the peer is told that the blob is gone.
    void tree_loaded(PeerId asker, const Hash256& id, Result<TreeMessage> tree);
    void group_loaded(PeerId asker, const GetGroup& asked, Result<GroupMessage> group);

    void part_opened(FetchTicket ticket, Result<PartState> part, Time now);

    /// `corrupt`: the tree is not that of the id.
    void part_begun(FetchTicket ticket, PeerId from, Result<PartState> part, Time now);

    /// True: the blob is whole. `corrupt`: the group is not right; `not_found`: the part is gone.
    void group_added(
        FetchTicket ticket, PeerId from, std::uint32_t index, Result<bool> added, Time now
    );

private:
    class Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace steelyard::blob
