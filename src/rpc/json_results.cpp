#include "rpc/json_results.h"

#include "chain/txs.h"
#include "rpc/json_chain.h"

namespace steelyard::rpc {
namespace {

/// Go's byte slices that nobody has set.
void write_bytes_or_null(JsonWriter& out, ByteView bytes) {
    if (bytes.empty()) {
        out.null();
    } else {
        out.base64(bytes);
    }
}

void write_tx_results(JsonWriter& out, const abci::BlockResults& results) {
    out.begin_array();
    for (const chain::ExecTxResult& result : results.tx_results) {
        write_exec_tx_result(out, result);
    }
    out.end_array();
}

void write_validator_updates(JsonWriter& out, const abci::BlockResults& results) {
    if (results.validator_updates.empty()) {
        out.null();
        return;
    }
    out.begin_array();
    for (const chain::ValidatorUpdate& update : results.validator_updates) {
        write_validator_update(out, update);
    }
    out.end_array();
}

}  // namespace

void write_events(JsonWriter& out, std::span<const chain::Event> events) {
    out.begin_array();
    for (const chain::Event& event : events) {
        out.begin_object();
        out.key("type").string(event.type);
        out.key("attributes").begin_array();
        for (const chain::EventAttribute& attribute : event.attributes) {
            out.begin_object();
            out.key("key").string(attribute.key);
            out.key("value").string(attribute.value);
            out.key("index").boolean(attribute.index);
            out.end_object();
        }
        out.end_array();
        out.end_object();
    }
    out.end_array();
}

void write_exec_tx_result(JsonWriter& out, const chain::ExecTxResult& result) {
    out.begin_object();
    out.key("code").number(result.code);
    out.key("data");
    write_bytes_or_null(out, result.data);
    out.key("log").string(result.log);
    out.key("info").string(result.info);
    out.key("gas_wanted").quoted(result.gas_wanted);
    out.key("gas_used").quoted(result.gas_used);
    out.key("events");
    write_events(out, result.events);
    out.key("codespace").string(result.codespace);
    out.end_object();
}

void write_validator_update(JsonWriter& out, const chain::ValidatorUpdate& update) {
    const bool is_secp256k1 = update.public_key.type() == crypto::KeyType::secp256k1;
    out.begin_object();
    out.key("pub_key").begin_object();
    out.key("Sum").begin_object();
    out.key("type").string(
        is_secp256k1 ? "tendermint.crypto.PublicKey_Secp256K1"
                     : "tendermint.crypto.PublicKey_Ed25519"
    );
    out.key("value").begin_object();
    out.key(is_secp256k1 ? "secp256k1" : "ed25519").base64(update.public_key.bytes());
    out.end_object();
    out.end_object();
    out.end_object();
    if (update.power != 0) {
        out.key("power").quoted(update.power);
    }
    out.end_object();
}

void write_flat_events(JsonWriter& out, const index::FlatEvents& events) {
    out.begin_object();
    for (const auto& [key, values] : events) {
        out.key(key).begin_array();
        for (const std::string& value : values) {
            out.string(value);
        }
        out.end_array();
    }
    out.end_object();
}

void write_params_update(JsonWriter& out, const chain::ConsensusParamsUpdate& update) {
    if (update == chain::ConsensusParamsUpdate()) {
        out.null();
        return;
    }
    out.begin_object();
    if (update.block) {
        out.key("block").begin_object();
        out.key("max_bytes").quoted(update.block->max_bytes);
        out.key("max_gas").quoted(update.block->max_gas);
        out.end_object();
    }
    if (update.evidence) {
        out.key("evidence").begin_object();
        out.key("max_age_num_blocks").quoted(update.evidence->max_age_num_blocks);
        out.key("max_age_duration").quoted(update.evidence->max_age_duration.count());
        out.key("max_bytes").quoted(update.evidence->max_bytes);
        out.end_object();
    }
    if (update.validator) {
        out.key("validator").begin_object();
        out.key("pub_key_types").begin_array();
        for (const crypto::KeyType type : update.validator->pub_key_types) {
            out.string(crypto::to_string(type));
        }
        out.end_array();
        out.end_object();
    }
    if (update.version) {
        out.key("version").begin_object();
        out.key("app").quoted_unsigned(update.version->app);
        out.end_object();
    }
    out.end_object();
}

void write_block_results(JsonWriter& out, chain::Height height, const abci::BlockResults& results) {
    out.begin_object();
    out.key("height").quoted(height.value());
    out.key("txs_results");
    if (results.tx_results.empty()) {
        out.null();
    } else {
        write_tx_results(out, results);
    }
    out.key("finalize_block_events");
    if (results.events.empty()) {
        out.null();
    } else {
        write_events(out, results.events);
    }
    out.key("validator_updates");
    write_validator_updates(out, results);
    out.key("consensus_param_updates");
    write_params_update(out, results.params_update);
    out.key("app_hash").base64(results.app_hash.view());
    out.end_object();
}

void write_finalize_response(JsonWriter& out, const abci::BlockResults& results) {
    out.begin_object();
    if (!results.events.empty()) {
        out.key("events");
        write_events(out, results.events);
    }
    if (!results.tx_results.empty()) {
        out.key("tx_results");
        write_tx_results(out, results);
    }
    out.key("validator_updates");
    write_validator_updates(out, results);
    if (results.params_update != chain::ConsensusParamsUpdate()) {
        out.key("consensus_param_updates");
        write_params_update(out, results.params_update);
    }
    out.key("app_hash").base64(results.app_hash.view());
    out.end_object();
}

void write_found_tx(
    JsonWriter& out,
    const index::TxPlace& place,
    ByteView tx,
    const chain::ExecTxResult& result,
    const chain::TxProof* proof
) {
    out.begin_object();
    out.key("hash").hex(chain::tx_hash(tx));
    out.key("height").quoted(place.height.value());
    out.key("index").number(place.index);
    out.key("tx_result");
    write_exec_tx_result(out, result);
    out.key("tx").base64(tx);
    if (proof != nullptr) {
        out.key("proof");
        write_tx_proof(out, *proof);
    }
    out.end_object();
}

void write_app_info(JsonWriter& out, const abci::ApplicationInfo& info) {
    out.begin_object();
    out.key("response").begin_object();
    if (!info.data.empty()) {
        out.key("data").string(info.data);
    }
    if (!info.version.empty()) {
        out.key("version").string(info.version);
    }
    if (info.app_version != 0) {
        out.key("app_version").quoted_unsigned(info.app_version);
    }
    if (info.last_height != chain::Height()) {
        out.key("last_block_height").quoted(info.last_height.value());
    }
    if (!info.app_hash.empty()) {
        out.key("last_block_app_hash").base64(info.app_hash.view());
    }
    out.end_object();
    out.end_object();
}

void write_query_result(JsonWriter& out, const abci::QueryResult& result) {
    out.begin_object();
    out.key("response").begin_object();
    out.key("code").number(result.code);
    out.key("log").string(result.log);
    out.key("info").string(result.info);
    out.key("index").quoted(result.index);
    out.key("key");
    write_bytes_or_null(out, result.key);
    out.key("value");
    write_bytes_or_null(out, result.value);
    out.key("proofOps");
    if (result.proof_ops.empty()) {
        out.null();
    } else {
        out.begin_object();
        out.key("ops").begin_array();
        for (const abci::ProofOp& op : result.proof_ops) {
            out.begin_object();
            out.key("type").string(op.type);
            out.key("key").base64(op.key);
            out.key("data").base64(op.data);
            out.end_object();
        }
        out.end_array();
        out.end_object();
    }
    out.key("height").quoted(result.height.value());
    out.key("codespace").string(result.codespace);
    out.end_object();
    out.end_object();
}

}  // namespace steelyard::rpc
