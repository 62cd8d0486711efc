// Instead: the frame of strategies that propose another block than their engine does.
#pragma once

#include "tests/sim/strategies/craft.h"

namespace steelyard::sim {

/// Says the other block, and votes for it where the engine votes for its own.
class Instead : public Strategy {
public:
    void on_saying(Adversary& self, std::optional<NodeIndex> to, const consensus::Message& message)
        final;

protected:
    /// What to propose; nothing to go on with the engine's block.
    virtual std::optional<Proposed> other_than(
        Adversary& self, const chain::Proposal& proposal
    ) = 0;

private:
    std::optional<chain::BlockId> own_;  ///< that the engine proposed and nobody got
    std::optional<Proposed> other_;
};

}  // namespace steelyard::sim
