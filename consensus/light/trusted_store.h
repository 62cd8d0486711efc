// TrustedStore: the light blocks that a light client has verified, on disk.
#pragma once

#include "chain/light_block.h"
#include "storage/kv_store.h"

#include <set>

namespace steelyard::light {

/// What a person vouches for: the header that everything else is derived from.
struct TrustAnchor {
    chain::Height height{};
    chain::Hash256 hash{};

    bool operator==(const TrustAnchor&) const = default;
};

/// Holds the blocks of the greatest heights, up to a number, and the anchor that they came from.
/// It has the KvStore for itself. Every record is sealed with a hash over its key and bytes: one
/// that has changed is refused as corrupt, never trusted. Writes are synced and atomic.
class TrustedStore {
public:
    /// The most blocks that any store keeps.
    static constexpr std::size_t blocks_limit = 100'000;

    /// Opens what is there; `blocks_max` is from 1 to blocks_limit. Refuses the store of another
    /// chain (invalid), of another format (unsupported), and one that is damaged (corrupt).
    static Result<TrustedStore> open(
        storage::KvStore& store, const chain::ChainId& chain_id, std::size_t blocks_max
    );

    /// What `restart` recorded last; nothing before the first time.
    const std::optional<TrustAnchor>& anchor() const { return anchor_; }

    bool empty() const { return heights_.empty(); }
    chain::Height first() const;  ///< CHECKs that there is one, as `last`
    chain::Height last() const;
    bool contains(chain::Height height) const { return heights_.contains(height); }

    /// The nearest stored height that is less, or greater.
    std::optional<chain::Height> below(chain::Height height) const;
    std::optional<chain::Height> above(chain::Height height) const;

    /// Errors: not_found, corrupt.
    Result<chain::LightBlock> load(chain::Height height) const;

    /// Adds a block, and takes away the lowest ones over the number.
    Result<void> save(const chain::LightBlock& block);

    /// Records another anchor for what is there.
    Result<void> adopt(const TrustAnchor& anchor);

    /// Takes everything away and starts anew from the anchor and its block.
    Result<void> restart(const TrustAnchor& anchor, const chain::LightBlock& block);

private:
    TrustedStore(storage::KvStore& store, const chain::ChainId& chain_id, std::size_t blocks_max)
        : store_(&store), chain_id_(chain_id), blocks_max_(blocks_max) {}

    Result<void> read_keys();
    Result<void> read_anchor(ByteView key, ByteView record);

    storage::KvStore* store_;
    chain::ChainId chain_id_;
    std::size_t blocks_max_;
    std::optional<TrustAnchor> anchor_;
    std::set<chain::Height> heights_;
};

}  // namespace steelyard::light
