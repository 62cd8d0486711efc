// Wishes about stake and parameters. Private to wishes.cpp and its helpers.
#pragma once

#include "tests/support/ledger/wishes.h"

namespace steelyard::test {

/// What a wish is made from.
struct Drawing {
    const People& people;
    const Survey& survey;
    Dice& dice;
};

/// Somebody who runs a validator.
std::optional<std::size_t> draw_operator(const Drawing& drawing);

/// Some, all, one, or more than all of an amount, which may be 0.
chain::Amount draw_part(const Drawing& drawing, chain::Amount of);

MessagePtr create_validator(const Drawing& drawing);
MessagePtr edit_validator(const Drawing& drawing);
MessagePtr delegate(const Drawing& drawing);
MessagePtr undelegate(const Drawing& drawing);
MessagePtr redelegate(const Drawing& drawing);
MessagePtr cancel_unbonding(const Drawing& drawing);
MessagePtr propose_params(const Drawing& drawing);
MessagePtr approve_params(const Drawing& drawing);

}  // namespace steelyard::test
