// Validators as the rows of stake that other modules look at, without any stake.
#pragma once

#include "ledger/staking/end_block.h"
#include "tests/support/chain_builders.h"

namespace steelyard::ledger {

/// Makes a validator that is not in the active set. Its consensus key is test::public_key(number).
inline void make_validator(
    StateView& state, std::uint32_t number, const chain::Address& operator_address
) {
    const staking::Member member{
        ValidatorNumber{number},
        {.operator_address = operator_address,
         .consensus_key = test::public_key(static_cast<int>(number))},
    };
    staking::put_validator(state, member).value();
}

/// As consensus knows it; 0: the validator leaves the active set.
inline void set_active_power(StateView& state, std::uint32_t number, std::int64_t power) {
    const Key key = Key('l') << number;
    if (power == 0) {
        state.erase(Store::staking, key).value();
        return;
    }
    const Bytes value = (Key('-') << static_cast<std::uint64_t>(power)).bytes();
    state.put(Store::staking, key, ByteView(value).subspan(1)).value();
}

}  // namespace steelyard::ledger
