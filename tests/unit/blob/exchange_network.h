// Network: many exchanges over links with delays, whose nodes restart, vanish and lie, from a seed.
#pragma once

#include "base/random.h"
#include "tests/unit/blob/memory_files.h"

#include <memory>

namespace steelyard::blob::test {

/// What a liar does with those who believe that it has everything.
enum class Lie : std::uint8_t { none, wrong_group, wrong_tree, silence, gone, unasked, flood };
inline constexpr std::size_t lies = 6;

class Network {
public:
    using Time = Exchange::Time;

    Network(std::size_t count, std::uint64_t seed);
    ~Network();

    void make_liar(std::size_t node, Lie lie);
    void connect(std::size_t a, std::size_t b);
    void disconnect(std::size_t a, std::size_t b);

    /// A new exchange, without connections, over the same files.
    void restart(std::size_t node);

    /// A blob that only this node has.
    const TestBlob& put(std::size_t node, std::uint32_t number, std::uint32_t groups);

    void fetch(std::size_t node, const Hash256& id);
    void run(Time until);

    Time now() const { return now_; }
    SeededRandom& random() { return random_; }
    bool has(std::size_t node, const Hash256& id) const;
    bool is_liar(std::size_t node) const;

    /// What went wrong for this node's fetches.
    const std::map<Hash256, Result<void>>& ended(std::size_t node) const;

    /// Whether an honest node has the blob within so many links of honest nodes.
    bool is_reachable(std::size_t node, const Hash256& id, std::size_t distance) const;

    /// Honest nodes that were dropped by honest ones: there must be none.
    std::size_t injustices() const { return injustices_; }
    std::size_t liars_dropped() const { return liars_dropped_; }

    std::size_t buffered_groups_most() const { return buffered_most_; }
    std::size_t loaded_bytes_most() const { return loaded_most_; }
    std::uint64_t bytes_fetched() const;
    std::uint64_t bytes_served(std::size_t node) const;  ///< since it was restarted

private:
    struct Node;
    struct Link;

    void later(Time delay, std::function<void()> event);
    bool send(std::size_t from, PeerId to, Bytes message);
    void deliver(Link& link);
    void drop(std::size_t by, PeerId peer);
    void lie(std::size_t liar, PeerId to, const ExchangeMessage& message);
    void measure(const Node& node);

    SeededRandom random_;
    Time now_{std::chrono::seconds(1)};
    Library library_;
    std::vector<std::unique_ptr<Node>> nodes_;
    std::map<PeerId, std::unique_ptr<Link>> links_;  ///< by the name that the sender has for it
    PeerId sessions_ = 0;
    std::multimap<Time, std::function<void()>> events_;
    std::size_t injustices_ = 0;
    std::size_t liars_dropped_ = 0;
    std::size_t buffered_most_ = 0;
    std::size_t loaded_most_ = 0;
};

}  // namespace steelyard::blob::test
