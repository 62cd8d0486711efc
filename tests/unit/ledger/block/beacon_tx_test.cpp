#include "ledger/block/beacon_tx.h"

#include "crypto/sha256.h"
#include "ledger/pipeline/pipeline.h"
#include "proto/codec.h"

#include <cosmos/tx/v1beta1/tx.pb.h>
#include <gtest/gtest.h>
#include <steelyard/beacon/v1/tx.pb.h>

namespace steelyard::block {
namespace {

namespace tx_pb = cosmos::tx::v1beta1;

crypto::vrf::Proof some_proof() {
    return crypto::vrf::prove(crypto::Secret<32>(crypto::sha256(as_bytes("key"))), as_bytes("in"));
}

/// The transaction as the schema's own classes write it.
struct Parts {
    tx_pb::TxBody body{};
    tx_pb::AuthInfo auth_info{};
    tx_pb::TxRaw raw{};
    std::string type_url = "/steelyard.beacon.v1.MsgBeacon";
    int messages = 1;

    Bytes encode() {
        ::steelyard::beacon::v1::MsgBeacon message;
        const auto proof = some_proof();
        message.set_proof(proof.data(), proof.size());
        for (int i = 0; i < messages; ++i) {
            auto* any = body.add_messages();
            any->set_type_url(type_url);
            any->set_value(message.SerializeAsString());
        }
        raw.set_body_bytes(body.SerializeAsString());
        raw.set_auth_info_bytes(auth_info.SerializeAsString());
        return proto::serialize(raw);
    }
};

std::string refusal(ByteView tx) {
    const auto proof = parse_beacon_tx(tx);
    return proof ? "" : proof.error().message();
}

TEST(BeaconTx, R1_is_what_the_schema_writes) {
    Parts parts;
    parts.auth_info.mutable_fee();

    const Bytes tx = make_beacon_tx(some_proof());

    EXPECT_EQ(tx, parts.encode());
    EXPECT_EQ(tx.size(), beacon_tx_size);
    EXPECT_EQ(parse_beacon_tx(tx).value(), some_proof());
}

TEST(BeaconTx, R1_holds_nothing_else) {
    const auto changed = [](const std::function<void(Parts&)>& change) {
        Parts parts;
        parts.auth_info.mutable_fee();
        change(parts);
        return refusal(parts.encode());
    };

    EXPECT_EQ(changed([](Parts&) {}), "");
    EXPECT_EQ(
        changed([](Parts& parts) { parts.auth_info.clear_fee(); }),
        "no beacon: has 121 bytes, not 125"
    );
    EXPECT_NE(changed([](Parts& parts) { parts.messages = 0; }), "");
    EXPECT_NE(changed([](Parts& parts) { parts.messages = 2; }), "");
    EXPECT_NE(changed([](Parts& parts) { parts.body.set_memo("x"); }), "");
    EXPECT_NE(changed([](Parts& parts) { parts.body.set_timeout_height(9); }), "");
    EXPECT_NE(changed([](Parts& parts) { parts.auth_info.mutable_fee()->set_gas_limit(1); }), "");
    EXPECT_NE(changed([](Parts& parts) { parts.auth_info.add_signer_infos(); }), "");
    EXPECT_NE(changed([](Parts& parts) { parts.raw.add_signatures("s"); }), "");
    EXPECT_EQ(
        changed([](Parts& parts) { parts.type_url.back() = 'm'; }),
        "no beacon: is not one /steelyard.beacon.v1.MsgBeacon without fee and signature"
    );
}

TEST(BeaconTx, R1_has_one_encoding) {
    const Bytes tx = make_beacon_tx(some_proof());
    const Bytes expected = to_bytes(some_proof());
    int accepted = 0;
    for (std::size_t i = 0; i < tx.size(); ++i) {
        Bytes changed = tx;
        changed[i] ^= 1;
        if (const auto proof = parse_beacon_tx(changed)) {
            EXPECT_FALSE(equal(*proof, expected)) << i;
            ++accepted;
        }
    }
    EXPECT_EQ(accepted, 81) << "the bytes of the proof, and no others";
    EXPECT_NE(refusal({}), "");
    EXPECT_NE(refusal(ByteView(tx).first(124)), "");
}

/// So it comes neither into the mempool nor to another place of a block.
TEST(BeaconTx, R2_is_no_transaction_that_anybody_may_send) {
    const auto read = pipeline::read_tx(make_beacon_tx(some_proof()), ledger::Params());

    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().kind, ledger::kinds::unknown_request) << read.error().log;
}

}  // namespace
}  // namespace steelyard::block
