// cosmos.base.node.v1beta1.Service and cosmos.consensus.v1.Query: how the node and the consensus
// are configured.
#include "base/check.h"
#include "chain/dec.h"
#include "cosmos/base/node/v1beta1/query.pb.h"
#include "cosmos/consensus/v1/query.pb.h"
#include "rpc/services/block_view.h"
#include "steelyard/params/v1/query.pb.h"

namespace steelyard::services {
namespace {

namespace node = ::cosmos::base::node::v1beta1;
namespace consensus = ::cosmos::consensus::v1;
namespace params = ::steelyard::params::v1;

/// "0.010000000000000000uyard"; empty where the application has no such parameter.
std::string min_gas_price(const Context& context) {
    const auto result = context.ports.app.query({.path = "/steelyard.params.v1.Query/Params"});
    params::QueryParamsResponse response;
    if (!result || result->code != 0 ||
        !proto::strict_parse(response, result->value, request_limits)) {
        return {};
    }
    const auto price = chain::Dec::parse_wire(response.params().fees().min_gas_price());
    return price ? chain::to_string(*price) + context.config.fee_denom : std::string();
}

Answer<void> config(const Context& context, const node::ConfigRequest&, node::ConfigResponse& out) {
    out.set_minimum_gas_price(min_gas_price(context));
    out.set_pruning_keep_recent(std::to_string(context.config.retain_blocks));
    out.set_pruning_interval(context.config.retain_blocks == 0 ? "0" : "1");
    return {};
}

Answer<void> status(const Context& context, const node::StatusRequest&, node::StatusResponse& out) {
    const rpc::ChainReader& chain = context.ports.chain;
    TRY_ASSIGN(const chain::Height height, latest_height(chain));
    TRY_ASSIGN(const auto meta, chain.load_meta(height));
    out.set_earliest_store_height(static_cast<std::uint64_t>(chain.range().base.value()));
    out.set_height(static_cast<std::uint64_t>(height.value()));
    out.mutable_timestamp()->set_seconds(meta.header.time.seconds());
    out.mutable_timestamp()->set_nanos(meta.header.time.nanoseconds());
    out.set_app_hash(std::string(as_text(meta.header.app_hash.view())));
    out.set_validator_hash(std::string(as_text(meta.header.validators_hash)));
    return {};
}

Answer<void> consensus_params(
    const Context& context,
    const consensus::QueryParamsRequest&,
    consensus::QueryParamsResponse& out
) {
    TRY_ASSIGN(const chain::Height height, latest_height(context.ports.chain));
    TRY_ASSIGN(const auto found, context.ports.chain.load_params(height));
    const Bytes bytes = chain::encode_consensus_params(found);
    CHECK(out.mutable_params()->ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    return {};
}

}  // namespace

void add_node_services(HandlerTable& table) {
    table["/cosmos.base.node.v1beta1.Service/Config"] = answer_with(config);
    table["/cosmos.base.node.v1beta1.Service/Status"] = answer_with(status);
    table["/cosmos.consensus.v1.Query/Params"] = answer_with(consensus_params);
}

}  // namespace steelyard::services
