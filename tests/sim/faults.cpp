#include "tests/sim/faults.h"

namespace steelyard::sim {
namespace {

using namespace std::chrono_literals;

/// How many storage operations may pass before one is torn: some blocks' worth of them, or few, to
/// strike in the middle of a recovery.
constexpr std::int64_t operations_to_tear_max = 300;
constexpr std::int64_t recovery_operations_max = 12;
constexpr Permille recoveries_torn = 300;

}  // namespace

Faults::Faults(Cluster& cluster, Time end)
    : cluster_(cluster),
      options_(cluster.options()),
      end_(end),
      random_(stream(options_.seed, "faults")) {
}

void Faults::begin() {
    cluster_.when_down([this](NodeIndex node) { restart_later(node); });
    recur(options_.partitions, &Faults::partition);
    recur(options_.clogs, &Faults::clog);
    recur(options_.crashes.moments, &Faults::crash);
    recur(options_.crashes.torn, &Faults::tear);
    recur(options_.pauses, &Faults::pause);
    if (options_.sync) {
        recur(options_.sync->absences, &Faults::leave);
        if (options_.sync->newcomer) {
            away_.insert(*options_.sync->newcomer);
            cluster_.at(options_.sync->joins_at, [this] { away_.clear(); });
        }
    }
    if (options_.skew_max > Time(0)) {
        recur({.pause_max = 30s}, &Faults::skew);
    }
}

void Faults::recur(const Recurring& recurring, Strike strike) {
    if (!recurring.occurs()) {
        return;
    }
    const Time begin = cluster_.now() + between(random_, Time(0), recurring.pause_max);
    const Time length = between(random_, Time(0), recurring.length_max);
    if (begin >= end_) {
        return;
    }
    cluster_.at(begin, [this, strike, length] { (this->*strike)(length); });
    cluster_.at(begin + length, [this, recurring, strike] { recur(recurring, strike); });
}

void Faults::partition(Time length) {
    const auto size = static_cast<NodeIndex>(cluster_.size());
    std::vector<bool> is_apart(size);
    if (options_.partition_kind == PartitionKind::isolate_one) {
        is_apart[any_node()] = true;
    } else {
        for (NodeIndex node = 0; node < size; ++node) {
            is_apart[node] = random_.below(2) == 0;
        }
    }
    const bool outward = random_.below(2) == 0;
    for (NodeIndex from = 0; from < size; ++from) {
        for (NodeIndex to = 0; to < size; ++to) {
            const bool is_across = is_apart[from] != is_apart[to];
            if (is_across && (!options_.one_way || is_apart[from] == outward)) {
                cluster_.cut(from, to);
            }
        }
    }
    cluster_.count_partition();
    cluster_.at(std::min(cluster_.now() + length, end_), [this] { cluster_.mend(); });
}

void Faults::clog(Time length) {
    const NodeIndex from = any_node();
    const NodeIndex to = any_node();
    if (from != to) {
        cluster_.clog(from, to, cluster_.now() + length);
    }
}

void Faults::crash(Time) {
    // One draw a statement: the order of arguments is the compiler's choice.
    const test::Loss loss = any_loss();
    cluster_.crash(any_node(), loss);
}

/// For as long as it takes to be left far behind.
void Faults::leave(Time length) {
    const test::Loss loss = any_loss();
    const NodeIndex node = any_node();
    away_.insert(node);
    cluster_.crash(node, loss);
    cluster_.at(std::min(cluster_.now() + length, end_), [this, node] {
        away_.erase(node);
        cluster_.restart(node);
    });
}

void Faults::tear(Time) {
    const auto operation = between(random_, 1, operations_to_tear_max);
    const test::Loss loss = any_loss();
    cluster_.cut_power_at(any_node(), static_cast<std::uint64_t>(operation), loss);
}

void Faults::pause(Time length) {
    cluster_.pause(any_node(), std::min(cluster_.now() + length, end_));
}

void Faults::skew(Time) {
    const Time skew = between(random_, -options_.skew_max, options_.skew_max);
    cluster_.set_skew(any_node(), skew);
}

void Faults::restart_later(NodeIndex node) {
    if (away_.contains(node)) {
        return;
    }
    const Time length_max =
        std::max({options_.crashes.moments.length_max, options_.crashes.torn.length_max, Time(1s)});
    const Time when = cluster_.now() + between(random_, Time(0), length_max);
    if (when >= end_) {
        return;
    }
    cluster_.at(when, [this, node] {
        if (away_.contains(node)) {
            return;
        }
        if (options_.crashes.torn.occurs() && chance(random_, recoveries_torn)) {
            const auto operation = between(random_, 1, recovery_operations_max);
            cluster_.cut_power_at(node, static_cast<std::uint64_t>(operation), any_loss());
        }
        cluster_.restart(node);
    });
}

NodeIndex Faults::any_node() {
    return static_cast<NodeIndex>(random_.below(cluster_.size()));
}

test::Loss Faults::any_loss() {
    const auto draw = random_.below(1'000);
    if (draw < options_.crashes.lose_all) {
        return test::Loss::all;
    }
    const bool loses_some = draw < options_.crashes.lose_all + options_.crashes.lose_some;
    return loses_some ? test::Loss::seeded : test::Loss::none;
}

}  // namespace steelyard::sim
