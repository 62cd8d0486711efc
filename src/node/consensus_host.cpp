#include "node/consensus_host.h"

#include "base/log.h"
#include "consensus/engine/message_codec.h"
#include "node/double_sign_check.h"
#include "node/leave_window.h"
#include "node/stall_report.h"

namespace steelyard::node {
namespace {

/// As in CometBFT's reactors: votes before data, data before announcements.
constexpr int state_priority = 6;
constexpr int data_priority = 10;
constexpr int vote_priority = 7;
constexpr int vote_set_bits_priority = 1;
constexpr int evidence_priority = 6;
constexpr int block_sync_priority = 5;

log::Logger& logger() {
    static log::Logger instance("consensus");
    return instance;
}

bool is_consensus(ChannelId id) {
    return (id >= channel::consensus_state && id <= channel::consensus_vote_set_bits) ||
           id == channel::consensus_help;
}

}  // namespace

ConsensusHost::ConsensusHost(ConsensusSettings settings, ConsensusPorts ports)
    : settings_(std::move(settings)),
      ports_(std::move(ports)),
      stored_blocks_(ports_.blocks),
      gossip_(settings_.gossip, {ports_.link, stored_blocks_, *this}),
      evidence_gossip_(ports_.link, ports_.evidence),
      sync_(settings_.sync, ports_.link, ports_.chain, ports_.blocks, now()),
      rounds_(ports_.events) {
    loop_.set_after_batch([this] { after_batch(); });
}

ConsensusHost::~ConsensusHost() {
    stop();
}

void ConsensusHost::start() {
    CHECK(!thread_.joinable());
    loop_.post([this] { begin(); });
    thread_ = std::thread([this] {
        ::pthread_setname_np(::pthread_self(), "consensus");
        loop_.run();
    });
}

void ConsensusHost::stop() {
    if (thread_.joinable()) {
        loop_.stop();
        thread_.join();
    }
}

void ConsensusHost::leave_in_window(std::chrono::nanoseconds at_most, std::function<void()> left) {
    loop_.post([this, at_most, left = std::move(left)] {
        if (has_left_ || leave_wanted_) {
            return;
        }
        leave_wanted_ = left;
        logger().info(
            "waiting for a moment to leave",
            {{"seconds_max", std::chrono::floor<std::chrono::seconds>(at_most).count()}}
        );
        if (!engine_ || !ports_.signer) {
            leave("this node takes no part in consensus");
            return;
        }
        loop_.run_after(at_most, [this] { leave("there was no better moment in time"); });
    });
}

/// After a block, which has this validator's signature if it was in time.
bool ConsensusHost::is_window() const {
    const consensus::ChainState& chain = ports_.executor.state();
    return is_window_to_leave(chain.validators, ports_.signer->public_key().address());
}

/// What comes later is not handled any more, so that no round begins that would miss this node.
void ConsensusHost::leave(std::string_view reason) {
    if (has_failed_ || std::exchange(has_left_, true)) {
        return;
    }
    logger().info(
        "leaving", {{"height", ports_.executor.state().last_height.value()}, {"reason", reason}}
    );
    leave_wanted_();
}

void ConsensusHost::txs_available() {
    loop_.post([this] {
        if (engine_ && !is_over()) {
            step(engine_->txs_available());
        }
    });
}

bool ConsensusHost::look(Look look) {
    return loop_.run_and_wait(
        [this, look = std::move(look)] {
            look(engine_ ? &engine_->state() : nullptr, ports_.executor.state());
        },
        patience
    );
}

std::map<PeerId, gossip::PeerState> ConsensusHost::peer_states() {
    const auto states = std::make_shared<std::map<PeerId, gossip::PeerState>>();
    const bool is_done =
        loop_.run_and_wait([this, states] { *states = gossip_.peer_states(); }, patience);
    return is_done ? *states : std::map<PeerId, gossip::PeerState>();
}

Result<bool> ConsensusHost::add_evidence(const chain::Evidence& evidence) {
    auto added = std::make_shared<std::optional<Result<bool>>>();
    const bool is_done = loop_.run_and_wait(
        [this, added, evidence] { *added = ports_.evidence.add(evidence); }, patience
    );
    if (!is_done) {
        return steelyard::fail(ErrorCode::io, "consensus is too busy to judge the evidence");
    }
    return **added;
}

std::optional<ConsensusStats> ConsensusHost::stats() {
    auto stats = std::make_shared<ConsensusStats>();
    const bool is_done = loop_.run_and_wait(
        [this, stats] {
            stats->gossip = gossip_.stats();
            stats->evidence = evidence_gossip_.stats();
            stats->sync = sync_.stats(now());
            stats->evidence_pending = ports_.evidence.pending_count();
        },
        patience
    );
    return is_done ? std::optional(*stats) : std::nullopt;
}

/// A peer may hold so much of our memory with a message that it never ends. A chain that more than
/// doubles its blocks' size restarts the nodes that are still fetching blocks.
std::size_t ConsensusHost::block_message_size_max() const {
    const auto& params = ports_.executor.state().consensus_params.block;
    return std::min(sync::message_size_max, 2 * chain::block_size_limit(params));
}

std::vector<p2p::ChannelDescriptor> ConsensusHost::channels() const {
    using gossip::reactor_message_size_max;
    return {
        {channel::consensus_state, state_priority, 100, reactor_message_size_max},
        {channel::consensus_data, data_priority, 100, reactor_message_size_max},
        {channel::consensus_vote, vote_priority, 100, reactor_message_size_max},
        {channel::consensus_vote_set_bits, vote_set_bits_priority, 8, reactor_message_size_max},
        {channel::consensus_help, vote_priority, 16, engine::message_size_max},
        {channel::evidence, evidence_priority, 10, gossip::evidence_message_size_max},
        {channel::block_sync, block_sync_priority, 100, block_message_size_max()},
    };
}

void ConsensusHost::on_peer_up(const p2p::PeerInfo& peer) {
    loop_.post([this,
                id = peer.id,
                node_id = peer.node.id.text(),
                ours = peer.node.has_channel(channel::consensus_help)] {
        ++peers_;
        ports_.meter.peer_up(id, node_id);
        gossip_.add_peer(id, ours, now());
        evidence_gossip_.add_peer(id);
        sync_.add_peer(id, now(), ours);
    });
}

void ConsensusHost::on_peer_down(PeerId peer) {
    loop_.post([this, peer] {
        --peers_;
        ports_.meter.peer_down(peer);
        gossip_.remove_peer(peer);
        evidence_gossip_.remove_peer(peer);
        sync_.remove_peer(peer, now());
        if (engine_) {
            engine_->disconnected(peer);
        }
    });
}

void ConsensusHost::on_message(p2p::Inbound message) {
    loop_.post([this, message = std::move(message)] { handle(message); });
}

void ConsensusHost::on_drained(PeerId peer, ChannelId id) {
    loop_.post([this, peer, id] {
        if (is_consensus(id)) {
            gossip_.drained(peer, id, now());
        } else if (id == channel::evidence) {
            evidence_gossip_.drained(peer);
        } else {
            sync_.drained(peer);
        }
    });
}

// From here on everything is done by the thread.

void ConsensusHost::begin() {
    committed_at_ = now();
    arm_stall(settings_.stall_after);
    if (!settings_.block_sync) {
        begin_consensus();
    }
}

void ConsensusHost::begin_consensus() {
    const engine::EnginePorts ports{
        .executor = ports_.executor,
        .evidence = ports_.evidence,
        .blocks = ports_.blocks,
        .wal_directory = ports_.wal_directory,
        .random = ports_.random,
        .signer = ports_.signer,
        .network = gossip_,
        .timers = *this,
        .clock = ports_.clock,
        .observer = this,
    };
    if (ports_.signer && !std::exchange(has_begun_, true)) {
        const auto checked = check_double_sign(
            ports_.blocks, ports_.signer->public_key().address(), settings_.double_sign_check_height
        );
        if (!checked) {
            fail(checked.error());
            return;
        }
    }
    auto engine = engine::Engine::start(settings_.engine, ports);
    if (!engine) {
        fail(engine.error());
        return;
    }
    engine_ = *std::move(engine);
    is_syncing_ = false;
    state_changed_ = true;
    sync_.consensus_began(now());
    logger().info("consensus begins", {{"height", ports_.executor.state().next_height().value()}});
}

void ConsensusHost::end_consensus() {
    rounds_.forget();
    ports_.meter.forget();
    gossip_.stopped();
    engine_.reset();
    for (const auto& [timeout, timer] : timeouts_) {
        loop_.cancel(timer);
    }
    timeouts_.clear();
}

void ConsensusHost::follow_sync() {
    switch (sync_.wish()) {
        case sync::Wish::nothing:
            break;
        case sync::Wish::run_consensus:
            if (!engine_) {
                begin_consensus();
            }
            break;
        case sync::Wish::stop_consensus:
            logger().warn("left behind: consensus ends, blocks are fetched", {});
            end_consensus();
            is_syncing_ = true;
            sync_.sync_began(now());
            break;
    }
}

void ConsensusHost::handle(const p2p::Inbound& message) {
    if (is_over()) {
        return;
    }
    if (is_consensus(message.channel)) {
        gossip_.receive(message.from, message.channel, message.bytes, now());
    } else if (message.channel == channel::evidence) {
        step(evidence_gossip_.receive(message.from, message.bytes, now()));
    } else {
        sync_.receive(message.from, message.bytes, now());
    }
}

void ConsensusHost::after_batch() {
    if (has_failed_) {
        return;
    }
    if (!has_left_) {
        follow_sync();
    }
    if (engine_ && state_changed_) {
        gossip_.state_changed(engine_->state(), now());
    }
    state_changed_ = false;
    evidence_gossip_.pool_changed();
    tell_distance();
    arm_tick();
}

/// A liar can keep transactions away while blocks are fetched, and no longer.
void ConsensusHost::tell_distance() {
    const auto distance = [this] {
        const chain::Height tip = ports_.executor.state().last_height;
        return sync_.stats(now()).claimed_height.value() - tip.value();
    };
    const bool is_far_behind = is_syncing_ && distance() > settings_.sync.lag_min;
    if (is_far_behind != is_far_behind_) {
        is_far_behind_ = is_far_behind;
        ports_.far_behind(is_far_behind);
    }
}

void ConsensusHost::arm_tick() {
    auto next = sync_.next_tick();
    if (const auto at = gossip_.next_tick(); at && (!next || *at < *next)) {
        next = at;
    }
    if (next == tick_at_) {
        return;
    }
    if (tick_at_) {
        loop_.cancel(tick_timer_);
    }
    tick_at_ = next;
    if (next) {
        const auto wait = std::max(std::chrono::nanoseconds(0), *next - now());
        tick_timer_ = loop_.run_after(wait, [this] { tick(); });
    }
}

void ConsensusHost::tick() {
    tick_at_.reset();
    if (is_over()) {
        return;
    }
    gossip_.tick(now());
    step(sync_.tick(now()));
}

void ConsensusHost::arm_stall(std::chrono::nanoseconds delay) {
    if (settings_.stall_after > std::chrono::nanoseconds(0)) {
        loop_.cancel(stall_timer_);
        stall_timer_ = loop_.run_after(delay, [this] { tell_stall(); });
    }
}

void ConsensusHost::tell_stall() {
    arm_stall(stall_interval);
    if (has_failed_) {
        return;
    }
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now() - committed_at_).count();
    const std::int64_t height = ports_.executor.state().next_height().value();
    if (!engine_ || !engine_->state().current) {
        logger().warn(
            "no block for a while: fetching blocks",
            {{"seconds", seconds}, {"height", height}, {"peers", peers_}}
        );
        return;
    }
    const StallReport report = describe_stall(*engine_->state().current);
    logger().warn(
        "no block for a while",
        {{"seconds", seconds},
         {"height", height},
         {"round", report.round},
         {"step", report.step},
         {"voted_percent", report.percent},
         {"waiting_for", report.who},
         {"peers", peers_}}
    );
}

