#include "tests/sim/sent_votes.h"

namespace steelyard::sim {

bool SentVotes::contradicts(const chain::Vote& vote) {
    auto& values = values_[{vote.height, vote.round, vote.type, vote.validator_address}];
    const bool is_new = values.insert(vote.block_id).second;
    const bool is_another = is_new && values.size() > 1;
    if (values_.size() > steps_max) {
        values_.erase(values_.begin());
    }
    return is_another;
}

}  // namespace steelyard::sim
