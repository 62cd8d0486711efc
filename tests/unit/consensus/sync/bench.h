// SyncBench: block sync of one node among scripted peers, in virtual time.
#pragma once

#include "base/random.h"
#include "consensus/sync/block_sync.h"
#include "storage/memory_store.h"
#include "tests/support/test_chain.h"

#include <functional>
#include <map>

namespace steelyard::sync {

/// A chain of so many blocks, signed by four validators, made once and kept for all tests.
struct MadeChain {
    struct Made {
        chain::Block block{};
        chain::PartSet parts;
        chain::BlockId id{};
        chain::Commit commit;
    };

    std::vector<consensus::ChainState> states{};  ///< after so many blocks
    std::vector<Made> blocks{};                   ///< that of height 1 first

    const Made& at(std::int64_t height) const {
        return blocks.at(static_cast<std::size_t>(height) - 1);
    }

    Bytes encoded(std::int64_t height) const { return chain::encode_block(at(height).block); }
};

const MadeChain& made_chain();
inline constexpr std::int64_t made_height = 150;

/// The chain of the node under test: follows the rules, on a store in memory.
class TestNodeChain final : public Chain {
public:
    explicit TestNodeChain(std::int64_t height = 0);

    const consensus::ChainState& state() const override { return state_; }
    Result<void> append(const DecidedBlock& decided) override;

    /// As consensus would: the blocks up to a height are there.
    void jump(std::int64_t height);

    std::int64_t height() const { return state_.last_height.value(); }
    const storage::BlockStore& blocks() const { return *blocks_; }
    bool fails = false;

private:
    storage::MemoryStore store_;
    std::unique_ptr<storage::BlockStore> blocks_;
    consensus::ChainState state_;
};

/// What a scripted peer is and does. The defaults are those of an honest one.
struct Script {
    std::int64_t height = made_height;  ///< that it serves, and claims
    std::int64_t claims = 0;            ///< instead of `height`, if not 0
    Time latency = std::chrono::milliseconds(20);

    /// The answer to a request; nothing: as an honest peer.
    std::function<std::optional<std::vector<Message>>(std::int64_t height)> answer{};
    bool is_silent = false;  ///< about everything
    bool hides_status = false;
    bool takes_late = false;
};

class SyncBench final : public PeerLink {
public:
    explicit SyncBench(std::int64_t height = 0, BlockSyncOptions options = {});

    PeerId add(Script script);
    void leave(PeerId peer);

    /// Lets time pass; until there is a wish, or for so long. True if there is a wish.
    bool run(Time length = std::chrono::seconds(120));

    /// Sends a message of a peer at once.
    void say(PeerId from, const Message& message);

    // PeerLink
    bool send(PeerId to, ChannelId channel, Bytes message) override;
    void discard(PeerId to, ChannelId channel) override;
    void drop(PeerId peer, const Error& error) override;

    TestNodeChain chain;
    Time now = std::chrono::seconds(1000);
    BlockSync sync;
    std::map<PeerId, Script> scripts{};
    std::map<PeerId, std::string> dropped{};
    std::vector<std::pair<PeerId, Message>> sent{};
    std::vector<PeerId> discarded{};
    bool is_full = false;  ///< nothing can be sent
    std::size_t bytes_held_max = 0;
    int ticks = 0;

private:
    struct Event {
        PeerId from = 0;
        Bytes message{};
    };

    void answer(PeerId peer, const Message& message);
    void tick();

    std::multimap<Time, Event> events_{};
    PeerId last_peer_ = 0;
};

}  // namespace steelyard::sync