/// After whatever may have changed the engine's state.
void ConsensusHost::step(const Result<void>& result) {
    state_changed_ = true;
    if (!result) {
        fail(result.error());
    } else if (engine_) {
        rounds_.look(engine_->state());
        ports_.meter.look(engine_->state(), now());
    }
}

void ConsensusHost::fail(const Error& error) {
    if (std::exchange(has_failed_, true)) {
        return;
    }
    // The engine may be on the stack: it is only heard no more.
    gossip_.stopped();
    logger().error("the chain cannot go on here", {{"error", error.message()}});
    ports_.failed(error);
}

void ConsensusHost::schedule(const consensus::Timeout& timeout, std::chrono::nanoseconds after) {
    if (const auto old = timeouts_.find(timeout); old != timeouts_.end()) {
        loop_.cancel(old->second);
    }
    timeouts_[timeout] = loop_.run_after(after, [this, timeout] {
        timeouts_.erase(timeout);
        if (engine_ && !is_over()) {
            rounds_.elapsed(engine_->state(), timeout);
            step(engine_->elapsed(timeout));
        }
    });
}

void ConsensusHost::cancel(chain::Height height) {
    std::erase_if(timeouts_, [&](const auto& entry) {
        if (entry.first.height > height) {
            return false;
        }
        loop_.cancel(entry.second);
        return true;
    });
}

