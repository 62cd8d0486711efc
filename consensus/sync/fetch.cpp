// How block sync fetches, verifies and applies blocks.
#include "consensus/sync/block_sync.h"

namespace steelyard::sync {

using chain::Height;

void BlockSync::fetch(Time now) {
    for (auto& [id, peer] : peers_.all()) {
        if (!peer.was_asked || now - peer.asked_at >= options_.status_interval) {
            ask_for_status(id, peer, now);
        }
    }
    ask_for_blocks(now);
}

void BlockSync::ask_for_status(PeerId id, Peer& peer, Time now) {
    peer.was_asked = true;
    peer.asked_at = now;
    link_.send(id, channel::block_sync, encode_message(StatusRequest{}));
}

void BlockSync::drop_silent_peers(Time now) {
    std::vector<std::pair<PeerId, Error>> failures;
    for (const auto& [id, peer] : peers_.all()) {
        const bool is_waited_for = is_syncing_ || (probe_ && probe_->peer == id);
        const auto failure = peers_.failure(peer, options_.peer_timeout, now);
        if (is_waited_for && failure) {
            failures.emplace_back(id, *failure);
        }
    }
    for (const auto& [id, error] : failures) {
        drop(id, error);
    }
}

void BlockSync::ask_for_blocks(Time now) {
    const Height next = next_height();
    for (std::int64_t ahead = 0; ahead < queue_.window(); ++ahead) {
        const Height height(next.value() + ahead);
        if (!may_ask(height, now)) {
            continue;
        }
        const Wanted* wanted = queue_.find(height);
        const auto asked = wanted ? wanted->asked : std::set<PeerId>();
        const auto chosen = peers_.pick(height, asked, now);
        if (!chosen || !ask(*chosen, height, now)) {
            continue;
        }
        for (const PeerId slow : asked) {
            if (Peer* peer = peers_.find(slow)) {
                peer->pending_max = std::max<std::size_t>(1, peer->pending_max / 2);
            }
        }
    }
}

/// A block is asked of one peer at a time; the next two, with which the chain goes on, of another
/// one too if the first is slow.
bool BlockSync::may_ask(Height height, Time now) {
    const Wanted* wanted = queue_.find(height);
    if (!wanted) {
        return true;
    }
    if (wanted->block) {
        return false;
    }
    const bool is_near = height.value() - next_height().value() < 2;
    const bool is_slow = is_near && now - wanted->asked_at >= options_.hedge_after &&
                         wanted->asked.size() < BlockQueue::asked_max;
    return wanted->asked.empty() || is_slow;
}

bool BlockSync::ask(PeerId id, Height height, Time now) {
    Peer& peer = *peers_.find(id);
    if (!link_.send(id, channel::block_sync, encode_message(BlockRequest{height.value()}))) {
        peer.is_full = true;
        return false;
    }
    peers_.on_asked(peer, height, now);
    Wanted& wanted = queue_.at(height);
    wanted.asked.insert(id);
    wanted.asked_at = now;
    ++stats_.requests_sent;
    return true;
}

Result<void> BlockSync::apply_blocks(Time now) {
    std::size_t bytes = 0;
    for (std::size_t count = 0; count < options_.blocks_per_tick; ++count) {
        TRY_ASSIGN(const std::size_t size, apply_next(now));
        if (size == 0) {
            return {};
        }
        bytes += size;
        if (bytes >= options_.bytes_per_tick) {
            break;
        }
    }
    has_work_ = true;
    return {};
}

/// Applies the next block, if it and the one after it are here, whose last commit must be for it.
/// Tells its size; 0 if nothing was applied.
///
/// Where the two do not fit, one of their senders lies, and it is known which: a correct node's
/// block has a commit that verifies, and such a commit names the only block of its height.
Result<std::size_t> BlockSync::apply_next(Time now) {
    const Height height = next_height();
    const Wanted* first = queue_.find(height);
    const Wanted* second = queue_.find(height.next());
    if (!first || !first->block || !second || !second->block) {
        return std::size_t(0);
    }
    const auto& commit = second->block->block.last_commit;
    if (!commit) {
        const auto what = fmt::format("sent a block {} without a last commit", height.next());
        drop(second->block->from, Error(ErrorCode::invalid, what));
        return std::size_t(0);
    }
    const consensus::ChainState& state = chain_.state();
    const chain::CommitTarget target{state.chain_id, height, commit->block_id()};
    const auto verified = chain::verify_commit(target, state.validators, *commit, options_.verify);
    if (!verified) {
        const auto what = fmt::format("sent a block {} whose last commit", height.next());
        drop(second->block->from, Error(verified.error()).in(what));
        return std::size_t(0);
    }
    const FetchedBlock& fetched = *first->block;
    const chain::BlockId id = chain::block_id(fetched.block.header, fetched.parts);
    if (id != commit->block_id()) {
        const auto what = fmt::format("sent a block {} that is not the decided one", height);
        drop(fetched.from, Error(ErrorCode::invalid, what));
        return std::size_t(0);
    }
    TRY(chain_.append({id, fetched.block, fetched.parts, *verified}));
    const std::size_t size = fetched.parts.size();
    queue_.advance(next_height());
    progress_at_ = now;
    ++stats_.blocks_applied;
    return size;
}

}  // namespace steelyard::sync
