#include "tests/sim/simulation.h"

#include "tests/sim/faults.h"
#include "tests/sim/ledger/town.h"

namespace steelyard::sim {
namespace {

using chain::Height;

using namespace std::chrono_literals;

/// How long the liveness phase may last. Rounds have grown long while the faults lasted, and each
/// Byzantine proposer may cost a round; nodes that are behind come after, block by block.
Time liveness_limit(const Cluster& cluster) {
    std::int64_t round = 0;
    for (NodeIndex node = 0; node < cluster.size(); ++node) {
        const engine::Engine* engine = cluster.node(node).engine();
        if (engine && engine->state().current) {
            round = std::max<std::int64_t>(round, engine->state().current->machine.round.value());
        }
    }
    const auto nodes = static_cast<std::int64_t>(cluster.size());
    const auto rounds_from = [&](std::int64_t first) {
        return nodes * (5s + (first + nodes) * 1500ms);
    };
    const auto behind = cluster.highest().value() - cluster.lowest().value();
    return cluster.options().liveness_phase + rounds_from(round) +
           cluster.options().liveness_heights * rounds_from(0) + behind * 5s;
}

class Simulation {
public:
    Simulation(const Options& options, bool prints_trace) : cluster_(options, prints_trace) {
        for (auto& oracle : make_oracles()) {
            cluster_.add_oracle(std::move(oracle));
        }
    }

    Report run() {
        const Options& options = cluster_.options();
        Faults faults(cluster_, options.safety_phase);
        faults.begin();
        cluster_.start_all();
        run_to(options.safety_phase);
        if (options.is_safe() && goes_on()) {
            live();
        }
        if (goes_on()) {
            cluster_.end();
        }
        return {
            .seed = options.seed,
            .violations = cluster_.violations(),
            .counters = counters(),
            .network = cluster_.network_counters(),
            .virtual_time = cluster_.now(),
            .trace_hash = cluster_.trace().hash(),
        };
    }

private:
    void run_to(Time end) {
        while (goes_on() && cluster_.run_next(end)) {
        }
    }

    /// Nothing is wrong so far; and where that was promised, Byzantine nodes are too few to fork
    /// the chain. In the ledger they may become too many by what people do, and by what befalls
    /// the others.
    bool goes_on() const {
        return cluster_.violations().empty() &&
               (cluster_.is_safe() || !cluster_.options().is_safe());
    }

    Counters counters() const {
        Counters counters = cluster_.counters();
        if (const Town* town = cluster_.town()) {
            counters.town = town->counters();
            counters.cut_short = town->is_safe() ? 0 : 1;
        }
        return counters;
    }

    void live() {
        cluster_.heal();
        std::vector<std::int64_t> goals;
        for (NodeIndex node = 0; node < cluster_.size(); ++node) {
            // Who fetches blocks reaches the tip, and goes on from there in consensus.
            const bool fetches = cluster_.options().sync.has_value();
            const Height from = fetches ? cluster_.highest() : cluster_.node(node).height();
            goals.push_back(from.value() + cluster_.options().liveness_heights);
        }
        const auto has_lived = [&] {
            for (NodeIndex node = 0; node < cluster_.size(); ++node) {
                const Node& its = cluster_.node(node);
                const bool has = its.engine() && its.height().value() >= goals[node];
                if (its.is_correct() && !has) {
                    return false;
                }
            }
            return true;
        };
        const Time end = cluster_.now() + liveness_limit(cluster_);
        while (goes_on() && !has_lived() && cluster_.run_next(end)) {
        }
    }

    Cluster cluster_;
};

}  // namespace

Report run(const Options& options, bool prints_trace) {
    return Simulation(options, prints_trace).run();
}

std::string replay_command(std::uint64_t seed, const Fixed& fixed) {
    std::string command = fmt::format("steelyard-sim --replay {}", seed);
    const auto add = [&](std::string_view name, const std::optional<std::uint32_t>& value) {
        if (value) {
            command += fmt::format(" --{} {}", name, *value);
        }
    };
    add("nodes", fixed.nodes);
    add("minutes", fixed.minutes);
    add("byzantine", fixed.byzantine);
    if (fixed.app) {
        command += fmt::format(" --app {}", to_string(*fixed.app));
    }
    for (const FaultClass fault : fixed.without) {
        command += fmt::format(" --without {}", to_string(fault));
    }
    return command;
}

}  // namespace steelyard::sim
