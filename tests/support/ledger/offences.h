// Offences: evidence of what validators of a chain of tests did wrong.
#pragma once

#include "chain/evidence.h"
#include "tests/support/ledger/dice.h"

#include <vector>

namespace steelyard::test {

/// A block that was decided.
struct PastBlock {
    chain::Header header{};
    chain::ValidatorSet validators;
    std::optional<chain::Commit> commit{};
};

/// Two votes of one validator of that block's set.
chain::Evidence draw_double_vote(const PastBlock& block, Dice& dice);

/// A light block that some validators signed beside `decided`, or nothing where nobody would be
/// guilty. `common` is the last block on which both agree, at most the decided one's height.
std::optional<chain::Evidence> draw_attack(
    const PastBlock& common, const PastBlock& decided, Dice& dice
);

}  // namespace steelyard::test
