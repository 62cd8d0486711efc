#include "consensus/gossip/evidence_gossip.h"

#include <utility>

namespace steelyard::gossip {

using chain::Evidence;
using chain::Hash256;
using chain::Height;

namespace {

/// A peer at a height has the block below it, which carries the commit of the one below that.
constexpr std::int64_t attack_age_min = 2;

bool is_own_failure(ErrorCode code) {
    return code == ErrorCode::io || code == ErrorCode::no_space || code == ErrorCode::corrupt;
}

bool is_false(ErrorCode code) {
    return code == ErrorCode::invalid || code == ErrorCode::denied;
}

}  // namespace

EvidenceGossip::EvidenceGossip(PeerLink& link, evidence::Pool& pool) : link_(link), pool_(pool) {
    pool_changed();
}

void EvidenceGossip::add_peer(PeerId peer) {
    peers_[peer] = {};
}

void EvidenceGossip::remove_peer(PeerId peer) {
    peers_.erase(peer);
}

void EvidenceGossip::peer_at(PeerId peer, Height height) {
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
    const std::int64_t age = pool_.height().value() - chain::evidence_height(evidence).value();
    return age >= pool_.params().max_age_num_blocks;
}

void EvidenceGossip::pool_changed() {
    if (std::exchange(revision_, pool_.revision()) == pool_.revision() ||
        (pool_.pending_count() == 0 && pending_.empty())) {
        return;
    }
    pending_.clear();
    for (Evidence& evidence : pool_.waiting(bytes_max)) {
        const Hash256 id = chain::evidence_id(evidence);
        pending_.emplace(id, std::move(evidence));
    }
    for (auto& [id, peer] : peers_) {
        std::erase_if(peer.knows, [&](const Hash256& known) { return !pending_.contains(known); });
        tell(id, peer);
    }
}

/// As CometBFT: a peer whose height is above that of the evidence, and not so far that it would
/// find it too old. And one that has the commit of the block that an attack is held against:
/// CometBFT drops who sends it earlier.
bool EvidenceGossip::can_judge(Height peer, const Evidence& evidence) const {
    const std::int64_t age = peer.value() - chain::evidence_height(evidence).value();
    const auto* attack = std::get_if<chain::LightClientAttackEvidence>(&evidence);
    const bool is_early =
        attack != nullptr &&
        peer.value() - attack->conflicting_block.header().height.value() < attack_age_min;
    return age > 0 && age <= pool_.params().max_age_num_blocks && !is_early;
}

void EvidenceGossip::tell(PeerId id, Peer& peer) {
    for (const auto& [hash, evidence] : pending_) {
        if (peer.knows.contains(hash) || !can_judge(peer.height, evidence)) {
            continue;
        }
        Bytes message = chain::encode_evidence_list(std::span(&evidence, 1));
        if (message.size() > evidence_message_size_max) {
            continue;
        }
        if (!link_.send(id, channel::evidence, std::move(message))) {
            return;
        }
        ++stats_.sent;
        peer.knows.insert(hash);
    }
}

}  // namespace steelyard::gossip
