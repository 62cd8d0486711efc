#include "consensus/gossip/evidence_gossip.h"

namespace steelyard::gossip {

using chain::Evidence;
using chain::Hash256;

namespace {

bool is_own_failure(ErrorCode code) {
    return code == ErrorCode::io || code == ErrorCode::no_space || code == ErrorCode::corrupt;
}

bool is_false(ErrorCode code) {
    return code == ErrorCode::invalid || code == ErrorCode::denied;
}

}  // namespace

EvidenceGossip::EvidenceGossip(PeerLink& link, evidence::Pool& pool, std::int64_t max_age_blocks)
    : link_(link), pool_(pool), max_age_blocks_(max_age_blocks) {
}

void EvidenceGossip::add_peer(PeerId peer) {
    peers_[peer] = {};
}

void EvidenceGossip::remove_peer(PeerId peer) {
    peers_.erase(peer);
}

void EvidenceGossip::peer_at(PeerId peer, chain::Height height) {
    const auto found = peers_.find(peer);
    if (found != peers_.end()) {
        found->second.height = height;
        tell(peer, found->second);
    }
}

void EvidenceGossip::drained(PeerId peer) {
    const auto found = peers_.find(peer);
    if (found != peers_.end()) {
        tell(peer, found->second);
    }
}

Result<void> EvidenceGossip::receive(PeerId id, ByteView bytes, std::chrono::nanoseconds now) {
    const auto found = peers_.find(id);
    if (found == peers_.end()) {
        return {};
    }
    Peer& peer = found->second;
    const auto refuse = [&](const Error& error) {
        ++stats_.refused;
        link_.drop(id, error);
    };
    if (bytes.size() > evidence_message_size_max) {
        refuse(Error(ErrorCode::too_large, fmt::format("EvidenceList: has {} bytes", bytes.size()))
        );
        return {};
    }
    const auto list = chain::decode_evidence_list(bytes);
    if (!list) {
        refuse(list.error());
        return {};
    }
    bool added = false;
    for (const Evidence& evidence : *list) {
        if (!peer.judged.take(now)) {
            ++stats_.dropped;
            break;
        }
        ++stats_.received;
        const Hash256 id_of = chain::evidence_id(evidence);
        const auto outcome = pool_.add(evidence);
        if (!outcome && is_own_failure(outcome.error().code())) {
            return std::unexpected(outcome.error());
        }
        if (!outcome && is_false(outcome.error().code()) && !is_old(evidence)) {
            refuse(outcome.error());
            break;
        }
        if (outcome && peer.knows.size() < known_max) {
            peer.knows.insert(id_of);
        }
        added = added || (outcome && *outcome);
    }
    if (added) {
        pool_changed();
    }
    return {};
}

/// A peer that is behind may find recent what is too old here, as CometBFT's pool does.
bool EvidenceGossip::is_old(const Evidence& evidence) const {
    return pool_.height().value() - chain::evidence_height(evidence).value() >= max_age_blocks_;
}

void EvidenceGossip::pool_changed() {
    if (pool_.pending_count() == 0 && pending_.empty()) {
        return;
    }
    pending_.clear();
    for (Evidence& evidence : pool_.pending(bytes_max)) {
        const Hash256 id = chain::evidence_id(evidence);
        pending_.emplace(id, std::move(evidence));
    }
    for (auto& [id, peer] : peers_) {
        std::erase_if(peer.knows, [&](const Hash256& known) { return !pending_.contains(known); });
        tell(id, peer);
    }
}

/// As CometBFT: to a peer whose height is above that of the evidence, and not so far that it would
/// find it too old.
void EvidenceGossip::tell(PeerId id, Peer& peer) {
    for (const auto& [hash, evidence] : pending_) {
        const std::int64_t age = peer.height.value() - chain::evidence_height(evidence).value();
        if (peer.knows.contains(hash) || age <= 0 || age > max_age_blocks_) {
            continue;
        }
        const bool sent =
            link_.send(id, channel::evidence, chain::encode_evidence_list(std::span(&evidence, 1)));
        if (!sent) {
            return;
        }
        ++stats_.sent;
        peer.knows.insert(hash);
    }
}

}  // namespace steelyard::gossip
