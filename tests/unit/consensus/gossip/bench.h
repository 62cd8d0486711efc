// GossipBench: the gossip of one node over its consensus core, among scripted peers, in virtual
// time.
#pragma once

#include "consensus/gossip/gossip.h"
#include "tests/support/consensus_driver.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::gossip {

/// A peer that speaks CometBFT's channels only, one that speaks ours too, and one more of each.
inline constexpr PeerId stock = 11;
inline constexpr PeerId ours = 12;
inline constexpr PeerId other_stock = 13;

struct SentMessage {
    PeerId to = 0;
    ReactorMessage message;
};

class GossipBench final : PeerLink, StoredBlocks, Listener {
public:
    explicit GossipBench(test::ConsensusDriver::Options options = {.proposes_in = {}});

    // What the node does. `driver` is told things by a relayer that is none of the peers.
    void start();          ///< the first round begins
    void follow();         ///< after the driver did something: tells gossip of it
    void pass(Time time);  ///< ticks whenever gossip asks for it

    /// The height is decided by a block in its first round, and the pause of the next one begins.
    test::ProposedBlock decide(int number, std::size_t tx_size = 10);

    // What peers do.
    void join(PeerId peer);
    void join_at(PeerId peer, std::int64_t height, int round = 0);
    void say(PeerId peer, const ReactorMessage& message);
    void step(PeerId peer, std::int64_t height, int round = 0, RoundStep step = RoundStep::propose);

    /// What a peer was sent of one kind, since the last `clear`.
    template <typename M>
    std::vector<M> sent(PeerId to) const {
        std::vector<M> found;
        for (const SentMessage& sent : sent_) {
            if (const M* typed = sent.to == to ? get<M>(sent.message) : nullptr) {
                found.push_back(*typed);
            }
        }
        return found;
    }
    std::size_t count(PeerId to) const;
    void clear() { sent_.clear(); }

    test::ConsensusDriver driver;
    Time now = std::chrono::seconds(100);
    std::set<ChannelId> full{};                 ///< have no room
    std::map<PeerId, std::string> dropped{};    ///< and why
    std::vector<consensus::Message> heard{};    ///< what was handed to consensus
    std::map<PeerId, chain::Height> heights{};  ///< that peers said
    std::set<std::int64_t> pruned{};
    Gossip gossip;

private:
    struct Decided {
        chain::BlockMeta meta{};
        chain::PartSet parts;
        chain::Commit commit;
    };

    template <typename M>
    static const M* get(const ReactorMessage& message) {
        const M* found = nullptr;
        const auto look = [&](const auto& typed) {
            if constexpr (std::is_same_v<std::decay_t<decltype(typed)>, M>) {
                found = &typed;
            }
        };
        if (const auto* of_consensus = std::get_if<consensus::Message>(&message)) {
            std::visit(look, *of_consensus);
        } else {
            std::visit(look, message);
        }
        return found;
    }

    bool send(PeerId to, ChannelId channel, Bytes message) override;
    void drop(PeerId peer, const Error& error) override { dropped[peer] = error.message(); }
    storage::BlockRange range() const override;
    Result<chain::BlockMeta> load_meta(chain::Height height) const override;
    Result<chain::Part> load_part(chain::Height height, std::uint32_t index) const override;
    Result<chain::Commit> load_commit(chain::Height height) const override;
    void on_message(PeerId from, consensus::Message message) override;
    void on_peer_height(PeerId peer, chain::Height height) override { heights[peer] = height; }

    std::vector<SentMessage> sent_{};
    std::map<std::int64_t, Decided> decided_{};
    std::size_t effects_seen_ = 0;
};

}  // namespace steelyard::gossip
