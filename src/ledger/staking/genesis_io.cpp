#include "ledger/staking/genesis_io.h"

#include "base/check.h"
#include "ledger/staking/keys.h"
#include "ledger/staking/records.h"

namespace steelyard::staking {

using ledger::Record;
using ledger::Store;

Outcome<void> restore_ended(StateView& state, const EndedValidator& validator) {
    const Bytes number = number_bytes(validator.number);
    TRY(state.put(Store::staking, consensus_key(validator.consensus_address), number));
    TRY(state.put(Store::staking, ended_key(validator.number), validator.operator_address));
    TRY_ASSIGN(const ValidatorNumber next, next_number(state));
    if (validator.number < next) {
        return {};
    }
    const ValidatorNumber following{static_cast<std::uint32_t>(validator.number) + 1};
    return state.put(Store::staking, next_number_key(), number_bytes(following));
}

Outcome<void> walk_consensus_addresses(
    const StateView& state,
    const std::function<Outcome<bool>(const chain::Address&, ValidatorNumber)>& visit
) {
    return state.walk(Store::staking, Key('k'), [&](const Record& record) {
        ledger::KeyReader reader(record.key);
        return visit(to_array<20>(reader.bytes(20).first<20>()), read_number(record.value));
    });
}

}  // namespace steelyard::staking
