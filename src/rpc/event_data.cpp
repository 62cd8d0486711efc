#include "rpc/event_data.h"

#include "rpc/json_chain.h"
#include "rpc/json_results.h"

namespace steelyard::rpc {

void begin_data(JsonWriter& out, std::string_view type) {
    out.begin_object();
    out.key("type").string(std::string("tendermint/event/").append(type));
    out.key("value").begin_object();
}

std::string end_data(JsonWriter& out) {
    out.end_object();
    out.end_object();
    return std::move(out).take();
}

std::string new_block_data(
    const chain::Block& block, const chain::BlockId& id, const abci::BlockResults& results
) {
    JsonWriter out;
    begin_data(out, "NewBlock");
    out.key("block");
    write_block(out, block);
    out.key("block_id");
    write_block_id(out, id);
    out.key("result_finalize_block");
    write_finalize_response(out, results);
    return end_data(out);
}

std::string tx_data(
    const chain::Block& block, std::size_t index, const chain::ExecTxResult& result
) {
    JsonWriter out;
    begin_data(out, "Tx");
    out.key("TxResult").begin_object();
    out.key("height").quoted(block.header.height.value());
    if (index != 0) {
        out.key("index").number(static_cast<std::int64_t>(index));
    }
    out.key("tx").base64(block.txs[index]);
    out.key("result");
    write_exec_tx_result(out, result);
    out.end_object();
    return end_data(out);
}

}  // namespace steelyard::rpc
