// cosmos.base.tendermint.v1beta1.Service: the node, blocks and validator sets.
#include "base/version.h"
#include "cosmos/base/tendermint/v1beta1/query.pb.h"
#include "cosmos/crypto/ed25519/keys.pb.h"
#include "cosmos/crypto/secp256k1/keys.pb.h"
#include "crypto/bech32.h"
#include "rpc/services/block_view.h"
#include "rpc/services/paging.h"

namespace steelyard::services {
namespace {

namespace pb = ::cosmos::base::tendermint::v1beta1;
using abci::GrpcCode;
using chain::Height;

/// The Cosmos SDK whose formats these are: clients choose their dialect by it.
constexpr std::string_view sdk_version = "v0.50.13";

Answer<void> node_info(
    const Context& context, const pb::GetNodeInfoRequest&, pb::GetNodeInfoResponse& out
) {
    const rpc::NodeDescription node = context.ports.status.node();
    auto& info = *out.mutable_default_node_info();
    info.mutable_protocol_version()->set_p2p(node.p2p_version);
    info.mutable_protocol_version()->set_block(node.block_version);
    info.mutable_protocol_version()->set_app(node.app_version);
    info.set_default_node_id(node.id);
    info.set_listen_addr(node.listen_addr);
    info.set_network(node.network);
    info.set_version(node.version);
    info.set_channels(std::string(as_text(node.channels)));
    info.set_moniker(node.moniker);
    info.mutable_other()->set_tx_index(node.tx_index);
    info.mutable_other()->set_rpc_address(node.rpc_address);
    auto& application = *out.mutable_application_version();
    application.set_name("steelyard");
    application.set_app_name("steelyardd");
    application.set_version(std::string(version));
    application.set_cosmos_sdk_version(std::string(sdk_version));
    return {};
}

Answer<void> syncing(
    const Context& context, const pb::GetSyncingRequest&, pb::GetSyncingResponse& out
) {
    out.set_syncing(context.ports.status.catching_up());
    return {};
}

/// Both responses have the same fields.
template <typename Response>
Answer<void> write_block_at(const Context& context, std::int64_t height, Response& out) {
    TRY_ASSIGN(const FoundBlock found, find_block(context.ports.chain, height));
    write_block_id(*out.mutable_block_id(), found.id);
    write_block(*out.mutable_block(), found.block);
    return write_sdk_block(*out.mutable_sdk_block(), found.block, context.config.consensus_prefix);
}

Answer<void> latest_block(
    const Context& context, const pb::GetLatestBlockRequest&, pb::GetLatestBlockResponse& out
) {
    TRY_ASSIGN(const Height height, latest_height(context.ports.chain));
    return write_block_at(context, height.value(), out);
}

Answer<void> block_by_height(
    const Context& context,
    const pb::GetBlockByHeightRequest& request,
    pb::GetBlockByHeightResponse& out
) {
    return write_block_at(context, request.height(), out);
}

/// As an Any holds it.
google::protobuf::Any pack_key(const crypto::PublicKey& key) {
    google::protobuf::Any any;
    const auto pack = [&](auto message) {
        message.set_key(std::string(as_text(key.bytes())));
        any.set_type_url("/" + message.GetDescriptor()->full_name());
        any.set_value(message.SerializeAsString());
    };
    switch (key.type()) {
        case crypto::KeyType::ed25519:
            pack(::cosmos::crypto::ed25519::PubKey());
            break;
        case crypto::KeyType::secp256k1:
            pack(::cosmos::crypto::secp256k1::PubKey());
            break;
    }
    return any;
}

template <typename Request, typename Response>
Answer<void> write_validators_at(
    const Context& context, Height height, const Request& request, Response& out
) {
    TRY_ASSIGN(const auto set, context.ports.chain.load_validators(height));
    TRY_ASSIGN(const PageBounds page, page_of(request.pagination(), set.size()));
    out.set_block_height(height.value());
    for (std::uint64_t i = page.begin; i < page.end; ++i) {
        const chain::Validator& validator = set[static_cast<chain::ValidatorIndex>(i)];
        TRY_ASSIGN(
            const std::string address,
            crypto::encode_address(context.config.consensus_prefix, validator.address())
        );
        auto& entry = *out.add_validators();
        entry.set_address(address);
        *entry.mutable_pub_key() = pack_key(validator.public_key());
        entry.set_voting_power(validator.voting_power());
        entry.set_proposer_priority(validator.proposer_priority());
    }
    out.mutable_pagination()->set_total(set.size());
    return {};
}

Answer<void> latest_validators(
    const Context& context,
    const pb::GetLatestValidatorSetRequest& request,
    pb::GetLatestValidatorSetResponse& out
) {
    TRY_ASSIGN(const Height height, latest_height(context.ports.chain));
    return write_validators_at(context, height, request, out);
}

Answer<void> validators_by_height(
    const Context& context,
    const pb::GetValidatorSetByHeightRequest& request,
    pb::GetValidatorSetByHeightResponse& out
) {
    TRY_ASSIGN(const Height height, known_height(context.ports.chain, request.height()));
    return write_validators_at(context, height, request, out);
}

/// What the application says, a refusal too, is the answer.
Answer<void> abci_query(
    const Context& context, const pb::ABCIQueryRequest& request, pb::ABCIQueryResponse& out
) {
    if (request.height() < 0) {
        return refuse(GrpcCode::invalid_argument, "height {} is negative", request.height());
    }
    const abci::QueryRequest asked{
        .path = request.path(),
        .data = to_bytes(as_bytes(request.data())),
        .height = Height(request.height()),
        .prove = request.prove(),
    };
    TRY_ASSIGN(const abci::QueryResult result, context.ports.app.query(asked));
    out.set_code(result.code);
    out.set_log(result.log);
    out.set_info(result.info);
    out.set_index(result.index);
    out.set_key(std::string(as_text(result.key)));
    out.set_value(std::string(as_text(result.value)));
    for (const abci::ProofOp& op : result.proof_ops) {
        auto& entry = *out.mutable_proof_ops()->add_ops();
        entry.set_type(op.type);
        entry.set_key(std::string(as_text(op.key)));
        entry.set_data(std::string(as_text(op.data)));
    }
    out.set_height(result.height.value());
    out.set_codespace(result.codespace);
    return {};
}

}  // namespace

void add_comet_service(HandlerTable& table) {
    table["/cosmos.base.tendermint.v1beta1.Service/GetNodeInfo"] = answer_with(node_info);
    table["/cosmos.base.tendermint.v1beta1.Service/GetSyncing"] = answer_with(syncing);
    table["/cosmos.base.tendermint.v1beta1.Service/GetLatestBlock"] = answer_with(latest_block);
    table["/cosmos.base.tendermint.v1beta1.Service/GetBlockByHeight"] =
        answer_with(block_by_height);
    table["/cosmos.base.tendermint.v1beta1.Service/GetLatestValidatorSet"] =
        answer_with(latest_validators);
    table["/cosmos.base.tendermint.v1beta1.Service/GetValidatorSetByHeight"] =
        answer_with(validators_by_height);
    table["/cosmos.base.tendermint.v1beta1.Service/ABCIQuery"] = answer_with(abci_query);
}

}  // namespace steelyard::services
