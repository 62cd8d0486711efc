// Changes of the parameters.
#include "ledger/messages/fields.h"
#include "ledger/messages/typed_message.h"
#include "ledger/proposals/kinds.h"
#include "ledger/proposals/proposals.h"
#include "steelyard/params/v1/tx.pb.h"

#include <array>

namespace steelyard::messages {
namespace {

using namespace ::steelyard::params::v1;
namespace kinds = ledger::kinds;

chain::Address operator_in(std::string_view text) {
    return read_operator("", text).value();
}

Outcome<void> check_propose(const MsgProposeParams& message) {
    TRY(read_operator("validator_address", message.validator_address()));
    TRY(or_refuse(proposals::kinds::bad_params, ledger::decode_params(as_bytes(message.params()))));
    return {};
}

Outcome<MsgProposeParamsResponse> propose(Context& context, const MsgProposeParams& message) {
    const chain::Address address = operator_in(message.validator_address());
    TRY_ASSIGN(
        const std::uint64_t id, proposals::propose(context, address, as_bytes(message.params()))
    );
    MsgProposeParamsResponse response;
    response.set_proposal_id(id);
    return response;
}

Outcome<void> check_approve(const MsgApproveParams& message) {
    TRY(read_operator("validator_address", message.validator_address()));
    if (message.proposal_id() == 0) {
        return refuse(kinds::invalid_request, "proposal_id is 0, the first is 1");
    }
    constexpr std::size_t hash_size = 32;
    if (message.params_hash().size() != hash_size) {
        return refuse(
            kinds::invalid_request,
            "params_hash has {} bytes, not {}",
            message.params_hash().size(),
            hash_size
        );
    }
    return {};
}

Outcome<MsgApproveParamsResponse> approve(Context& context, const MsgApproveParams& message) {
    const chain::Address address = operator_in(message.validator_address());
    TRY(proposals::approve(context, address, message.proposal_id(), as_bytes(message.params_hash()))
    );
    return MsgApproveParamsResponse();
}

}  // namespace

std::span<const MessageType> params_messages() {
    static const std::array types = {
        message_type<MsgProposeParams, check_propose, propose>(
            "/steelyard.params.v1.MsgProposeParams", "params"
        ),
        message_type<MsgApproveParams, check_approve, approve>(
            "/steelyard.params.v1.MsgApproveParams", "params"
        ),
    };
    return types;
}

}  // namespace steelyard::messages
