// What the evidence pool needs of its host, as a port.
#pragma once

#include "chain/evidence.h"

namespace steelyard::evidence {

/// The committed chain. It answers for every height whose evidence may still be young enough, up to
/// the pool's tip, and equally on all nodes. Errors (not_found, corrupt, io) mean that it failed.
class History {
public:
    virtual ~History() = default;

    virtual Result<chain::Header> header(chain::Height height) const = 0;

    /// The set that voted on the block of that height.
    virtual Result<chain::ValidatorSet> validators(chain::Height height) const = 0;

    /// The last_commit of the block after it, and so never that of the tip: what a node happened to
    /// see there is its own.
    virtual Result<chain::Commit> commit(chain::Height height) const = 0;

    /// What the block of that height carries. Asked only where the header says that it carries any.
    virtual Result<std::vector<chain::Evidence>> evidence(chain::Height height) const = 0;
};

}  // namespace steelyard::evidence
