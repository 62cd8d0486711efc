#include "crypto/ethereum_keystore.h"

#include "base/hex.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

constexpr std::string_view password = "testpassword";
constexpr std::string_view secret =
    "7a28b5ba57c53603b0b07b56bba752f7784bf506fa95edc395f5cf6c7514fe9d";

// The example of the Web3 Secret Storage Definition; and one made with Python and OpenSSL.
constexpr std::string_view with_pbkdf2 =
    R"({"crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"6087dab2f9fdbbfaddc31a909735c1e6"},)"
    R"("ciphertext":"5318b4d5bcd28de64ee5559e671353e16f075ecae9f99c7a79a38af5f869aa46",)"
    R"("kdf":"pbkdf2","kdfparams":{"c":262144,"dklen":32,"prf":"hmac-sha256",)"
    R"("salt":"ae3cd4e7013836a3df6bd7241b12db061dbe2c6785853cce422d148a624ce0bd"},)"
    R"("mac":"517ead924a9d0dc3124507e3393d175ce3ff7c1e96529c6c555ce9e51205e9b2"},)"
    R"("id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3})";
constexpr std::string_view with_scrypt =
    R"({"Crypto":{"cipher":"aes-128-ctr","cipherparams":{"iv":"83dbcc02d8ccb40e466191a123791e0e"},)"
    R"("ciphertext":"6a75ee0fe7c6ea4f49e494bdbb69d4e46d438d7a27d983f0cd8c08bd211d557e",)"
    R"("kdf":"scrypt","kdfparams":{"dklen":32,"n":16,"p":1,"r":8,)"
    R"("salt":"ab0c7876052600dd703518d6fc3fe8984592145b591fc8fb5c6d43190334ba19"},)"
    R"("mac":"047a2d411d4c721e0c0a51ba8af018403096f91223148bc76a228540920d62e0"},)"
    R"("id":"3198bc9c-6672-5ab3-d995-4942343ae5b6","version":3})";

std::string replaced(std::string_view from, std::string_view to) {
    std::string text(with_pbkdf2);
    text.replace(text.find(from), from.size(), to);
    return text;
}

TEST(EthereumKeystore, opens_under_its_password) {
    for (const std::string_view text : {with_pbkdf2, with_scrypt}) {
        const auto opened = open_ethereum_keystore(text, as_bytes(password));
        ASSERT_TRUE(opened) << opened.error().message();
        EXPECT_EQ(to_hex(opened->view()), secret);
        EXPECT_TRUE(is_ethereum_keystore(text));
    }
}

TEST(EthereumKeystore, stays_closed_under_another) {
    const std::string cheap = replaced("262144", "2");

    EXPECT_EQ(open_ethereum_keystore(cheap, as_bytes("wrong")).error().code(), ErrorCode::denied);
}

TEST(EthereumKeystore, that_cannot_be_read_is_refused) {
    const auto code = [](std::string_view text) {
        return open_ethereum_keystore(text, as_bytes(password)).error().code();
    };

    EXPECT_EQ(code(""), ErrorCode::corrupt);
    EXPECT_EQ(code("{}"), ErrorCode::corrupt);
    EXPECT_EQ(code(std::string(20'000, ' ')), ErrorCode::too_large);
    EXPECT_EQ(code(replaced("\"version\":3", "\"version\":1")), ErrorCode::unsupported);
    EXPECT_EQ(code(replaced("aes-128-ctr", "aes-128-cbc")), ErrorCode::unsupported);
    EXPECT_EQ(code(replaced("pbkdf2", "argon2")), ErrorCode::unsupported);
    EXPECT_EQ(code(replaced("262144", "4000000000")), ErrorCode::too_large);
    EXPECT_EQ(code(replaced("262144", "-1")), ErrorCode::corrupt);
    EXPECT_EQ(code(replaced("\"dklen\":32", "\"dklen\":16")), ErrorCode::corrupt);
    EXPECT_EQ(code(replaced("5318b4d5", "5318")), ErrorCode::corrupt);
    EXPECT_FALSE(is_ethereum_keystore("{}"));
}

}  // namespace
}  // namespace steelyard::crypto
