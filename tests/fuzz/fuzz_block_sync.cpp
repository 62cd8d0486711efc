// What peers say to block sync, in any order and at any time: each record is an action of a few
// bytes, with a message where it takes one. It may drop peers; it must not fail, nor grow.
#include "consensus/sync/block_sync.h"
#include "storage/memory_store.h"
#include "tests/support/test_chain.h"

using namespace steelyard;

namespace {

class NoLink final : public PeerLink {
public:
    bool send(PeerId to, ChannelId, Bytes) override { return to != 3; }
    void drop(PeerId, const Error&) override {}
};

class StillChain final : public sync::Chain {
public:
    const consensus::ChainState& state() const override { return maker_.state(); }
    Result<void> append(const sync::DecidedBlock&) override {
        CHECK(false);  // nobody can sign for the founders
    }

private:
    test::TestChain maker_{test::validators_with_power({1, 1, 1})};
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static StillChain chain;
    static storage::MemoryStore store;
    static const auto blocks = *storage::BlockStore::open(store);
    NoLink link;
    sync::Time now{};
    sync::BlockSync block_sync({}, link, chain, *blocks, now);
    ByteView rest(data, size);
    while (rest.size() >= 4) {
        const PeerId peer = 1 + rest[1] % 4;
        const std::size_t length = std::min<std::size_t>(rest[2], rest.size() - 4);
        const ByteView message = rest.subspan(4, length);
        now += std::chrono::milliseconds(rest[3] * 8);
        switch (rest[0] % 8) {
            case 0:
                block_sync.add_peer(peer, now);
                break;
            case 1:
                block_sync.remove_peer(peer, now);
                break;
            case 2:
                CHECK(block_sync.tick(now).has_value());
                break;
            case 3:
                block_sync.drained(peer);
                break;
            case 4:
                block_sync.hint(peer, chain::Height(rest[2]), now);
                break;
            case 5:
                block_sync.consensus_began(now);
                break;
            case 6:
                block_sync.sync_began(now);
                break;
            default:
                block_sync.receive(peer, message, now);
                break;
        }
        rest = rest.subspan(4 + length);
        CHECK(block_sync.stats(now).bytes_held <= sync::BlockSyncOptions{}.buffered_bytes_max);
        static_cast<void>(block_sync.next_tick());
    }
    return 0;
}
