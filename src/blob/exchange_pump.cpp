#include "blob/exchange_fetches.h"

namespace steelyard::blob {

/// Says and asks what there is to be said and asked, and room for.
void Fetches::pump(Time now) {
    for (auto& [id, peer] : peers_) {
        send_words(id, peer);
    }
    ask_for_trees(now);
    ask_for_groups(now);
}

/// Those that have said that they have it need not be asked again. Others may ask on only where
/// nobody near has it: they would fetch it as well.
void Fetches::want_of_all(const Hash256& id, Fetch& fetch, Time now) {
    fetch.asked_at = fetch.asked_at.value_or(now);
    const bool all_are_out = std::ranges::all_of(fetch.sources, [](const auto& source) {
        return source.second.strikes >= strikes_max;
    });
    for (auto& [peer, source] : fetch.sources) {
        source.strikes = all_are_out ? 0 : source.strikes;
    }
    fetch.is_far = fetch.far_at() <= now;
    fetch.want_at = now + want_interval;
    if (!fetch.is_far && fetch.hops > 0) {
        fetch.want_at = std::min(fetch.want_at, fetch.far_at());
    }
    for (auto& [peer_id, peer] : peers_) {
        const auto source = fetch.sources.find(peer_id);
        if (source == fetch.sources.end() || !source->second.has_it) {
            peer.wants.insert(id);
        }
    }
}

/// A peer has shown that it has the blob: nobody else need ask for it.
void Fetches::come_near(const Hash256& id, Fetch& fetch, Time now) {
    fetch.near_at = now;
    if (std::exchange(fetch.is_far, false)) {
        tell_reach(id);
    }
}

/// Peers that have been asked are asked anew, so that they know how far.
void Fetches::tell_reach(const Hash256& id) {
    for (auto& [peer_id, peer] : peers_) {
        if (peer.standing.contains(id)) {
            peer.wants.insert(id);
        }
    }
}

/// Cancels first: what is taken back may be wanted again.
void Fetches::send_words(PeerId id, Peer& peer) {
    while (!peer.cancels.empty()) {
        const std::size_t count = std::min(peer.cancels.size(), ids_per_message_max);
        const auto end = peer.cancels.begin() + static_cast<std::ptrdiff_t>(count);
        if (!sender_.send(id, Cancel{{peer.cancels.begin(), end}})) {
            return;
        }
        peer.cancels.erase(peer.cancels.begin(), end);
    }
    while (!peer.wants.empty() && send_wants(id, peer)) {
    }
}

/// One message, of ids that may be asked for equally far.
bool Fetches::send_wants(PeerId id, Peer& peer) {
    Want want;
    for (const Hash256& blob : peer.wants) {
        const std::uint32_t hops = active_.at(blob).reach();
        if (want.ids.empty()) {
            want.hops = hops;
        }
        if (hops == want.hops && want.ids.size() < ids_per_message_max) {
            want.ids.push_back(blob);
        }
    }
    if (!sender_.send(id, want)) {
        return false;
    }
    for (const Hash256& blob : want.ids) {
        peer.wants.erase(blob);
        peer.standing.insert(blob);
        peer.told.insert(blob);
    }
    return true;
}

void Fetches::ask_for_trees(Time now) {
    for (auto& [id, fetch] : active_) {
        while (fetch.step == Fetch::Step::seeking && fetch.tree_from == 0) {
            const PeerId peer = choose_source(id, fetch, std::nullopt);
            if (peer == 0) {
                break;
            }
            if (ask(peer, id, std::nullopt, now)) {
                fetch.tree_from = peer;
            }
        }
    }
}

/// One group at a time, for the fetch that has the fewest under way.
void Fetches::ask_for_groups(Time now) {
    std::set<FetchTicket> stuck;
    for (std::size_t count = buffered(); count < buffered_groups_max;) {
        Active::iterator poorest = active_.end();
        for (auto at = active_.begin(); at != active_.end(); ++at) {
            const Fetch& fetch = at->second;
            const bool may = fetch.step == Fetch::Step::moving && !stuck.contains(fetch.ticket);
            if (may && (poorest == active_.end() ||
                        fetch.groups.in_flight() < poorest->second.groups.in_flight())) {
                poorest = at;
            }
        }
        if (poorest == active_.end()) {
            return;
        }
        if (ask_for_group(poorest->first, poorest->second, now)) {
            ++count;
        } else {
            stuck.insert(poorest->second.ticket);
        }
    }
}

/// False: none is missing, or nobody can be asked for it now.
bool Fetches::ask_for_group(const Hash256& id, Fetch& fetch, Time now) {
    const std::optional<std::uint32_t> group = fetch.groups.next();
    while (group) {
        const PeerId peer = choose_source(id, fetch, group);
        if (peer == 0) {
            return false;
        }
        if (ask(peer, id, group, now)) {
            fetch.groups.ask(*group, peer);
            ++fetch.sources[peer].owed;
            return true;
        }
    }
    return false;
}

/// False: the peer's queue is full, and it will not be chosen again until it has drained.
bool Fetches::ask(PeerId peer, const Hash256& id, std::optional<std::uint32_t> group, Time now) {
    const bool is_sent =
        group ? sender_.send(peer, GetGroup{id, *group}) : sender_.send(peer, GetTree{id});
    if (is_sent) {
        peers_[peer].owed.push_back(
            {.ticket = active_.at(id).ticket, .id = id, .group = group, .asked = now}
        );
    }
    return is_sent;
}

/// Nobody is asked twice for what he still owes.
bool Fetches::may_ask(PeerId peer, const Hash256& id, std::optional<std::uint32_t> group) const {
    const std::deque<Owed>& owed = peers_.at(peer).owed;
    return owed.size() < unanswered_max && sender_.has_room(peer) &&
           std::ranges::none_of(
               owed, [&](const Owed& one) { return one.group == group && one.id == id; }
           );
}

/// The one that owes least; 0: nobody. A blob is taken from `sources_max` peers at a time.
PeerId Fetches::choose_source(
    const Hash256& id, const Fetch& fetch, std::optional<std::uint32_t> group
) const {
    const auto in_use = std::ranges::count_if(fetch.sources, [](const auto& source) {
        return source.second.owed > 0;
    });
    const bool is_crowded = group && static_cast<std::size_t>(in_use) >= sources_max;
    PeerId best = 0;
    std::pair<std::size_t, std::size_t> least{};
    for (const auto& [peer, source] : fetch.sources) {
        const bool is_fit = source.has_it && source.strikes < strikes_max &&
                            source.owed < owed_max && (!is_crowded || source.owed > 0);
        if (!is_fit || !may_ask(peer, id, group)) {
            continue;
        }
        const std::pair burden{source.owed, peers_.at(peer).owed.size()};
        if (best == 0 || burden < least) {
            best = peer;
            least = burden;
        }
    }
    return best;
}

std::size_t Fetches::buffered() const {
    std::size_t count = written_;
    for (const auto& [id, fetch] : active_) {
        count += fetch.groups.asked();
    }
    return count;
}

/// When a peer has been silent too long about what it was asked; never, if it owes nothing or is
/// late with everything already.
std::optional<Fetches::Time> Fetches::late_at(const Peer& peer) {
    const auto first =
        std::ranges::find_if(peer.owed, [](const Owed& owed) { return !owed.is_late; });
    if (first == peer.owed.end()) {
        return std::nullopt;
    }
    return std::max(peer.heard, first->asked) + answer_timeout;
}

/// It loses what it owes to others. It may still answer.
void Fetches::check_late(PeerId id, Peer& peer) {
    std::set<FetchTicket> missed;
    for (Owed& owed : peer.owed) {
        if (!owed.is_late) {
            owed.is_late = true;
            take_back(id, owed);
            missed.insert(owed.ticket);
        }
    }
    for (const FetchTicket ticket : missed) {
        const auto at = find(ticket);
        if (at != active_.end() && at->second.sources.contains(id)) {
            ++at->second.sources[id].strikes;
        }
    }
    ++stats_.timeouts;
}

}  // namespace steelyard::blob
