#include "bench.h"

#include "consensus/core/block_rules.h"

#include <gtest/gtest.h>

namespace steelyard::sync {

const MadeChain& made_chain() {
    static const MadeChain chain = [] {
        MadeChain made;
        test::TestChain maker(test::validators_with_power({10, 10, 10, 10}));
        made.states.push_back(maker.state());
        for (std::int64_t height = 1; height <= made_height; ++height) {
            // Some take several parts.
            const std::size_t size = height % 40 == 0 ? 150'000 : 100;
            const Bytes tx(size, static_cast<std::uint8_t>(height));
            chain::Block block = maker.make_block({tx});
            chain::PartSet parts = chain::make_part_set(block);
            const chain::BlockId id = chain::block_id(block.header, parts);
            maker.append(block);
            made.blocks.push_back(
                {std::move(block), std::move(parts), id, maker.last_commit()->commit()}
            );
            made.states.push_back(maker.state());
        }
        return made;
    }();
    return chain;
}

TestNodeChain::TestNodeChain(std::int64_t height) : state_(made_chain().states.front()) {
    auto opened = storage::BlockStore::open(store_);
    CHECK(opened);
    blocks_ = *std::move(opened);
    jump(height);
}

void TestNodeChain::jump(std::int64_t height) {
    while (state_.last_height.value() < height) {
        const auto& made = made_chain().at(state_.last_height.value() + 1);
        CHECK(blocks_->save_block(made.block, made.parts, made.commit));
        state_ = made_chain().states.at(static_cast<std::size_t>(made.block.header.height.value()));
    }
}

Result<void> TestNodeChain::append(const DecidedBlock& decided) {
    if (fails) {
        return fail(ErrorCode::io, "the disk is full");
    }
    // Also what the next block holds of the commit: every signature.
    TRY(consensus::validate_block(state_, decided.block));
    const chain::CommitTarget target{state_.chain_id, decided.block.header.height, decided.id};
    TRY(chain::verify_commit(target, state_.validators, decided.commit.commit()));
    TRY(blocks_->save_block(decided.block, decided.parts, decided.commit.commit()));
    TRY_ASSIGN(state_, consensus::next_state(state_, decided.id, decided.block.header, {}));
    return {};
}

SyncBench::SyncBench(std::int64_t height, BlockSyncOptions options)
    : chain(height), sync(std::move(options), *this, chain, chain.blocks(), now) {
}

PeerId SyncBench::add(Script script) {
    const PeerId peer = ++last_peer_;
    const bool tells = !script.is_silent && !script.hides_status;
    const std::int64_t claims = script.claims ? script.claims : script.height;
    if (tells) {
        const StatusResponse status{.height = claims, .base = claims > 0 ? 1 : 0};
        events_.emplace(now + script.latency, Event{peer, encode_message(status)});
    }
    sync.add_peer(peer, now, script.takes_late);
    scripts.emplace(peer, std::move(script));
    return peer;
}

void SyncBench::leave(PeerId peer) {
    scripts.erase(peer);
    sync.remove_peer(peer, now);
}

bool SyncBench::run(Time length) {
    const Time end = now + length;
    while (sync.wish() == Wish::nothing && now < end) {
        const auto next = sync.next_tick();
        const Time tick_at = next ? std::max(*next, now) : end;
        const Time event_at = events_.empty() ? end : events_.begin()->first;
        now = std::min({tick_at, event_at, end});
        if (!events_.empty() && event_at <= now) {
            const auto event = events_.extract(events_.begin()).mapped();
            if (scripts.contains(event.from)) {
                sync.receive(event.from, event.message, now);
            }
        } else if (next && tick_at <= now) {
            tick();
        }
        bytes_held_max = std::max(bytes_held_max, sync.stats(now).bytes_held);
    }
    return sync.wish() != Wish::nothing;
}

void SyncBench::tick() {
    ++ticks;
    const auto ticked = sync.tick(now);
    EXPECT_TRUE(ticked) << ticked.error().message();
}

void SyncBench::say(PeerId from, const Message& message) {
    sync.receive(from, encode_message(message), now);
}

bool SyncBench::send(PeerId to, ChannelId channel, Bytes message) {
    EXPECT_EQ(channel, channel::block_sync);
    if (is_full) {
        return false;
    }
    const auto decoded = decode_message(message);
    EXPECT_TRUE(decoded);
    sent.emplace_back(to, *decoded);
    answer(to, *decoded);
    return true;
}

void SyncBench::answer(PeerId peer, const Message& message) {
    const auto found = scripts.find(peer);
    if (found == scripts.end() || found->second.is_silent) {
        return;
    }
    const Script& script = found->second;
    const auto reply = [&](const Message& answer) {
        events_.emplace(now + 2 * script.latency, Event{peer, encode_message(answer)});
    };
    if (std::holds_alternative<StatusRequest>(message) && !script.hides_status) {
        const std::int64_t claims = script.claims ? script.claims : script.height;
        reply(StatusResponse{.height = claims, .base = claims > 0 ? 1 : 0});
    }
    const auto* request = std::get_if<BlockRequest>(&message);
    if (!request) {
        return;
    }
    if (auto answers = script.answer ? script.answer(request->height) : std::nullopt) {
        for (const Message& each : *answers) {
            reply(each);
        }
    } else if (request->height >= 1 && request->height <= script.height) {
        reply(BlockResponse{made_chain().encoded(request->height)});
    } else {
        reply(NoBlockResponse{request->height});
    }
}

void SyncBench::discard(PeerId to, ChannelId channel) {
    EXPECT_EQ(channel, channel::block_sync);
    discarded.push_back(to);
}

void SyncBench::drop(PeerId peer, const Error& error) {
    dropped.emplace(peer, error.message());
    scripts.erase(peer);
}

}  // namespace steelyard::sync
