#include "chain/tx.h"

#include "samples.h"

namespace steelyard::chain {
namespace {

TxRaw sample_tx() {
    return TxRaw{.body = {1, 2}, .auth_info = {3}, .signatures = {{4, 5}, {}, {6}}};
}

std::string error_of_hex(std::string_view hex) {
    return error_of(decode_tx_raw(*from_hex(hex)));
}

TEST(TxRaw, has_one_encoding) {
    EXPECT_EQ(to_hex(encode_tx_raw(sample_tx())), "0a0201021201031a0204051a001a0106");
    expect_round_trip(sample_tx(), encode_tx_raw, decode_tx_raw);
}

TEST(TxRaw, needs_body_and_auth_info) {
    EXPECT_EQ(error_of_hex("0a01001201001a00"), "");
    EXPECT_NE(error_of_hex("1201001a00"), "");
    EXPECT_NE(error_of_hex("0a01001a00"), "");
    EXPECT_NE(error_of_hex("0a001201001a00"), "");
    EXPECT_EQ(error_of_hex("0a01001201002200"), "TxRaw.tag: unknown field 4");
}

TEST(TxRaw, keeps_its_limits) {
    TxRaw tx = sample_tx();
    tx.signatures.assign(tx_signatures_max, Bytes(tx_signature_size_max));
    EXPECT_EQ(error_of(decode_tx_raw(encode_tx_raw(tx))), "");

    tx.signatures.push_back({});
    EXPECT_EQ(
        error_of(decode_tx_raw(encode_tx_raw(tx))), "TxRaw.signatures: has more than 16 elements"
    );

    tx.signatures.assign(1, Bytes(tx_signature_size_max + 1));
    EXPECT_NE(error_of(decode_tx_raw(encode_tx_raw(tx))), "");

    tx = sample_tx();
    tx.body.resize(tx_size_max);
    EXPECT_NE(error_of(decode_tx_raw(encode_tx_raw(tx))), "");
}

TEST(SignDoc, covers_parts_chain_and_account) {
    const ChainId chain = *ChainId::parse("yard-1");
    const Bytes bytes = sign_doc_bytes(sample_tx(), chain, 5);

    EXPECT_EQ(to_hex(bytes), "0a0201021201031a06796172642d312005");
    EXPECT_EQ(to_hex(sign_doc_bytes(sample_tx(), chain, 0)), "0a0201021201031a06796172642d31");

    TxRaw other = sample_tx();
    other.signatures.clear();
    EXPECT_EQ(sign_doc_bytes(other, chain, 5), bytes) << "signatures do not sign themselves";
}

}  // namespace
}  // namespace steelyard::chain
