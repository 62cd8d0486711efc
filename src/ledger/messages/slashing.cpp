// The way out of jail.
#include "ledger/slashing/slashing.h"

#include "cosmos/slashing/v1beta1/tx.pb.h"
#include "ledger/messages/fields.h"
#include "ledger/messages/typed_message.h"

#include <array>

namespace steelyard::messages {
namespace {

using namespace cosmos::slashing::v1beta1;

Outcome<void> check_unjail(const MsgUnjail& message) {
    TRY(read_operator("validator_addr", message.validator_addr()));
    return {};
}

Outcome<MsgUnjailResponse> unjail(Context& context, const MsgUnjail& message) {
    TRY(slashing::unjail(context, read_operator("", message.validator_addr()).value()));
    return MsgUnjailResponse();
}

}  // namespace

std::span<const MessageType> slashing_messages() {
    static const std::array types = {
        message_type<MsgUnjail, check_unjail, unjail>(
            "/cosmos.slashing.v1beta1.MsgUnjail", "slashing"
        ),
    };
    return types;
}

}  // namespace steelyard::messages
