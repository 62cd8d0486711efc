#include "consensus/core/deferred.h"

namespace steelyard::consensus {
namespace {

/// Roughly what a message takes in memory.
std::size_t size_of(const Message& message) {
    if (const auto* part = std::get_if<BlockPart>(&message)) {
        return sizeof(Received) + part->part.bytes.size() + part->part.proof.aunts.size() * 32;
    }
    if (const auto* commit = std::get_if<chain::Commit>(&message)) {
        return sizeof(Received) + commit->signatures().size() * sizeof(chain::CommitSig);
    }
    return sizeof(Received);
}

bool is_usable(const Message& message, Place place) {
    const Place its = place_of(message);
    const bool waits_for_round = std::holds_alternative<chain::Proposal>(message);
    return its.height == place.height && (!waits_for_round || its.round <= place.round);
}

}  // namespace

Place place_of(const Message& message) {
    return std::visit(
        [](const auto& typed) -> Place {
            if constexpr (requires { typed.height(); }) {
                return {typed.height(), typed.round()};
            } else {
                return {typed.height, typed.round};
            }
        },
        message
    );
}

bool Deferred::add(const Received& received) {
    const auto found = rooms_.find(received.from);
    if (found == rooms_.end() && rooms_.size() >= peers_max) {
        return false;
    }
    Room room = found == rooms_.end() ? Room() : found->second;
    const std::size_t size = size_of(received.message);
    room.messages += 1;
    room.bytes += size;
    const bool is_full = room.messages > messages_per_peer_max || room.bytes > bytes_per_peer_max ||
                         bytes_ + size > bytes_max;
    if (is_full) {
        return false;
    }
    bytes_ += size;
    rooms_[received.from] = room;
    entries_.push_back(received);
    return true;
}

void Deferred::forget(PeerId peer) {
    for (const Received& entry : entries_) {
        if (entry.from == peer) {
            release(entry);
        }
    }
    std::erase_if(entries_, [&](const Received& entry) { return entry.from == peer; });
}

std::vector<Received> Deferred::take(Place place) {
    std::vector<Received> usable;
    std::vector<Received> later;
    for (Received& entry : entries_) {
        if (is_usable(entry.message, place)) {
            release(entry);
            usable.push_back(std::move(entry));
        } else if (place_of(entry.message).height < place.height) {
            release(entry);
        } else {
            later.push_back(std::move(entry));
        }
    }
    entries_ = std::move(later);
    return usable;
}

void Deferred::release(const Received& received) {
    const auto room = rooms_.find(received.from);
    CHECK(room != rooms_.end());
    room->second.messages -= 1;
    const std::size_t size = size_of(received.message);
    room->second.bytes -= size;
    bytes_ -= size;
    if (room->second.messages == 0) {
        rooms_.erase(room);
    }
}

}  // namespace steelyard::consensus
