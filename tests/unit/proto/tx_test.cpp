// Transactions: our parts and sign bytes against the generated classes, and a signed example.
#include "chain/tx.h"
#include "chain/coin.h"
#include "chain/dec.h"
#include "cosmos/bank/v1beta1/tx.pb.h"
#include "cosmos/crypto/secp256k1/keys.pb.h"
#include "cosmos/tx/v1beta1/tx.pb.h"
#include "crypto/bech32.h"
#include "crypto/public_key.h"
#include "proto/codec.h"
#include "proto/non_nullable.h"
#include "tests/unit/chain/samples.h"

namespace steelyard::proto {
namespace {

using google::protobuf::Any;

constexpr ParseLimits limits = {.bytes_max = 4096, .elements_max = 100};

std::string text_of(ByteView bytes) {
    return std::string(as_text(bytes));
}

/// Packs as the ecosystem does: the type's URL is "/" and its name.
Any pack(const google::protobuf::Message& message) {
    Any any;
    any.set_type_url("/" + message.GetDescriptor()->full_name());
    any.set_value(message.SerializeAsString());
    return any;
}

cosmos::base::v1beta1::Coin message_of(std::string_view text) {
    const chain::Coin coin = chain::Coin::parse(text).value();
    cosmos::base::v1beta1::Coin out;
    out.set_denom(coin.denom.text());
    out.set_amount(to_string(coin.amount));
    return out;
}

/// A transfer that a CosmJS wallet signed in both modes: account 0 of the mnemonic "abandon" (11
/// times) "about" at m/44'/118'/0'/0/0.
struct Example {
    crypto::PrivateKey key =
        crypto::PrivateKey::parse(
            crypto::KeyType::secp256k1,
            from_hex("c4a48e2fce1481cd3294b4490f6678090ea98d3d0e5cd984558ab0968741b104").value()
        )
            .value();
    chain::ChainId chain_id = chain::ChainId::parse("anchor-local-1").value();
    std::uint64_t account_number = 5;
    std::uint64_t sequence = 3;
    std::string sender = crypto::encode_address("anchor", key.public_key().address()).value();
    std::string recipient = crypto::encode_address("anchor", Bytes(20, 0x07)).value();
    std::string memo = "memo <&>";

