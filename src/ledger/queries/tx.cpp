// cosmos.tx.v1beta1.Service/Simulate. The rest of that service needs blocks: the node answers it.
#include "cosmos/tx/v1beta1/service.pb.h"
#include "ledger/pipeline/pipeline.h"
#include "ledger/queries/typed_query.h"

#include <array>

namespace steelyard::queries {
namespace {

using namespace cosmos::tx::v1beta1;

/// Older clients give the transaction's parts.
Bytes encoded_tx(const SimulateRequest& request) {
    if (!request.has_tx()) {
        return to_bytes(as_bytes(request.tx_bytes()));
    }
    chain::TxRaw raw{
        .body = proto::serialize(request.tx().body()),
        .auth_info = proto::serialize(request.tx().auth_info()),
    };
    for (const std::string& signature : request.tx().signatures()) {
        raw.signatures.push_back(to_bytes(as_bytes(signature)));
    }
    return chain::encode_tx_raw(raw);
}

void add_events(
    const std::vector<chain::Event>& events,
    google::protobuf::RepeatedPtrField<tendermint::abci::Event>& out
) {
    for (const chain::Event& event : events) {
        tendermint::abci::Event& added = *out.Add();
        added.set_type(event.type);
        for (const chain::EventAttribute& attribute : event.attributes) {
            tendermint::abci::EventAttribute& attribute_added = *added.add_attributes();
            attribute_added.set_key(attribute.key);
            attribute_added.set_value(attribute.value);
            attribute_added.set_index(attribute.index);
        }
    }
}

/// As part of the next block.
Answer<SimulateResponse> simulate(const Asked& asked, const SimulateRequest& request) {
    const Bytes tx = encoded_tx(request);
    if (tx.empty()) {
        return invalid_argument("empty txBytes is not allowed");
    }
    ledger::BlockInfo next = asked.block;
    next.height = next.height.next();
    const chain::ExecTxResult result = pipeline::run_tx(
        asked.state,
        next,
        asked.params,
        tx,
        {.scrutiny = {.simulate = true}, .verifier = asked.verifier}
    );
    if (result.code != 0) {
        return std::unexpected(QueryFailure(
            Status::unknown, fmt::format("{} with gas used: '{}'", result.log, result.gas_used)
        ));
    }
    SimulateResponse response;
    auto& gas = *response.mutable_gas_info();
    gas.set_gas_wanted(static_cast<std::uint64_t>(result.gas_wanted));
    gas.set_gas_used(static_cast<std::uint64_t>(result.gas_used));
    auto& out = *response.mutable_result();
    out.set_data(std::string(as_text(result.data)));
    add_events(result.events, *out.mutable_events());
    cosmos::base::abci::v1beta1::TxMsgData data;
    CHECK(data.ParseFromArray(result.data.data(), static_cast<int>(result.data.size())));
    out.mutable_msg_responses()->Swap(data.mutable_msg_responses());
    return response;
}

}  // namespace

std::span<const QueryMethod> tx_queries() {
    static const std::array methods = {
        query_method<SimulateRequest, simulate>("/cosmos.tx.v1beta1.Service/Simulate"),
    };
    return methods;
}

}  // namespace steelyard::queries
