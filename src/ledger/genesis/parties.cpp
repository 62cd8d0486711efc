#include "ledger/genesis/parties.h"

#include "ledger/genesis/sections.h"
#include "ledger/messages/fields.h"
#include "ledger/state/values.h"

namespace steelyard::genesis {

Result<ledger::AccountNumber> account_at(const StateView& state, std::string_view address) {
    const auto bytes = messages::read_account("address", address);
    if (!bytes) {
        return invalid("{}", bytes.error().log);
    }
    const auto number = sure(auth::find(state, *bytes));
    if (!number) {
        return invalid("{} is no account of this genesis", address);
    }
    return *number;
}

Result<ledger::ValidatorNumber> validator_at(
    const StateView& state, std::string_view operator_address
) {
    const auto bytes = messages::read_operator("validator_address", operator_address);
    if (!bytes) {
        return invalid("{}", bytes.error().log);
    }
    const auto member = sure(staking::find_by_operator(state, *bytes));
    if (!member) {
        return invalid("{} is no validator of this genesis", operator_address);
    }
    return member->number;
}

std::string account_text(const StateView& state, ledger::AccountNumber number) {
    return ledger::account_text(sure(auth::get(state, number)).address);
}

std::string operator_text(const StateView& state, ledger::ValidatorNumber number) {
    const auto validator = sure(staking::get_validator(state, number));
    CHECK(validator.has_value());
    return ledger::operator_text(validator->operator_address);
}

}  // namespace steelyard::genesis
