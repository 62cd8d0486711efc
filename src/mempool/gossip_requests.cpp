#include "mempool/gossip_requests.h"

#include <algorithm>

namespace steelyard::mempool {
namespace {

/// Deadlines are rounded up to this, so that one message asks for many.
constexpr Requests::Time grain = std::chrono::milliseconds(10);

}  // namespace

void Requests::announced(PeerId peer, ShortId id, Time now) {
    if (const auto found = open_.find(id); found != open_.end()) {
        auto& announcers = found->second.announcers;
        const bool is_new = std::ranges::find(announcers, peer) == announcers.end();
        if (is_new && announcers.size() < announcers_max) {
            announcers.insert(announcers.begin(), peer);
        }
        return;
    }
    std::size_t& open_of_peer = open_of_[peer];
    if (open_.size() >= open_max || open_of_peer >= open_per_peer_max) {
        return;
    }
    ++open_of_peer;
    Request& request = open_[id];
    request.announcers.push_back(peer);
    request.first = peer;
    schedule(id, request, now + delay_);
}

void Requests::schedule(ShortId id, Request& request, Time at) {
    schedule_.erase({request.due, id});
    request.due = (at + grain - Time(1)) / grain * grain;
    schedule_.emplace(request.due, id);
}

void Requests::settled(ShortId id) {
    if (const auto found = open_.find(id); found != open_.end()) {
        erase(found);
    }
}

void Requests::erase(Open::iterator at) {
    schedule_.erase({at->second.due, at->first});
    if (const auto count = open_of_.find(at->second.first); count != open_of_.end()) {
        if (--count->second == 0) {
            open_of_.erase(count);
        }
    }
    open_.erase(at);
}

/// What it was asked for times out, and goes to the next.
void Requests::peer_gone(PeerId peer) {
    for (auto& [id, request] : open_) {
        std::erase(request.announcers, peer);
    }
}

std::map<PeerId, std::vector<ShortId>> Requests::due(Time now, std::uint64_t& expired) {
    std::map<PeerId, std::vector<ShortId>> asks;
    while (!schedule_.empty() && schedule_.begin()->first <= now) {
        const ShortId id = schedule_.begin()->second;
        const auto found = open_.find(id);
        Request& request = found->second;
        expired += request.asked ? 1 : 0;
        if (request.announcers.empty()) {
            erase(found);
            continue;
        }
        asks[request.announcers.back()].push_back(id);
        request.announcers.pop_back();
        request.asked = true;
        schedule(id, request, now + timeout_);
    }
    return asks;
}

std::optional<Requests::Time> Requests::deadline() const {
    return schedule_.empty() ? std::nullopt : std::optional(schedule_.begin()->first);
}

}  // namespace steelyard::mempool
