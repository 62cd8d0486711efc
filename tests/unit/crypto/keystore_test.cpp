#include "crypto/keystore.h"

#include "crypto/bech32.h"
#include "tests/support/hex_bytes.h"

#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

namespace steelyard::crypto {
namespace {

constexpr ScryptCost cheap = {.n = 16, .r = 1, .p = 1};
constexpr std::string_view password = "correct horse";
constexpr std::string_view secret_hex =
    "c4a48e2fce1481cd3294b4490f6678090ea98d3d0e5cd984558ab0968741b104";

KeystoreLabel label() {
    const auto key = PublicKey::parse(
        KeyType::secp256k1,
        hex_bytes("024f4e2ad99c34d60b9ba6283c9431a8418af8673212961f97a77b6377fcd05b62")
    );
    CHECK(key);
    const auto address = encode_address("yard", key->address());
    CHECK(address);
    return {.name = "first \"key\"", .address = *address, .public_key = *key};
}

Keystore sealed() {
    SeededRandom random(10);
    auto keystore =
        seal_keystore(label(), hex_bytes(secret_hex), as_bytes(password), cheap, random);
    CHECK(keystore);
    return *keystore;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    CHECK(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

ErrorCode open_error(const Keystore& keystore, std::string_view with) {
    const auto secret = open_keystore(keystore, as_bytes(with));
    CHECK(!secret);
    return secret.error().code();
}

std::string parse_error(std::string_view text) {
    const auto keystore = parse_keystore(text);
    if (keystore) {
        return "accepted";
    }
    EXPECT_EQ(keystore.error().code(), ErrorCode::corrupt) << keystore.error().message();
    return keystore.error().message();
}

// KS5, KS6.
TEST(Keystore, gives_the_secret_back_for_the_password) {
    const auto keystore = parse_keystore(write_keystore(sealed()));
    ASSERT_TRUE(keystore) << keystore.error().message();
    EXPECT_EQ(*keystore, sealed());
    EXPECT_EQ(keystore->label, label());

    const auto secret = open_keystore(*keystore, as_bytes(password));

    ASSERT_TRUE(secret) << secret.error().message();
    EXPECT_EQ(to_hex(secret->view()), secret_hex);
}

// The file was written by this program; hashlib's scrypt and an XChaCha20-Poly1305 in Python opened
// it. It must stay readable for ever.
TEST(Keystore, reads_version_1) {
    std::ifstream file(STEELYARD_SOURCE_DIR "/tests/vectors/keystore/version_1.json");
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};

    const auto keystore = parse_keystore(text);

    ASSERT_TRUE(keystore) << keystore.error().message();
    EXPECT_EQ(write_keystore(*keystore), text);
    const auto secret = open_keystore(*keystore, as_bytes(password));
    ASSERT_TRUE(secret) << secret.error().message();
    EXPECT_EQ(to_hex(secret->view()), secret_hex);
}

// KS8.
TEST(Keystore, is_sealed_anew_each_time) {
    SeededRandom random(11);
    const auto seal = [&] {
        return *seal_keystore(label(), hex_bytes("01"), as_bytes(password), cheap, random);
    };
    const Keystore first = seal();
    const Keystore second = seal();

    EXPECT_NE(first.salt, second.salt);
    EXPECT_NE(first.nonce, second.nonce);
    EXPECT_NE(first.sealed, second.sealed);
}

// KS5.
TEST(Keystore, denies_a_wrong_password) {
    EXPECT_EQ(open_error(sealed(), "correct horsf"), ErrorCode::denied);
    EXPECT_EQ(open_error(sealed(), "correct horse "), ErrorCode::denied);
    EXPECT_EQ(open_error(sealed(), ""), ErrorCode::invalid);
    EXPECT_EQ(open_error(sealed(), std::string(1025, 'x')), ErrorCode::too_large);
}

// With a right checksum every part still needs the password. KS6.
TEST(Keystore, denies_every_change_made_on_purpose) {
    const auto opens = [](auto&& change) {
        Keystore keystore = sealed();
        change(keystore);
        const auto parsed = parse_keystore(write_keystore(keystore));
        CHECK(parsed);
        const auto secret = open_keystore(*parsed, as_bytes(password));
        return secret.has_value() || secret.error().code() != ErrorCode::denied;
    };
    EXPECT_TRUE(opens([](Keystore&) {}));
    EXPECT_FALSE(opens([](Keystore& k) { k.label.name = "other"; }));
    EXPECT_FALSE(opens([](Keystore& k) {
        k.label.address = *encode_address("other", k.label.public_key.address());
    }));
    EXPECT_FALSE(opens([](Keystore& k) {
        k.label.public_key = *PublicKey::parse(KeyType::ed25519, Bytes(32));
        k.label.address = *encode_address("yard", k.label.public_key.address());
    }));
    EXPECT_FALSE(opens([](Keystore& k) { k.cost.n = 32; }));
    EXPECT_FALSE(opens([](Keystore& k) { k.cost.r = 2; }));
    EXPECT_FALSE(opens([](Keystore& k) { k.cost.p = 2; }));
    EXPECT_FALSE(opens([](Keystore& k) { k.salt[0] ^= 1; }));
    EXPECT_FALSE(opens([](Keystore& k) { k.nonce[0] ^= 1; }));
    EXPECT_FALSE(opens([](Keystore& k) { k.sealed[0] ^= 1; }));
    EXPECT_FALSE(opens([](Keystore& k) { k.sealed.pop_back(); }));
}

// KS4.
TEST(Keystore, tells_damage_from_a_wrong_password) {
    const std::string text = write_keystore(sealed());
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string damaged = text;
        damaged[i] = damaged[i] == '3' ? '5' : '3';
        if (damaged != text) {
            const auto keystore = parse_keystore(damaged);
            ASSERT_FALSE(keystore) << i;
            EXPECT_NE(keystore.error().code(), ErrorCode::denied);
        }
        EXPECT_FALSE(i + 1 < text.size() && parse_keystore(text.substr(0, i))) << i;
    }
}

// KS1.
TEST(Keystore, takes_any_order_and_white_space_of_fields) {
    std::string text = write_keystore(sealed());
    text = replaced(text, R"("format":"steelyard-keystore",)", "");
    text = replaced(
        text,
        R"("checksum")",
        R"(  "format" :"steelyard-keystore",)"
        "\n\t"
        R"("checksum")"
    );

    EXPECT_EQ(parse_error(text), "accepted");
}

// KS1, KS2.
TEST(Keystore, says_what_is_wrong_with_the_text) {
    const std::string text = write_keystore(sealed());
    const auto error = [&](std::string_view from, std::string_view to) {
        return parse_error(replaced(text, from, to));
    };

    EXPECT_TRUE(parse_error("").starts_with("keystore is not JSON: "));
    EXPECT_TRUE(parse_error("{\"a\":{\"b\":{}}}").starts_with("keystore is not JSON: "));
    EXPECT_EQ(parse_error("[]"), "keystore is not an object");
    EXPECT_EQ(parse_error("{}"), "keystore field format is not a string");
    EXPECT_EQ(error("-keystore", "-wallet"), "keystore field format is not steelyard-keystore");
    EXPECT_EQ(
        error(R"("version":1)", R"("version":"1")"),
        "keystore field version is not a whole number in its range"
    );
    EXPECT_EQ(
        error(R"("n":16)", R"("n":16.0)"), "keystore kdf field n is not a whole number in its range"
    );
    EXPECT_EQ(
        error(R"("n":16)", R"("n":-16)"), "keystore kdf field n is not a whole number in its range"
    );
    EXPECT_EQ(
        error(R"("r":1)", R"("r":4294967296)"),
        "keystore kdf field r is not a whole number in its range"
    );
    EXPECT_EQ(error(R"("kdf":{)", R"("kdf":[],"x":{)"), "keystore kdf is not an object");
    EXPECT_EQ(
        error(R"("version":1)", R"("version":1,"version":1)"),
        "keystore has a field twice, or an array"
    );
    EXPECT_EQ(error(R"("p":1)", R"("p":1,"\u0070":1)"), "keystore has a field twice, or an array");
    EXPECT_EQ(error(R"("p":1)", R"("p":1,"q":1)"), "keystore kdf has a field that is not known");
    EXPECT_EQ(
        error(R"("p":1)", R"("q":1)"), "keystore kdf field p is not a whole number in its range"
    );
    EXPECT_EQ(
        error(R"("salt":")", R"("salt":"00)"),
        "keystore kdf field salt hex text has 66 characters, not 64"
    );
    EXPECT_EQ(error(R"("secp256k1")", R"("rsa")"), "keystore field key_type names no known type");
    EXPECT_EQ(error("first ", "second "), "keystore does not match its checksum");
    EXPECT_EQ(
        error("\"first ", "\"\\n "), "keystore name is not 1 to 64 characters of printable ASCII"
    );
    EXPECT_EQ(error("yard1", "yerd1"), "bech32 text has a wrong checksum");
    EXPECT_EQ(error("\n", "x"), parse_error(text + "x"));
}

// KS7.
TEST(Keystore, refuses_later_versions_and_hostile_costs) {
    Keystore costly = sealed();
    costly.cost = {.n = std::uint64_t{1} << 40, .r = 8, .p = 1};
    const auto too_costly = parse_keystore(write_keystore(costly));
    const auto later =
        parse_keystore(replaced(write_keystore(sealed()), R"("version":1)", R"("version":2)"));
    const auto too_long = parse_keystore(std::string(keystore_text_size_max + 1, ' '));

    ASSERT_FALSE(too_costly || later || too_long);
    EXPECT_EQ(too_costly.error().code(), ErrorCode::too_large);
    EXPECT_EQ(
        too_costly.error().message(),
        "scrypt n 1099511627776, r 8, p 1 would take more than 512 MiB of memory"
    );
    EXPECT_EQ(later.error().code(), ErrorCode::unsupported);
    EXPECT_EQ(too_long.error().code(), ErrorCode::too_large);
}

// KS2.
TEST(Keystore, is_not_made_of_bad_parts) {
    SeededRandom random(12);
    const auto seal = [&](KeystoreLabel with,
                          std::size_t secret_size,
                          std::string_view word,
                          ScryptCost cost) {
        return seal_keystore(with, Bytes(secret_size), as_bytes(word), cost, random).has_value();
    };
    KeystoreLabel nameless = label();
    nameless.name = "";
    KeystoreLabel foreign = label();
    foreign.address = *encode_address("yard", Bytes(20));

    EXPECT_TRUE(seal(label(), keystore_secret_size_max, "x", cheap));
    EXPECT_FALSE(seal(nameless, 1, "x", cheap));
    EXPECT_FALSE(seal(foreign, 1, "x", cheap));
    EXPECT_FALSE(seal(label(), 0, "x", cheap));
    EXPECT_FALSE(seal(label(), keystore_secret_size_max + 1, "x", cheap));
    EXPECT_FALSE(seal(label(), 1, "", cheap));
    EXPECT_FALSE(seal(label(), 1, "x", {.n = 15, .r = 1, .p = 1}));
}

}  // namespace
}  // namespace steelyard::crypto
