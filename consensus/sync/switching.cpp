// When block sync gives way to consensus, and when it is needed again.
#include "consensus/sync/block_sync.h"

namespace steelyard::sync {

using chain::Height;

void BlockSync::decide(Time now) {
    const bool is_here = !has_work_ && is_caught_up(now);
    if (is_here || blocks_the_chain() || is_alone(now) || is_stalled(now)) {
        wish_ = Wish::run_consensus;
    }
}

/// With a third of the power: then the others have not gone on without us, and wait for us.
bool BlockSync::blocks_the_chain() const {
    const auto& validators = chain_.state().validators;
    const auto index =
        options_.address && !is_behind_ ? validators.index_of(*options_.address) : std::nullopt;
    return index && validators[*index].voting_power() * 3 >= validators.total_power();
}

bool BlockSync::is_alone(Time now) const {
    return peers_.empty() && now - had_peers_at_ >= options_.no_peers_wait;
}

/// Nobody who can be believed so far says that there is a block that we could verify and have not,
/// but for one that comes in the meantime; not even when all are asked once more.
bool BlockSync::is_caught_up(Time now) {
    const bool knows_any = std::ranges::any_of(peers_.all(), [](const auto& entry) {
        return entry.second.claim.has_value();
    });
    const bool has_all = next_height().value() + 1 >= peers_.best(next_height(), now).value();
    if (!knows_any || !has_all || now - began_ < options_.statuses_wait) {
        confirming_since_.reset();
        return false;
    }
    if (!confirming_since_) {
        confirming_since_ = now;
        for (auto& [id, peer] : peers_.all()) {
            ask_for_status(id, peer, now);
        }
        return false;
    }
    const bool all_answered = std::ranges::all_of(peers_.all(), [&](const auto& entry) {
        const Peer& peer = entry.second;
        return peer.claim && peer.status_at >= *confirming_since_;
    });
    return all_answered || now - *confirming_since_ >= options_.statuses_wait;
}

/// Whatever peers claim and send: if none of it helps for so long, consensus goes on.
bool BlockSync::is_stalled(Time now) const {
    const Time without = now - progress_at_;
    const bool gets_any = now - received_at_ < options_.progress_wait;
    return without >= (gets_any ? options_.progress_wait_max : options_.progress_wait);
}

void BlockSync::consensus_began(Time now) {
    is_syncing_ = false;
    is_behind_ = false;
    wish_ = Wish::nothing;
    began_ = now;
    probed_at_ = now;
    confirming_since_.reset();
    queue_.clear();
}

void BlockSync::sync_began(Time now) {
    is_syncing_ = true;
    wish_ = Wish::nothing;
    began_ = now;
    progress_at_ = now;
    received_at_ = now;
    had_peers_at_ = now;
    probe_.reset();
    peers_.reset(now);
    has_work_ = true;
}

/// One block proves that the chain is ahead: its last commit holds the signatures of those whom we
/// know as validators, of more than a third of the power, hence of an honest one.
void BlockSync::hint(PeerId id, Height height, Time now) {
    const Height tip = chain_.state().last_height;
    const bool is_due = !is_syncing_ && wish_ == Wish::nothing && !probe_ &&
                        height.value() - tip.value() > options_.lag_min &&
                        now - began_ >= options_.fall_back_pause &&
                        now - probed_at_ >= options_.probe_interval;
    Peer* peer = is_due ? peers_.find(id) : nullptr;
    if (!peer) {
        return;
    }
    probed_at_ = now;
    const Height proof(tip.value() + options_.lag_min + 1);
    const bool sent =
        !peer->pending.contains(proof.value()) &&
        link_.send(id, channel::block_sync, encode_message(BlockRequest{proof.value()}));
    if (sent) {
        ++stats_.requests_sent;
        peers_.on_asked(*peer, proof, now);
        peer->waits_since = now;
        probe_ = Probe{id, proof, now};
    }
}

void BlockSync::on_probed(PeerId from, const chain::Block& block) {
    if (!probe_ || probe_->peer != from || probe_->height != block.header.height) {
        return;
    }
    probe_.reset();
    const consensus::ChainState& state = chain_.state();
    const std::int64_t gap = block.header.height.value() - state.last_height.value();
    if (gap <= options_.lag_min / 2 || !block.last_commit) {
        return;  // consensus has caught up meanwhile
    }
    const auto proved = chain::verify_commit_light_trusting(
        state.chain_id, state.validators, *block.last_commit, {}, {.verifier = options_.verify}
    );
    if (proved) {
        is_behind_ = true;
        wish_ = Wish::stop_consensus;
        ++stats_.fall_backs;
    } else if (proved.error().code() == ErrorCode::denied) {
        drop(from, Error(proved.error()).in("block sync: last commit of a block"));
    }
}

}  // namespace steelyard::sync
