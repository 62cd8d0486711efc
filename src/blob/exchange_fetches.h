// Fetches: the blobs that are fetched from peers, for this node and for others.
#pragma once

#include "base/lru_set.h"
#include "blob/exchange_fetch.h"
#include "blob/exchange_sender.h"

#include <deque>

namespace steelyard::blob {

/// A part of Exchange: single-threaded, no clock. What returns an error of a peer expects that the
/// peer is dropped.
class Fetches {
public:
    using Time = Exchange::Time;

    class Owner {
    public:
        virtual ~Owner() = default;

        /// Must not call back.
        virtual void ended(const Hash256& id, bool is_own, const Result<void>& result) = 0;
    };

    Fetches(
        const ExchangeConfig& config, ExchangeSender& sender, ExchangeFiles& files, Owner& owner
    )
        : config_(config), sender_(sender), files_(files), owner_(owner), refused_(refused_max) {}

    void add_peer(PeerId id, Time now);
    void remove_peer(PeerId id, Time now);
    void drained(PeerId id, Time now);

    Result<void> fetch(const Hash256& id, Time now);
    void cancel(const Hash256& id, Time now);
    std::optional<BlobProgress> progress(const Hash256& id) const;
    void added(const Hash256& id, Time now);

    /// Begins to fetch for peers, if that may be.
    void relay(const Hash256& id, std::uint32_t hops, Time now);
    bool is_relay(const Hash256& id) const;

    /// What peers still want of a relay: others may ask no further than so; nothing: it ends.
    void narrow_relay(const Hash256& id, std::optional<std::uint32_t> hops, Time now);

    Result<void> receive(PeerId from, const Have& have, Time now);
    Result<void> receive(PeerId from, TreeMessage tree, Time now);
    Result<void> receive(PeerId from, GroupMessage group, Time now);
    Result<void> receive(PeerId from, const Gone& gone, Time now);

    void part_opened(FetchTicket ticket, Result<PartState> part, Time now);
    Result<void> part_begun(FetchTicket ticket, Result<PartState> part, Time now);
    Result<void> group_added(FetchTicket ticket, std::uint32_t index, Result<bool> added, Time now);

    void tick(Time now);
    std::optional<Time> deadline() const;
    void add_to(ExchangeStats& stats) const;

private:
    static constexpr std::size_t refused_max =
        1'024;  ///< relays that are not tried again, remembered
    static constexpr std::size_t told_max =
        4'096;  ///< ids that a peer may still answer, remembered
    static constexpr std::size_t cancels_max =
        2 * wanted_max;                             ///< the peer has forgotten older ones
    static constexpr std::size_t restarts_max = 3;  ///< of a fetch whose part vanishes

    /// A request that a peer has not answered.
    struct Owed {
        FetchTicket ticket = 0;
        Hash256 id{};
        std::optional<std::uint32_t> group{};  ///< nothing: the tree
        Time asked{};
        bool is_late = false;
    };

    struct Peer {
        std::deque<Owed> owed{};        ///< answered in this order
        Time heard{};                   ///< its last answer
        std::set<Hash256> wants{};      ///< to be told
        std::set<Hash256> standing{};   ///< told and not taken back
        std::deque<Hash256> cancels{};  ///< to be told
        LruSet told{told_max};
    };
    using Peers = std::map<PeerId, Peer>;
    using Active = std::map<Hash256, Fetch>;

    // exchange_fetches.cpp
    void begin(const Hash256& id, bool is_own, std::uint32_t hops, Time now);
    void open(Active::iterator at);
    void set_part(Active::iterator at, PartState part, Time now);
    bool is_too_long(const Fetch& fetch, const BlobHeader& header) const;
    void refuse_relay(Active::iterator at, Time now);
    void end(Active::iterator at, const Result<void>& result, Time now);
    void forget(Active::iterator at);
    void take_from_line(Time now);
    void tell_holds();
    Active::iterator find(FetchTicket ticket);
    std::size_t count_relays() const;

    // exchange_answers.cpp
    Result<void> take_owed(
        PeerId from, const Hash256& id, std::optional<std::uint32_t> group, Time now
    );
    void take_back(PeerId peer, const Owed& owed);

    // exchange_pump.cpp
    void pump(Time now);
    void want_of_all(const Hash256& id, Fetch& fetch, Time now);
    void come_near(const Hash256& id, Fetch& fetch, Time now);
    void tell_reach(const Hash256& id);
    void send_words(PeerId id, Peer& peer);
    bool send_wants(PeerId id, Peer& peer);
    void ask_for_trees(Time now);
    void ask_for_groups(Time now);
    bool ask_for_group(const Hash256& id, Fetch& fetch, Time now);
    bool ask(PeerId peer, const Hash256& id, std::optional<std::uint32_t> group, Time now);
    bool may_ask(PeerId peer, const Hash256& id, std::optional<std::uint32_t> group) const;
    PeerId choose_source(const Hash256& id, const Fetch& fetch, std::optional<std::uint32_t> group)
        const;
    std::size_t buffered() const;
    static std::optional<Time> late_at(const Peer& peer);
    void check_late(PeerId id, Peer& peer);

    const ExchangeConfig config_;
    ExchangeSender& sender_;
    ExchangeFiles& files_;
    Owner& owner_;
    Peers peers_;
    Active active_;
    std::map<std::uint64_t, Hash256> line_;  ///< by the order in which they came
    std::map<Hash256, std::uint64_t> in_line_;
    std::uint64_t line_serial_ = 0;
    FetchTicket tickets_ = 0;
    std::size_t written_ = 0;  ///< groups, also of fetches that have ended
    LruSet refused_;
    ExchangeStats stats_;
};

}  // namespace steelyard::blob
