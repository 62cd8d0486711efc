// Record: the chain as correct nodes have committed it.
#pragma once

#include "tests/sim/oracle.h"

#include <map>

namespace steelyard::sim {

struct RecordedBlock {
    chain::BlockId id{};
    chain::Timestamp time{};
    chain::AppHash app_hash{};      ///< after the block
    chain::Hash256 results_hash{};  ///< of its transactions
};

class Record {
public:
    /// Keeps the first of each height.
    void note(const Committed& committed);

    /// Nothing where nobody was seen to commit the height: a crash may hide it.
    const RecordedBlock* find(chain::Height height) const;

private:
    std::map<chain::Height, RecordedBlock> blocks_;
};

}  // namespace steelyard::sim
