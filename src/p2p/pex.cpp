#include "p2p/pex.h"

#include "base/check.h"

namespace steelyard::p2p {

namespace {

/// Requests of a peer that may come at any time: CometBFT asks as soon as it is connected, and
/// once more when its timer next fires.
constexpr int free_requests = 2;

}  // namespace

Pex::Pex(bool seed_mode, AddressBook& book, PeerLink& link, RandomSource& random)
    : seed_mode_(seed_mode), book_(book), link_(link), random_(random) {
}

void Pex::add_peer(
    PeerId id, const std::optional<NetAddress>& address, bool outbound, Clock::Wall wall, Moment now
) {
    Peer& peer = peers_[id];
    peer.address = address;
    peer.outbound = outbound;
    if (outbound) {
        if (book_.wants_more()) {
            ask(id, peer, now);
        }
    } else if (address) {
        book_.add(*address, *address, wall);
    }
}

Result<Pex::Outcome> Pex::receive(PeerId id, ByteView bytes, Clock::Wall wall, Moment now) {
    const auto peer = peers_.find(id);
    if (peer == peers_.end()) {
        return Outcome::nothing;  // it is on its way out
    }
    TRY_ASSIGN(const PexMessage message, decode_pex(bytes));
    if (const auto* const list = std::get_if<PexAddresses>(&message)) {
        return on_addresses(peer->second, *list, wall);
    }
    return on_request(id, peer->second, now);
}

Result<Pex::Outcome> Pex::on_request(PeerId id, Peer& peer, Moment now) {
    const Moment since = now - peer.last_request;
    if (peer.requests >= free_requests && since < pex_request_interval_min) {
        return invalid(
            "pex request {} ms after the one before, the least is {} ms",
            std::chrono::duration_cast<std::chrono::milliseconds>(since).count(),
            std::chrono::duration_cast<std::chrono::milliseconds>(pex_request_interval_min).count()
        );
    }
    ++peer.requests;
    peer.last_request = now;
    if (seed_mode_ && !peer.outbound && peer.requests > 1) {
        return Outcome::nothing;  // it was answered, and the connection is about to end
    }
    PexAddresses answer;
    for (const NetAddress& address : book_.selection()) {
        answer.addresses.push_back(to_pex(address));
    }
    // A full queue drops the answer: the peer asks again.
    link_.send(id, channel::pex, encode_pex(answer));
    return seed_mode_ && !peer.outbound ? Outcome::hang_up : Outcome::nothing;
}

Result<Pex::Outcome> Pex::on_addresses(Peer& peer, const PexAddresses& list, Clock::Wall wall) {
    if (!peer.asked) {
        return invalid("pex addresses that were not asked for");
    }
    peer.asked = false;
    bool learned = false;
    for (const PexAddress& entry : list.addresses) {
        TRY_ASSIGN(const auto address, from_pex(entry));
        if (address) {
            const NetAddress& source = peer.address ? *peer.address : *address;
            learned |= book_.add(*address, source, wall) == AddOutcome::added;
        }
    }
    if (seed_mode_ && peer.outbound) {
        return Outcome::hang_up;
    }
    return learned ? Outcome::learned : Outcome::nothing;
}

/// When the next question to a peer is due.
Moment Pex::may_be_asked_at(const Peer& peer) {
    if (peer.asks == 0) {
        return Moment::min();
    }
    const bool second = peer.outbound && peer.asks == 1;
    return peer.last_asked + (second ? pex_second_request_delay : pex_request_interval);
}

void Pex::ask(PeerId id, Peer& peer, Moment now) {
    if (peer.asked || now < may_be_asked_at(peer)) {
        return;
    }
    if (link_.send(id, channel::pex, encode_pex(PexRequest{}))) {
        peer.asked = true;
        ++peer.asks;
        peer.last_asked = now;
    }
}

std::optional<Moment> Pex::tick(Moment now) {
    if (peers_.empty() || !book_.wants_more()) {
        return std::nullopt;
    }
    if (now >= next_tick_) {
        next_tick_ = now + pex_request_interval;
        auto peer = peers_.begin();
        std::advance(peer, static_cast<std::ptrdiff_t>(random_.below(peers_.size())));
        ask(peer->first, peer->second, now);
    }
    Moment wake = next_tick_;
    for (auto& [id, peer] : peers_) {
        if (peer.outbound && peer.asks == 1 && !peer.asked) {
            ask(id, peer, now);
            wake = peer.asks == 1 ? std::min(wake, may_be_asked_at(peer)) : wake;
        }
    }
    return wake;
}

}  // namespace steelyard::p2p
