// Network: the links between simulated nodes, which delay, lose, repeat and reorder.
#pragma once

#include "base/bytes.h"
#include "tests/sim/options.h"

#include <memory>

namespace steelyard::sim {

/// Bytes on their way: encoded once, decoded by each receiver.
using Payload = std::shared_ptr<const Bytes>;

struct NetworkCounters {
    std::uint64_t sent = 0;
    std::uint64_t delivered = 0;
    std::uint64_t lost = 0;  ///< by loss, partitions and full links
    std::uint64_t duplicated = 0;
};

/// A full mesh of directed links.
class Network {
public:
    /// The most messages on one link; further ones are lost, as where a queue is full.
    static constexpr std::size_t in_flight_max = 4'096;

    using Deliver = std::function<void(NodeIndex from, NodeIndex to, Payload payload)>;

    Network(Scheduler& scheduler, const Options& options, Deliver deliver);

    /// `when` is when the sender lets go of it, now or later.
    void send(NodeIndex from, NodeIndex to, Payload payload, Time when);

    /// Nothing that is sent from now on passes, in this direction.
    void cut(NodeIndex from, NodeIndex to);

    /// What is sent before `until` arrives after it.
    void clog(NodeIndex from, NodeIndex to, Time until);

    /// Ends cuts; clogs end by themselves.
    void mend();

    /// Ends everything that is not right: what is sent from now on arrives once, in order, in time.
    void heal();

    const NetworkCounters& counters() const { return counters_; }

private:
    struct Link {
        bool is_cut = false;
        Time clogged_until{};
        Time last_arrival{};
        std::size_t in_flight = 0;
    };

    Link& link(NodeIndex from, NodeIndex to) { return links_[from * nodes_ + to]; }
    void launch(NodeIndex from, NodeIndex to, Payload payload, Time when);
    Time draw_delay();

    Scheduler& scheduler_;
    LinkOptions options_;
    std::size_t nodes_;
    Deliver deliver_;
    SeededRandom random_;
    std::vector<Link> links_;
    NetworkCounters counters_;
};

}  // namespace steelyard::sim
