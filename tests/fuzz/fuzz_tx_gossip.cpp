// Transaction gossip: whatever two peers send, in any order, breaks nothing and stays bounded.
#include "mempool/gossip.h"

using namespace steelyard;

namespace {

/// Takes everything and sends nothing.
struct Deaf final : PeerLink, mempool::TxGossip::Sink {
    bool send(PeerId, ChannelId, Bytes) override { return ++messages % 5 != 0; }
    void drop(PeerId, const Error&) override {}
    void receive_txs(PeerId from, std::vector<mempool::TxRef> list) override {
        for (auto& tx : list) {
            txs.emplace_back(from, std::move(tx));
        }
    }

    std::size_t messages = 0;
    std::vector<std::pair<PeerId, mempool::TxRef>> txs;
};

}  // namespace

/// The input: a byte that says what happens, a byte for the length of a message, the message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Deaf deaf;
    mempool::TxGossip gossip({}, deaf, deaf);
    gossip.add_peer(1, true, {});
    gossip.add_peer(2, false, {});
    mempool::TxGossip::Time now{};
    ByteView rest{data, size};
    while (rest.size() >= 2) {
        const std::uint8_t choice = rest[0];
        const std::size_t length = std::min<std::size_t>(rest[1], rest.size() - 2);
        const ByteView message = rest.subspan(2, length);
        rest = rest.subspan(2 + length);
        const PeerId peer = 1 + (choice >> 4) % 2;
        now += std::chrono::milliseconds(choice);
        switch (choice % 8) {
            case 0:
                gossip.receive(peer, channel::mempool, message, now);
                break;
            case 1:
                gossip.receive(peer, channel::mempool_announce, message, now);
                break;
            case 2:
            case 3:
                for (const auto& [from, tx] : deaf.txs) {
                    const bool accepted = choice % 8 == 2;
                    const mempool::Admitted admitted{tx, {}, from};
                    gossip.admitted({&admitted, accepted ? 1U : 0U});
                    const mempool::Verdict verdict{
                        .tx = tx,
                        .outcome =
                            accepted ? mempool::Outcome::accepted : mempool::Outcome::invalid,
                    };
                    gossip.checked(from, {&verdict, 1}, now);
                }
                deaf.txs.clear();
                break;
            case 4: {
                const mempool::TxKey key = mempool::make_tx(to_bytes(message))->key;
                gossip.removed({&key, 1}, (choice & 32) != 0);
                break;
            }
            case 5:
                gossip.tick(now);
                break;
            case 6:
                gossip.drained(peer, channel::mempool);
                gossip.drained(peer, channel::mempool_announce);
                break;
            case 7:
                gossip.remove_peer(peer);
                gossip.add_peer(peer, peer == 1, now);
                break;
        }
    }
    CHECK(gossip.stats().txs <= size && gossip.stats().requests <= size);
    return 0;
}
