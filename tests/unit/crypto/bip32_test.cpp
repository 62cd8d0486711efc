#include "crypto/bip32.h"

#include "crypto/base58.h"
#include "crypto/bech32.h"
#include "crypto/bip39.h"
#include "tests/support/hex_bytes.h"
#include "tests/support/vector_file.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

ExtendedPrivateKey master() {
    auto key = ExtendedPrivateKey::from_seed(hex_bytes("000102030405060708090a0b0c0d0e0f"));
    CHECK(key);
    return std::move(*key);
}

HdPath path(std::string_view text) {
    const auto parsed = HdPath::parse(text);
    CHECK(parsed);
    return *parsed;
}

std::string xprv_of(const ExtendedPrivateKey& key) {
    return std::string(as_text(key.to_xprv().view()));
}

std::string path_error(std::string_view text) {
    const auto parsed = HdPath::parse(text);
    return parsed ? "accepted" : parsed.error().message();
}

/// The master's xprv with one byte of its payload replaced, and a right checksum.
std::string changed_xprv(std::size_t at, std::uint8_t byte) {
    const auto payload = decode_base58check(xprv_of(master()));
    CHECK(payload);
    Bytes bytes = to_bytes(payload->view());
    bytes[at] = byte;
    return std::string(as_text(encode_base58check(bytes).view()));
}

// BIP-32's test vectors 1 to 4: seed, path, xpub, xprv. W3, W4.
TEST(ExtendedKey, matches_the_vectors_of_bip_32) {
    const auto rows = read_vector_file("bip32/valid.csv");
    EXPECT_EQ(rows.size(), 17U);
    for (const auto& row : rows) {
        ASSERT_EQ(row.size(), 4U);
        const auto root = ExtendedPrivateKey::from_seed(hex_bytes(row[0]));
        ASSERT_TRUE(root);
        const auto key = root->derive(path(row[1]));
        ASSERT_TRUE(key) << key.error().message();
        EXPECT_EQ(key->extended_public_key().to_xpub(), row[2]);
        EXPECT_EQ(xprv_of(*key), row[3]);
    }
}

TEST(ExtendedKey, reads_what_it_writes) {
    for (const auto& row : read_vector_file("bip32/valid.csv")) {
        const auto public_key = ExtendedPublicKey::parse(row[2]);
        const auto private_key = ExtendedPrivateKey::parse(row[3]);
        ASSERT_TRUE(public_key && private_key);
        EXPECT_EQ(public_key->to_xpub(), row[2]);
        EXPECT_EQ(xprv_of(*private_key), row[3]);
        EXPECT_EQ(private_key->extended_public_key(), *public_key);
        EXPECT_EQ(private_key->private_key().public_key(), public_key->public_key());
    }
}

// BIP-32's test vector 5: text, reason. W4.
TEST(ExtendedKey, refuses_the_invalid_keys_of_bip_32) {
    const auto rows = read_vector_file("bip32/invalid.csv");
    EXPECT_EQ(rows.size(), 16U);
    for (const auto& row : rows) {
        EXPECT_FALSE(ExtendedPublicKey::parse(row[0])) << row[1];
        EXPECT_FALSE(ExtendedPrivateKey::parse(row[0])) << row[1];
    }
}

TEST(ExtendedKey, says_why_a_text_is_no_key) {
    const auto error = [](std::string_view text) {
        const auto key = ExtendedPrivateKey::parse(text);
        return key ? "accepted" : key.error().message();
    };

    EXPECT_EQ(
        error(master().extended_public_key().to_xpub()),
        "extended key has version 0488b21e, not 0488ade4"
    );
    EXPECT_EQ(error("3QJmnh"), "extended key has 0 bytes, not 78");
    EXPECT_EQ(error(changed_xprv(5, 1)), "extended key at depth 0 has a parent or a number");
    EXPECT_EQ(error(changed_xprv(12, 1)), "extended key at depth 0 has a parent or a number");
    EXPECT_EQ(error(changed_xprv(4, 1)), "accepted");
    EXPECT_EQ(error(changed_xprv(45, 1)), "extended private key is no scalar from 1 to n - 1");
}

