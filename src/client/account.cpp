#include "client/account.h"

#include "cosmos/auth/v1beta1/auth.pb.h"
#include "cosmos/auth/v1beta1/query.pb.h"
#include "cosmos/tx/v1beta1/service.pb.h"
#include "steelyard/params/v1/query.pb.h"

#include <google/protobuf/any.pb.h>

namespace steelyard::client {

Result<AccountState> read_account(
    const cosmos::auth::v1beta1::QueryAccountResponse& answer, std::string_view address
) {
    cosmos::auth::v1beta1::BaseAccount account;
    const auto& any = answer.account();
    if (any.type_url() == "/cosmos.auth.v1beta1.ModuleAccount") {
        return fail(
            ErrorCode::denied, "{} belongs to the chain itself; nobody signs for it", address
        );
    }
    if (any.type_url() != "/cosmos.auth.v1beta1.BaseAccount" ||
        !account.ParseFromString(any.value())) {
        return fail(ErrorCode::corrupt, "the node's answer is an account of an unknown kind");
    }
    AccountState state{.number = account.account_number(), .sequence = account.sequence()};
    if (account.has_pub_key()) {
        TRY_ASSIGN(state.key, tx::unpack_account_key(account.pub_key()));
    }
    return state;
}

Result<AccountState> find_account(const NodeClient& node, std::string_view address) {
    cosmos::auth::v1beta1::QueryAccountRequest request;
    request.set_address(std::string(address));
    cosmos::auth::v1beta1::QueryAccountResponse answer;
    TRY(node.query("/cosmos.auth.v1beta1.Query/Account", request, answer));
    return read_account(answer, address);
}

Result<std::uint64_t> simulate(const NodeClient& node, ByteView tx) {
    cosmos::tx::v1beta1::SimulateRequest request;
    request.set_tx_bytes(std::string(as_text(tx)));
    cosmos::tx::v1beta1::SimulateResponse answer;
    TRY(node.query("/cosmos.tx.v1beta1.Service/Simulate", request, answer));
    return answer.gas_info().gas_used();
}

Result<chain::Dec> min_gas_price(const NodeClient& node) {
    const steelyard::params::v1::QueryParamsRequest request;
    steelyard::params::v1::QueryParamsResponse answer;
    TRY(node.query("/steelyard.params.v1.Query/Params", request, answer));
    return chain::Dec::parse_wire(answer.params().fees().min_gas_price());
}

}  // namespace steelyard::client
