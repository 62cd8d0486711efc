// Wishes: messages that people send, most of which make sense at the time.
#pragma once

#include "tests/support/ledger/signed_tx.h"
#include "tests/support/ledger/survey.h"

namespace steelyard::test {

enum class Wish : std::uint8_t {
    send,
    multi_send,
    create_validator,
    edit_validator,
    delegate,
    undelegate,
    redelegate,
    cancel_unbonding,
    withdraw_rewards,
    withdraw_commission,
    set_withdraw_address,
    fund_community_pool,
    unjail,
    register_key,
    propose_params,
    approve_params,
};
inline constexpr std::size_t wishes_count = 16;

/// A message of the kind; nothing where nobody could send one now, such as the operator of a
/// validator where there is no validator.
MessagePtr make_wish(Wish wish, const People& people, const Survey& survey, Dice& dice);

/// Other parameters that a chain can live with, not far from what was.
ledger::Params change_params(
    ledger::Params params, chain::Height height, const Restraint& restraint, Dice& dice
);

}  // namespace steelyard::test
