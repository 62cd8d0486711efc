#include "tests/sim/connections.h"

namespace steelyard::sim {
namespace {

/// Before a message: its channel, and the number of the connection.
constexpr std::size_t prefix_size = 5;

/// A loss of so many permille of the messages breaks a connection at as many of 100,000.
constexpr std::uint64_t breaks_of = 100'000;

}  // namespace

Connections::Connections(
    Scheduler& scheduler, const Options& options, Network& network, ConnectionHost& host
)
    : scheduler_(scheduler),
      network_(network),
      host_(host),
      random_(stream(options.seed, "connections")),
      loss_(options.gossip ? options.gossip->breaks : 0) {
    if (options.gossip) {
        for (const auto& [a, b] : options.gossip->edges) {
            edges_[pair(a, b)] = {};
        }
    }
}

Connections::Edge* Connections::find(NodeIndex a, NodeIndex b) {
    const auto found = edges_.find(pair(a, b));
    return found == edges_.end() ? nullptr : &found->second;
}

bool Connections::send(NodeIndex from, NodeIndex to, ChannelId channel, ByteView bytes, Time when) {
    Edge* const edge = find(from, to);
    if (!edge || !edge->is_up) {
        return false;
    }
    Queue& queue = queues_[{from, to, channel}];
    if (queue.size >= queue_max) {
        queue.refused = true;
        return false;
    }
    ++queue.size;
    Bytes framed{channel};
    for (int shift = 0; shift < 32; shift += 8) {
        framed.push_back(static_cast<std::uint8_t>(edge->number >> shift));
    }
    append(framed, bytes);
    network_.send(from, to, std::make_shared<const Bytes>(std::move(framed)), when);
    if (loss_ > 0 && random_.below(breaks_of) < loss_) {
        scheduler_.at(scheduler_.now(), [this, from, to] { break_up(from, to); });
    }
    return true;
}

Payload Connections::arrive(NodeIndex from, NodeIndex to, const Payload& payload) {
    const ByteView framed = *payload;
    std::uint32_t number = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        number |= static_cast<std::uint32_t>(framed[1 + i]) << (8 * i);
    }
    const Edge* const edge = find(from, to);
    if (!edge || !edge->is_up || edge->number != number) {
        return nullptr;
    }
    const ChannelId channel = framed[0];
    Queue& queue = queues_[{from, to, channel}];
    --queue.size;
    if (queue.refused && queue.size <= queue_max / 2) {
        queue.refused = false;
        host_.on_drained(from, to, channel);
    }
    Bytes bytes{channel};
    append(bytes, framed.subspan(prefix_size));
    return std::make_shared<const Bytes>(std::move(bytes));
}

void Connections::break_up(NodeIndex a, NodeIndex b) {
    Edge* const edge = find(a, b);
    if (!edge || !edge->is_up) {
        return;
    }
    edge->is_up = false;
    std::erase_if(queues_, [&](const auto& entry) {
        return pair(std::get<0>(entry.first), std::get<1>(entry.first)) == pair(a, b);
    });
    host_.on_disconnected(a, b);
    host_.on_disconnected(b, a);
    connect_later(pair(a, b));
}

void Connections::connect_later(Pair pair) {
    const Time when = scheduler_.now() + between(random_, Time(1'000'000), reconnect_max);
    scheduler_.at(when, [this, pair] { connect(pair); });
}

void Connections::connect(Pair pair) {
    Edge& edge = edges_.at(pair);
    const bool may = !edge.is_up && !edge.is_cut && host_.is_running(pair.first) &&
                     host_.is_running(pair.second);
    if (may) {
        edge.is_up = true;
        ++edge.number;
        host_.on_connected(pair.first, pair.second);
        host_.on_connected(pair.second, pair.first);
    }
}

void Connections::on_started(NodeIndex node) {
    for (const auto& [pair, edge] : edges_) {
        if (pair.first == node || pair.second == node) {
            connect_later(pair);
        }
    }
}

void Connections::on_crashed(NodeIndex node) {
    for (const auto& [pair, edge] : edges_) {
        if (pair.first == node || pair.second == node) {
            break_up(pair.first, pair.second);
        }
    }
}

void Connections::cut(NodeIndex a, NodeIndex b) {
    if (Edge* const edge = find(a, b)) {
        edge->is_cut = true;
        break_up(a, b);
    }
}

void Connections::mend() {
    for (auto& [pair, edge] : edges_) {
        if (std::exchange(edge.is_cut, false)) {
            connect_later(pair);
        }
    }
}

void Connections::heal() {
    loss_ = 0;
    mend();
}

}  // namespace steelyard::sim
