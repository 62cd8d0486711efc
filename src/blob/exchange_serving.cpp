#include "blob/exchange_serving.h"

#include "base/check.h"

namespace steelyard::blob {

void Serving::remove_peer(PeerId id, Time now) {
    const auto found = askers_.find(id);
    if (found == askers_.end()) {
        return;
    }
    Asker gone = std::move(found->second);
    askers_.erase(found);
    for (const Request& request : gone.requests) {
        if (request.is_loading || request.answer) {
            loaded_bytes_ -= request.bytes_max();
        }
    }
    for (const Wanted& wanted : gone.wanted) {
        review_relay(wanted.id, now);
    }
    load();
}

void Serving::drained(PeerId id) {
    if (const auto found = askers_.find(id); found != askers_.end()) {
        pump(id, found->second);
        load();
    }
}

/// What is wanted again is looked for again, from now on so far as is said now.
void Serving::receive(PeerId from, const Want& want, Time now) {
    Asker& asker = askers_.at(from);
    for (const Hash256& id : want.ids) {
        Wanted wanted{.id = id, .hops = want.hops};
        const auto known = std::ranges::find(asker.wanted, id, &Wanted::id);
        bool is_nearer = false;
        if (known != asker.wanted.end()) {
            is_nearer = want.hops < known->hops;
            if (known->state == Wanted::State::looked_for) {
                wanted.state = known->state;
            }
            asker.wanted.erase(known);
        }
        asker.wanted.push_back(wanted);
        if (is_nearer) {
            review_relay(id, now);
        }
        if (asker.wanted.size() > wanted_max) {
            unwant(asker, Hash256(asker.wanted.front().id), now);
        }
    }
    look(from, asker);
}

void Serving::receive(PeerId from, const Cancel& cancel, Time now) {
    Asker& asker = askers_.at(from);
    for (const Hash256& id : cancel.ids) {
        std::erase(asker.haves, id);
        unwant(asker, id, now);
    }
}

Result<void> Serving::receive(PeerId from, const GetTree& get) {
    return ask(from, {.id = get.id});
}

Result<void> Serving::receive(PeerId from, const GetGroup& get) {
    return ask(from, {.id = get.id, .group = get.index});
}

Result<void> Serving::ask(PeerId from, Request request) {
    Asker& asker = askers_.at(from);
    if (asker.requests.size() >= unanswered_max) {
        return invalid("asks for more than {} groups and trees at a time", unanswered_max);
    }
    asker.requests.push_back(std::move(request));
    load();
    return {};
}

void Serving::became_whole(const Hash256& id) {
    for (auto& [peer, asker] : askers_) {
        if (std::erase_if(asker.wanted, [&](const Wanted& wanted) { return wanted.id == id; }) >
            0) {
            say_have(peer, asker, id);
        }
    }
}

void Serving::found(PeerId asker_id, std::span<const Hash256> whole, Time now) {
    const auto found = askers_.find(asker_id);
    if (found == askers_.end()) {
        return;
    }
    Asker& asker = found->second;
    asker.is_looking = false;
    for (const Hash256& id : whole) {
        // Unless it was cancelled meanwhile, or fell out.
        if (std::erase_if(asker.wanted, [&](const Wanted& wanted) { return wanted.id == id; }) >
            0) {
            say_have(asker_id, asker, id);
        }
    }
    std::vector<Wanted> not_here;
    for (Wanted& wanted : asker.wanted) {
        if (wanted.state == Wanted::State::looked_for) {
            wanted.state = Wanted::State::not_here;
            not_here.push_back(wanted);
        }
    }
    for (const Wanted& wanted : not_here) {
        if (wanted.hops > 0 && count_relays(asker) < relays_per_peer_max) {
            fetches_.relay(wanted.id, wanted.hops - 1, now);
        }
    }
    look(asker_id, asker);
}

void Serving::tree_loaded(PeerId asker, const Hash256& id, Result<TreeMessage> tree) {
    if (Request* const request = find_loading(asker, id, std::nullopt)) {
        request->answer = tree ? ExchangeMessage(*std::move(tree)) : ExchangeMessage(Gone{id});
        request->is_loading = false;
        pump(asker, askers_.at(asker));
        load();
    }
}

void Serving::group_loaded(PeerId asker, const GetGroup& asked, Result<GroupMessage> group) {
    if (Request* const request = find_loading(asker, asked.id, asked.index)) {
        request->answer =
            group ? ExchangeMessage(*std::move(group)) : ExchangeMessage(Gone{asked.id});
        request->is_loading = false;
        pump(asker, askers_.at(asker));
        load();
    }
}

void Serving::add_to(ExchangeStats& stats) const {
    stats.bytes_served = bytes_served_;
    stats.loaded_bytes = loaded_bytes_;
}

/// Nothing if the peer has gone since.
Serving::Request* Serving::find_loading(
    PeerId id, const Hash256& blob, std::optional<std::uint32_t> group
) {
    const auto asker = askers_.find(id);
    if (asker == askers_.end()) {
        return nullptr;
    }
    const auto request = std::ranges::find_if(asker->second.requests, [&](const Request& one) {
        return one.is_loading && one.group == group && one.id == blob;
    });
    return request == asker->second.requests.end() ? nullptr : &*request;
}

void Serving::unwant(Asker& asker, const Hash256& id, Time now) {
    if (std::erase_if(asker.wanted, [&](const Wanted& wanted) { return wanted.id == id; }) > 0) {
        review_relay(id, now);
    }
}

void Serving::review_relay(const Hash256& id, Time now) {
    if (!fetches_.is_relay(id)) {
        return;
    }
    std::uint32_t hops = 0;
    for (const auto& [peer, asker] : askers_) {
        const auto wanted = std::ranges::find(asker.wanted, id, &Wanted::id);
        if (wanted != asker.wanted.end()) {
            hops = std::max(hops, wanted->hops);
        }
    }
    fetches_.narrow_relay(id, hops == 0 ? std::nullopt : std::optional(hops - 1), now);
}

/// Blobs that are fetched because this peer asks for them, and perhaps others.
std::size_t Serving::count_relays(const Asker& asker) const {
    return static_cast<std::size_t>(std::ranges::count_if(asker.wanted, [&](const Wanted& wanted) {
        return wanted.hops > 0 && fetches_.is_relay(wanted.id);
    }));
}

/// One question to the files at a time for each peer, so that a flood of ids waits here.
void Serving::look(PeerId id, Asker& asker) {
    if (asker.is_looking) {
        return;
    }
    std::vector<Hash256> ids;
    for (Wanted& wanted : asker.wanted) {
        if (wanted.state == Wanted::State::fresh && ids.size() < ids_per_message_max) {
            wanted.state = Wanted::State::looked_for;
            ids.push_back(wanted.id);
        }
    }
    if (!ids.empty()) {
        asker.is_looking = true;
        files_.find(id, std::move(ids));
    }
}

void Serving::say_have(PeerId id, Asker& asker, const Hash256& blob) {
    if (asker.haves.size() >= wanted_max) {
        asker.haves.pop_front();
    }
    asker.haves.push_back(blob);
    pump(id, asker);
}

void Serving::pump(PeerId id, Asker& asker) {
    while (!asker.haves.empty() && sender_.send(id, Have{asker.haves.front()})) {
        asker.haves.pop_front();
    }
    while (send_answer(id, asker)) {
    }
    if (!sender_.has_room(id)) {
        // It is read again later, so that a peer that takes nothing holds no memory.
        for (Request& request : asker.requests) {
            if (request.answer) {
                unload(request);
            }
        }
    }
}

/// The next one, if it is loaded and there is room.
bool Serving::send_answer(PeerId id, Asker& asker) {
    if (asker.requests.empty() || !asker.requests.front().answer) {
        return false;
    }
    Request& request = asker.requests.front();
    if (!sender_.send(id, *request.answer)) {
        return false;
    }
    if (const auto* const group = std::get_if<GroupMessage>(&*request.answer)) {
        bytes_served_ += group->content.size();
    }
    unload(request);
    asker.requests.pop_front();
    return true;
}

void Serving::unload(Request& request) {
    request.answer.reset();
    loaded_bytes_ -= request.bytes_max();
}

/// Peers in turns, while there is room for what is read.
void Serving::load() {
    bool is_any = !askers_.empty();
    while (is_any) {
        is_any = false;
        for (std::size_t count = askers_.size(); count > 0; --count) {
            auto next = askers_.upper_bound(turn_);
            next = next == askers_.end() ? askers_.begin() : next;
            const auto before = std::exchange(turn_, next->first);
            const std::optional<bool> is_begun = load_one(next->first, next->second);
            if (!is_begun) {
                turn_ = before;  // the room is too small for whoever is next
                return;
            }
            is_any = is_any || *is_begun;
        }
    }
}

/// Begins to read a peer's next answer. False: none is due; nothing: there is no room for it.
std::optional<bool> Serving::load_one(PeerId id, Asker& asker) {
    if (!sender_.has_room(id)) {
        return false;
    }
    const std::size_t ahead = std::min(asker.requests.size(), loads_per_peer_max);
    for (std::size_t i = 0; i < ahead; ++i) {
        Request& request = asker.requests[i];
        if (request.is_loading || request.answer) {
            continue;
        }
        if (loaded_bytes_ + request.bytes_max() > loaded_bytes_max) {
            return std::nullopt;
        }
        loaded_bytes_ += request.bytes_max();
        request.is_loading = true;
        if (request.group) {
            files_.load_group(id, request.id, *request.group);
        } else {
            files_.load_tree(id, request.id);
        }
        return true;
    }
    return false;
}

}  // namespace steelyard::blob
