// SyncLiar: a peer that deceives those who fetch blocks from it.
#pragma once

#include "consensus/sync/messages.h"
#include "tests/sim/draw.h"

#include <vector>

namespace steelyard::sim {

/// Its votes are not its concern: a correct validator may lie about blocks.
class SyncLiar {
public:
    explicit SyncLiar(SeededRandom random);

    /// What it says to a peer, and how long it waits before it does.
    struct Saying {
        sync::Message message{};
        Time delay{};
    };

    /// What it says instead of something true: nothing, something false, or the same, late.
    std::vector<Saying> twist(const sync::Message& message);

private:
    sync::StatusResponse false_status(const sync::StatusResponse& status);
    std::vector<Saying> false_block(const sync::BlockResponse& response);

    SeededRandom random_;
    Permille lies_;       ///< of what it says
    std::uint64_t kind_;  ///< of lies about blocks that it prefers
};

}  // namespace steelyard::sim
