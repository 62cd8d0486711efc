// Keys of the store `staking`: doc/spec/staking.md has the table.
#pragma once

#include "ledger/staking/delegation.h"

#include <limits>

namespace steelyard::staking {

using ledger::Key;

inline Key validator_key(ValidatorNumber number) {
    return Key('v') << number;
}

inline Key operator_key(const chain::Address& address) {
    return Key('o') << ByteView(address);
}

inline Key consensus_key(const chain::Address& address) {
    return Key('k') << ByteView(address);
}

/// Who operated a validator that was removed.
inline Key ended_key(ValidatorNumber number) {
    return Key('e') << number;
}

/// Sorts by power, the greatest first, then by number.
inline Key power_key(std::int64_t power, ValidatorNumber number) {
    return Key('p') << (std::numeric_limits<std::uint64_t>::max() -
                        static_cast<std::uint64_t>(power))
                    << number;
}

inline Key delegation_key(AccountNumber delegator, ValidatorNumber validator) {
    return Key('d') << delegator << validator;
}

inline Key delegation_index_key(ValidatorNumber validator, AccountNumber delegator) {
    return Key('i') << validator << delegator;
}

inline Key unbonding_key(AccountNumber delegator, ValidatorNumber validator) {
    return Key('u') << delegator << validator;
}

inline Key unbonding_index_key(ValidatorNumber validator, AccountNumber delegator) {
    return Key('w') << validator << delegator;
}

inline Key redelegation_key(const Route& route) {
    return Key('r') << route.delegator << route.source << route.destination;
}

inline Key source_index_key(const Route& route) {
    return Key('x') << route.source << route.delegator << route.destination;
}

inline Key destination_index_key(const Route& route) {
    return Key('y') << route.destination << route.delegator << route.source;
}

inline Key active_key(ValidatorNumber number) {
    return Key('l') << number;
}

inline Key history_key(chain::Height height) {
    return Key('h') << height;
}

inline Key next_number_key() {
    return Key('c');
}

inline Key key_types_key() {
    return Key('t');
}

}  // namespace steelyard::staking