void ConsensusHost::on_committed(
    const chain::Block& block, const chain::Commit& commit, const abci::BlockResults& results
) {
    committed_at_ = now();
    arm_stall(settings_.stall_after);
    ports_.observer.on_committed(block, commit, results);
    if (leave_wanted_ && is_window()) {
        leave("the next turn to propose is far");
    }
}

void ConsensusHost::on_block_refused(const chain::BlockId& id, std::string_view reason) {
    ports_.observer.on_block_refused(id, reason);
}

void ConsensusHost::on_proposal_omitted(
    chain::Height height, chain::Round round, std::string_view reason
) {
    ports_.observer.on_proposal_omitted(height, round, reason);
}

void ConsensusHost::on_signing_refused(const Error& error) {
    ports_.observer.on_signing_refused(error);
}

void ConsensusHost::on_conflict(const chain::Vote& first, const chain::Vote& second) {
    ports_.observer.on_conflict(first, second);
}

void ConsensusHost::on_message(PeerId from, consensus::Message message) {
    if (engine_ && !is_over()) {
        ports_.meter.received(engine_->state(), from, message);
        step(engine_->receive(from, std::move(message)));
    }
}

void ConsensusHost::on_peer_height(PeerId peer, chain::Height height) {
    evidence_gossip_.peer_at(peer, height);
    sync_.in_consensus(peer);
    sync_.hint(peer, height, now());
    ports_.peer_height(peer, height);
}

}  // namespace steelyard::node
