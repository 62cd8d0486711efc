// Section params.
#include "ledger/genesis/sections.h"
#include "ledger/params/stored_params.h"
#include "proto/codec.h"
#include "steelyard/genesis/v1/genesis.pb.h"

namespace steelyard::genesis {
namespace {

params::v1::Params to_message(const ledger::Params& params) {
    params::v1::Params message;
    const Bytes bytes = ledger::encode_params(params);
    CHECK(message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
    return message;
}

}  // namespace

Result<ledger::Params> read_params(const v1::ParamsState& section, const chain::GenesisDoc& doc) {
    params::v1::Params message = section.params();
    if (message.has_block() || message.has_evidence()) {
        return invalid("app_state.params.params: block and evidence stand in consensus_params");
    }
    // What is left out has its default, as in consensus_params.
    ledger::Params consensus;
    consensus.block = doc.consensus_params.block;
    consensus.evidence = doc.consensus_params.evidence;
    params::v1::Params defaults = to_message(consensus);
    const auto* reflection = message.GetReflection();
    const auto* type = message.GetDescriptor();
    for (int i = 0; i < type->field_count(); ++i) {
        if (reflection->HasField(message, type->field(i))) {
            reflection->ClearField(&defaults, type->field(i));
        }
    }
    defaults.MergeFrom(message);
    return at("params.params", ledger::decode_params(proto::serialize(defaults)));
}

void set_params(const ledger::Params& params, v1::ParamsState& section) {
    *section.mutable_params() = to_message(params);
    section.mutable_params()->clear_block();
    section.mutable_params()->clear_evidence();
}

void write_params(const StateView& state, v1::ParamsState& section) {
    set_params(sure(ledger::load_params(state)), section);
}

}  // namespace steelyard::genesis
