#include "crypto/ripemd160.h"

#include "base/hex.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

// From the page of RIPEMD-160's authors (Bosselaers, KU Leuven).
TEST(Ripemd160, matches_the_test_values_of_its_authors) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", "9c1185a5c5e9fc54612808977ee8f548b2258d31"},
        {"a", "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe"},
        {"abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"},
        {"message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36"},
        {"abcdefghijklmnopqrstuvwxyz", "f71c27109c692c1b56bbdceb5b9d2865b3708dbc"},
        {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
         "12a053384a9c0c88e405a06c27dcf49ada62eb2b"},
    };
    for (const auto& [message, digest] : cases) {
        EXPECT_EQ(to_hex(ripemd160(as_bytes(message))), digest) << message;
    }
}

}  // namespace
}  // namespace steelyard::crypto
