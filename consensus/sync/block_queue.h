// BlockQueue: the next blocks, on their way or here but not verified.
#pragma once

#include "base/peer_link.h"
#include "chain/block.h"
#include "consensus/sync/time.h"

#include <map>
#include <optional>
#include <set>

namespace steelyard::sync {

/// A block as a peer sent it. Nothing of it is verified but that it is well-formed.
struct FetchedBlock {
    PeerId from = 0;
    chain::Block block{};
    chain::PartSet parts;
};

/// A height's place in the queue.
struct Wanted {
    std::set<PeerId> asked{};  ///< who has not answered, or answered that it lacks the block
    Time asked_at{};           ///< the last of them
    std::optional<FetchedBlock> block{};
};

class BlockQueue {
public:
    /// Heights from the next one on that are asked for.
    static constexpr std::int64_t window_max = 64;

    /// Peers that are asked for one block.
    static constexpr std::size_t asked_max = 3;

    /// `bytes_max`: of blocks that are held. The next two are held whatever they take, since with
    /// them the chain goes on.
    explicit BlockQueue(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    Wanted& at(chain::Height height) { return wanted_[height.value()]; }
    Wanted* find(chain::Height height);

    /// Takes a block into its height's place, if that is wanted and empty and there is room.
    /// `next` is the height after the chain's.
    bool add(chain::Height next, FetchedBlock fetched);

    /// Removes the block of a height, if it is here; it is wanted again.
    void discard(chain::Height height);

    /// Forgets heights below `next`.
    void advance(chain::Height next);

    /// Forgets whom the peer was asked by, and what it sent.
    void forget(PeerId peer);

    void clear();

    /// How many heights it makes sense to ask for, as large as blocks are lately.
    std::int64_t window() const;

    std::size_t bytes() const { return bytes_; }

private:
    std::size_t bytes_max_;
    std::map<std::int64_t, Wanted> wanted_;
    std::size_t bytes_ = 0;
    std::size_t usual_size_ = 64 << 10;  ///< of the last blocks
};

}  // namespace steelyard::sync
