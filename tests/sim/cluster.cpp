#include "tests/sim/cluster.h"

#include "tests/sim/describe.h"
#include "tests/sim/ledger/town.h"
#include "tests/sim/mock_signatures.h"

namespace steelyard::sim {
namespace {

using chain::Height;

SimChain make_chain(const Options& options) {
    SimChain chain{.power_changes = options.power_changes};
    for (NodeIndex node = 0; node < options.nodes(); ++node) {
        chain.keys.push_back(make_key(options.signatures, options.seed, node)->public_key());
    }
    return chain;
}

chain::GenesisDoc make_genesis(const Options& options, const SimChain& chain) {
    auto chain_id = chain::ChainId::parse("simulation");
    CHECK(chain_id.has_value());
    chain::GenesisDoc genesis;
    genesis.genesis_time = chain::Timestamp::from_wall(Clock::Wall(simulation_epoch));
    genesis.chain_id = *std::move(chain_id);
    genesis.consensus_params.evidence.max_age_num_blocks = options.evidence_age_blocks;
    genesis.consensus_params.evidence.max_age_duration = options.evidence_age;
    for (NodeIndex node = 0; node < options.nodes(); ++node) {
        if (options.powers[node] > 0) {
            genesis.validators.push_back({chain.keys[node], options.powers[node], ""});
        }
    }
    return genesis;
}

std::unique_ptr<Town> make_town(const Options& options, const SimChain& chain) {
    return is_ledger(options.app) ? std::make_unique<Town>(options, chain.keys) : nullptr;
}

ClockError draw_clock_error(const Options& options, NodeIndex node) {
    SeededRandom random = stream(options.seed, "clock", node);
    return {
        .skew = between(random, -options.skew_max, options.skew_max),
        .drift_ppm = static_cast<std::int32_t>(
            between(random, std::int64_t{-options.drift_max_ppm}, options.drift_max_ppm)
        ),
    };
}

std::unique_ptr<Strategy> strategy_of(const Options& options, NodeIndex node) {
    for (const ByzantineNode& byzantine : options.byzantine) {
        if (byzantine.node == node) {
            return make_strategy(byzantine.strategy);
        }
    }
    return nullptr;
}

}  // namespace

Cluster::Cluster(const Options& options, bool prints_trace)
    : options_(options),
      trace_(prints_trace),
      network_(
          scheduler_,
          options_,
          [this](NodeIndex from, NodeIndex to, Payload payload) {
              if (options_.gossip) {
                  payload = connections_.arrive(from, to, payload);
              }
              if (payload) {
                  nodes_[to]->deliver(from, std::move(payload));
              }
          }
      ),
      connections_(scheduler_, options_, network_, *this),
      chain_(make_chain(options_)),
      town_(make_town(options_, chain_)),
      genesis_(make_genesis(options_, chain_)),
      verifier_(make_verifier(options_.signatures)) {
    if (town_) {
        genesis_ = town_->with_state(std::move(genesis_));
    }
    for (NodeIndex index = 0; index < options_.nodes(); ++index) {
        NodeSetup setup{
            .index = index,
            .options = options_,
            .chain = chain_,
            .genesis = genesis_,
            .town = town_.get(),
            .verifier = verifier_,
            .strategy = strategy_of(options_, index),
            .clock_error = draw_clock_error(options_, index),
        };
        NodeHost& host = *this;
        nodes_.push_back(std::make_unique<Node>(std::move(setup), host));
    }
}

Cluster::~Cluster() = default;

Height Cluster::lowest() const {
    std::optional<Height> lowest;
    for (const auto& node : nodes_) {
        if (node->is_correct()) {
            lowest = std::min(lowest.value_or(node->height()), node->height());
        }
    }
    return lowest.value_or(Height());
}

Height Cluster::highest() const {
    Height highest;
    for (const auto& node : nodes_) {
        if (node->is_correct()) {
            highest = std::max(highest, node->height());
        }
    }
    return highest;
}

bool Cluster::is_safe() const {
    return options_.is_safe() && (!town_ || town_->is_safe());
}

void Cluster::add_oracle(std::unique_ptr<Oracle> oracle) {
    oracles_.push_back(std::move(oracle));
}

void Cluster::start_all() {
    for (const auto& node : nodes_) {
        if (options_.sync && options_.sync->newcomer == node->index()) {
            at(options_.sync->joins_at, [this, index = node->index()] { restart(index); });
        } else {
            node->start();
        }
    }
}

void Cluster::crash(NodeIndex node, test::Loss loss) {
    nodes_[node]->crash(loss);
}

void Cluster::cut_power_at(NodeIndex node, std::uint64_t storage_operation, test::Loss loss) {
    nodes_[node]->cut_power_at(storage_operation, loss);
}

void Cluster::restart(NodeIndex node) {
    if (!nodes_[node]->is_running()) {
        ++counters_.restarts;
        nodes_[node]->start();
    }
}

void Cluster::pause(NodeIndex node, Time until) {
    note_text(node, Happening::paused, "until {}", until.count());
    nodes_[node]->pause(until);
}

void Cluster::cut(NodeIndex from, NodeIndex to) {
    note_text(from, Happening::partitioned, "from {}", to);
    network_.cut(from, to);
    connections_.cut(from, to);
}

void Cluster::clog(NodeIndex from, NodeIndex to, Time until) {
    note_text(from, Happening::clogged, "to {}", to);
    network_.clog(from, to, until);
}

void Cluster::mend() {
    note_text(0, Happening::mended, "all links");
    network_.mend();
    connections_.mend();
}

void Cluster::heal() {
    note_text(0, Happening::healed, "everything");
    told_down_ = {};
    network_.heal();
    connections_.heal();
    for (NodeIndex index = 0; index < size(); ++index) {
        nodes_[index]->make_disks_sound();
        restart(index);
    }
    ask([&](Oracle& oracle) { return oracle.on_healed(*this); });
}

void Cluster::end() {
    ask([&](Oracle& oracle) { return oracle.at_end(*this); });
}

void Cluster::crash_for(NodeIndex node, Time down) {
    at(now(), [this, node] { crash(node, test::Loss::none); });
    at(now() + down, [this, node] { restart(node); });
}

void Cluster::transmit(NodeIndex from, NodeIndex to, Payload payload, Time when) {
    network_.send(from, to, std::move(payload), when);
}

bool Cluster::send_on(NodeIndex from, NodeIndex to, ChannelId channel, ByteView bytes, Time when) {
    return connections_.send(from, to, channel, bytes, when);
}

void Cluster::break_up(NodeIndex node, NodeIndex peer) {
    connections_.break_up(node, peer);
}

void Cluster::on_connected(NodeIndex node, NodeIndex peer) {
    note_text(node, Happening::started, "connection to node {}", peer);
    nodes_[node]->connect(peer);
}

void Cluster::on_disconnected(NodeIndex node, NodeIndex peer) {
    note_text(node, Happening::crashed, "connection to node {}", peer);
    nodes_[node]->disconnect(peer);
}

void Cluster::on_drained(NodeIndex node, NodeIndex peer, ChannelId channel) {
    nodes_[node]->drain(peer, channel);
}

void Cluster::on_started(NodeIndex node) {
    connections_.on_started(node);
    note_text(node, Happening::started, "at height {}", nodes_[node]->height());
    ask([&](Oracle& oracle) { return oracle.on_started(*this, node); });
}

void Cluster::on_sent(const Sent& sent, const Bytes& bytes) {
    if (const auto* vote = std::get_if<chain::Vote>(&sent.message)) {
        counters_.contradictions += sent_votes_.contradicts(*vote) ? 1 : 0;
    }
    note(sent.from, Happening::sent, bytes);
    if (trace_.prints()) {
        const auto to = sent.to ? fmt::format("node {}", *sent.to) : "all";
        trace_.print(
            now(), sent.from, Happening::sent, fmt::format("to {}: {}", to, describe(sent.message))
        );
    }
    ask([&](Oracle& oracle) { return oracle.on_sent(*this, sent); });
}

void Cluster::on_delivered(const Delivered& delivered, const Bytes& bytes) {
    note(delivered.to, Happening::delivered, bytes);
    if (trace_.prints()) {
        trace_.print(
            now(),
            delivered.to,
            Happening::delivered,
            fmt::format("from node {}: {}", delivered.from, describe(delivered.message))
        );
    }
    ask([&](Oracle& oracle) { return oracle.on_delivered(*this, delivered); });
}

void Cluster::on_timeout(NodeIndex node, const consensus::Timeout& timeout) {
    note_text(
        node,
        Happening::timeout,
        "{} {}/{}",
        consensus::to_string(timeout.kind),
        timeout.height,
        timeout.round
    );
}

/// Whether the block was made by another than the proposer of the round that decided it.
bool Cluster::is_anothers(const Committed& committed) const {
    const engine::Engine* engine = nodes_[committed.node]->engine();
    const chain::Header& header = committed.block.header;
    if (!engine || !engine->state().current || engine->state().current->height != header.height) {
        return false;
    }
    consensus::ProposerRotation rotation = engine->state().current->rotation;
    return rotation.proposer(committed.commit.round()).address() != header.proposer_address;
}

void Cluster::on_committed(const Committed& committed) {
    const chain::Header& header = committed.block.header;
    const chain::Commit& commit = committed.commit;
    note_text(
        committed.node,
        Happening::committed,
        "{} in round {}: {}, {} txs, {} evidence",
        header.height,
        commit.round(),
        describe(commit.block_id().hash),
        committed.block.txs.size(),
        committed.block.evidence.size()
    );
    if (is_correct(committed.node) && options_.sync && !nodes_[committed.node]->engine()) {
        ++counters_.fetched;
    }
    if (is_correct(committed.node) && header.height.value() > counters_.blocks) {
        const std::int32_t round = commit.round().value();
        counters_.blocks = header.height.value();
        counters_.rounds += static_cast<std::uint64_t>(round);
        counters_.round_max = std::max(counters_.round_max, round);
        counters_.evidence += committed.block.evidence.size();
        counters_.proposed_again += is_anothers(committed) ? 1 : 0;
    }
    ask([&](Oracle& oracle) { return oracle.on_committed(*this, committed); });
}

void Cluster::on_reported(const Reported& reported) {
    note_text(
        reported.by, Happening::reported, "node {}: {}", reported.peer, reported.error.message()
    );
    ask([&](Oracle& oracle) { return oracle.on_reported(*this, reported); });
}

void Cluster::on_conflict(const Conflict& conflict) {
    counters_.equivocations += is_correct(conflict.by) ? 1 : 0;
    note_text(
        conflict.by,
        Happening::conflict,
        "{} and {}",
        describe(conflict.first),
        describe(conflict.second)
    );
    ask([&](Oracle& oracle) { return oracle.on_conflict(*this, conflict); });
}

void Cluster::on_evidence_heard(NodeIndex node, const chain::Evidence& evidence) {
    counters_.evidence_heard += is_correct(node) ? 1 : 0;
    note_text(
        node, Happening::conflict, "evidence of height {} heard", chain::evidence_height(evidence)
    );
    ask([&](Oracle& oracle) { return oracle.on_evidence_heard(*this, node, evidence); });
}

void Cluster::on_block_refused(NodeIndex node, const chain::BlockId& id, std::string_view reason) {
    counters_.refused_blocks += is_correct(node) ? 1 : 0;
    note_text(node, Happening::refused, "block {}: {}", describe(id.hash), reason);
}

void Cluster::on_proposal_omitted(NodeIndex node, std::string_view reason) {
    counters_.omitted += is_correct(node) ? 1 : 0;
    note_text(node, Happening::omitted, "{}", reason);
}

void Cluster::on_signing_refused(NodeIndex node, const Error& error) {
    note_text(node, Happening::refused, "{}", error.message());
    ask([&](Oracle& oracle) { return oracle.on_signing_refused(*this, node, error); });
}

void Cluster::on_left_behind(NodeIndex node) {
    ++counters_.fall_backs;
    note_text(node, Happening::paused, "left behind, at height {}", nodes_[node]->height());
}

void Cluster::on_handled(NodeIndex node) {
    ask([&](Oracle& oracle) { return oracle.on_handled(*this, node); });
}

void Cluster::on_crashed(NodeIndex node) {
    connections_.on_crashed(node);
    ++counters_.crashes;
    note_text(node, Happening::crashed, "at height {}", nodes_[node]->height());
    if (told_down_ && !nodes_[node]->has_failed()) {
        told_down_(node);
    }
}

void Cluster::on_failed(NodeIndex node, const Error& error) {
    note_text(node, Happening::failed, "{}", error.message());
    if (is_correct(node)) {
        violate("no failure", fmt::format("node {} stopped: {}", node, error.message()));
    } else {
        ++counters_.byzantine_stops;
    }
}

void Cluster::note(NodeIndex node, Happening happening, ByteView bytes) {
    trace_.add(now(), node, happening, bytes);
}

template <typename... Args>
void Cluster::note_text(
    NodeIndex node, Happening happening, fmt::format_string<Args...> format, Args&&... args
) {
    const std::string text = fmt::format(format, std::forward<Args>(args)...);
    note(node, happening, as_bytes(text));
    if (trace_.prints()) {
        trace_.print(now(), node, happening, text);
    }
}

void Cluster::violate(std::string_view oracle, std::string what) {
    violations_.push_back({std::string(oracle), std::move(what), now()});
}

template <typename Question>
void Cluster::ask(const Question& question) {
    for (const auto& oracle : oracles_) {
        if (auto finding = question(*oracle)) {
            violate(oracle->name(), *std::move(finding));
        }
    }
}

}  // namespace steelyard::sim
