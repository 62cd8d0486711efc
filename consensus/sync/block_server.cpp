#include "consensus/sync/block_server.h"

namespace steelyard::sync {

void BlockServer::add_peer(PeerId peer, Time now) {
    peers_[peer] = Client{.refilled_at = now};
}

Result<void> BlockServer::request(PeerId peer, std::int64_t height) {
    const auto found = peers_.find(peer);
    if (found == peers_.end()) {
        return {};
    }
    auto& waiting = found->second.waiting;
    if (waiting.size() >= waiting_max) {
        return fail(ErrorCode::too_large, "asks for more than {} blocks at a time", waiting_max);
    }
    waiting.push_back(height);
    return {};
}

void BlockServer::forget(PeerId peer) {
    if (const auto found = peers_.find(peer); found != peers_.end()) {
        found->second.waiting.clear();
        link_.discard(peer, channel::block_sync);
    }
}

void BlockServer::status(PeerId peer, Time now) {
    const auto found = peers_.find(peer);
    if (found == peers_.end()) {
        return;
    }
    refill(found->second, now);
    if (found->second.allowance > 0) {
        found->second.allowance -= cost_min;
        tell_status(peer);
    }
}

void BlockServer::tell_status(PeerId peer) {
    const storage::BlockRange range = blocks_.range();
    StatusResponse response;
    if (!range.empty()) {
        response = {.height = range.tip.value(), .base = range.base.value()};
    }
    link_.send(peer, channel::block_sync, encode_message(response));
}

void BlockServer::drained(PeerId peer) {
    if (const auto found = peers_.find(peer); found != peers_.end()) {
        found->second.is_full = false;
    }
}

void BlockServer::refill(Client& client, Time now) {
    const Time passed = std::min(now - client.refilled_at, Time(std::chrono::seconds(10)));
    client.refilled_at = now;
    const std::int64_t earned =
        std::chrono::duration_cast<std::chrono::microseconds>(passed).count() * rate / 1'000'000;
    client.allowance = std::min(client.allowance + earned, burst);
}

Result<void> BlockServer::turn(Time now) {
    std::size_t answers = 0;
    std::size_t bytes = 0;
    std::size_t idle = 0;  // peers in a row that could not be sent anything
    while (answers < answers_per_turn && bytes < bytes_per_turn && idle < peers_.size()) {
        auto place = peers_.upper_bound(last_);
        if (place == peers_.end()) {
            place = peers_.begin();
        }
        auto& [peer, client] = *place;
        last_ = peer;
        refill(client, now);
        const bool may_send = !client.waiting.empty() && !client.is_full && client.allowance > 0;
        if (!may_send) {
            ++idle;
            continue;
        }
        TRY_ASSIGN(const std::size_t size, answer(peer, client));
        idle = 0;
        ++answers;
        bytes += size;
    }
    return {};
}

/// Answers the peer's first request, and tells how many bytes that took.
Result<std::size_t> BlockServer::answer(PeerId peer, Client& client) {
    TRY_ASSIGN(const Message message, block_message(client.waiting.front()));
    Bytes bytes = encode_message(message);
    const std::size_t size = bytes.size();
    if (!link_.send(peer, channel::block_sync, std::move(bytes))) {
        client.is_full = true;
        return std::size_t(0);
    }
    client.waiting.pop_front();
    client.allowance -= std::max(cost_min, static_cast<std::int64_t>(size));
    if (std::holds_alternative<BlockResponse>(message)) {
        ++served_;
    }
    return size;
}

/// The block as it was cut into parts. One that is not there, or is pruned meanwhile, is told so.
Result<Message> BlockServer::block_message(std::int64_t number) const {
    const auto height = chain::Height::parse(number);
    if (!height || !blocks_.range().contains(*height)) {
        return NoBlockResponse{number};
    }
    const auto load = [&]() -> Result<Bytes> {
        TRY_ASSIGN(const auto meta, blocks_.load_meta(*height));
        Bytes block;
        block.reserve(static_cast<std::size_t>(meta.block_size));
        for (std::uint32_t index = 0; index < meta.block_id.parts.total; ++index) {
            TRY_ASSIGN(const auto part, blocks_.load_part(*height, index));
            append(block, part.bytes);
        }
        return block;
    };
    auto block = load();
    if (!block && block.error().code() == ErrorCode::not_found) {
        return NoBlockResponse{number};
    }
    TRY(block);
    return BlockResponse{*std::move(block)};
}

std::optional<Time> BlockServer::next_turn() const {
    std::optional<Time> next;
    for (const auto& [peer, client] : peers_) {
        if (client.waiting.empty() || client.is_full) {
            continue;
        }
        const std::int64_t debt = std::max<std::int64_t>(0, 1 - client.allowance);
        const Time due =
            client.refilled_at +
            (debt == 0 ? Time(0) : std::chrono::microseconds(debt * 1'000'000 / rate + 1));
        next = next ? std::min(*next, due) : due;
    }
    return next;
}

}  // namespace steelyard::sync
