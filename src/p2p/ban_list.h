// BanList: who misbehaved, and until when nothing is to be had from it.
#pragma once

#include "p2p/moment.h"
#include "p2p/net_address.h"

#include <map>
#include <set>

namespace steelyard::p2p {

inline constexpr Moment ban_time_first = std::chrono::seconds(30);
inline constexpr Moment ban_time_max = std::chrono::hours(24);
inline constexpr std::size_t ban_entries_max = 4096;  ///< ids, and hosts
inline constexpr std::size_t banned_ids_per_host = 5;

/// A node is banned for a time that grows fourfold with every offence; what is a day old is
/// forgotten. Ids cost nothing, so a host from which five different ids were banned is banned as
/// well (never a loopback one). Bounded: the ban that ends first makes room. Pure.
class BanList {
public:
    /// Counts an offence; gives when the ban ends.
    Moment ban(const NodeId& id, const std::optional<IpAddress>& from, Moment now);

    /// Bans for ban_time_first without counting: for what somebody on the way could have done.
    Moment ban_briefly(const NodeId& id, Moment now);

    /// When the ban ends, if there is one.
    std::optional<Moment> banned_until(const NodeId& id, Moment now) const;
    std::optional<Moment> banned_until(const IpAddress& host, Moment now) const;

    /// How many ids and hosts are banned.
    std::size_t count(Moment now) const;

private:
    struct Entry {
        int offences = 0;
        Moment until{};
        Moment forget_at{};
    };
    struct Host {
        std::set<NodeId> ids{};
        Entry entry{};
    };

    std::map<NodeId, Entry> ids_{};
    std::map<IpAddress, Host> hosts_{};
};

}  // namespace steelyard::p2p
