#include "mempool/gossip_impl.h"

#include <algorithm>

namespace steelyard::mempool {
namespace {

/// What a transaction takes in a list of several.
std::size_t size_in_list(const Tx& tx) {
    return tx_size_in_message(tx.bytes.size());
}

/// A node takes no longer message than one with the longest transaction that it takes.
std::size_t list_size_max(const GossipConfig& config) {
    return std::min(config.batch_size_max, config.max_tx_bytes);
}

}  // namespace

void TxGossip::Impl::pump_all() {
    for (auto& [id, peer] : peers_) {
        pump(id, peer);
    }
}

/// Sends what there is to send and room for.
void TxGossip::Impl::pump(PeerId id, GossipPeer& peer) {
    if (!active_ || !config_.broadcast || !peer.slot) {
        return;
    }
    while (!peer.full_blocked && send_some(id, peer)) {
    }
    while (peer.announces && !peer.announce_blocked && announce_some(id, peer)) {
    }
}

/// A peer that lacks more than a block before the transaction came could not judge it.
bool TxGossip::Impl::is_ahead(const GossipPeer& peer, const GossipTx& tx) {
    return peer.height && tx.height > peer.height->next();
}

/// Whether a message has room for it: alone, every transaction may go.
bool TxGossip::Impl::fits(const GossipTx& tx, std::span<GossipTx* const> batch, std::size_t size)
    const {
    return batch.empty() || size + size_in_list(*tx.tx) <= list_size_max(config_);
}

void TxGossip::Impl::gather_wanted(
    GossipPeer& peer, std::vector<GossipTx*>& batch, std::size_t& size
) const {
    for (; !peer.wants.empty(); peer.wants.pop_front()) {
        const auto found = const_cast<Txs&>(txs_).find(peer.wants.front());
        if (found == txs_.end() || !found->second.admitted) {
            continue;
        }
        GossipTx& tx = found->second;
        if (tx.holders.test(*peer.slot)) {
            continue;
        }
        if (!fits(tx, batch, size)) {
            return;
        }
        tx.holders.set(*peer.slot);
        batch.push_back(&tx);
        size += size_in_list(*tx.tx);
    }
}

/// One message of transactions. False: there is nothing to send, or no room.
bool TxGossip::Impl::send_some(PeerId id, GossipPeer& peer) {
    std::vector<GossipTx*> batch;
    std::size_t size = 0;
    gather_wanted(peer, batch, size);
    auto at = admitted_.lower_bound(peer.next_full);
    for (; at != admitted_.end(); ++at) {
        GossipTx& tx = *at->second;
        if (is_ahead(peer, tx)) {
            break;
        }
        const bool is_pushed = tx.submitted || !peer.announces;
        if (!is_pushed || tx.holders.test(*peer.slot)) {
            continue;
        }
        if (!fits(tx, batch, size)) {
            break;
        }
        tx.holders.set(*peer.slot);
        batch.push_back(&tx);
        size += size_in_list(*tx.tx);
    }
    const std::uint64_t before = peer.next_full;
    peer.next_full = at == admitted_.end() ? serials_ : at->first;
    if (batch.empty()) {
        return false;
    }
    std::vector<ByteView> views;
    views.reserve(batch.size());
    for (const GossipTx* const tx : batch) {
        views.emplace_back(tx->tx->bytes);
    }
    if (!link_.send(id, channel::mempool, encode_txs(views))) {
        peer.full_blocked = true;
        peer.next_full = before;
        for (GossipTx* const tx : batch) {
            tx->holders.reset(*peer.slot);
            if (tx->serial < before || (peer.announces && !tx->submitted)) {
                peer.wants.push_back(short_id(tx->tx->key));
            }
        }
        return false;
    }
    stats_.txs_sent += batch.size();
    stats_.bytes_sent += size;
    return true;
}

/// One message of names. False: there is nothing to announce, or no room.
bool TxGossip::Impl::announce_some(PeerId id, GossipPeer& peer) {
    Announce announce;
    auto at = admitted_.lower_bound(peer.next_announced);
    for (; at != admitted_.end() && announce.ids.size() < ids_per_message_max; ++at) {
        const GossipTx& tx = *at->second;
        if (is_ahead(peer, tx)) {
            break;
        }
        if (!tx.submitted && !tx.holders.test(*peer.slot)) {
            announce.ids.push_back(short_id(tx.tx->key));
        }
    }
    const std::uint64_t next = at == admitted_.end() ? serials_ : at->first;
    const std::size_t count = announce.ids.size();
    if (count != 0 &&
        !link_.send(id, channel::mempool_announce, encode_announce_message(std::move(announce)))) {
        peer.announce_blocked = true;
        return false;
    }
    peer.next_announced = next;
    stats_.announced += count;
    return count != 0;
}

void TxGossip::Impl::tick(Time now) {
    for (auto& [id, names] : requests_.due(now, stats_.requests_expired)) {
        stats_.wanted += names.size();
        for (std::size_t at = 0; at < names.size(); at += ids_per_message_max) {
            const std::size_t count = std::min(ids_per_message_max, names.size() - at);
            const auto first = names.begin() + static_cast<std::ptrdiff_t>(at);
            const Want want{{first, first + static_cast<std::ptrdiff_t>(count)}};
            // One that cannot be sent times out, and another peer is asked.
            link_.send(id, channel::mempool_announce, encode_announce_message(want));
        }
    }
}

}  // namespace steelyard::mempool
