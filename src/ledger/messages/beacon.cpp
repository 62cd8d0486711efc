// Keys of the beacon. Its values come in a transaction that is no wallet's.
#include "ledger/beacon/beacon.h"
#include "ledger/beacon/kinds.h"
#include "ledger/messages/fields.h"
#include "ledger/messages/typed_message.h"
#include "ledger/staking/kinds.h"
#include "ledger/staking/validator.h"
#include "steelyard/beacon/v1/tx.pb.h"

#include <array>

namespace steelyard::messages {
namespace {

using ::steelyard::beacon::v1::MsgRegisterKey;
using ::steelyard::beacon::v1::MsgRegisterKeyResponse;

Outcome<void> check_register_key(const MsgRegisterKey& message) {
    TRY(read_operator("validator_address", message.validator_address()));
    return beacon::check_key(as_bytes(message.public_key()));
}

Outcome<MsgRegisterKeyResponse> register_key(Context& context, const MsgRegisterKey& message) {
    const auto address = read_operator("", message.validator_address()).value();
    TRY_ASSIGN(const auto member, staking::find_by_operator(context.state, address));
    if (!member) {
        return refuse(staking::kinds::no_validator_found, "{}", message.validator_address());
    }
    TRY_ASSIGN(
        const chain::Height mature,
        beacon::register_key(context, member->number, as_bytes(message.public_key()))
    );
    MsgRegisterKeyResponse response;
    response.set_mature_height(mature.value());
    return response;
}

}  // namespace

std::span<const MessageType> beacon_messages() {
    static const std::array types = {
        message_type<MsgRegisterKey, check_register_key, register_key>(
            "/steelyard.beacon.v1.MsgRegisterKey", "beacon"
        ),
    };
    return types;
}

}  // namespace steelyard::messages
