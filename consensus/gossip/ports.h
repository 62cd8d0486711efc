// What gossip needs of its host, as ports.
#pragma once

#include "base/peer_link.h"
#include "chain/block.h"
#include "consensus/core/message.h"
#include "storage/block_store.h"

namespace steelyard::gossip {

/// The committed chain, for peers that are behind. Asked a bounded number of times a second.
class StoredBlocks {
public:
    virtual ~StoredBlocks() = default;

    virtual storage::BlockRange range() const = 0;

    // Of a height of the range. An error ends that attempt to help, and nothing else: a block may
    // be pruned meanwhile.
    virtual Result<chain::BlockMeta> load_meta(chain::Height height) const = 0;
    virtual Result<chain::Part> load_part(chain::Height height, std::uint32_t index) const = 0;

    /// The one in the next block or, for the tip, the one that this node has seen.
    virtual Result<chain::Commit> load_commit(chain::Height height) const = 0;
};

/// A node's block store as the port.
class StoreBlocks final : public StoredBlocks {
public:
    /// `store` outlives it.
    explicit StoreBlocks(const storage::BlockStore& store) : store_(store) {}

    storage::BlockRange range() const override { return store_.range(); }
    Result<chain::BlockMeta> load_meta(chain::Height height) const override;
    Result<chain::Part> load_part(chain::Height height, std::uint32_t index) const override;
    Result<chain::Commit> load_commit(chain::Height height) const override;

private:
    const storage::BlockStore& store_;
};

/// Who is told what peers say.
class Listener {
public:
    virtual ~Listener() = default;

    /// For the engine (Engine::receive). The host may step the engine, and call
    /// Gossip::state_changed, before it returns.
    virtual void on_message(PeerId from, consensus::Message message) = 0;

    /// The peer says that it is at this height from now on; for evidence and mempool.
    virtual void on_peer_height(PeerId peer, chain::Height height) = 0;
};

}  // namespace steelyard::gossip
