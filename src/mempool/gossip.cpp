#include "mempool/gossip.h"

#include "mempool/gossip_impl.h"

namespace steelyard::mempool {
namespace {

/// Transactions that are followed; what comes beyond is checked but not passed on.
constexpr std::size_t followed_max = 200'000;

/// A name as LruSet takes it.
LruSet::Hash as_hash(ShortId id) {
    LruSet::Hash hash{};
    std::memcpy(hash.data(), &id, sizeof id);
    return hash;
}

/// The tag and the length of the longest transaction, and of the list that holds it.
constexpr std::size_t framing_size_max = 16;

}  // namespace

std::size_t txs_message_size_max(const GossipConfig& config) {
    return config.max_tx_bytes + framing_size_max;
}

void TxGossip::Impl::add_peer(PeerId id, bool announces, Time now) {
    GossipPeer peer{
        .announces = announces,
        .bytes = Allowance(config_.receive_rate_max, config_.receive_rate_max, now),
        .invalid = Allowance(config_.invalid_rate_max, config_.invalid_burst_max, now),
    };
    if (!slots_.all()) {
        std::size_t slot = 0;
        while (slots_.test(slot)) {
            ++slot;
        }
        slots_.set(slot);
        peer.slot = slot;
    }
    const auto [at, is_new] = peers_.emplace(id, std::move(peer));
    CHECK(is_new);
    pump(id, at->second);
}

void TxGossip::Impl::remove_peer(PeerId id) {
    const auto found = peers_.find(id);
    if (found == peers_.end()) {
        return;
    }
    if (const auto slot = found->second.slot) {
        slots_.reset(*slot);
        for (auto& [name, tx] : txs_) {
            tx.holders.reset(*slot);
        }
    }
    requests_.peer_gone(id);
    peers_.erase(found);
}

void TxGossip::Impl::receive(PeerId from, ChannelId channel, ByteView message, Time now) {
    const auto found = peers_.find(from);
    if (found == peers_.end()) {
        return;
    }
    GossipPeer& peer = found->second;
    if (!active_) {
        return;
    }
    if (!peer.bytes.take(message.size(), now)) {
        ++stats_.rate_limited;
        return;
    }
    const auto taken = channel == channel::mempool ? receive_txs(from, peer, message, now)
                                                   : receive_names(from, peer, message, now);
    if (!taken) {
        link_.drop(from, taken.error());
    }
}

Result<void> TxGossip::Impl::receive_txs(
    PeerId from, GossipPeer& peer, ByteView message, Time now
) {
    TRY_ASSIGN(const auto views, decode_txs(message));
    const std::vector<TxKey> keys = hash_txs(views);
    std::vector<TxRef> news;
    for (std::size_t i = 0; i < views.size(); ++i) {
        ++stats_.txs_received;
        if (views[i].empty()) {
            TRY(blame(peer, now));
            continue;
        }
        requests_.settled(short_id(keys[i]));
        if (!is_news(peer, keys[i])) {
            ++stats_.txs_received_twice;
            continue;
        }
        auto tx = std::make_shared<const Tx>(keys[i], to_bytes(views[i]));
        if (txs_.size() < followed_max) {
            const auto [at, is_new] = txs_.try_emplace(short_id(keys[i]), GossipTx{.tx = tx});
            if (is_new && peer.slot) {
                at->second.holders.set(*peer.slot);
            }
        }
        news.push_back(std::move(tx));
    }
    if (!news.empty()) {
        sink_.receive_txs(from, std::move(news));
    }
    return {};
}

/// Notes that the peer has the transaction. False: so have we, or a block has.
bool TxGossip::Impl::is_news(GossipPeer& peer, const TxKey& key) {
    if (GossipTx* const known = find(key)) {
        if (peer.slot) {
            known->holders.set(*peer.slot);
        }
        return false;
    }
    return !committed_.contains(as_hash(short_id(key)));
}

GossipTx* TxGossip::Impl::find(const TxKey& key) {
    const auto found = txs_.find(short_id(key));
    return found != txs_.end() && found->second.tx->key == key ? &found->second : nullptr;
}

Result<void> TxGossip::Impl::receive_names(
    PeerId from, GossipPeer& peer, ByteView message, Time now
) {
    if (!peer.announces) {
        return invalid("announces transactions, though it does not list the channel");
    }
    TRY_ASSIGN(const auto decoded, decode_announce_message(message));
    if (const auto* const want = std::get_if<Want>(&decoded)) {
        const std::size_t room = GossipPeer::wants_max - peer.wants.size();
        const std::size_t count = std::min(room, want->ids.size());
        const auto end = want->ids.begin() + static_cast<std::ptrdiff_t>(count);
        peer.wants.insert(peer.wants.end(), want->ids.begin(), end);
        pump(from, peer);
        return {};
    }
    for (const ShortId id : std::get<Announce>(decoded).ids) {
        if (const auto known = txs_.find(id); known != txs_.end()) {
            if (peer.slot) {
                known->second.holders.set(*peer.slot);
            }
        } else if (!committed_.contains(as_hash(id))) {
            requests_.announced(from, id, now);
        }
    }
    return {};
}

/// Counts a transaction that no honest peer sends often.
Result<void> TxGossip::Impl::blame(GossipPeer& peer, Time now) {
    if (!peer.invalid.take(1, now)) {
        return invalid("sends too many transactions that are refused");
    }
    return {};
}

void TxGossip::Impl::checked(PeerId from, std::span<const Verdict> verdicts, Time now) {
    Result<void> good;
    const auto sender = peers_.find(from);
    for (const Verdict& verdict : verdicts) {
        if (verdict.outcome == Outcome::accepted) {
            continue;
        }
        const auto found = txs_.find(short_id(verdict.tx->key));
        if (found != txs_.end() && found->second.tx->key == verdict.tx->key &&
            !found->second.admitted) {
            txs_.erase(found);
        }
        const bool is_bad =
            verdict.outcome == Outcome::invalid || verdict.outcome == Outcome::oversized;
        if (is_bad && good && sender != peers_.end()) {
            good = blame(sender->second, now);
        }
    }
    if (!good) {
        link_.drop(from, good.error());
    }
}

void TxGossip::Impl::admitted(std::span<const Admitted> txs) {
    for (const Admitted& fresh : txs) {
        const ShortId id = short_id(fresh.tx->key);
        requests_.settled(id);
        if (committed_.contains(as_hash(id)) || txs_.size() >= followed_max) {
            continue;
        }
        GossipTx& tx = txs_.try_emplace(id, GossipTx{.tx = fresh.tx}).first->second;
        if (tx.admitted || tx.tx->key != fresh.tx->key) {
            continue;
        }
        tx.admitted = true;
        tx.submitted = fresh.source == 0;
        tx.height = fresh.height;
        tx.serial = serials_++;
        admitted_.emplace_hint(admitted_.end(), tx.serial, &tx);
    }
    pump_all();
}

void TxGossip::Impl::removed(std::span<const TxKey> keys, bool committed) {
    for (const TxKey& key : keys) {
        const ShortId id = short_id(key);
        if (committed) {
            committed_.insert(as_hash(id));
            requests_.settled(id);
        }
        const auto found = txs_.find(id);
        if (found != txs_.end() && found->second.tx->key == key) {
            erase(found);
        }
    }
}

void TxGossip::Impl::erase(Txs::iterator at) {
    if (at->second.admitted) {
        admitted_.erase(at->second.serial);
    }
    txs_.erase(at);
}

void TxGossip::Impl::drained(PeerId id, ChannelId channel) {
    const auto found = peers_.find(id);
    if (found == peers_.end()) {
        return;
    }
    bool& blocked =
        channel == channel::mempool ? found->second.full_blocked : found->second.announce_blocked;
    blocked = false;
    pump(id, found->second);
}

void TxGossip::Impl::set_peer_height(PeerId id, chain::Height height) {
    if (const auto found = peers_.find(id); found != peers_.end()) {
        found->second.height = height;
        pump(id, found->second);
    }
}

void TxGossip::Impl::set_active(bool active) {
    active_ = active;
    pump_all();
}

GossipStats TxGossip::Impl::stats() const {
    GossipStats stats = stats_;
    stats.txs = txs_.size();
    stats.requests = requests_.size();
    return stats;
}

TxGossip::TxGossip(const GossipConfig& config, PeerLink& link, Sink& sink)
    : impl_(std::make_unique<Impl>(config, link, sink)) {
}

TxGossip::~TxGossip() = default;

void TxGossip::add_peer(PeerId peer, bool announces, Time now) {
    impl_->add_peer(peer, announces, now);
}

void TxGossip::remove_peer(PeerId peer) {
    impl_->remove_peer(peer);
}

void TxGossip::receive(PeerId from, ChannelId channel, ByteView message, Time now) {
    impl_->receive(from, channel, message, now);
}

void TxGossip::drained(PeerId peer, ChannelId channel) {
    impl_->drained(peer, channel);
}

void TxGossip::set_peer_height(PeerId peer, chain::Height height) {
    impl_->set_peer_height(peer, height);
}

void TxGossip::set_active(bool active) {
    impl_->set_active(active);
}

void TxGossip::admitted(std::span<const Admitted> txs) {
    impl_->admitted(txs);
}

void TxGossip::removed(std::span<const TxKey> keys, bool committed) {
    impl_->removed(keys, committed);
}

void TxGossip::checked(PeerId from, std::span<const Verdict> verdicts, Time now) {
    impl_->checked(from, verdicts, now);
}

void TxGossip::tick(Time now) {
    impl_->tick(now);
}

std::optional<TxGossip::Time> TxGossip::deadline() const {
    return impl_->deadline();
}

GossipStats TxGossip::stats() const {
    return impl_->stats();
}

}  // namespace steelyard::mempool
