#include "tests/sim/oracles/record.h"

namespace steelyard::sim {

void Record::note(const Committed& committed) {
    const chain::Header& header = committed.block.header;
    if (!blocks_.contains(header.height)) {
        blocks_.emplace(
            header.height,
            RecordedBlock{
                .id = committed.commit.block_id(),
                .time = header.time,
                .app_hash = committed.results.app_hash,
                .results_hash = chain::results_hash(committed.results.tx_results),
            }
        );
    }
}

const RecordedBlock* Record::find(chain::Height height) const {
    const auto found = blocks_.find(height);
    return found == blocks_.end() ? nullptr : &found->second;
}

}  // namespace steelyard::sim
