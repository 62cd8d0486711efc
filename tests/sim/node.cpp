#include "tests/sim/node.h"

#include "consensus/engine/file_signer.h"
#include "consensus/engine/message_codec.h"
#include "consensus/gossip/reactor_message.h"
#include "consensus/sync/stored_chain.h"
#include "tests/sim/byzantine_ports.h"
#include "tests/sim/ledger/ledger_node.h"
#include "tests/sim/mock_signatures.h"
#include "tests/sim/node_running.h"
#include "tests/sim/sync_liar.h"

#include <algorithm>

namespace steelyard::sim {

using chain::Height;
using consensus::Timeout;

Node::Running::Running(Disks& disks) : states(disks.state()) {
}

Node::Running::~Running() = default;

Node::Node(NodeSetup setup, NodeHost& host)
    : setup_(std::move(setup)),
      host_(host),
      random_(stream(setup_.options.seed, "node", setup_.index)),
      key_(make_key(setup_.options.signatures, setup_.options.seed, setup_.index)),
      clock_(host.scheduler(), setup_.clock_error),
      disks_(random_.next_u64(), [this] { on_sync(); }),
      sync_max_(setup_.options.sync_max) {
}

Node::~Node() = default;

const engine::Engine* Node::engine() const {
    return running_ ? running_->engine.get() : nullptr;
}

const storage::BlockStore& Node::blocks() const {
    CHECK(running_ && running_->blocks);
    return *running_->blocks;
}

const evidence::Pool& Node::evidence() const {
    CHECK(running_ && running_->evidence);
    return *running_->evidence;
}

Height Node::height() const {
    return running_ && running_->executor ? running_->executor->state().last_height : height_;
}

void Node::start() {
    CHECK(!running_ && disks_.has_power());
    if (failed_) {
        return;
    }
    ++run_number_;
    wakes_ = false;
    gossip_wakes_at_.reset();
    sync_wakes_at_.reset();
    cancelled_ = Height();
    is_handling_ = true;
    const auto opened = open();
    if (opened) {
        follow_engine();
        host_.on_started(index());
        if (setup_.strategy) {
            setup_.strategy->on_started(*this);
        }
    }
    ready_at_ = Time(0);
    end_handling(opened);
    pump();
}

/// Opens everything on the disks, in the order in which one part needs the other.
Result<void> Node::open() {
    running_ = std::make_unique<Running>(disks_);
    Running& run = *running_;
    const chain::ChainId& chain_id = setup_.genesis.chain_id;
    TRY_ASSIGN(run.blocks, storage::BlockStore::open(disks_.blocks()));
    run.history = std::make_unique<engine::StoredHistory>(run.states, *run.blocks);
    TRY_ASSIGN(
        run.evidence,
        evidence::Pool::open(
            disks_.evidence(), *run.history, {.chain_id = chain_id, .verifier = setup_.verifier}
        )
    );
    const Options& options = setup_.options;
    TRY_ASSIGN(run.application, open_application());
    abci::Application* application = &*run.application;
    if (setup_.strategy) {
        Adversary& self = *this;
        run.adversary_application =
            std::make_unique<AdversaryApplication>(*application, *setup_.strategy, self);
        application = &*run.adversary_application;
    }
    run.pool = std::make_unique<DrawnPool>(options.seed + index() + run_number_, options.quiet);
    TRY_ASSIGN(
        run.executor,
        engine::BlockExecutor::open(
            {run.states, *run.blocks, *run.evidence, *application, &*run.pool},
            setup_.genesis,
            setup_.verifier
        )
    );
    if (options.gossip) {
        run.stored = std::make_unique<gossip::StoreBlocks>(*run.blocks);
        run.gossip = std::make_unique<gossip::Gossip>(
            gossip::GossipConfig{}, gossip::GossipPorts{*this, *run.stored, *this}
        );
        PeerLink& link = *this;
        run.evidence_gossip = std::make_unique<gossip::EvidenceGossip>(link, *run.evidence);
    }
    TRY_ASSIGN(run.signer, open_signer());
    if (setup_.strategy && setup_.strategy->forgets()) {
        TRY(forget_log());
    }
    return options.sync ? open_sync() : begin_consensus();
}

Result<std::unique_ptr<abci::Application>> Node::open_application() {
    const Options& options = setup_.options;
    if (setup_.town) {
        return LedgerNode::open({
            .store = disks_.application(),
            .town = *setup_.town,
            .node = index(),
            .is_correct = is_correct(),
            .seed = options.seed + index(),
        });
    }
    return std::make_unique<SimApplication>(
        disks_.application(),
        setup_.chain,
        options.seed + index(),
        SimApplication::Habits{.large = options.large_blocks, .abstains = options.abstentions}
    );
}

Result<void> Node::begin_consensus() {
    Running& run = *running_;
    engine::EngineConfig config{
        .pacing = {.block_interval = setup_.options.block_interval},
        .skip_commit_wait = setup_.options.skip_commit_wait,
        .verify = setup_.verifier,
    };
    config.wal.segment_size = wal_segment_size;
    const engine::EnginePorts ports{
        .executor = *run.executor,
        .evidence = *run.evidence,
        .blocks = *run.blocks,
        .wal_directory = disks_.wal(),
        .random = random_,
        .signer = run.signer.get(),
        .network = *this,
        .timers = *this,
        .clock = clock_,
        .observer = this,
    };
    TRY_ASSIGN(run.engine, engine::Engine::start(std::move(config), ports));
    return {};
}

/// The state of what was signed is there from the first start on, as an operator would make it.
Result<std::unique_ptr<engine::Signer>> Node::open_signer() {
    const chain::ChainId& chain_id = setup_.genesis.chain_id;
    if (setup_.strategy) {
        return std::make_unique<UnsafeSigner>(*key_, chain_id);
    }
    auto key = make_key(setup_.options.signatures, setup_.options.seed, index());
    engine::Directory& directory = disks_.signer();
    if (!has_signer_) {
        // The power may have been cut right after it was made.
        TRY_ASSIGN(const auto names, directory.list());
        has_signer_ = std::ranges::find(names, engine::sign_state_file_name) != names.end();
    }
    if (!has_signer_) {
        TRY_ASSIGN(auto signer, engine::FileSigner::create(directory, std::move(key), chain_id));
        has_signer_ = true;
        return signer;
    }
    return engine::FileSigner::open(directory, std::move(key), chain_id);
}

Result<void> Node::forget_log() {
    TRY_ASSIGN(const auto names, disks_.wal().list());
    for (const std::string& name : names) {
        TRY(disks_.wal().remove(name));
    }
    return disks_.wal().sync();
}

void Node::deliver(NodeIndex from, Payload payload) {
    take_up(Letter{from, std::move(payload)});
}

void Node::crash(test::Loss loss) {
    if (running_) {
        disks_.cut_power();
        loss_ = loss;
        power_off();
    }
}

void Node::cut_power_at(std::uint64_t storage_operation, test::Loss loss) {
    disks_.cut_power_at(storage_operation);
    loss_ = loss;
}

void Node::pause(Time until) {
    ready_at_ = std::max(ready_at_, until);
}

void Node::make_disks_sound() {
    sync_max_ = Time(0);
    disks_.cut_power_at(0);
}

void Node::take_up(Work work) {
    if (running_ && inbox_.size() < inbox_max) {
        inbox_.push_back(std::move(work));
        pump();
    }
}

/// Does what waits, one thing after the other, as long as the machine is not busy.
void Node::pump() {
    while (running_ && !is_handling_ && !inbox_.empty()) {
        if (host_.scheduler().now() < ready_at_) {
            wake_when_ready();
            return;
        }
        Work work = std::move(inbox_.front());
        inbox_.pop_front();
        handle(std::move(work));
    }
}

void Node::wake_when_ready() {
    if (std::exchange(wakes_, true)) {
        return;
    }
    host_.scheduler().at(ready_at_, [this, run = run_number_] {
        if (run == run_number_) {
            wakes_ = false;
            pump();
        }
    });
}

void Node::handle(Work work) {
    is_handling_ = true;
    auto done = std::visit([this](auto& typed) { return run(typed); }, work);
    end_handling(done ? follow_sync() : std::move(done));
}

Result<void> Node::run(Letter& letter) {
    if (gossip() && !letter.is_whisper) {
        return hear_gossip(letter);
    }
    auto message = engine::decode_message(*letter.payload);
    if (!message) {
        host_.on_reported({index(), letter.from, message.error()});
        return {};
    }
    TRY(hear(letter.from, *std::move(message), *letter.payload));
    follow_engine();
    return {};
}

Result<void> Node::hear(NodeIndex from, consensus::Message message, const Bytes& bytes) {
    host_.on_delivered({from, index(), message}, bytes);
    if (setup_.strategy && !setup_.strategy->on_hearing(*this, from, message)) {
        return {};
    }
    return engine() ? running_->engine->receive(peer_id(from), std::move(message)) : Result<void>();
}

Result<void> Node::run(const Timeout& timeout) {
    host_.on_timeout(index(), timeout);
    TRY(running_->engine->elapsed(timeout));
    follow_engine();
    return {};
}

Result<void> Node::run(const std::function<void()>& action) {
    action();
    return std::exchange(heard_, {});
}

/// Looks at how the machine stands after something that it did.
void Node::end_handling(const Result<void>& result) {
    is_handling_ = false;
    ready_at_ = std::max(ready_at_, clock_.now());
    clock_.be_idle();
    if (!disks_.has_power()) {
        power_off();
        return;
    }
    if (!result) {
        failed_ = true;
        host_.on_failed(index(), result.error());
        power_off();
        return;
    }
    height_ = height();
    wake_for_gossip();
    wake_for_sync();
    host_.on_handled(index());
}

void Node::power_off() {
    height_ = height();
    running_.reset();
    inbox_.clear();
    ++run_number_;
    disks_.restart(loss_);
    loss_ = test::Loss::none;
    host_.on_crashed(index());
}

void Node::on_sync() {
    if (sync_max_ > Time(0)) {
        clock_.be_busy(between(random_, Time(0), sync_max_));
    }
}

void Node::publish(const consensus::Message& message) {
    if (setup_.strategy) {
        setup_.strategy->on_saying(*this, std::nullopt, message);
    } else if (gossip()) {
        gossip()->publish(message);
    } else {
        say(std::nullopt, message);
    }
}

void Node::send(consensus::PeerId to, const consensus::Message& message) {
    if (setup_.strategy) {
        setup_.strategy->on_saying(*this, node_of(to), message);
    } else if (gossip()) {
        gossip()->send(to, message);
    } else {
        say(node_of(to), message);
    }
}

void Node::report(consensus::PeerId peer, const Error& error) {
    if (gossip() && peer != consensus::self) {
        gossip()->report(peer, error);
        return;
    }
    host_.on_reported({index(), peer == consensus::self ? index() : node_of(peer), error});
}

void Node::schedule(const Timeout& timeout, std::chrono::nanoseconds after) {
    const Time due = clock_.now() + clock_.virtual_duration(after);
    host_.scheduler().at(due, [this, timeout, run = run_number_, engine = engine_number_] {
        const bool is_ours = run == run_number_ && engine == engine_number_;
        if (is_ours && timeout.height > cancelled_) {
            take_up(timeout);
        }
    });
}

void Node::cancel(Height height) {
    cancelled_ = height;
}

void Node::on_committed(
    const chain::Block& block, const chain::Commit& commit, const abci::BlockResults& results
) {
    host_.on_committed({index(), block, commit, results});
    tell_evidence();
}

void Node::on_block_refused(const chain::BlockId& id, std::string_view reason) {
    host_.on_block_refused(index(), id, reason);
}

void Node::on_proposal_omitted(chain::Height, chain::Round, std::string_view reason) {
    host_.on_proposal_omitted(index(), reason);
}

void Node::on_signing_refused(const Error& error) {
    host_.on_signing_refused(index(), error);
}

void Node::on_conflict(const chain::Vote& first, const chain::Vote& second) {
    host_.on_conflict({index(), first, second});
    tell_evidence();
}

chain::Vote Node::signed_vote(chain::Vote vote) const {
    vote.signature = key_->sign(sign_bytes(vote, setup_.genesis.chain_id));
    return vote;
}

chain::Proposal Node::signed_proposal(chain::Proposal proposal) const {
    proposal.signature = key_->sign(sign_bytes(proposal, setup_.genesis.chain_id));
    return proposal;
}

void Node::say(std::optional<NodeIndex> to, const consensus::Message& message) {
    const auto payload = std::make_shared<const Bytes>(engine::encode_message(message));
    host_.on_sent({index(), to, message}, *payload);
    if (gossip()) {
        const ChannelId channel = gossip::channel_of(message);
        for (NodeIndex peer = 0; peer < setup_.options.nodes(); ++peer) {
            const auto& strangers = setup_.options.gossip->strangers;
            const bool is_spoken = channel != channel::consensus_help ||
                                   (!strangers.contains(index()) && !strangers.contains(peer));
            if (peer != index() && peer == to.value_or(peer) && is_spoken) {
                host_.send_on(index(), peer, channel, *payload, clock_.now());
            }
        }
        return;
    }
    if (to) {
        host_.transmit(index(), *to, payload, clock_.now());
        return;
    }
    for (NodeIndex peer = 0; peer < setup_.options.nodes(); ++peer) {
        if (peer != index()) {
            host_.transmit(index(), peer, payload, clock_.now());
        }
    }
}

void Node::say_bytes(NodeIndex to, Bytes bytes) {
    if (gossip()) {
        const bool is_vote = !bytes.empty() && bytes[0] == 0x32;
        const ChannelId channel = is_vote ? channel::consensus_vote : channel::consensus_data;
        host_.send_on(index(), to, channel, bytes, clock_.now());
        return;
    }
    host_.transmit(index(), to, std::make_shared<const Bytes>(std::move(bytes)), clock_.now());
}

void Node::hear(NodeIndex from, consensus::Message message) {
    take_up(Letter{from, std::make_shared<const Bytes>(engine::encode_message(message)), true});
}

void Node::after(Time delay, std::function<void()> action) {
    host_.scheduler().at(
        clock_.now() + delay,
        [this, action = std::move(action), run = run_number_]() mutable {
            if (run == run_number_) {
                take_up(std::move(action));
            }
        }
    );
}

}  // namespace steelyard::sim
