#include "chain/round_step.h"

#include "base/check.h"

namespace steelyard::chain {

std::string_view to_string(RoundStep step) {
    switch (step) {
        case RoundStep::new_height:
            return "RoundStepNewHeight";
        case RoundStep::new_round:
            return "RoundStepNewRound";
        case RoundStep::propose:
            return "RoundStepPropose";
        case RoundStep::prevote:
            return "RoundStepPrevote";
        case RoundStep::prevote_wait:
            return "RoundStepPrevoteWait";
        case RoundStep::precommit:
            return "RoundStepPrecommit";
        case RoundStep::precommit_wait:
            return "RoundStepPrecommitWait";
        case RoundStep::commit:
            return "RoundStepCommit";
    }
    CHECK(false);
}

}  // namespace steelyard::chain
