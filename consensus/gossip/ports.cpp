#include "consensus/gossip/ports.h"

namespace steelyard::gossip {

Result<chain::BlockMeta> StoreBlocks::load_meta(chain::Height height) const {
    return store_.load_meta(height);
}

Result<chain::Part> StoreBlocks::load_part(chain::Height height, std::uint32_t index) const {
    return store_.load_part(height, index);
}

Result<chain::Commit> StoreBlocks::load_commit(chain::Height height) const {
    return height == store_.range().tip ? store_.load_seen_commit(height)
                                        : store_.load_commit(height);
}

}  // namespace steelyard::gossip