TEST(ExtendedKey, derives_public_children_as_private_ones) {
    const auto parent = master().derive(path("m/44'/118'/0'"));
    ASSERT_TRUE(parent);
    for (const std::uint32_t number : {0U, 1U, hd_hardened - 1}) {
        const auto by_private = parent->child(number);
        const auto by_public = parent->extended_public_key().child(number);
        ASSERT_TRUE(by_private && by_public);
        EXPECT_EQ(by_private->extended_public_key(), *by_public);
    }
    EXPECT_FALSE(parent->extended_public_key().child(hd_hardened));
}

TEST(ExtendedKey, has_no_child_at_the_greatest_depth) {
    const auto last = ExtendedPrivateKey::parse(changed_xprv(4, 255));
    const auto before = ExtendedPrivateKey::parse(changed_xprv(4, 254));
    ASSERT_TRUE(last && before);

    EXPECT_TRUE(before->child(0));
    EXPECT_TRUE(before->extended_public_key().child(0));
    EXPECT_FALSE(last->child(0));
    EXPECT_FALSE(last->extended_public_key().child(0));
}

TEST(ExtendedKey, takes_seeds_of_16_to_64_bytes) {
    for (const std::size_t size : {0U, 15U, 65U}) {
        EXPECT_FALSE(ExtendedPrivateKey::from_seed(Bytes(size)));
    }
    EXPECT_TRUE(ExtendedPrivateKey::from_seed(Bytes(16)));
    EXPECT_TRUE(ExtendedPrivateKey::from_seed(Bytes(64)));
}

// The key and address that CosmJS makes of this mnemonic with the prefix anchor. W3, W5.
TEST(HdWallet, makes_the_accounts_of_other_wallets) {
    const auto seed = seed_from_mnemonic(
        "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon "
        "about",
        ""
    );
    ASSERT_TRUE(seed);
    const auto root = ExtendedPrivateKey::from_seed(seed->view());
    ASSERT_TRUE(root);
    const auto account = root->derive(HdPath::account(0, 0));
    ASSERT_TRUE(account);

    const PublicKey key = account->private_key().public_key();

    EXPECT_EQ(
        to_hex(key.bytes()), "024f4e2ad99c34d60b9ba6283c9431a8418af8673212961f97a77b6377fcd05b62"
    );
    EXPECT_EQ(
        encode_address("anchor", key.address()), "anchor19rl4cm2hmr8afy4kldpxz3fka4jguq0at67dkr"
    );
}

TEST(HdPath, reads_what_it_writes) {
    for (const std::string_view text : {"m", "m/0", "m/44'/118'/0'/0/0", "m/2147483647'/1"}) {
        EXPECT_EQ(path(text).to_text(), text);
    }
    EXPECT_EQ(path("m/44h/118h/0h/0/7"), HdPath::account(0, 7));
    EXPECT_EQ(HdPath::account(3, 7).to_text(), "m/44'/118'/3'/0/7");
}

// W3.
TEST(HdPath, says_what_is_wrong) {
    EXPECT_EQ(path_error(""), "key path does not start with m");
    EXPECT_EQ(path_error("44'/118'"), "key path does not start with m");
    EXPECT_EQ(path_error("M/0"), "key path does not start with m");
    EXPECT_EQ(path_error("m0"), "key path has no / before step 1");
    EXPECT_EQ(path_error("m/2147483648"), "key path step 1: number is not below 2^31");
    EXPECT_EQ(path_error("m/0/99999999999'"), "key path step 2: number is not below 2^31");
    for (const std::string_view text :
         {"m/", "m//1", "m/1/", "m/'", "m/h", "m/1''", "m/-1", "m/+1", "m/01", "m/ 1", "m/1x"}) {
        EXPECT_TRUE(path_error(text).ends_with("not a number, or one with needless zeros")) << text;
    }
}

// W3.
TEST(HdPath, has_no_more_steps_than_a_key_has_depth) {
    std::string text = "m";
    for (std::size_t i = 0; i < hd_depth_max; ++i) {
        text += "/1";
    }
    EXPECT_EQ(path(text).steps().size(), hd_depth_max);
    EXPECT_EQ(path_error(text + "/1"), "key path has more than 255 steps");
}

}  // namespace
}  // namespace steelyard::crypto
