#include "tests/sim/network.h"

namespace steelyard::sim {

Network::Network(Scheduler& scheduler, const Options& options, Deliver deliver)
    : scheduler_(scheduler),
      options_(options.link),
      nodes_(options.nodes()),
      deliver_(std::move(deliver)),
      random_(stream(options.seed, "network")),
      links_(nodes_ * nodes_) {
}

void Network::send(NodeIndex from, NodeIndex to, Payload payload, Time when) {
    CHECK(from < nodes_ && to < nodes_ && from != to);
    ++counters_.sent;
    const bool is_lost = chance(random_, options_.loss);
    const bool is_doubled = chance(random_, options_.duplication);
    if (link(from, to).is_cut || is_lost) {
        ++counters_.lost;
        return;
    }
    if (is_doubled) {
        ++counters_.duplicated;
        launch(from, to, payload, when);
    }
    launch(from, to, std::move(payload), when);
}

void Network::launch(NodeIndex from, NodeIndex to, Payload payload, Time when) {
    Link& way = link(from, to);
    if (way.in_flight >= in_flight_max) {
        ++counters_.lost;
        return;
    }
    Time arrival = std::max(when, way.clogged_until) + draw_delay();
    if (!options_.reorders) {
        arrival = std::max(arrival, way.last_arrival);
    }
    way.last_arrival = std::max(arrival, way.last_arrival);
    ++way.in_flight;
    scheduler_.at(arrival, [this, from, to, payload = std::move(payload)]() mutable {
        --link(from, to).in_flight;
        ++counters_.delivered;
        deliver_(from, to, std::move(payload));
    });
}

Time Network::draw_delay() {
    const bool is_slow = chance(random_, options_.slow);
    return between(random_, options_.delay_min, is_slow ? options_.slow_max : options_.delay_max);
}

void Network::cut(NodeIndex from, NodeIndex to) {
    link(from, to).is_cut = true;
}

void Network::clog(NodeIndex from, NodeIndex to, Time until) {
    Link& way = link(from, to);
    way.clogged_until = std::max(way.clogged_until, until);
}

void Network::mend() {
    for (Link& way : links_) {
        way.is_cut = false;
    }
}

void Network::heal() {
    mend();
    for (Link& way : links_) {
        way.clogged_until = Time(0);
    }
    options_.slow = 0;
    options_.loss = 0;
    options_.duplication = 0;
    options_.reorders = false;
}

}  // namespace steelyard::sim
