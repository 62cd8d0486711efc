#include "crypto/bech32.h"

#include "base/hex.h"
#include "tests/support/hex_bytes.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

using namespace std::string_literals;

constexpr std::string_view address_text = "anchor19rl4cm2hmr8afy4kldpxz3fka4jguq0at67dkr";

std::string lower(std::string text) {
    for (char& c : text) {
        c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    }
    return text;
}

std::string error_of(std::string_view text) {
    const auto parts = decode_bech32(text);
    return parts ? "accepted" : parts.error().message();
}

// BIP-173, test vectors.
TEST(Bech32, takes_the_valid_texts_of_bip_173_and_writes_them_again) {
    for (const std::string text : {
             "A12UEL5L",
             "a12uel5l",
             "an83characterlonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1"
             "tt5tgs",
             "abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw",
             "11qqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqqq"
             "c8247j",
             "split1checkupstagehandshakeupstreamerranterredcaperred2y9e3w",
             "?1ezyfcl",
         }) {
        const auto parts = decode_bech32(text);
        ASSERT_TRUE(parts) << text << ": " << parts.error().message();
        EXPECT_EQ(encode_bech32(*parts), lower(text));
    }
}

// BIP-173, test vectors.
TEST(Bech32, refuses_the_invalid_texts_of_bip_173) {
    const std::pair<std::string, std::string_view> vectors[] = {
        {" 1nwldj5", "bech32 text has a character at 0 that is not printable ASCII"},
        {"\x7f"s + "1axkwrx", "bech32 text has a character at 0 that is not printable ASCII"},
        {"\x80"s + "1eym55h", "bech32 text has a character at 0 that is not printable ASCII"},
        {"an84characterslonghumanreadablepartthatcontainsthenumber1andtheexcludedcharactersbio1"
         "569pvx",
         "bech32 text has 91 characters, more than 90"},
        {"pzry9x0s0muk", "bech32 text has no separator 1"},
        {"1pzry9x0s0muk", "bech32 prefix has 0 characters, not 1 to 83"},
        {"x1b4n0q5v", "bech32 text has a character at 2 that is not in its alphabet"},
        {"li1dgmt3", "bech32 text is too short for a checksum"},
        {"de1lg7wt\xff", "bech32 text has a character at 8 that is not printable ASCII"},
        {"A1G7SGD8", "bech32 text has a wrong checksum"},
        {"10a06t8", "bech32 prefix has 0 characters, not 1 to 83"},
        {"1qzzfhee", "bech32 prefix has 0 characters, not 1 to 83"},
    };
    for (const auto& [text, error] : vectors) {
        EXPECT_EQ(error_of(text), error) << text;
    }
}

TEST(Bech32, refuses_mixed_case_and_an_empty_text) {
    EXPECT_EQ(error_of("A12uEL5L"), "bech32 text mixes lower and upper case");
    EXPECT_EQ(error_of(""), "bech32 text has no separator 1");
}

TEST(Bech32, notices_every_single_wrong_character) {
    for (std::size_t i = address_text.find('1') + 1; i < address_text.size(); ++i) {
        std::string text(address_text);
        text[i] = text[i] == 'q' ? 'p' : 'q';
        EXPECT_EQ(error_of(text), "bech32 text has a wrong checksum");
    }
}

TEST(Bech32, does_not_write_what_it_would_not_read) {
    EXPECT_FALSE(encode_bech32({.prefix = "", .groups = {}}));
    EXPECT_FALSE(encode_bech32({.prefix = "Yard", .groups = {}}));
    EXPECT_FALSE(encode_bech32({.prefix = "ya rd", .groups = {}}));
    EXPECT_TRUE(encode_bech32({.prefix = "yard", .groups = Bytes(79)}));
    EXPECT_FALSE(encode_bech32({.prefix = "yard", .groups = Bytes(80)}));
}

// Written by CosmJS for the first account of the mnemonic abandon (11 times) about.
TEST(Address, matches_one_of_another_implementation) {
    const auto bytes = decode_address("anchor", address_text);

    ASSERT_TRUE(bytes) << bytes.error().message();
    EXPECT_EQ(bytes->size(), 20U);
    EXPECT_EQ(encode_address("anchor", *bytes), address_text);
}

// W5.
TEST(Address, holds_20_or_32_bytes) {
    const Bytes long_address(32, 0xab);
    const auto text = encode_address("yard", long_address);
    ASSERT_TRUE(text);
    EXPECT_EQ(decode_address("yard", *text), long_address);

    for (const std::size_t size : {0U, 19U, 21U, 31U, 33U}) {
        EXPECT_FALSE(encode_address("yard", Bytes(size)));
    }
}

// W5.
TEST(Address, says_what_is_wrong) {
    const auto error = [](std::string_view prefix, std::string_view text) {
        const auto bytes = decode_address(prefix, text);
        return bytes ? "accepted" : bytes.error().message();
    };
    const auto with_groups = [](std::size_t count, std::uint8_t last) {
        Bech32 parts{.prefix = "yard", .groups = Bytes(count)};
        parts.groups.back() = last;
        return *encode_bech32(parts);
    };

    EXPECT_EQ(error("yard", address_text), "address has the prefix anchor, not yard");
    EXPECT_EQ(error("a", "A12UEL5L"), "address is not all in lower case");
    EXPECT_EQ(error("a", "a12uel5l"), "address holds 0 bytes, not 20 or 32");
    EXPECT_EQ(error("yard", with_groups(32, 31)), "accepted");
    constexpr std::string_view ragged =
        "bech32 data does not fill whole bytes, or its padding is not zero";
    EXPECT_EQ(error("yard", with_groups(33, 0)), ragged);  // a group too many
    EXPECT_EQ(error("yard", with_groups(52, 1)), ragged);  // four bits of padding, one set
    EXPECT_EQ(error("yard", with_groups(52, 16)), "accepted");
    EXPECT_EQ(error("yard", with_groups(34, 0)), "address holds 21 bytes, not 20 or 32");
}

}  // namespace
}  // namespace steelyard::crypto
