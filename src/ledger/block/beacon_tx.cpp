#include "ledger/block/beacon_tx.h"

#include "base/protowire.h"
#include "chain/tx.h"

namespace steelyard::block {
namespace {

constexpr std::string_view type_url = "/steelyard.beacon.v1.MsgBeacon";

/// An AuthInfo with an empty fee.
constexpr ByteArray<2> auth_info = {0x12, 0};

/// The proof stands before the auth info and its tag and length.
constexpr std::size_t proof_offset =
    beacon_tx_size - auth_info.size() - 2 - crypto::vrf::proof_size;

}  // namespace

Bytes make_beacon_tx(const crypto::vrf::Proof& proof) {
    ProtoWriter message;
    message.bytes(1, proof);
    ProtoWriter any;
    any.string(1, type_url);
    any.bytes(2, std::move(message).take());
    ProtoWriter body;
    body.message(1, std::move(any).take());
    return chain::encode_tx_raw({.body = std::move(body).take(), .auth_info = to_bytes(auth_info)});
}

Result<crypto::vrf::Proof> parse_beacon_tx(ByteView tx) {
    if (tx.size() != beacon_tx_size) {
        return invalid("no beacon: has {} bytes, not {}", tx.size(), beacon_tx_size);
    }
    const auto proof = to_array(tx.subspan<proof_offset, crypto::vrf::proof_size>());
    if (!equal(tx, make_beacon_tx(proof))) {
        return invalid("no beacon: is not one {} without fee and signature", type_url);
    }
    return proof;
}

}  // namespace steelyard::block
