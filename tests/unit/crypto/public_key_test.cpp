#include "crypto/public_key.h"

#include "base/hex.h"

#include <gtest/gtest.h>

#include <type_traits>

namespace steelyard::crypto {
namespace {

// The key of CometBFT's crypto/secp256k1/secp256k1_test.go.
constexpr std::string_view comet_secret =
    "a96e62ed3955e65be32703f12d87b6b5cf26039ecfa948dc5107a495418e5330";
constexpr std::string_view comet_public =
    "02950e1cdfcb133d6024109fd489f734eeb4502418e538c28481f22bce276f248c";

PrivateKey private_key(KeyType type, std::string_view hex) {
    return PrivateKey::parse(type, *from_hex(hex)).value();
}

std::string parse_error(KeyType type, std::string_view hex) {
    const auto key = PublicKey::parse(type, *from_hex(hex));
    return key ? "" : key.error().message();
}

std::string decode_error(std::string_view hex) {
    const auto key = decode_public_key(*from_hex(hex));
    return key ? "" : key.error().message();
}

TEST(PublicKey, derives_the_addresses_of_cometbft) {
    const PrivateKey account = private_key(KeyType::secp256k1, comet_secret);
    const PrivateKey validator = private_key(
        KeyType::ed25519, "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
    );

    EXPECT_EQ(to_hex(account.public_key().bytes()), comet_public);
    EXPECT_EQ(to_hex(account.public_key().address()), "7c2bb42a8be69791ec763e51f5a49bcd41e82237");
    EXPECT_EQ(to_hex(validator.public_key().address()), "21fe31dfa154a261626bf854046fd2271b7bed4b");
}

TEST(PublicKey, takes_well_formed_keys_only) {
    EXPECT_EQ(parse_error(KeyType::secp256k1, comet_public), "");
    EXPECT_EQ(parse_error(KeyType::ed25519, std::string(64, '0')), "");
    EXPECT_EQ(
        parse_error(KeyType::ed25519, std::string(62, '0')),
        "ed25519 public key has 31 bytes, not 32"
    );
    EXPECT_EQ(parse_error(KeyType::secp256k1, ""), "secp256k1 public key has 0 bytes, not 33");
    const std::string no_point = "secp256k1 public key is no compressed point of the curve";
    const std::string x(comet_public.substr(2));
    for (const std::string& bad :
         {"00" + x,
          "04" + x,
          "06" + x,
          "02" + std::string(63, '0') + "5",  // x = 5 is on no point
          "02" + std::string(64, 'f'),        // x is over the field's prime
          std::string(66, '0')}) {
        EXPECT_EQ(parse_error(KeyType::secp256k1, bad), no_point) << bad;
    }
}

TEST(PublicKey, is_ordered_by_type_and_bytes) {
    const auto ed = PublicKey::parse(KeyType::ed25519, Bytes(32, 0xFF)).value();
    const auto low = PublicKey::parse(KeyType::secp256k1, *from_hex(comet_public)).value();
    const auto high =
        PublicKey::parse(KeyType::secp256k1, *from_hex("03" + std::string(comet_public.substr(2))))
            .value();

    EXPECT_LT(ed, low);
    EXPECT_LT(low, high);
    EXPECT_EQ(low, low);
}

TEST(PublicKey, encodes_as_the_protobuf_message) {
    const auto account = PublicKey::parse(KeyType::secp256k1, *from_hex(comet_public)).value();
    const auto validator = PublicKey::parse(KeyType::ed25519, Bytes(32, 7)).value();

    EXPECT_EQ(to_hex(encode_public_key(account)), "1221" + std::string(comet_public));
    EXPECT_EQ(to_hex(encode_public_key(validator)), "0a20" + to_hex(Bytes(32, 7)));
    EXPECT_EQ(decode_public_key(encode_public_key(account)), account);
    EXPECT_EQ(decode_public_key(encode_public_key(validator)), validator);
}

TEST(PublicKey, refuses_malformed_messages_and_names_the_field) {
    const std::string key(comet_public);
    const std::string seven = to_hex(Bytes(32, 7));
    EXPECT_EQ(decode_error(""), "PublicKey.sum: is missing");
    EXPECT_EQ(decode_error("0a00"), "PublicKey.ed25519: is empty but written out");
    EXPECT_EQ(decode_error("0a21" + seven + "00"), "PublicKey.ed25519: has 33 bytes, limit 32");
    EXPECT_EQ(
        decode_error("0a1f" + seven.substr(2)),
        "PublicKey.ed25519: ed25519 public key has 31 bytes, not 32"
    );
    EXPECT_EQ(
        decode_error("122105" + key.substr(2)),
        "PublicKey.secp256k1: secp256k1 public key is no compressed point of the curve"
    );
    EXPECT_EQ(decode_error("0a20" + seven + "1221" + key), "PublicKey.sum: holds two keys");
    EXPECT_EQ(decode_error("0a20" + seven + "0a20" + seven), "PublicKey.sum: holds two keys");
    EXPECT_EQ(
        decode_error("1221" + key + "0a20" + seven), "PublicKey.tag: field 1 comes after field 2"
    );
    EXPECT_EQ(decode_error("1a0101"), "PublicKey.tag: unknown field 3");
    EXPECT_EQ(
        decode_error("1221" + key.substr(2)), "PublicKey.secp256k1: claims 33 bytes of 32 left"
    );
}

TEST(PublicKey, is_named_in_json_as_cometbft_names_it) {
    EXPECT_EQ(to_string(KeyType::ed25519), "ed25519");
    EXPECT_EQ(to_string(KeyType::secp256k1), "secp256k1");
    EXPECT_EQ(public_key_json_type(KeyType::ed25519), "tendermint/PubKeyEd25519");
    EXPECT_EQ(public_key_json_type(KeyType::secp256k1), "tendermint/PubKeySecp256k1");
    EXPECT_EQ(private_key_json_type(KeyType::ed25519), "tendermint/PrivKeyEd25519");
    EXPECT_EQ(private_key_json_type(KeyType::secp256k1), "tendermint/PrivKeySecp256k1");
}

class EachKeyType : public testing::TestWithParam<KeyType> {};

TEST_P(EachKeyType, verifies_what_it_signed_and_nothing_else) {
    SeededRandom random(1);
    const PrivateKey key = PrivateKey::generate(GetParam(), random);
    const PrivateKey other = PrivateKey::generate(GetParam(), random);
    const Bytes message = to_bytes(as_bytes("four score"));
    Signature signature = key.sign(message);

    EXPECT_TRUE(key.public_key().verify(message, signature));
    EXPECT_EQ(key.sign(message), signature);
    EXPECT_FALSE(other.public_key().verify(message, signature));
    EXPECT_FALSE(key.public_key().verify(as_bytes("five score"), signature));
    EXPECT_FALSE(key.public_key().verify(message, ByteView(signature).first(63)));
    EXPECT_FALSE(key.public_key().verify(message, {}));
    for (const std::size_t i : {0U, 31U, 32U, 63U}) {
        signature[i] ^= 1;
        EXPECT_FALSE(key.public_key().verify(message, signature)) << i;
        signature[i] ^= 1;
    }
}

TEST_P(EachKeyType, survives_export_and_import) {
    SeededRandom random(2);
    const PrivateKey key = PrivateKey::generate(GetParam(), random);
    const SecretBytes exported = key.export_bytes();
    const auto imported = PrivateKey::parse(GetParam(), exported.view()).value();

    EXPECT_EQ(imported.public_key(), key.public_key());
    EXPECT_EQ(imported.sign({}), key.sign({}));
    EXPECT_EQ(key.clone().sign({}), key.sign({}));
    EXPECT_EQ(exported.view().size(), GetParam() == KeyType::ed25519 ? 64U : 32U);
}

INSTANTIATE_TEST_SUITE_P(
    PublicKey,
    EachKeyType,
    testing::Values(KeyType::ed25519, KeyType::secp256k1),
    [](const auto& test) { return std::string(to_string(test.param)); }
);

TEST(PrivateKey, refuses_what_is_no_key_without_quoting_it) {
    const auto error = [](KeyType type, std::string_view hex) {
        const auto key = PrivateKey::parse(type, *from_hex(hex));
        return key ? std::string() : key.error().message();
    };
    const std::string order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd036414";
    const std::string out_of_range = "secp256k1 private key is zero or not below the group order";

    EXPECT_EQ(error(KeyType::secp256k1, order + "0"), "");
    EXPECT_EQ(error(KeyType::secp256k1, order + "1"), out_of_range);
    EXPECT_EQ(error(KeyType::secp256k1, std::string(64, 'f')), out_of_range);
    EXPECT_EQ(error(KeyType::secp256k1, std::string(64, '0')), out_of_range);
    EXPECT_EQ(
        error(KeyType::secp256k1, std::string(62, '1')), "secp256k1 private key has 31 bytes"
    );
    EXPECT_EQ(
        error(KeyType::secp256k1, std::string(128, '1')), "secp256k1 private key has 64 bytes"
    );
    EXPECT_EQ(error(KeyType::ed25519, std::string(66, '1')), "ed25519 private key has 33 bytes");
    EXPECT_EQ(
        error(KeyType::ed25519, std::string(128, '1')),
        "ed25519 private key does not belong to the public key beside it"
    );
}

TEST(PrivateKey, does_not_copy) {
    static_assert(!std::is_copy_constructible_v<PrivateKey>);
    static_assert(!std::is_copy_assignable_v<PrivateKey>);
    static_assert(std::is_nothrow_move_constructible_v<PrivateKey>);
}

}  // namespace
}  // namespace steelyard::crypto
