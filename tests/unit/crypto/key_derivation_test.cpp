#include "crypto/key_derivation.h"

#include "tests/support/hex_bytes.h"

#include <gtest/gtest.h>

#include <limits>

namespace steelyard::crypto {
namespace {

std::string hkdf_hex(ByteView key, ByteView salt, ByteView info, std::size_t size) {
    Bytes out(size);
    hkdf_sha256(key, salt, info, out);
    return to_hex(out);
}

Bytes counting(std::uint8_t from, std::uint8_t to) {
    Bytes out;
    for (int byte = from; byte <= to; ++byte) {
        out.push_back(static_cast<std::uint8_t>(byte));
    }
    return out;
}

// RFC 5869, appendix A.1 to A.3.
TEST(Hkdf, matches_rfc_5869) {
    const Bytes key(22, 0x0b);
    EXPECT_EQ(
        hkdf_hex(key, counting(0x00, 0x0c), counting(0xf0, 0xf9), 42),
        "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865"
    );
    EXPECT_EQ(
        hkdf_hex(counting(0x00, 0x4f), counting(0x60, 0xaf), counting(0xb0, 0xff), 82),
        "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c6"
        "5e590e09da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87"
    );
    EXPECT_EQ(
        hkdf_hex(key, {}, {}, 42),
        "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    );
}

// Computed with Python's hashlib.pbkdf2_hmac, another implementation.
TEST(Pbkdf2, matches_another_implementation) {
    ByteArray<64> out;
    pbkdf2_sha512(as_bytes("password"), as_bytes("salt"), 1, out);
    EXPECT_EQ(
        to_hex(out),
        "867f70cf1ade02cff3752599a3a53dc4af34c7a669815ae5d513554e1c8cf252"
        "c02d470a285a0501bad999bfe943c08f050235d7d68b1da55e63f73b60a57fce"
    );
    pbkdf2_sha512(
        as_bytes("passwordPASSWORDpassword"),
        as_bytes("saltSALTsaltSALTsaltSALTsaltSALTsalt"),
        4096,
        out
    );
    EXPECT_EQ(
        to_hex(out),
        "8c0511f4c6e597c6ac6315d8f0362e225f3c501495ba23b868c005174dc4ee71"
        "115b59f9e60cd9532fa33e0f75aefe30225c583a186cd82bd4daea9724a3d3b8"
    );
}

// RFC 7914, section 12; its fourth vector takes 1 GiB.
TEST(Scrypt, matches_rfc_7914) {
    ByteArray<64> out;
    EXPECT_TRUE(scrypt({}, {}, {.n = 16, .r = 1, .p = 1}, out));
    EXPECT_EQ(
        to_hex(out),
        "77d6576238657b203b19ca42c18a0497f16b4844e3074ae8dfdffa3fede21442"
        "fcd0069ded0948f8326a753a0fc81f17e8d3e0fb2e0d3628cf35e20c38d18906"
    );
    EXPECT_TRUE(scrypt(as_bytes("password"), as_bytes("NaCl"), {.n = 1024, .r = 8, .p = 16}, out));
    EXPECT_EQ(
        to_hex(out),
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
        "2eaf30d92e22a3886ff109279d9830dac727afb94a83ee6d8360cbdfa2cc0640"
    );
    EXPECT_TRUE(scrypt(
        as_bytes("pleaseletmein"), as_bytes("SodiumChloride"), {.n = 16384, .r = 8, .p = 1}, out
    ));
    EXPECT_EQ(
        to_hex(out),
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
    );
}

// KS7.
TEST(Scrypt, takes_costs_up_to_its_limits) {
    EXPECT_TRUE(check_scrypt_cost(ScryptCost{}));
    EXPECT_TRUE(check_scrypt_cost({.n = 1 << 18, .r = 8, .p = 1}));
    EXPECT_TRUE(check_scrypt_cost({.n = 1 << 18, .r = 8, .p = 8}));
    EXPECT_TRUE(check_scrypt_cost({.n = (1 << 18), .r = 15, .p = 4}));
    EXPECT_TRUE(check_scrypt_cost({.n = 2, .r = 1, .p = (1 << 22) - 2}));
    EXPECT_TRUE(check_scrypt_cost({.n = 1 << 15, .r = 1, .p = 1}));
    EXPECT_TRUE(check_scrypt_cost({.n = 1 << 16, .r = 2, .p = 1}));
}

TEST(Scrypt, refuses_costs_that_are_no_costs) {
    for (const ScryptCost cost : {
             ScryptCost{.n = 0, .r = 8, .p = 1},
             ScryptCost{.n = 1, .r = 8, .p = 1},
             ScryptCost{.n = 1000, .r = 8, .p = 1},
             ScryptCost{.n = 1024, .r = 0, .p = 1},
             ScryptCost{.n = 1024, .r = 8, .p = 0},
             ScryptCost{.n = 1 << 16, .r = 1, .p = 1},
         }) {
        const auto result = check_scrypt_cost(cost);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code(), ErrorCode::invalid);
    }
}

TEST(Scrypt, refuses_costs_over_its_limits_before_it_takes_memory) {
    constexpr std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
    for (const ScryptCost cost : {
             ScryptCost{.n = 1 << 20, .r = 8, .p = 1},
             ScryptCost{.n = std::uint64_t{1} << 63, .r = most, .p = most},
             ScryptCost{.n = 2, .r = most, .p = 1},
             ScryptCost{.n = 1 << 19, .r = 8, .p = 1},
             ScryptCost{.n = 1 << 18, .r = 8, .p = 9},
             ScryptCost{.n = 2, .r = 1, .p = 1 << 23},
             ScryptCost{.n = 2, .r = 1, .p = most},
         }) {
        ByteArray<32> out;
        const auto result = scrypt(as_bytes("password"), {}, cost, out);
        ASSERT_FALSE(result);
        EXPECT_EQ(result.error().code(), ErrorCode::too_large);
    }
}

}  // namespace
}  // namespace steelyard::crypto
