// What peers say to gossip, in any order and at any time: each record is an action of four bytes,
// with a message where it takes one. What is sent in answer stays within the buckets.
#include "consensus/gossip/gossip.h"
#include "tests/support/consensus_driver.h"

using namespace steelyard;

namespace {

constexpr std::array<ChannelId, 5> channels = {
    channel::consensus_state,
    channel::consensus_data,
    channel::consensus_vote,
    channel::consensus_vote_set_bits,
    channel::consensus_help,
};

class CountingLink final : public PeerLink {
public:
    bool send(PeerId to, ChannelId, Bytes) override { return ++sent_ > 0 && to != 3; }
    void drop(PeerId, const Error&) override {}
    std::size_t sent() const { return sent_; }

private:
    std::size_t sent_ = 0;
};

class NoBlocks final : public gossip::StoredBlocks {
public:
    storage::BlockRange range() const override { return {}; }
    Result<chain::BlockMeta> load_meta(chain::Height) const override { return none(); }
    Result<chain::Part> load_part(chain::Height, std::uint32_t) const override { return none(); }
    Result<chain::Commit> load_commit(chain::Height) const override { return none(); }

private:
    static std::unexpected<Error> none() { return fail(ErrorCode::not_found, "no blocks"); }
};

class NoListener final : public gossip::Listener {
public:
    void on_message(PeerId, consensus::Message) override {}
    void on_peer_height(PeerId, chain::Height) override {}
};

/// In the first round of height 2, with a proposal and a polka.
const test::ConsensusDriver& node() {
    static const auto driver = [] {
        test::ConsensusDriver made({.proposes_in = {}, .height = chain::Height(2)});
        made.start();
        const auto block = made.block(1, 100'000);
        made.propose(block, 0);
        made.prevotes(0, block.id);
        return made;
    }();
    return driver;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    /// The most that one record may make us send: everything we have, to each of four peers.
    constexpr std::size_t sent_max = 4 * 200;
    CountingLink link;
    NoBlocks blocks;
    NoListener listener;
    gossip::Gossip gossip({}, {link, blocks, listener});
    gossip::Time now{};
    gossip.state_changed(node().state(), now);
    ByteView rest(data, size);
    while (rest.size() >= 4) {
        const PeerId peer = 1 + rest[1] % 4;
        const std::size_t length = std::min<std::size_t>(rest[2], rest.size() - 4);
        const ByteView message = rest.subspan(4, length);
        const std::size_t sent_before = link.sent();
        now += std::chrono::milliseconds(rest[3] * 8);
        switch (rest[0] % 16) {
            case 0:
                gossip.add_peer(peer, peer % 2 == 0, now);
                break;
            case 1:
                gossip.remove_peer(peer);
                break;
            case 2:
                gossip.tick(now);
                break;
            case 3:
                gossip.drained(peer, channels.at(rest[2] % channels.size()), now);
                break;
            case 4:
                gossip.state_changed(node().state(), now);
                break;
            default:
                gossip.receive(peer, channels.at(rest[0] % channels.size()), message, now);
                break;
        }
        rest = rest.subspan(4 + length);
        CHECK(link.sent() - sent_before <= sent_max);
        static_cast<void>(gossip.next_tick());
    }
    return 0;
}
