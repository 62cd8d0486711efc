#include "tests/sim/options.h"

#include "tests/sim/strategy.h"

#include <algorithm>
#include <array>
#include <numeric>

namespace steelyard::sim {
namespace {

using namespace std::chrono_literals;
using chain::VotingPower;

constexpr std::array<std::string_view, fault_classes_count> fault_names = {
    "delays",
    "loss",
    "duplication",
    "reordering",
    "partitions",
    "clogs",
    "crashes",
    "torn-writes",
    "slow-syncs",
    "pauses",
    "clock-errors",
    "validator-changes",
    "large-blocks",
    "byzantine",
    "gossip",
    "abstentions",
    "block-sync",
};

/// How many nodes keep power, whatever changes.
constexpr std::size_t validators_min = 3;
constexpr std::size_t power_changes_max = 12;

/// Of the seeds whose application is the ledger.
constexpr Permille ledger_share = 30;

/// Of these, those with a market.
constexpr Permille market_share = 500;

/// Of these, those that have a node which signs twice, where it is weak enough.
constexpr Permille double_signers = 600;

/// Draws one fault class after the other, each from its own stream.
class Drawing {
public:
    Drawing(std::uint64_t seed, const Fixed& fixed)
        : seed_(seed), fixed_(fixed), random_(stream(seed, "options")) {
        static constexpr std::array<Permille, 4> moods = {100, 300, 500, 800};
        mood_ = moods[random_.below(moods.size())];
    }

    Options draw() {
        Options options{.seed = seed_};
        draw_nodes(options);
        draw_links(options);
        draw_partitions(options);
        draw_crashes(options);
        draw_machines(options);
        draw_power_changes(options);
        draw_gossip(options);
        draw_sync(options);
        return options;
    }

private:
    /// Whether a class of faults occurs at all. Its stream is for what it is like.
    bool occurs(FaultClass fault) {
        random_ = stream(seed_, to_string(fault));
        return chance(random_, mood_) && !fixed_.without.contains(fault);
    }

    Recurring recurring(Time pause_max, Time length_max) {
        return {between(random_, 1s, pause_max), between(random_, 100ms, length_max)};
    }

    void draw_nodes(Options& options);
    void draw_byzantine(Options& options);
    void draw_links(Options& options);
    void draw_partitions(Options& options);
    void draw_crashes(Options& options);
    void draw_machines(Options& options);
    void draw_power_changes(Options& options);
    void draw_gossip(Options& options);
    void draw_sync(Options& options);
    void draw_edges(const Options& options, GossipOptions& gossip);