    chain::TxRaw tx() const {
        cosmos::bank::v1beta1::MsgSend send;
        send.set_from_address(sender);
        send.set_to_address(recipient);
        *send.add_amount() = message_of("5uanc");
        cosmos::tx::v1beta1::TxBody body;
        *body.add_messages() = pack(send);
        body.set_memo(memo);

        cosmos::crypto::secp256k1::PubKey public_key;
        public_key.set_key(text_of(key.public_key().bytes()));
        cosmos::tx::v1beta1::AuthInfo auth_info;
        auto& signer = *auth_info.add_signer_infos();
        *signer.mutable_public_key() = pack(public_key);
        signer.mutable_mode_info()->mutable_single()->set_mode(
            cosmos::tx::signing::v1beta1::SIGN_MODE_DIRECT
        );
        signer.set_sequence(sequence);
        *auth_info.mutable_fee()->add_amount() = message_of("2500uanc");
        auth_info.mutable_fee()->set_gas_limit(100'000);
        return {.body = serialize(body), .auth_info = serialize(auth_info)};
    }
};

TEST(TxExample, has_the_wallets_addresses) {
    const Example example;

    EXPECT_EQ(
        to_hex(example.key.public_key().bytes()),
        "024f4e2ad99c34d60b9ba6283c9431a8418af8673212961f97a77b6377fcd05b62"
    );
    EXPECT_EQ(example.sender, "anchor19rl4cm2hmr8afy4kldpxz3fka4jguq0at67dkr");
}

TEST(TxExample, is_signed_directly_as_the_wallet_signs) {
    const Example example;
    const Bytes sign_bytes = sign_doc_bytes(example.tx(), example.chain_id, example.account_number);

    EXPECT_EQ(
        to_hex(example.key.sign(sign_bytes)),
        "b32a236c14767481c6e47051be70e372c66747734bc8d8d762702df1905cc427"
        "48441559b8e37670beeb5c403b4cc47d0f80765ed566fd97f883509507573d4d"
    );
}

TEST(TxExample, is_signed_in_amino_json_as_the_wallet_signs) {
    const Example example;
    const std::string sign_bytes = fmt::format(
        R"({{"account_number":"5","chain_id":"anchor-local-1",)"
        R"("fee":{{"amount":[{{"amount":"2500","denom":"uanc"}}],"gas":"100000"}},)"
        R"("memo":"memo \u003c\u0026\u003e","msgs":[{{"type":"cosmos-sdk/MsgSend","value":)"
        R"({{"amount":[{{"amount":"5","denom":"uanc"}}],"from_address":"{}","to_address":"{}"}}}}],)"
        R"("sequence":"3"}})",
        example.sender,
        example.recipient
    );

    EXPECT_EQ(
        to_hex(example.key.sign(as_bytes(sign_bytes))),
        "9555e93222c9a89cf87db92b325dd053c6c0fd5dfe4c03e1315fe43e59100196"
        "740eae09a2ea643a724d7b303e5479e569475a9931cdb4eea6e436eb014a3079"
    );
}

TEST(TxExample, survives_the_strict_parsers) {
    const Example example;
    chain::TxRaw tx = example.tx();
    tx.signatures.push_back(
        to_bytes(example.key.sign(sign_doc_bytes(tx, example.chain_id, example.account_number)))
    );
    const Bytes bytes = encode_tx_raw(tx);

    cosmos::tx::v1beta1::Tx whole;
    ASSERT_TRUE(strict_parse(whole, bytes, limits));
    EXPECT_EQ(whole.body().memo(), "memo <&>");
    EXPECT_EQ(serialize(whole), bytes) << "TxRaw and Tx are the same bytes";

    cosmos::bank::v1beta1::MsgSend send;
    const Any& any = whole.body().messages(0);
    EXPECT_EQ(any.type_url(), "/cosmos.bank.v1beta1.MsgSend");
    ASSERT_TRUE(strict_parse(send, as_bytes(any.value()), limits));
    EXPECT_EQ(send.amount(0).amount(), "5");
    EXPECT_EQ(chain::decode_tx_raw(bytes), tx);
}

TEST(Agreement, transactions_and_sign_docs) {
    SeededRandom random(20);
    const auto random_bytes = [&](std::size_t size_max) {
        Bytes bytes(1 + random.below(size_max));
        random.fill(bytes);
        return bytes;
    };
    for (int i = 0; i < 100; ++i) {
        chain::TxRaw tx = {.body = random_bytes(50), .auth_info = random_bytes(300)};
        cosmos::tx::v1beta1::TxRaw raw;
        raw.set_body_bytes(text_of(tx.body));
        raw.set_auth_info_bytes(text_of(tx.auth_info));
        for (std::uint64_t count = random.below(4); count > 0; --count) {
            tx.signatures.push_back(count == 2 ? Bytes{} : random_bytes(64));
            raw.add_signatures(text_of(tx.signatures.back()));
        }
        EXPECT_EQ(encode_tx_raw(tx), serialize(raw));
        EXPECT_EQ(chain::decode_tx_raw(serialize(raw)), tx);

        const std::uint64_t account_number = random.next_u64() >> random.below(64);
        cosmos::tx::v1beta1::SignDoc doc;
        doc.set_body_bytes(text_of(tx.body));
        doc.set_auth_info_bytes(text_of(tx.auth_info));
        doc.set_chain_id("yard-1");
        doc.set_account_number(account_number);
        EXPECT_EQ(
            sign_doc_bytes(tx, *chain::ChainId::parse("yard-1"), account_number), serialize(doc)
        );
    }
}

TEST(Agreement, coins) {
    for (const std::string text :
         {"0abc", "1uyard", "170141183460469231731687303715884105727abc"}) {
        EXPECT_EQ(encode_coin(*chain::Coin::parse(text)), serialize(message_of(text)));
        EXPECT_EQ(chain::decode_coin(serialize(message_of(text))), chain::Coin::parse(text));
    }
}

}  // namespace
}  // namespace steelyard::proto
