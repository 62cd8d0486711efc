#include "tests/unit/blob/exchange_network.h"

#include "base/check.h"

namespace steelyard::blob::test {

using namespace std::chrono_literals;

namespace {

constexpr std::size_t queue_messages_max = 8;

}  // namespace

/// One direction of a connection: a queue, and one message at a time on the way.
struct Network::Link {
    std::size_t from = 0;
    std::size_t to = 0;
    PeerId name = 0;     ///< of the receiver, for the sender
    PeerId reverse = 0;  ///< of the sender, for the receiver
    std::deque<Bytes> queue{};
    bool is_busy = false;
    bool has_refused = false;
};

struct Network::Node final : PeerLink, Exchange::Sink {
    Node(Network& its_network, std::size_t its_index)
        : network(its_network), index(its_index), files(its_network.library_) {
        files.post = [this](MemoryFiles::Answer answer) {
            const Time delay = 1us * static_cast<int>(1 + network.random_.below(2'000));
            network.later(delay, [this, life = lives, answer = std::move(answer)] {
                if (life == lives) {
                    answer(*exchange, network.now_);
                }
            });
        };
        begin();
    }

    void begin() {
        ++lives;
        exchange = std::make_unique<Exchange>(ExchangeConfig{}, *this, files, *this);
    }

    bool send(PeerId to, ChannelId, Bytes message) override {
        return network.send(index, to, std::move(message));
    }
    void drop(PeerId peer, const Error&) override { network.drop(index, peer); }
    void fetched(const Hash256& id, const Result<void>& result) override {
        ended.insert_or_assign(id, result);
        wanted.erase(id);
    }

    Network& network;
    std::size_t index;
    Lie lie = Lie::none;
    int lives = 0;
    MemoryFiles files;
    std::set<Hash256> wanted;
    std::map<Hash256, Result<void>> ended;
    std::uint64_t bytes_before = 0;  ///< of lives that are over
    std::unique_ptr<Exchange> exchange;
};

Network::Network(std::size_t count, std::uint64_t seed) : random_(seed) {
    for (std::size_t i = 0; i < count; ++i) {
        nodes_.push_back(std::make_unique<Node>(*this, i));
    }
}

Network::~Network() = default;

void Network::make_liar(std::size_t node, Lie lie) {
    nodes_[node]->lie = lie;
}

void Network::connect(std::size_t a, std::size_t b) {
    const auto is_there = [&](const auto& link) {
        return link.second->from == a && link.second->to == b;
    };
    if (a == b || std::ranges::any_of(links_, is_there)) {
        return;
    }
    const PeerId b_for_a = ++sessions_;
    const PeerId a_for_b = ++sessions_;
    links_[b_for_a] = std::make_unique<Link>(Link{a, b, b_for_a, a_for_b});
    links_[a_for_b] = std::make_unique<Link>(Link{b, a, a_for_b, b_for_a});
    for (const auto& [node, peer] : {std::pair(a, b_for_a), std::pair(b, a_for_b)}) {
        if (nodes_[node]->lie == Lie::none) {
            nodes_[node]->exchange->add_peer(peer, now_);
        } else if (nodes_[node]->lie == Lie::unasked) {
            lie(node, peer, Gone{});
        }
    }
}

void Network::disconnect(std::size_t a, std::size_t b) {
    std::vector<std::pair<std::size_t, PeerId>> gone;
    for (const auto& [name, link] : links_) {
        if ((link->from == a && link->to == b) || (link->from == b && link->to == a)) {
            gone.emplace_back(link->from, name);
        }
    }
    for (const auto& [node, name] : gone) {
        links_.erase(name);
        nodes_[node]->exchange->remove_peer(name, now_);
    }
}

void Network::restart(std::size_t node) {
    for (std::size_t other = 0; other < nodes_.size(); ++other) {
        disconnect(node, other);
    }
    Node& it = *nodes_[node];
    it.bytes_before += it.exchange->stats().bytes_fetched;
    it.begin();
    for (const Hash256& id : it.wanted) {
        CHECK(it.exchange->fetch(id, now_));
    }
}

const TestBlob& Network::put(std::size_t node, std::uint32_t number, std::uint32_t groups) {
    TestBlob blob = make_blob(number, groups);
    const Hash256 id = blob.id;
    nodes_[node]->files.whole.insert(id);
    const TestBlob& kept = library_[id] = std::move(blob);
    nodes_[node]->exchange->added(id, now_);
    return kept;
}

void Network::fetch(std::size_t node, const Hash256& id) {
    nodes_[node]->wanted.insert(id);
    CHECK(nodes_[node]->exchange->fetch(id, now_));
}

void Network::run(Time until) {
    while (true) {
        Time next = events_.empty() ? until : std::min(until, events_.begin()->first);
        for (const auto& node : nodes_) {
            next = std::min(next, node->exchange->deadline().value_or(next));
        }
        now_ = std::max(now_, next);
        for (const auto& node : nodes_) {
            if (node->exchange->deadline().value_or(now_ + 1s) <= now_) {
                node->exchange->tick(now_);
            }
        }
        while (!events_.empty() && events_.begin()->first <= now_) {
            const auto event = std::move(events_.begin()->second);
            events_.erase(events_.begin());
            event();
        }
        for (const auto& node : nodes_) {
            measure(*node);
        }
        if (now_ >= until) {
            return;
        }
    }
}

void Network::measure(const Node& node) {
    const ExchangeStats stats = node.exchange->stats();
    buffered_most_ = std::max(buffered_most_, stats.buffered_groups);
    loaded_most_ = std::max(loaded_most_, stats.loaded_bytes);
}

bool Network::has(std::size_t node, const Hash256& id) const {
    return nodes_[node]->files.whole.contains(id);
}

bool Network::is_liar(std::size_t node) const {
    return nodes_[node]->lie != Lie::none;
}

const std::map<Hash256, Result<void>>& Network::ended(std::size_t node) const {
    return nodes_[node]->ended;
}

bool Network::is_reachable(std::size_t node, const Hash256& id, std::size_t distance) const {
    std::set<std::size_t> near{node};
    for (std::size_t step = 0; step < distance; ++step) {
        const std::set<std::size_t> before = near;
        for (const auto& [name, link] : links_) {
            if (before.contains(link->from) && !is_liar(link->to)) {
                near.insert(link->to);
            }
        }
    }
    return std::ranges::any_of(near, [&](std::size_t other) { return has(other, id); });
}

std::uint64_t Network::bytes_served(std::size_t node) const {
    return nodes_[node]->exchange->stats().bytes_served;
}

std::uint64_t Network::bytes_fetched() const {
    std::uint64_t sum = 0;
    for (const auto& node : nodes_) {
        sum += node->bytes_before + node->exchange->stats().bytes_fetched;
    }
    return sum;
}

void Network::later(Time delay, std::function<void()> event) {
    events_.emplace(now_ + delay, std::move(event));
}

bool Network::send(std::size_t from, PeerId to, Bytes message) {
    const auto found = links_.find(to);
    if (found == links_.end()) {
        return false;
    }
    Link& link = *found->second;
    CHECK(link.from == from);
    if (link.queue.size() >= queue_messages_max) {
        link.has_refused = true;
        return false;
    }
    link.queue.push_back(std::move(message));
    if (!link.is_busy) {
        deliver(link);
    }
    return true;
}

/// A latency, and about 20 MB/s.
void Network::deliver(Link& link) {
    link.is_busy = true;
    Bytes message = std::move(link.queue.front());
    link.queue.pop_front();
    const Time transfer = 50ns * static_cast<int>(message.size());
    const Time latency = 1us * static_cast<int>(100 + random_.below(20'000));
    later(transfer + latency, [this, name = link.name, message = std::move(message)] {
        auto found = links_.find(name);
        if (found == links_.end()) {
            return;
        }
        const Link at = {
            .from = found->second->from, .to = found->second->to, .reverse = found->second->reverse
        };
        Node& receiver = *nodes_[at.to];
        if (receiver.lie == Lie::none) {
            receiver.exchange->receive(at.reverse, message, now_);
        } else if (const auto decoded = decode_exchange_message(message)) {
            lie(at.to, at.reverse, *decoded);
        }
        found = links_.find(name);
        if (found == links_.end()) {
            return;
        }
        Link& rest = *found->second;
        rest.is_busy = false;
        if (!rest.queue.empty()) {
            deliver(rest);
        }
        if (rest.has_refused && rest.queue.size() <= queue_messages_max / 2) {
            rest.has_refused = false;
            nodes_[rest.from]->exchange->drained(name, now_);
        }
    });
}

void Network::drop(std::size_t by, PeerId peer) {
    const auto found = links_.find(peer);
    if (found == links_.end()) {
        return;
    }
    const std::size_t whom = found->second->to;
    (is_liar(whom) ? liars_dropped_ : injustices_) += 1;
    later(0s, [this, by, whom] { disconnect(by, whom); });
}

/// The words of one who says that it has everything.
void Network::lie(std::size_t liar, PeerId to, const ExchangeMessage& message) {
    const Lie lie = nodes_[liar]->lie;
    const auto say = [&](const ExchangeMessage& word) {
        send(liar, to, encode_exchange_message(word));
    };
    if (lie == Lie::flood && random_.below(8) == 0) {
        Want flood{std::vector<Hash256>(ids_per_message_max), hops_max};
        for (Hash256& id : flood.ids) {
            random_.fill(id);
        }
        say(flood);
    }
    if (lie == Lie::unasked) {
        say(GroupMessage{{}, 0, Bytes(100)});
        return;
    }
    if (const auto* const want = std::get_if<Want>(&message)) {
        for (const Hash256& id : want->ids) {
            say(Have{id});
        }
    }
    if (lie == Lie::silence) {
        return;
    }
    if (const auto* const get = std::get_if<GetTree>(&message)) {
        const auto found = library_.find(get->id);
        if (lie == Lie::gone || found == library_.end()) {
            say(Gone{get->id});
            return;
        }
        TreeMessage tree{get->id, found->second.tree};
        if (lie == Lie::wrong_tree) {
            tree.tree.groups.front()[0] ^= 1;
        }
        say(tree);
    }
    if (const auto* const get = std::get_if<GetGroup>(&message)) {
        if (lie == Lie::gone) {
            say(Gone{get->id});
            return;
        }
        GroupMessage group{get->id, get->index, library_.at(get->id).groups[get->index]};
        if (lie == Lie::wrong_group) {
            group.content.back() ^= 1;
        }
        say(group);
    }
}

}  // namespace steelyard::blob::test