    std::uint64_t seed_;
    const Fixed& fixed_;
    SeededRandom random_;
    Permille mood_ = 0;
};

VotingPower sum(const std::vector<VotingPower>& powers) {
    return std::accumulate(powers.begin(), powers.end(), VotingPower{0});
}

VotingPower byzantine_power(const Options& options, const std::vector<VotingPower>& powers) {
    VotingPower power = 0;
    for (const ByzantineNode& byzantine : options.byzantine) {
        power += powers[byzantine.node];
    }
    return power;
}

bool is_safe_with(const Options& options, const std::vector<VotingPower>& powers) {
    return byzantine_power(options, powers) * 3 < sum(powers);
}

void Drawing::draw_nodes(Options& options) {
    const auto count = fixed_.nodes.value_or(static_cast<std::uint32_t>(4 + random_.below(4)));
    const bool equal = fixed_.byzantine || chance(random_, 500);
    for (std::uint32_t node = 0; node < count; ++node) {
        options.powers.push_back(equal ? 10 : between(random_, 1, 100));
    }
    options.safety_phase =
        fixed_.minutes ? Time(std::chrono::minutes(*fixed_.minutes)) : between(random_, 30s, 180s);
    options.skip_commit_wait = chance(random_, 200);
    if (chance(random_, 20)) {
        options.signatures = chance(random_, 500) ? Signatures::secp256k1 : Signatures::ed25519;
    }
    if (chance(random_, 200)) {
        options.evidence_age_blocks = between(random_, 5, 60);
        options.evidence_age = between(random_, 5s, 60s);
    }
    draw_byzantine(options);
}

void Drawing::draw_byzantine(Options& options) {
    if (!occurs(FaultClass::byzantine) && !fixed_.byzantine) {
        return;
    }
    std::vector<NodeIndex> order(options.nodes());
    std::iota(order.begin(), order.end(), NodeIndex{0});
    for (std::size_t i = order.size(); i > 1; --i) {
        std::swap(order[i - 1], order[random_.below(i)]);
    }
    const std::size_t wanted = fixed_.byzantine.value_or(order.size());
    // Some do all the same, where they are too many what forks a chain.
    const bool is_plot = chance(random_, 500);
    const std::string plot = fixed_.byzantine ? "parrot" : draw_strategy(random_);
    for (std::size_t i = 0; i < std::min(wanted, order.size()); ++i) {
        options.byzantine.push_back({order[i], is_plot ? plot : draw_strategy(random_)});
        if (!fixed_.byzantine && !is_safe_with(options, options.powers)) {
            options.byzantine.pop_back();
        }
    }
}

void Drawing::draw_links(Options& options) {
    LinkOptions& link = options.link;
    if (occurs(FaultClass::delays)) {
        link.delay_min = between(random_, 0ms, 100ms);
        link.delay_max = link.delay_min + between(random_, 1ms, 1'000ms);
        link.slow = static_cast<Permille>(random_.below(50));
        link.slow_max = link.delay_max + between(random_, 0s, 20s);
    }
    if (occurs(FaultClass::loss)) {
        link.loss = static_cast<Permille>(random_.below(300));
    }
    if (occurs(FaultClass::duplication)) {
        link.duplication = static_cast<Permille>(random_.below(500));
    }
    link.reorders = occurs(FaultClass::reordering);
    if (occurs(FaultClass::clogs)) {
        options.clogs = recurring(20s, 10s);
    }
}

void Drawing::draw_partitions(Options& options) {
    if (occurs(FaultClass::partitions)) {
        options.partition_kind =
            chance(random_, 500) ? PartitionKind::uniform : PartitionKind::isolate_one;
        options.one_way = chance(random_, 300);
        options.partitions = recurring(30s, 30s);
    }
}

void Drawing::draw_crashes(Options& options) {
    if (occurs(FaultClass::crashes)) {
        options.crashes.moments = recurring(30s, 20s);
    }
    if (occurs(FaultClass::torn_writes)) {
        options.crashes.torn = recurring(15s, 10s);
    }
    options.crashes.lose_all = static_cast<Permille>(random_.below(400));
    options.crashes.lose_some = static_cast<Permille>(random_.below(600));
}

void Drawing::draw_machines(Options& options) {
    if (occurs(FaultClass::slow_syncs)) {
        options.sync_max = between(random_, 1ms, 1'000ms);
    }
    if (occurs(FaultClass::pauses)) {
        options.pauses = recurring(30s, 15s);
    }
    if (occurs(FaultClass::clock_errors)) {
        options.skew_max = between(random_, 1ms, 60s);
        options.drift_max_ppm = static_cast<std::int32_t>(random_.below(10'000));
    }
    if (occurs(FaultClass::large_blocks)) {
        options.large_blocks = static_cast<Permille>(random_.below(500));
    }
    if (occurs(FaultClass::abstentions)) {
        options.abstentions = static_cast<Permille>(random_.below(300));
    }
}

void Drawing::draw_power_changes(Options& options) {
    if (!occurs(FaultClass::validator_changes)) {
        return;
    }
    std::vector<VotingPower>& genesis = options.powers;
    if (genesis.size() > validators_min && chance(random_, 500)) {
        const VotingPower power = std::exchange(genesis[random_.below(genesis.size())], 0);
        if (!fixed_.byzantine && !is_safe_with(options, genesis)) {
            *std::ranges::find(genesis, 0) = power;
        }
    }
    std::vector<VotingPower> powers = genesis;
    std::int64_t height = 0;
    const std::size_t count = 1 + random_.below(power_changes_max);
    for (std::size_t i = 0; i < count; ++i) {
        height += between(random_, 1, 15);
        const auto node = static_cast<NodeIndex>(random_.below(powers.size()));
        const VotingPower before = powers[node];
        const bool may_leave = before > 0 && chance(random_, 300);
        powers[node] = may_leave ? 0 : between(random_, 1, 100);
        const auto validators = std::ranges::count_if(powers, [](auto power) { return power > 0; });
        const bool is_safe = fixed_.byzantine || is_safe_with(options, powers);
        if (static_cast<std::size_t>(validators) < validators_min || !is_safe) {
            powers[node] = before;
        } else {
            options.power_changes.push_back({height, node, powers[node]});
        }
    }
}

/// A stream of its own, so that the rest of a seed's options stays.
void draw_pace(Options& options) {
    SeededRandom random = stream(options.seed, "pace");
    options.block_interval = chance(random, 100) ? Time(0) : between(random, 200ms, 2'000ms);
    if (options.sync && chance(random, 700)) {
        options.block_interval = between(random, 0ms, 400ms);  // many blocks to fetch
    }
    options.quiet = chance(random, 500) ? static_cast<Permille>(random.below(1'001)) : 0;
}

void Drawing::draw_gossip(Options& options) {
    random_ = stream(seed_, to_string(FaultClass::gossip));
    if (!chance(random_, 500) || fixed_.without.contains(FaultClass::gossip)) {
        return;
    }
    GossipOptions gossip{.breaks = std::exchange(options.link.loss, 0)};
    options.link.duplication = 0;
    options.link.reorders = false;
    draw_edges(options, gossip);
    const bool all_strange = chance(random_, 250);
    const Permille strange = chance(random_, 500) ? 500 : 0;
    for (NodeIndex node = 0; node < options.nodes(); ++node) {
        if (all_strange || chance(random_, strange)) {
            gossip.strangers.insert(node);
        }
    }
    options.gossip = std::move(gossip);
}

void Drawing::draw_sync(Options& options) {
    random_ = stream(seed_, to_string(FaultClass::block_sync));
    const bool occurs = options.gossip && chance(random_, 500);
    if (!occurs || fixed_.without.contains(FaultClass::block_sync)) {
        return;
    }
    SyncOptions sync;
    const Permille lies = chance(random_, 700) ? static_cast<Permille>(random_.below(900)) : 0;
    for (NodeIndex node = 0; node < options.nodes(); ++node) {
        if (chance(random_, lies)) {
            sync.liars.insert(node);
        }
    }
    if (chance(random_, 600)) {
        sync.newcomer = static_cast<NodeIndex>(random_.below(options.nodes()));
        sync.joins_at = between(random_, 5s, std::max<Time>(5s, options.safety_phase));
    }
    if (chance(random_, 600)) {
        sync.absences = recurring(30s, 60s);
    }
    options.sync = std::move(sync);
}

/// A tree of the correct nodes, to which the others are tied, and some edges more: often all.
void Drawing::draw_edges(const Options& options, GossipOptions& gossip) {
    std::vector<NodeIndex> order(options.nodes());
    std::iota(order.begin(), order.end(), NodeIndex{0});
    for (std::size_t i = order.size(); i > 1; --i) {
        std::swap(order[i - 1], order[random_.below(i)]);
    }
    std::ranges::stable_partition(order, [&](NodeIndex node) {
        return !options.is_byzantine(node);
    });
    static constexpr std::array<Permille, 4> densities = {0, 200, 500, 1000};
    const Permille density = densities.at(random_.below(densities.size()));
    const auto correct = static_cast<std::size_t>(std::ranges::count_if(order, [&](NodeIndex node) {
        return !options.is_byzantine(node);
    }));
    for (std::size_t i = 1; i < order.size(); ++i) {
        const std::size_t tied = random_.below(std::max<std::size_t>(1, std::min(i, correct)));
        for (std::size_t j = 0; j < i; ++j) {
            if (j == tied || chance(random_, density)) {
                gossip.edges.emplace_back(order[i], order[j]);
            }
        }
    }
}

/// Adds an edge wherever only a Byzantine node joins correct ones: no progress could be expected.
void tie_correct_nodes(const Options& options, GossipOptions& gossip) {
    std::vector<NodeIndex> group(options.nodes());  // the least node that one is joined to
    std::iota(group.begin(), group.end(), NodeIndex{0});
    const auto join = [&](NodeIndex a, NodeIndex b) {
        const auto [least, other] = std::minmax(group[a], group[b]);
        std::ranges::replace(group, NodeIndex{other}, NodeIndex{least});
    };
    for (const auto& [a, b] : gossip.edges) {
        if (!options.is_byzantine(a) && !options.is_byzantine(b)) {
            join(a, b);
        }
    }
    std::optional<NodeIndex> first;
    for (NodeIndex node = 0; node < options.nodes(); ++node) {
        if (options.is_byzantine(node)) {
            continue;
        }
        if (first && group[node] != group[*first]) {
            gossip.edges.emplace_back(node, *first);
            join(node, *first);
        }
        first = first.value_or(node);
    }
}

/// Many have a validator that signs twice, for the ledger to punish.
void draw_double_signer(Options& options, SeededRandom& random) {
    static constexpr std::array<const char*, 4> offenders = {
        "two-prevotes", "two-precommits", "two-blocks", "shameless"
    };
    const std::string strategy = offenders.at(random.below(offenders.size()));
    const auto node = static_cast<NodeIndex>(random.below(options.nodes()));
    if (!options.byzantine.empty()) {
        options.byzantine.front().strategy = strategy;
        return;
    }
    options.byzantine.push_back({node, strategy});
    if (options.powers[node] == 0 || !is_safe_with(options, options.powers)) {
        options.byzantine.clear();
    } else if (options.gossip) {
        tie_correct_nodes(options, *options.gossip);
    }
}

/// The ledger is slow beside a hash: its seeds are shorter, and its blocks come less often.
void draw_app(Options& options, const Fixed& fixed) {
    SeededRandom random = stream(options.seed, "application");
    const bool has_ledger = chance(random, ledger_share);
    SeededRandom market = stream(options.seed, "market");
    const App ledger = chance(market, market_share) ? App::market : App::ledger;
    const App drawn = has_ledger ? ledger : App::hash;
    options.app = fixed.app.value_or(drawn);
    if (is_ledger(options.app)) {
        options.power_changes.clear();
        // Who is the last that is not in jail has all votes at once: it would never pause, and no
        // time would pass.
        options.skip_commit_wait = false;
        options.block_interval = between(random, 700ms, 2'000ms);
        if (!fixed.minutes) {
            options.safety_phase = std::min<Time>(options.safety_phase, between(random, 20s, 60s));
        }
        if (options.app == App::market) {  // lives of jobs are longer
            options.block_interval = between(market, 700ms, 1'000ms);
            if (!fixed.minutes) {
                options.safety_phase = between(market, 30s, 60s);
            }
        }
        if (options.sync && options.sync->newcomer) {
            options.sync->joins_at = std::min(options.sync->joins_at, options.safety_phase);
        }
        const bool may_sign_twice =
            !fixed.byzantine && !fixed.without.contains(FaultClass::byzantine);
        if (chance(random, double_signers) && may_sign_twice) {
            draw_double_signer(options, random);
        }
    }
}

}  // namespace

std::string_view to_string(App app) {
    switch (app) {
        case App::hash:
            return "hash";
        case App::ledger:
            return "ledger";
        case App::market:
            return "market";
    }
    CHECK(false);
}

std::optional<App> parse_app(std::string_view text) {
    for (const App app : {App::hash, App::ledger, App::market}) {
        if (text == to_string(app)) {
            return app;
        }
    }
    return std::nullopt;
}

std::string_view to_string(FaultClass fault) {
    return fault_names.at(static_cast<std::size_t>(fault));
}

std::optional<FaultClass> parse_fault_class(std::string_view text) {
    const auto found = std::ranges::find(fault_names, text);
    if (found == fault_names.end()) {
        return std::nullopt;
    }
    return static_cast<FaultClass>(found - fault_names.begin());
}

bool Options::is_byzantine(NodeIndex node) const {
    return std::ranges::find(byzantine, node, &ByzantineNode::node) != byzantine.end();
}

bool Options::is_safe() const {
    std::vector<VotingPower> now = powers;
    bool safe = is_safe_with(*this, now);
    for (const PowerChange& change : power_changes) {
        now[change.node] = change.power;
        safe = safe && is_safe_with(*this, now);
    }
    return safe;
}

Options draw_options(std::uint64_t seed, const Fixed& fixed) {
    Options options = Drawing(seed, fixed).draw();
    draw_pace(options);
    draw_app(options, fixed);
    return options;
}

Options calm_options(std::uint64_t seed) {
    return {.seed = seed, .powers = {10, 10, 10, 10}};
}

}  // namespace steelyard::sim
