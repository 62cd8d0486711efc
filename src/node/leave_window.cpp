#include "node/leave_window.h"

#include <algorithm>

namespace steelyard::node {
namespace {

/// How far turns are foreseen. Who has none within so many heights may leave.
constexpr int heights_foreseen = 100;

}  // namespace

bool is_window_to_leave(const chain::ValidatorSet& next, const chain::Address& address) {
    if (next.size() == 1 || !next.index_of(address)) {
        return true;
    }
    chain::ValidatorSet turns = next;
    int until_first = heights_foreseen;
    int longest = 0;
    int last_turn = -1;
    for (int height = 0; height < heights_foreseen; ++height) {
        if (turns.proposer().address() == address) {
            until_first = std::min(until_first, height);
            longest = last_turn < 0 ? 0 : std::max(longest, height - last_turn - 1);
            last_turn = height;
        }
        turns.increment_proposer_priority(1);
    }
    return until_first >= std::min(longest, heights_enough);
}

}  // namespace steelyard::node
