#include "abci/block_results.h"

#include "base/protowire.h"
#include "chain/txs.h"

namespace steelyard::abci {
namespace {

Bytes encode_validator_update(const chain::ValidatorUpdate& update) {
    ProtoWriter writer;
    writer.message(1, crypto::encode_public_key(update.public_key));
    writer.int64(2, update.power);
    return std::move(writer).take();
}

Result<chain::ValidatorUpdate> decode_validator_update(ByteView bytes) {
    std::optional<Result<crypto::PublicKey>> key;
    chain::VotingPower power = 0;
    ProtoReader reader("ValidatorUpdate", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                key = crypto::decode_public_key(reader.message("pub_key"));
                break;
            case 2:
                power = reader.int64("power");
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "pub_key");
    TRY(reader.finish());
    TRY(*key);
    return chain::ValidatorUpdate{**key, power};
}

void read_validator_update(ProtoReader& reader, BlockResults& results) {
    const auto bytes = reader.repeated_message("validator_updates");
    const auto count = results.validator_updates.size();
    if (!reader.at_most("validator_updates", count, BlockResults::validator_updates_max)) {
        return;
    }
    auto update = decode_validator_update(bytes);
    if (!update) {
        reader.refuse("validator_updates", update.error().message());
        return;
    }
    results.validator_updates.push_back(*std::move(update));
}

void read_field(ProtoReader& reader, BlockResults& results) {
    switch (reader.field()) {
        case 1: {
            const auto bytes = reader.repeated_message("events");
            if (reader.at_most("events", results.events.size(), BlockResults::events_max)) {
                results.events.push_back(reader.nested("events", chain::decode_event(bytes)));
            }
            break;
        }
        case 2: {
            const auto bytes = reader.repeated_message("tx_results");
            if (reader.at_most("tx_results", results.tx_results.size(), chain::txs_max)) {
                results.tx_results.push_back(
                    reader.nested("tx_results", chain::decode_exec_tx_result(bytes))
                );
            }
            break;
        }
        case 3:
            read_validator_update(reader, results);
            break;
        case 4:
            results.params_update = reader.nested(
                "consensus_param_updates",
                chain::decode_consensus_params_update(reader.message("consensus_param_updates"))
            );
            break;
        case 5: {
            const auto bytes = reader.bytes("app_hash", chain::AppHash::size_max);
            results.app_hash = reader.nested("app_hash", chain::AppHash::parse(bytes));
            break;
        }
        default:
            reader.unknown();
    }
}

}  // namespace

Bytes encode_block_results(const BlockResults& results) {
    ProtoWriter writer;
    for (const chain::Event& event : results.events) {
        writer.message(1, chain::encode_event(event));
    }
    for (const chain::ExecTxResult& result : results.tx_results) {
        writer.message(2, chain::encode_exec_tx_result(result));
    }
    for (const chain::ValidatorUpdate& update : results.validator_updates) {
        writer.message(3, encode_validator_update(update));
    }
    writer.message(4, chain::encode_consensus_params_update(results.params_update));
    writer.bytes(5, results.app_hash.view());
    return std::move(writer).take();
}

Result<BlockResults> decode_block_results(ByteView bytes) {
    BlockResults results;
    ProtoReader reader("ResponseFinalizeBlock", bytes);
    while (reader.next()) {
        read_field(reader, results);
    }
    reader.require(4, "consensus_param_updates");
    TRY(reader.finish());
    return results;
}

}  // namespace steelyard::abci
