// How a node fetches blocks before it takes part, as node/consensus_host.cpp does it.
#include "consensus/sync/messages.h"
#include "consensus/sync/stored_chain.h"
#include "tests/sim/node_running.h"
#include "tests/sim/sync_liar.h"

namespace steelyard::sim {

/// Byzantine nodes serve blocks, and fetch none.
Result<void> Node::open_sync() {
    Running& run = *running_;
    TRY_ASSIGN(
        run.chain,
        sync::StoredChain::open({*run.executor, *run.blocks, static_cast<engine::Observer*>(this)})
    );
    sync::BlockSyncOptions options{
        .address = key_->public_key().address(), .verify = setup_.verifier
    };
    PeerLink& link = *this;
    run.sync = std::make_unique<sync::BlockSync>(
        std::move(options), link, *run.chain, *run.blocks, clock_.now()
    );
    if (setup_.options.sync->liars.contains(index())) {
        const auto number = std::uint64_t{run_number_} << 32 | index();
        run.liar = std::make_unique<SyncLiar>(stream(setup_.options.seed, "liar", number));
    }
    if (!setup_.strategy) {
        return {};
    }
    TRY(begin_consensus());
    run.sync->consensus_began(clock_.now());
    return {};
}

sync::BlockSync* Node::sync() {
    return running_ && running_->sync ? &*running_->sync : nullptr;
}

/// After everything that the machine did: what block sync wishes.
Result<void> Node::follow_sync() {
    if (!sync() || setup_.strategy || !disks_.has_power()) {
        return {};
    }
    switch (sync()->wish()) {
        case sync::Wish::nothing:
            return {};
        case sync::Wish::run_consensus:
            TRY(begin_consensus());
            sync()->consensus_began(clock_.now());
            follow_engine();
            return {};
        case sync::Wish::stop_consensus:
            end_consensus();
            sync()->sync_began(clock_.now());
            host_.on_left_behind(index());
            return {};
    }
    return {};
}

void Node::end_consensus() {
    gossip()->stopped();
    running_->engine.reset();
    ++engine_number_;
    cancelled_ = chain::Height();
    std::erase_if(inbox_, [](const Work& work) {
        return std::holds_alternative<consensus::Timeout>(work);
    });
}

void Node::wake_for_sync() {
    const auto next = sync() ? sync()->next_tick() : std::nullopt;
    if (!next || (sync_wakes_at_ && *sync_wakes_at_ <= *next)) {
        return;
    }
    const Time when = std::max(*next, host_.scheduler().now());
    sync_wakes_at_ = when;
    host_.scheduler().at(when, [this, when, run = run_number_] {
        if (run == run_number_ && sync_wakes_at_ == when) {
            sync_wakes_at_.reset();
            take_up([this] { heard_ = sync()->tick(clock_.now()); });
        }
    });
}

/// What block sync sends; a liar, something else.
bool Node::send_sync(NodeIndex to, const Bytes& bytes) {
    if (!running_->liar) {
        return host_.send_on(index(), to, channel::block_sync, bytes, clock_.now());
    }
    const auto message = sync::decode_message(bytes);
    CHECK(message);
    for (const SyncLiar::Saying& saying : running_->liar->twist(*message)) {
        const Bytes said = sync::encode_message(saying.message);
        host_.send_on(index(), to, channel::block_sync, said, clock_.now() + saying.delay);
    }
    return true;
}

/// A peer says where it is.
void Node::hear_height(PeerId peer, chain::Height height) {
    if (sync() && !setup_.strategy) {
        sync()->in_consensus(peer);
        sync()->hint(peer, height, clock_.now());
    }
}

}  // namespace steelyard::sim
