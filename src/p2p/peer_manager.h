// PeerManager: whom to dial and when, and who is let in.
#pragma once

#include "base/peer_link.h"
#include "p2p/address_book.h"
#include "p2p/ban_list.h"

#include <map>
#include <set>
#include <vector>

namespace steelyard::p2p {

struct PeerManagerOptions {
    NodeId self{};
    std::vector<NetAddress> persistent{};  ///< dialled for ever, and again when they are gone
    std::vector<NetAddress> seeds{};       ///< dialled when the book has nobody left to dial
    std::set<NodeId> unconditional{};      ///< not counted, not refused, not banned
    int inbound_max = 40;                  ///< persistent and unconditional ones do not count
    int outbound_max = 10;
    bool allow_duplicate_ip = false;
    bool discover = true;  ///< dial addresses of the book, and seeds
    bool seed_mode = false;
    Moment redial_max = std::chrono::seconds(30);  ///< between dials of a persistent peer
};

/// Why a connection whose handshake succeeded was not kept.
enum class Refusal : std::uint8_t {
    banned,
    duplicate_id,
    duplicate_ip,
    inbound_full,
    outbound_full
};

std::string_view to_string(Refusal refusal);

/// A connection whose handshake succeeded.
struct Candidate {
    NodeId id{};
    std::optional<IpAddress> ip{};
    bool outbound = false;
    /// How long the connection that we already have with this node (`connected`) has been silent.
    Moment rival_idle{};
};

struct Admission {
    std::optional<Refusal> refused{};
    std::optional<PeerId> replaces{};  ///< end this one first
    bool persistent = false;
};

/// What to do now.
struct DialPlan {
    std::vector<NetAddress> dials{};  ///< each is to be answered by `admit` or `dial_failed`
    std::vector<PeerId> hang_up{};    ///< enough was heard of them; seed mode
    std::optional<Moment> wake_at{};  ///< when to plan again, if nothing happens
};

/// Pure: times are arguments, and what is drawn comes from `random`. Not thread-safe; it keeps the
/// references.
class PeerManager {
public:
    PeerManager(PeerManagerOptions options, AddressBook& book, RandomSource& random);

    /// To be called at the start, at `wake_at`, and after anything below.
    DialPlan plan(Clock::Wall wall, Moment now);

    /// Dials once, or for ever. False if too many wait, or it is our own address.
    bool request_dial(const NetAddress& address, bool persistent);

    void dial_failed(const NodeId& id, bool is_somebody_else, Moment now);

    /// Whether a socket may begin a handshake.
    bool admits_socket(const IpAddress& from, Moment now) const;

    /// The connection with this node, if there is one.
    std::optional<PeerId> connected(const NodeId& id) const;

    /// Decides about a connection and counts it as `peer` unless it is refused. Two nodes that
    /// dial each other at once both keep the connection that the lower id dialled.
    Admission admit(PeerId peer, const Candidate& candidate, Clock::Wall wall, Moment now);

    /// The connection ended.
    void closed(PeerId peer, Moment now);

    /// The peer of a connection broke the protocol; before `closed`. Gives until when it is
    /// banned; nothing for persistent and unconditional peers. With `proved` it did what only the
    /// holder of its key can do: the ban grows with every time.
    std::optional<Moment> misbehaved(PeerId peer, bool proved, Moment now);

    bool is_persistent(const NodeId& id) const { return persistent_.contains(id); }
    std::size_t inbound() const { return count(false); }
    std::size_t outbound() const { return count(true); }
    std::size_t dialling() const;
    std::size_t banned(Moment now) const { return bans_.count(now); }

private:
    struct Peer {
        NodeId id{};
        std::optional<IpAddress> ip{};
        bool outbound = false;
        bool counted = true;  ///< against the limits
        Moment since{};
    };
    struct DialState {
        bool in_progress = false;
        int attempts = 0;  ///< since the last connection that lasted
        Moment next{};
    };

    bool is_exempt(const NodeId& id) const;
    bool is_free(const NetAddress& address, Moment now) const;
    std::size_t count(bool outbound) const;
    int counted(bool outbound) const;
    int outbound_free() const;
    bool has_ip(const IpAddress& ip) const;
    std::optional<Refusal> refusal(const Candidate& candidate, Moment now) const;
    bool wins_over(const Peer& rival, const Candidate& candidate, Moment now) const;
    Moment back_off(int attempts, Moment longest);
    void start_dial(DialPlan& plan, const NetAddress& address);
    void plan_persistent(DialPlan& plan, Moment now);
    void plan_requested(DialPlan& plan, Moment now);
    void plan_discovery(DialPlan& plan, Clock::Wall wall, Moment now);
    bool plan_seed(DialPlan& plan, Moment now);
    void plan_hang_ups(DialPlan& plan, Moment now);

    PeerManagerOptions options_;
    AddressBook& book_;
    RandomSource& random_;
    BanList bans_{};
    std::map<NodeId, NetAddress> persistent_{};
    std::map<NodeId, NetAddress> requested_{};  ///< to be dialled once
    std::map<PeerId, Peer> peers_{};
    std::map<NodeId, PeerId> by_id_{};
    std::map<NodeId, DialState> dials_{};
};

}  // namespace steelyard::p2p
