// Faults: what befalls a cluster during the safety phase, as its options say.
#pragma once

#include "tests/sim/cluster.h"

namespace steelyard::sim {

class Faults {
public:
    /// The cluster outlives it, and runs no action of it after `end`.
    Faults(Cluster& cluster, Time end);

    /// Schedules the first of each kind.
    void begin();

private:
    using Strike = void (Faults::*)(Time length);

    /// Strikes after a pause, and again after what it did has ended, and so on.
    void recur(const Recurring& recurring, Strike strike);

    void partition(Time length);
    void clog(Time length);
    void crash(Time length);
    void leave(Time length);
    void tear(Time length);
    void pause(Time length);
    void skew(Time length);

    void restart_later(NodeIndex node);
    NodeIndex any_node();
    test::Loss any_loss();

    Cluster& cluster_;
    const Options& options_;
    Time end_;
    SeededRandom random_;
    std::set<NodeIndex> away_{};  ///< and not to be started before their time
};

}  // namespace steelyard::sim
