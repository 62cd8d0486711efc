// Votes without signatures, for tests of their tally.
#pragma once

#include "consensus/core/vote_set.h"
#include "tests/support/chain_builders.h"

namespace steelyard::consensus {

inline const VoteValue nil{};

/// The value for block `number`.
inline VoteValue block(int number) {
    return test::block_id(number);
}

inline chain::Vote make_vote(
    chain::SignedMsgType type, std::int32_t round, chain::ValidatorIndex index, VoteValue value
) {
    return {
        .type = type,
        .height = chain::Height(7),
        .round = chain::Round(round),
        .block_id = value,
        .timestamp = test::time_after(index),
        .validator_address = {static_cast<std::uint8_t>(index + 1)},
        .validator_index = index,
        .signature = {static_cast<std::uint8_t>(index + 1)},
    };
}

inline chain::Vote prevote(chain::ValidatorIndex index, VoteValue value, std::int32_t round = 0) {
    return make_vote(chain::SignedMsgType::prevote, round, index, value);
}

inline chain::Vote precommit(chain::ValidatorIndex index, VoteValue value, std::int32_t round = 0) {
    return make_vote(chain::SignedMsgType::precommit, round, index, value);
}

}  // namespace steelyard::consensus
