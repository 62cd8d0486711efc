#include "rpc/services/tx_view.h"

#include "base/hex.h"
#include "cosmos/base/abci/v1beta1/abci.pb.h"
#include "cosmos/tx/v1beta1/tx.pb.h"

namespace steelyard::services {
namespace {

namespace pb = ::cosmos::base::abci::v1beta1;

void write_result(pb::TxResponse& out, const chain::ExecTxResult& result) {
    out.set_codespace(result.codespace);
    out.set_code(result.code);
    out.set_data(to_hex_upper(result.data));
    out.set_raw_log(result.log);
    out.set_info(result.info);
}

void write_events(pb::TxResponse& out, std::span<const chain::Event> events) {
    for (const chain::Event& event : events) {
        auto& entry = *out.add_events();
        entry.set_type(event.type);
        for (const chain::EventAttribute& attribute : event.attributes) {
            auto& pair = *entry.add_attributes();
            pair.set_key(attribute.key);
            pair.set_value(attribute.value);
            pair.set_index(attribute.index);
        }
    }
}

}  // namespace

/// A TxRaw has the bytes of the Tx that it stands for, if only in the one encoding.
Answer<void> write_tx(::cosmos::tx::v1beta1::Tx& out, ByteView tx) {
    if (auto parsed = proto::strict_parse(out, tx, request_limits); !parsed) {
        return refuse(
            abci::GrpcCode::invalid_argument, "tx parse error: {}", parsed.error().message()
        );
    }
    return {};
}

Answer<void> write_found_tx(pb::TxResponse& out, const FoundTx& found) {
    ::cosmos::tx::v1beta1::Tx tx;
    TRY(write_tx(tx, found.tx));
    out.set_height(found.height.value());
    out.set_txhash(to_hex_upper(chain::tx_hash(found.tx)));
    write_result(out, found.result);
    out.set_gas_wanted(found.result.gas_wanted);
    out.set_gas_used(found.result.gas_used);
    write_events(out, found.result.events);
    out.mutable_tx()->set_type_url("/" + tx.GetTypeName());
    out.mutable_tx()->set_value(std::string(as_text(found.tx)));
    out.set_timestamp(chain::to_string(found.time));
    return {};
}

void write_checked_tx(
    pb::TxResponse& out, const chain::Hash256& hash, const chain::ExecTxResult& result
) {
    out.set_txhash(to_hex_upper(hash));
    write_result(out, result);
}

}  // namespace steelyard::services
