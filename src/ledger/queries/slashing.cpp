// cosmos.slashing.v1beta1.Query.
#include "cosmos/slashing/v1beta1/query.pb.h"
#include "ledger/messages/fields.h"
#include "ledger/queries/pages.h"
#include "ledger/queries/typed_query.h"
#include "ledger/slashing/signing_info.h"

#include <array>

namespace steelyard::queries {
namespace {

using namespace cosmos::slashing::v1beta1;
using slashing::SigningInfo;

Answer<QueryParamsResponse> params(const Asked& asked, const QueryParamsRequest&) {
    const ledger::SlashingParams& from = asked.params.slashing;
    QueryParamsResponse response;
    Params& out = *response.mutable_params();
    out.set_signed_blocks_window(from.signed_blocks_window);
    out.set_min_signed_per_window(to_wire(from.min_signed_per_window));
    out.mutable_downtime_jail_duration()->set_seconds(from.downtime_jail_time.count());
    out.set_slash_fraction_double_sign(to_wire(from.slash_fraction_double_sign));
    out.set_slash_fraction_downtime(to_wire(from.slash_fraction_downtime));
    return response;
}

void write_info(
    const chain::Address& address, const SigningInfo& info, ValidatorSigningInfo& message
) {
    message.set_address(messages::consensus_text(address));
    message.set_start_height(info.start_height.value());
    message.set_index_offset(info.index);
    message.mutable_jailed_until()->set_seconds(info.jailed_until.seconds());
    message.mutable_jailed_until()->set_nanos(info.jailed_until.nanoseconds());
    message.set_tombstoned(info.tombstoned);
    message.set_missed_blocks_counter(info.missed);
}

Answer<QuerySigningInfoResponse> signing_info(
    const Asked& asked, const QuerySigningInfoRequest& request
) {
    TRY_ASSIGN(
        const chain::Address address,
        argument(messages::read_consensus_address("cons_address", request.cons_address()))
    );
    TRY_ASSIGN(const auto info, slashing::signing_info(asked.state, address));
    if (!info) {
        return not_found("SigningInfo not found for validator {}", request.cons_address());
    }
    QuerySigningInfoResponse response;
    write_info(address, *info, *response.mutable_val_signing_info());
    return response;
}

Answer<QuerySigningInfosResponse> signing_infos(
    const Asked& asked, const QuerySigningInfosRequest& request
) {
    QuerySigningInfosResponse response;
    const ledger::Key prefix = slashing::signing_infos_prefix();
    TRY(answer_page(
        {asked.state, ledger::Store::slashing, prefix},
        request,
        response,
        [&](const ledger::Record& record) -> Answer<void> {
            const Result<SigningInfo> info = slashing::decode_signing_info(record.value);
            CHECK(info.has_value());
            write_info(slashing::address_in(record.key), *info, *response.add_info());
            return {};
        }
    ));
    return response;
}

}  // namespace

std::span<const QueryMethod> slashing_queries() {
    static const std::array methods = {
        query_method<QueryParamsRequest, params>("/cosmos.slashing.v1beta1.Query/Params"),
        query_method<QuerySigningInfoRequest, signing_info>(
            "/cosmos.slashing.v1beta1.Query/SigningInfo"
        ),
        query_method<QuerySigningInfosRequest, signing_infos>(
            "/cosmos.slashing.v1beta1.Query/SigningInfos"
        ),
    };
    return methods;
}

}  // namespace steelyard::queries
