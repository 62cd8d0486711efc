// The data of events, as CometBFT 0.38 writes it in JSON:
// {"type":"tendermint/event/...","value":...}
#pragma once

#include "abci/block_results.h"
#include "chain/block.h"
#include "rpc/json_writer.h"

namespace steelyard::rpc {

/// Begins an event's data: {"type": ..., "value": {
void begin_data(JsonWriter& out, std::string_view type);

/// Ends it, and takes the text.
std::string end_data(JsonWriter& out);

/// Of NewBlock.
std::string new_block_data(
    const chain::Block& block, const chain::BlockId& id, const abci::BlockResults& results
);

/// Of Tx, for the transaction at this index of the block.
std::string tx_data(
    const chain::Block& block, std::size_t index, const chain::ExecTxResult& result
);

}  // namespace steelyard::rpc
