#include "blob/exchange_fetches.h"

#include "base/hex.h"

namespace steelyard::blob {

Result<void> Fetches::receive(PeerId from, const Have& have, Time now) {
    const auto peer = peers_.find(from);
    if (peer == peers_.end()) {
        return {};
    }
    if (!peer->second.told.contains(have.id)) {
        return invalid("says that it has {}, which nobody asked for", to_hex(have.id));
    }
    peer->second.standing.erase(have.id);
    peer->second.wants.erase(have.id);
    if (const auto found = active_.find(have.id); found != active_.end()) {
        Fetch& fetch = found->second;
        fetch.sources[from].has_it = true;
        if (!fetch.near_at) {  // later ones are believed when they have given something
            come_near(have.id, fetch, now);
        }
        pump(now);
    }
    return {};
}

Result<void> Fetches::receive(PeerId from, TreeMessage tree, Time now) {
    const Hash256 id = tree.id;
    TRY(take_owed(from, id, std::nullopt, now));
    const auto at = active_.find(id);
    if (at == active_.end() || at->second.step != Fetch::Step::seeking) {
        pump(now);
        return {};
    }
    if (tree.tree.header.id() != id) {
        return invalid("sends a tree whose type and root are not those of {}", to_hex(id));
    }
    Fetch& fetch = at->second;
    if (is_too_long(fetch, tree.tree.header)) {
        refuse_relay(at, now);
        return {};
    }
    fetch.step = Fetch::Step::beginning;
    files_.begin_part(fetch.ticket, from, std::move(tree), !fetch.is_own);
    pump(now);
    return {};
}

Result<void> Fetches::receive(PeerId from, GroupMessage group, Time now) {
    TRY(take_owed(from, group.id, group.index, now));
    const auto at = active_.find(group.id);
    if (at == active_.end() || at->second.step != Fetch::Step::moving) {
        pump(now);
        return {};
    }
    Fetch& fetch = at->second;
    if (group.index >= fetch.groups.count()) {  // asked before the part was opened anew
        pump(now);
        return {};
    }
    const std::uint64_t size = group_range(*fetch.type, group.index).size;
    if (group.content.size() != size) {
        fetch.groups.take_back(group.index, from);
        return invalid("sends {} bytes as a group of {}", group.content.size(), size);
    }
    // One that comes late, when others owe it or all there is to be taken, may be too much.
    const bool has_room = fetch.groups.is_asked(group.index) || buffered() < buffered_groups_max;
    if (has_room && fetch.groups.begin_write(group.index)) {
        ++written_;
        files_.add_group(fetch.ticket, from, std::move(group));
    }
    pump(now);
    return {};
}

Result<void> Fetches::receive(PeerId from, const Gone& gone, Time now) {
    const auto peer = peers_.find(from);
    if (peer == peers_.end()) {
        return {};
    }
    if (peer->second.owed.empty() || peer->second.owed.front().id != gone.id) {
        return invalid("says that {} is gone, which nobody asked for", to_hex(gone.id));
    }
    const std::optional<std::uint32_t> group = peer->second.owed.front().group;
    TRY(take_owed(from, gone.id, group, now));
    if (const auto at = active_.find(gone.id); at != active_.end()) {
        Fetch& fetch = at->second;
        if (group) {
            fetch.groups.take_back(*group, from);
        }
        const auto source = fetch.sources.find(from);
        if (source != fetch.sources.end() && source->second.has_it) {
            source->second.has_it = false;
            ++source->second.strikes;
        }
    }
    pump(now);
    return {};
}

/// A peer answers what it was asked in the order in which it was asked.
Result<void> Fetches::take_owed(
    PeerId from, const Hash256& id, std::optional<std::uint32_t> group, Time now
) {
    const auto found = peers_.find(from);
    if (found == peers_.end()) {
        return invalid("is not there any more");
    }
    Peer& peer = found->second;
    if (peer.owed.empty() || peer.owed.front().id != id || peer.owed.front().group != group) {
        return group
                   ? invalid(
                         "sends group {} of {}, which is not what it was asked", *group, to_hex(id)
                     )
                   : invalid("sends the tree of {}, which is not what it was asked", to_hex(id));
    }
    const FetchTicket ticket = peer.owed.front().ticket;
    peer.owed.pop_front();
    peer.heard = now;
    const auto at = find(ticket);
    if (at == active_.end()) {
        return {};
    }
    Fetch& fetch = at->second;
    if (!group && fetch.tree_from == from) {
        fetch.tree_from = 0;
    }
    if (const auto source = fetch.sources.find(from); group && source != fetch.sources.end()) {
        --source->second.owed;
    }
    return {};
}

/// The peer will not answer: others may be asked.
void Fetches::take_back(PeerId peer, const Owed& owed) {
    const auto at = find(owed.ticket);
    if (at == active_.end()) {
        return;
    }
    if (owed.group) {
        at->second.groups.take_back(*owed.group, peer);
    } else if (at->second.tree_from == peer) {
        at->second.tree_from = 0;
    }
}

}  // namespace steelyard::blob
