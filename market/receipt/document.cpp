#include "market/receipt/document.h"

#include "base/base64.h"
#include "base/hex.h"
#include "chain/json_text.h"
#include "proto/plain_json.h"
#include "steelyard/market/v1/receipt.pb.h"

namespace steelyard::market {
namespace {

std::string record_json(const ProvenRecord& record) {
    const auto op = [](std::string_view type, ByteView key, ByteView data) {
        return fmt::format(
            R"({{"type":"{}","key":"{}","data":"{}"}})", type, to_base64(key), to_base64(data)
        );
    };
    return fmt::format(
        R"({{"store":"{}","key":"{}","value":"{}","proof_ops":[{},{}]}})",
        record.store,
        to_hex(record.key),
        to_base64(record.value),
        op("ics23:iavl", record.key, record.in_store),
        op("ics23:simple", as_bytes(record.store), record.of_store)
    );
}

}  // namespace

std::string header_json(const chain::Header& header, const Hash256& hash) {
    return fmt::format(
        R"({{"chain_id":{},"height":{},"time":"{}","hash":"{}","app_hash":"{}"}})",
        chain::json_quote(header.chain_id.text()),
        header.height,
        to_string(header.time),
        to_hex_upper(hash),
        to_hex_upper(header.app_hash.view())
    );
}

void tell_block(const chain::Header& header, v1::Receipt& receipt) {
    receipt.set_chain_id(header.chain_id.text());
    receipt.set_state_height(header.height.value() - 1);
}

std::string receipt_json(const v1::Receipt& receipt) {
    return proto::plain_json(receipt);
}

Result<std::string> make_receipt_document(const ReceiptSource& source) {
    std::string records;
    const RecordSource keep = [&](std::string_view store, ByteView key) -> Result<Bytes> {
        TRY_ASSIGN(ProvenRecord record, source.record(store, key));
        records += records.empty() ? "" : ",";
        records += record_json(record);
        return std::move(record.value);
    };
    v1::Receipt receipt;
    const chain::Header& header = source.block.header();
    tell_block(header, receipt);
    TRY(derive_receipt(source.job, keep, receipt));
    return fmt::format(
        R"({{"format":"{}","order_id":"{}","task":{},"receipt":{},"records":[{}],"header":{},)"
        R"("light_block":"{}"}})",
        receipt_format,
        to_string(source.job.order),
        source.job.task,
        receipt_json(receipt),
        records,
        header_json(header, source.block.signed_header().hash()),
        to_base64(chain::encode_light_block(source.block))
    );
}

}  // namespace steelyard::market
