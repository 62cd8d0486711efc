#include "chain/tx.h"

#include "base/protowire.h"

namespace steelyard::chain {

Bytes encode_tx_raw(const TxRaw& tx) {
    ProtoWriter writer;
    writer.bytes(1, tx.body);
    writer.bytes(2, tx.auth_info);
    for (const Bytes& signature : tx.signatures) {
        writer.message(3, signature);
    }
    return std::move(writer).take();
}

Result<TxRaw> decode_tx_raw(ByteView bytes) {
    if (bytes.size() > tx_size_max) {
        return fail(
            ErrorCode::too_large, "transaction has {} bytes, limit {}", bytes.size(), tx_size_max
        );
    }
    TxRaw tx;
    ProtoReader reader("TxRaw", bytes);
    while (reader.next()) {
        switch (reader.field()) {
            case 1:
                tx.body = to_bytes(reader.bytes("body_bytes", tx_size_max));
                break;
            case 2:
                tx.auth_info = to_bytes(reader.bytes("auth_info_bytes", tx_size_max));
                break;
            case 3:
                if (reader.at_most("signatures", tx.signatures.size(), tx_signatures_max)) {
                    tx.signatures.push_back(
                        to_bytes(reader.repeated_bytes("signatures", tx_signature_size_max))
                    );
                }
                break;
            default:
                reader.unknown();
        }
    }
    reader.require(1, "body_bytes");
    reader.require(2, "auth_info_bytes");
    TRY(reader.finish());
    return tx;
}

Bytes sign_doc_bytes(const TxRaw& tx, const ChainId& chain_id, std::uint64_t account_number) {
    ProtoWriter writer;
    writer.bytes(1, tx.body);
    writer.bytes(2, tx.auth_info);
    writer.string(3, chain_id.text());
    writer.uint64(4, account_number);
    return std::move(writer).take();
}

}  // namespace steelyard::chain
