#include "p2p/ban_list.h"

namespace steelyard::p2p {

namespace {

constexpr int growth = 4;

template <typename Map, typename EntryOf>
void make_room(Map& map, Moment now, EntryOf entry_of) {
    if (map.size() < ban_entries_max) {
        return;
    }
    std::erase_if(map, [&](const auto& item) { return entry_of(item.second).forget_at <= now; });
    if (map.size() >= ban_entries_max) {
        map.erase(std::ranges::min_element(map, {}, [&](auto& item) {
            return entry_of(item.second).until;
        }));
    }
}

template <typename Entry>
void count_offence(Entry& entry, Moment now) {
    if (entry.forget_at <= now) {
        entry.offences = 0;
    }
    Moment time = ban_time_first;
    for (int i = 0; i < entry.offences && time < ban_time_max; ++i) {
        time *= growth;
    }
    ++entry.offences;
    entry.until = now + std::min(time, ban_time_max);
    entry.forget_at = entry.until + ban_time_max;
}

}  // namespace

Moment BanList::ban(const NodeId& id, const std::optional<IpAddress>& from, Moment now) {
    make_room(ids_, now, [](const Entry& entry) -> const Entry& { return entry; });
    Entry& entry = ids_[id];
    count_offence(entry, now);
    if (from && !from->is_loopback()) {
        make_room(hosts_, now, [](const Host& host) -> const Entry& { return host.entry; });
        Host& host = hosts_[*from];
        if (host.entry.forget_at <= now) {
            host.ids.clear();
            host.entry.forget_at = now + ban_time_max;
        }
        host.ids.insert(id);
        if (host.ids.size() >= banned_ids_per_host) {
            host.ids.clear();
            count_offence(host.entry, now);
        }
    }
    return entry.until;
}

Moment BanList::ban_briefly(const NodeId& id, Moment now) {
    make_room(ids_, now, [](const Entry& entry) -> const Entry& { return entry; });
    Entry& entry = ids_[id];
    entry.until = std::max(entry.until, now + ban_time_first);
    entry.forget_at = std::max(entry.forget_at, entry.until);
    return entry.until;
}

std::optional<Moment> BanList::banned_until(const NodeId& id, Moment now) const {
    const auto entry = ids_.find(id);
    return entry != ids_.end() && entry->second.until > now ? std::optional(entry->second.until)
                                                            : std::nullopt;
}

std::optional<Moment> BanList::banned_until(const IpAddress& host, Moment now) const {
    const auto entry = hosts_.find(host);
    return entry != hosts_.end() && entry->second.entry.until > now
               ? std::optional(entry->second.entry.until)
               : std::nullopt;
}

std::size_t BanList::count(Moment now) const {
    const auto banned = [&](const Entry& entry) { return entry.until > now; };
    return static_cast<std::size_t>(
        std::ranges::count_if(ids_, [&](const auto& item) { return banned(item.second); }) +
        std::ranges::count_if(hosts_, [&](const auto& item) { return banned(item.second.entry); })
    );
}

}  // namespace steelyard::p2p
