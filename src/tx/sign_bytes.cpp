#include "tx/sign_bytes.h"

#include "proto/amino_json.h"

#include <google/protobuf/any.pb.h>

namespace steelyard::tx {
namespace {

using proto::amino_json_text;

std::string number_text(std::uint64_t number) {
    return '"' + std::to_string(number) + '"';
}

std::string fee_json(const Fee& fee) {
    std::string amount;
    for (const chain::Coin& coin : fee.amount.all()) {
        amount += amount.empty() ? "" : ",";
        amount += "{\"amount\":\"" + to_string(coin.amount) +
                  "\",\"denom\":" + amino_json_text(coin.denom.text()) + "}";
    }
    std::string out = "{\"amount\":[" + amount + "],\"gas\":" + number_text(fee.gas_limit);
    if (!fee.payer.empty()) {
        out += ",\"payer\":" + amino_json_text(fee.payer);
    }
    return out + "}";
}

Result<std::string> messages_json(std::span<const PackedMessage> messages) {
    std::string out = "[";
    for (const PackedMessage& message : messages) {
        google::protobuf::Any any;
        any.set_type_url(message.type_url);
        any.set_value(std::string(as_text(message.value)));
        TRY_ASSIGN(const std::string json, proto::amino_json(any));
        out += (out.size() == 1 ? "" : ",") + json;
    }
    return out + "]";
}

/// The StdSignDoc of the SDK, members in alphabetic order.
Result<Bytes> amino_sign_bytes(const DecodedTx& tx, const SignerPlace& place) {
    TRY_ASSIGN(const std::string messages, messages_json(tx.messages));
    std::string out = "{\"account_number\":" + number_text(place.account_number) +
                      ",\"chain_id\":" + amino_json_text(place.chain_id.text()) +
                      ",\"fee\":" + fee_json(tx.fee) + ",\"memo\":" + amino_json_text(tx.memo) +
                      ",\"msgs\":" + messages + ",\"sequence\":" + number_text(place.sequence);
    if (tx.timeout_height != 0) {
        out += ",\"timeout_height\":" + number_text(tx.timeout_height);
    }
    return to_bytes(as_bytes(out + "}"));
}

}  // namespace

Result<Bytes> sign_bytes(const DecodedTx& tx, SignMode mode, const SignerPlace& place) {
    switch (mode) {
        case SignMode::direct:
            return chain::sign_doc_bytes(tx.raw, place.chain_id, place.account_number);
        case SignMode::legacy_amino_json:
            return amino_sign_bytes(tx, place);
        case SignMode::unspecified:
            break;
    }
    return invalid("sign mode is unspecified");
}

}  // namespace steelyard::tx
