#include "blob/exchange_fetches.h"

#include "base/check.h"
#include "base/hex.h"

namespace steelyard::blob {

void Fetches::add_peer(PeerId id, Time now) {
    Peer& peer = peers_[id];
    for (const auto& [blob, fetch] : active_) {
        if (fetch.step != Fetch::Step::opening) {
            peer.wants.insert(blob);
        }
    }
    pump(now);
}

void Fetches::remove_peer(PeerId id, Time now) {
    if (const auto found = peers_.find(id); found != peers_.end()) {
        for (const Owed& owed : found->second.owed) {
            take_back(id, owed);
        }
        peers_.erase(found);
        for (auto& [blob, fetch] : active_) {
            fetch.sources.erase(id);
        }
    }
    pump(now);
}

void Fetches::drained(PeerId, Time now) {
    pump(now);
}

Result<void> Fetches::fetch(const Hash256& id, Time now) {
    if (const auto found = active_.find(id); found != active_.end()) {
        Fetch& fetch = found->second;
        if (!fetch.is_own) {
            fetch.is_own = true;
            fetch.hops = hops_max;
            want_of_all(id, fetch, now);
            pump(now);
        }
        return {};
    }
    if (in_line_.contains(id)) {
        return {};
    }
    if (active_.size() - count_relays() < fetches_max) {
        begin(id, true, hops_max, now);
        return {};
    }
    if (line_.size() >= line_max) {
        return fail(ErrorCode::too_large, "{} blobs wait to be fetched", line_.size());
    }
    line_.emplace(++line_serial_, id);
    in_line_.emplace(id, line_serial_);
    return {};
}

void Fetches::cancel(const Hash256& id, Time now) {
    if (const auto waiting = in_line_.find(id); waiting != in_line_.end()) {
        line_.erase(waiting->second);
        in_line_.erase(waiting);
        return;
    }
    const auto found = active_.find(id);
    if (found == active_.end() || !found->second.is_own) {
        return;
    }
    Fetch& fetch = found->second;
    fetch.is_own = false;
    if (!fetch.is_relay || (fetch.type && is_too_long(fetch, {.type = *fetch.type}))) {
        forget(found);
    }
    take_from_line(now);
}

std::optional<BlobProgress> Fetches::progress(const Hash256& id) const {
    if (in_line_.contains(id)) {
        return BlobProgress{.in_line = true};
    }
    const auto found = active_.find(id);
    if (found == active_.end()) {
        return std::nullopt;
    }
    const Fetch& fetch = found->second;
    const auto has_it = [](const auto& source) { return source.second.has_it; };
    return BlobProgress{
        .groups_there = fetch.groups.there(),
        .groups = fetch.groups.count(),
        .sources = static_cast<std::size_t>(std::ranges::count_if(fetch.sources, has_it)),
    };
}

void Fetches::added(const Hash256& id, Time now) {
    if (const auto found = active_.find(id); found != active_.end()) {
        end(found, {}, now);
    } else if (in_line_.contains(id)) {
        cancel(id, now);
        owner_.ended(id, true, {});
    }
}

void Fetches::relay(const Hash256& id, std::uint32_t hops, Time now) {
    if (config_.relay_bytes == 0 || refused_.contains(id)) {
        return;
    }
    const auto found = active_.find(id);
    if (found == active_.end()) {
        if (count_relays() < relays_max && !in_line_.contains(id)) {
            begin(id, false, hops, now);
        }
        return;
    }
    if (!found->second.is_own && hops > found->second.hops) {
        found->second.hops = hops;
        want_of_all(id, found->second, now);
        pump(now);
    }
}

bool Fetches::is_relay(const Hash256& id) const {
    const auto found = active_.find(id);
    return found != active_.end() && found->second.is_relay;
}

/// Two relays that want the same of each other end when nobody else wants it: each hop is one less.
void Fetches::narrow_relay(const Hash256& id, std::optional<std::uint32_t> hops, Time now) {
    const auto found = active_.find(id);
    if (found == active_.end() || !found->second.is_relay) {
        return;
    }
    Fetch& fetch = found->second;
    if (!hops) {
        fetch.is_relay = false;
    }
    if (fetch.is_own) {
        return;
    }
    if (!hops) {
        forget(found);
    } else if (*hops < fetch.hops) {
        fetch.hops = *hops;
        if (fetch.is_far) {
            tell_reach(id);
        }
    }
    pump(now);
}

void Fetches::part_opened(FetchTicket ticket, Result<PartState> part, Time now) {
    const auto at = find(ticket);
    if (at == active_.end()) {
        return;
    }
    if (!part) {
        end(at, std::unexpected(part.error()), now);
        return;
    }
    if (!part->is_whole) {
        at->second.step = Fetch::Step::seeking;
        want_of_all(at->first, at->second, now);
    }
    set_part(at, *std::move(part), now);
}

Result<void> Fetches::part_begun(FetchTicket ticket, Result<PartState> part, Time now) {
    const auto at = find(ticket);
    const bool is_lie = !part && part.error().code() == ErrorCode::corrupt;
    if (at != active_.end() && is_lie) {
        at->second.step = Fetch::Step::seeking;
    }
    if (is_lie) {
        return invalid("sends a tree that is not the blob's: {}", part.error().message());
    }
    if (at == active_.end()) {
        return {};
    }
    if (!part) {
        end(at, std::unexpected(part.error()), now);
    } else {
        at->second.progress_at = now;
        come_near(at->first, at->second, now);
        set_part(at, *std::move(part), now);
    }
    return {};
}

Result<void> Fetches::group_added(
    FetchTicket ticket, std::uint32_t index, Result<bool> added, Time now
) {
    CHECK(written_ > 0);
    --written_;
    const bool is_lie = !added && added.error().code() == ErrorCode::corrupt;
    const auto at = find(ticket);
    if (at == active_.end()) {
        pump(now);
    } else if (added || is_lie) {
        Fetch& fetch = at->second;
        fetch.groups.end_write(index, added.has_value());
        if (added) {
            fetch.progress_at = now;
            come_near(at->first, fetch, now);
            stats_.bytes_fetched += group_range(*fetch.type, index).size;
        }
        if (added && *added) {
            ++stats_.blobs_fetched;
            end(at, {}, now);
        } else if (added) {
            pump(now);
        }
    } else if (added.error().code() == ErrorCode::not_found && at->second.restarts < restarts_max) {
        ++at->second.restarts;
        open(at);
    } else {
        end(at, std::unexpected(added.error()), now);
    }
    if (is_lie) {
        return invalid("sends a group that is not the blob's: {}", added.error().message());
    }
    return {};
}

void Fetches::tick(Time now) {
    for (auto& [id, peer] : peers_) {
        if (late_at(peer).value_or(now + want_interval) <= now) {
            check_late(id, peer);
        }
    }
    std::vector<Hash256> given_up;
    for (auto& [id, fetch] : active_) {
        if (!fetch.is_own && fetch.progress_at + relay_patience <= now) {
            given_up.push_back(id);
        } else if (fetch.step != Fetch::Step::opening && fetch.want_at <= now) {
            want_of_all(id, fetch, now);
        }
    }
    for (const Hash256& id : given_up) {
        forget(active_.find(id));
    }
    pump(now);
}

std::optional<Fetches::Time> Fetches::deadline() const {
    std::optional<Time> first;
    const auto consider = [&first](Time at) { first = std::min(first.value_or(at), at); };
    for (const auto& [id, fetch] : active_) {
        if (fetch.step != Fetch::Step::opening) {
            consider(fetch.want_at);
        }
        if (!fetch.is_own) {
            consider(fetch.progress_at + relay_patience);
        }
    }
    for (const auto& [id, peer] : peers_) {
        if (const auto at = late_at(peer)) {
            consider(*at);
        }
    }
    return first;
}

void Fetches::add_to(ExchangeStats& stats) const {
    stats.blobs_fetched = stats_.blobs_fetched;
    stats.bytes_fetched = stats_.bytes_fetched;
    stats.timeouts = stats_.timeouts;
    stats.fetches = active_.size();
    stats.relays = count_relays();
    stats.in_line = line_.size();
    stats.buffered_groups = buffered();
}

void Fetches::begin(const Hash256& id, bool is_own, std::uint32_t hops, Time now) {
    const Fetch fetch{
        .is_own = is_own, .is_relay = !is_own, .hops = hops, .want_at = now, .progress_at = now
    };
    const auto at = active_.emplace(id, fetch).first;
    tell_holds();
    open(at);
}

/// Looks at what is there, at first and when a part has vanished under a fetch.
void Fetches::open(Active::iterator at) {
    Fetch& fetch = at->second;
    fetch.ticket = ++tickets_;
    fetch.step = Fetch::Step::opening;
    fetch.tree_from = 0;
    fetch.type.reset();
    fetch.groups = {};
    for (auto& [peer, source] : fetch.sources) {
        source.owed = 0;
    }
    files_.open_part(fetch.ticket, at->first);
}

/// What the files tell: the blob is whole, or these groups are missing, or nothing is known of it.
void Fetches::set_part(Active::iterator at, PartState part, Time now) {
    Fetch& fetch = at->second;
    if (part.is_whole) {
        end(at, {}, now);
        return;
    }
    if (part.header && is_too_long(fetch, *part.header)) {
        refuse_relay(at, now);
        return;
    }
    if (part.header) {
        fetch.type = part.header->type;
        fetch.groups = GroupLedger(part.header->group_count(), part.missing);
        fetch.step = Fetch::Step::moving;
    }
    pump(now);
}

bool Fetches::is_too_long(const Fetch& fetch, const BlobHeader& header) const {
    return !fetch.is_own && header.file_bytes() > config_.relay_bytes;
}

void Fetches::refuse_relay(Active::iterator at, Time now) {
    refused_.insert(at->first);
    forget(at);
    pump(now);
}

void Fetches::end(Active::iterator at, const Result<void>& result, Time now) {
    const Hash256 id = at->first;
    const bool is_own = at->second.is_own;
    if (!result) {
        refused_.insert(id);  // what does not work here is not tried for others
    }
    forget(at);
    owner_.ended(id, is_own, result);
    take_from_line(now);
}

/// The peers are told, and what they still owe is ignored when it comes.
void Fetches::forget(Active::iterator at) {
    for (auto& [peer_id, peer] : peers_) {
        peer.wants.erase(at->first);
        if (peer.standing.erase(at->first) != 0) {
            peer.cancels.push_back(at->first);
            if (peer.cancels.size() > cancels_max) {
                peer.cancels.pop_front();
            }
        }
    }
    active_.erase(at);
    tell_holds();
}

void Fetches::take_from_line(Time now) {
    while (!line_.empty() && active_.size() - count_relays() < fetches_max) {
        const Hash256 id = line_.begin()->second;
        line_.erase(line_.begin());
        in_line_.erase(id);
        if (!active_.contains(id)) {
            begin(id, true, hops_max, now);
        }
    }
    pump(now);
}

void Fetches::tell_holds() {
    std::vector<Hash256> ids;
    ids.reserve(active_.size());
    for (const auto& [id, fetch] : active_) {
        ids.push_back(id);
    }
    files_.hold(std::move(ids));
}

Fetches::Active::iterator Fetches::find(FetchTicket ticket) {
    return std::ranges::find_if(active_, [&](const auto& at) {
        return at.second.ticket == ticket;
    });
}

/// Those that nobody here waits for.
std::size_t Fetches::count_relays() const {
    const auto is_relay = [](const auto& at) { return !at.second.is_own; };
    return static_cast<std::size_t>(std::ranges::count_if(active_, is_relay));
}

}  // namespace steelyard::blob
