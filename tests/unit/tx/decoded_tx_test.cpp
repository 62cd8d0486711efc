#include "tx/decoded_tx.h"

#include "cosmos/bank/v1beta1/tx.pb.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "proto/codec.h"
#include "tests/unit/tx/samples.h"
#include "tx/signers.h"

#include <google/protobuf/any.pb.h>
#include <gtest/gtest.h>

#include <functional>

namespace steelyard::tx {
namespace {

namespace pb = cosmos::tx::v1beta1;

/// A transaction that decodes, changed by the test.
Result<DecodedTx> decode_changed(const std::function<void(pb::TxBody&, pb::AuthInfo&)>& change) {
    pb::TxBody body;
    body.add_messages()->set_type_url("/cosmos.bank.v1beta1.MsgSend");
    pb::AuthInfo auth;
    pb::SignerInfo& signer = *auth.add_signer_infos();
    *signer.mutable_public_key() = pack_account_key(sample_keys()[0]);
    signer.mutable_mode_info()->mutable_single()->set_mode(
        cosmos::tx::signing::v1beta1::SIGN_MODE_DIRECT
    );
    signer.set_sequence(7);
    auth.mutable_fee()->set_gas_limit(100);
    change(body, auth);
    return decode_tx(chain::encode_tx_raw({
        .body = proto::serialize(body),
        .auth_info = proto::serialize(auth),
        .signatures = {Bytes(64, 1)},
    }));
}

ErrorCode refusal(const std::function<void(pb::TxBody&, pb::AuthInfo&)>& change) {
    const auto decoded = decode_changed(change);
    EXPECT_FALSE(decoded);
    return decoded ? ErrorCode::io : decoded.error().code();
}

pb::ModeInfo& mode(pb::AuthInfo& auth) {
    return *auth.mutable_signer_infos(0)->mutable_mode_info();
}

TEST(DecodedTx, has_all_parts) {
    const DecodedTx tx = decode_changed([](pb::TxBody& body, pb::AuthInfo& auth) {
                             body.set_memo("m");
                             body.set_timeout_height(12);
                             auto* const coin = auth.mutable_fee()->add_amount();
                             coin->set_denom("uyard");
                             coin->set_amount("5");
                             auth.mutable_fee()->set_payer("p");
                         }).value();

    EXPECT_EQ(tx.messages.size(), 1U);
    EXPECT_EQ(tx.memo, "m");
    EXPECT_EQ(tx.timeout_height, 12U);
    EXPECT_EQ(tx.signers[0].key, AccountKey(sample_keys()[0]));
    EXPECT_EQ(tx.signers[0].mode, SignMode::direct);
    EXPECT_EQ(tx.signers[0].sequence, 7U);
    EXPECT_EQ(to_string(tx.fee.amount), "5uyard");
    EXPECT_EQ(tx.fee.gas_limit, 100U);
    EXPECT_EQ(tx.fee.payer, "p");
}

TEST(DecodedTx, refuses_what_this_chain_does_not_have) {
    using pb::AuthInfo;
    using pb::TxBody;
    EXPECT_EQ(
        refusal([](TxBody& body, AuthInfo&) { body.set_unordered(true); }), ErrorCode::unsupported
    );
    EXPECT_EQ(
        refusal([](TxBody& body, AuthInfo&) { body.mutable_timeout_timestamp()->set_seconds(1); }),
        ErrorCode::unsupported
    );
    EXPECT_EQ(
        refusal([](TxBody&, AuthInfo& auth) { auth.mutable_tip()->set_tipper("t"); }),
        ErrorCode::unsupported
    );
    EXPECT_EQ(
        refusal([](TxBody&, AuthInfo& auth) { auth.mutable_fee()->set_granter("g"); }),
        ErrorCode::unsupported
    );
    EXPECT_EQ(
        refusal([](TxBody&, AuthInfo& auth) {
            mode(auth).mutable_single()->set_mode(cosmos::tx::signing::v1beta1::SIGN_MODE_TEXTUAL);
        }),
        ErrorCode::unsupported
    );
}

TEST(DecodedTx, refuses_more_than_its_limits) {
    EXPECT_EQ(
        refusal([](pb::TxBody& body, pb::AuthInfo&) {
            for (std::size_t i = 0; i < messages_max; ++i) {
                body.add_messages();
            }
        }),
        ErrorCode::too_large
    );
    EXPECT_EQ(
        refusal([](pb::TxBody&, pb::AuthInfo& auth) {
            for (std::size_t i = 0; i < chain::tx_signatures_max; ++i) {
                *auth.add_signer_infos() = auth.signer_infos(0);
            }
        }),
        ErrorCode::too_large
    );
}

TEST(DecodedTx, refuses_modes_that_do_not_fit) {
    EXPECT_EQ(
        refusal([](pb::TxBody&, pb::AuthInfo& auth) { mode(auth).clear_sum(); }), ErrorCode::invalid
    );
    EXPECT_EQ(
        refusal([](pb::TxBody&, pb::AuthInfo& auth) {
            *auth.mutable_signer_infos(0)->mutable_public_key() =
                pack_account_key(sample_multisig());
        }),
        ErrorCode::invalid
    );
    const auto multi = [](std::string_view bits, unsigned extra, int modes) {
        return refusal([=](pb::TxBody&, pb::AuthInfo& auth) {
            auto& info = *mode(auth).mutable_multi();
            info.mutable_bitarray()->set_elems(std::string(bits));
            info.mutable_bitarray()->set_extra_bits_stored(extra);
            for (int i = 0; i < modes; ++i) {
                info.add_mode_infos()->mutable_single()->set_mode(
                    cosmos::tx::signing::v1beta1::SIGN_MODE_LEGACY_AMINO_JSON
                );
            }
            *auth.mutable_signer_infos(0)->mutable_public_key() =
                pack_account_key(sample_multisig());
        });
    };
    EXPECT_EQ(multi("", 0, 0), ErrorCode::invalid);
    EXPECT_EQ(multi("\xa0", 3, 1), ErrorCode::invalid) << "two bits, one mode";
    EXPECT_EQ(multi("\xb0", 3, 3), ErrorCode::invalid) << "a bit behind the end";
    EXPECT_EQ(multi("\xa0\x01\x01", 3, 2), ErrorCode::invalid) << "too long";
    EXPECT_EQ(multi("\xa0", 8, 2), ErrorCode::invalid);
}

TEST(DecodedTx, refuses_fees_that_are_no_coins_in_order) {
    EXPECT_EQ(
        refusal([](pb::TxBody&, pb::AuthInfo& auth) {
            for (const char* const denom : {"uyard", "uabc"}) {
                auto* const coin = auth.mutable_fee()->add_amount();
                coin->set_denom(denom);
                coin->set_amount("1");
            }
        }),
        ErrorCode::invalid
    );
    EXPECT_EQ(
        refusal([](pb::TxBody&, pb::AuthInfo& auth) { auth.clear_fee(); }), ErrorCode::invalid
    );
}

TEST(DecodedTx, never_takes_damaged_bytes_for_the_same_transaction) {
    const Bytes good = sample_multisig_tx();
    const DecodedTx tx = decode_tx(good).value();
    EXPECT_EQ(chain::encode_tx_raw(tx.raw), good);
    for (std::size_t i = 0; i < good.size(); ++i) {
        Bytes bad = good;
        bad[i] ^= 0x21;
        if (const auto decoded = decode_tx(bad)) {
            EXPECT_EQ(chain::encode_tx_raw(decoded->raw), bad);
            EXPECT_NE(decoded->raw, tx.raw);
        }
        bad.resize(i);  // where only the signature is missing it is a transaction still
        if (const auto decoded = decode_tx(bad)) {
            EXPECT_TRUE(decoded->raw.signatures.empty());
        }
    }
}

TEST(Signers, are_those_of_the_fields_that_the_type_names) {
    cosmos::bank::v1beta1::MsgSend send;
    EXPECT_EQ(signers_of(send).error().code(), ErrorCode::invalid);
    send.set_from_address("a");
    EXPECT_EQ(signers_of(send).value(), std::vector<std::string>{"a"});

    cosmos::bank::v1beta1::MsgMultiSend multi;
    for (const char* const address : {"b", "a", "b"}) {
        multi.add_inputs()->set_address(address);
    }
    EXPECT_EQ(signers_of(multi).value(), (std::vector<std::string>{"b", "a"}));

    EXPECT_EQ(signers_of(pb::Fee()).error().code(), ErrorCode::unsupported);
}

}  // namespace
}  // namespace steelyard::tx
