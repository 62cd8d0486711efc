// What the application says, as CometBFT 0.38 writes it in JSON.
#pragma once

#include "abci/application.h"
#include "index/flat_events.h"
#include "index/indexer.h"
#include "rpc/json_writer.h"

namespace steelyard::rpc {

// Each appends one value.
void write_events(JsonWriter& out, std::span<const chain::Event> events);
void write_exec_tx_result(JsonWriter& out, const chain::ExecTxResult& result);
void write_validator_update(JsonWriter& out, const chain::ValidatorUpdate& update);
void write_flat_events(JsonWriter& out, const index::FlatEvents& events);

/// null if it changes nothing.
void write_params_update(JsonWriter& out, const chain::ConsensusParamsUpdate& update);

/// The answer to `block_results`.
void write_block_results(JsonWriter& out, chain::Height height, const abci::BlockResults& results);

/// abci.ResponseFinalizeBlock, as the event NewBlock has it.
void write_finalize_response(JsonWriter& out, const abci::BlockResults& results);

/// A transaction with its result: the answer to `tx`. `proof` may be null.
void write_found_tx(
    JsonWriter& out,
    const index::TxPlace& place,
    ByteView tx,
    const chain::ExecTxResult& result,
    const chain::TxProof* proof
);

/// The answers to `abci_info` and `abci_query`.
void write_app_info(JsonWriter& out, const abci::ApplicationInfo& info);
void write_query_result(JsonWriter& out, const abci::QueryResult& result);

}  // namespace steelyard::rpc
