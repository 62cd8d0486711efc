#include "chain/bit_array.h"

#include "samples.h"

#include <set>

namespace steelyard::chain {
namespace {

BitArray bits(std::string_view text) {
    return *BitArray::parse(text);
}

BitArray random_bits(RandomSource& random, std::size_t size) {
    BitArray out(size);
    for (std::size_t i = 0; i < size; ++i) {
        out.set(i, random.below(2) == 1);
    }
    return out;
}

TEST(BitArray, sets_and_clears_bits) {
    BitArray array(65);
    EXPECT_TRUE(array.none());

    array.set(0);
    array.set(64);
    EXPECT_TRUE(array.test(0));
    EXPECT_TRUE(array.test(64));
    EXPECT_FALSE(array.test(1));
    EXPECT_FALSE(array.test(65));
    EXPECT_EQ(array.count(), 2U);

    array.set(64, false);
    EXPECT_EQ(array.count(), 1U);
}

TEST(BitArray, knows_when_it_is_full) {
    for (const std::size_t size : {1U, 47U, 64U, 123U}) {
        EXPECT_TRUE((~BitArray(size)).all());
        EXPECT_TRUE((~~BitArray(size)).none());
    }
    EXPECT_TRUE(BitArray().all());
    EXPECT_TRUE(BitArray().none());
}

TEST(BitArray, unites_to_the_larger_and_intersects_to_the_smaller_size) {
    SeededRandom random(1);
    for (const auto& [m, n] : {std::pair(51U, 31U), std::pair(31U, 130U), std::pair(64U, 65U)}) {
        const BitArray a = random_bits(random, m);
        const BitArray b = random_bits(random, n);

        const BitArray both = a & b;
        const BitArray either = a | b;

        ASSERT_EQ(both.size(), std::min(m, n));
        ASSERT_EQ(either.size(), std::max(m, n));
        for (std::size_t i = 0; i < either.size(); ++i) {
            EXPECT_EQ(both.test(i), a.test(i) && b.test(i));
            EXPECT_EQ(either.test(i), a.test(i) || b.test(i));
        }
    }
}

// CometBFT v0.38 libs/bits/bit_array_test.go, TestSub.
TEST(BitArray, subtracts_to_the_size_of_the_first) {
    const auto difference = [](std::string_view a, std::string_view b) {
        return to_string(bits(a) - bits(b));
    };

    EXPECT_EQ(difference("", "x"), "");
    EXPECT_EQ(difference("x", ""), "x");
    EXPECT_EQ(difference("x", "x"), "_");
    EXPECT_EQ(difference("xxxxxx", "x_x_x_"), "_x_x_x");
    EXPECT_EQ(difference("x_x_x_", "xxxxxx"), "______");
    EXPECT_EQ(difference("xxxxxx", "x_x_x_xxxx"), "_x_x_x");
    EXPECT_EQ(difference("x_x_x_xxxx", "xxxxxx"), "______xxxx");
    EXPECT_EQ(difference("xxxxxxxxxx", "x_x_x_"), "_x_x_xxxxx");
    EXPECT_EQ(difference("x_x_x_", "xxxxxxxxxx"), "______");
}

// CometBFT v0.38 libs/bits/bit_array_test.go, TestGetNthTrueIndex.
TEST(BitArray, finds_the_nth_set_bit) {
    const std::string none(64, '_');
    for (const std::string& before : {std::string(), none, none + none}) {
        const auto nth = [&](std::string_view text, std::size_t n) -> std::ptrdiff_t {
            const auto index = bits(before + std::string(text)).nth_set(n);
            return index ? static_cast<std::ptrdiff_t>(*index - before.size()) : -1;
        };
        const std::string full(100, 'x');

        EXPECT_EQ(nth("x_x_x_", 0), 0);
        EXPECT_EQ(nth("x_x_x_", 1), 2);
        EXPECT_EQ(nth("x_x_x_", 2), 4);
        EXPECT_EQ(nth("x_x_x_", 3), -1);
        EXPECT_EQ(nth("______", 0), -1);
        EXPECT_EQ(nth("xxxxxx", 5), 5);
        EXPECT_EQ(nth("xxxxxx", 7), -1);
        EXPECT_EQ(nth(full, 49), 49);
        EXPECT_EQ(nth(full, 63), 63);
        EXPECT_EQ(nth(full, 64), 64);
        EXPECT_EQ(nth(full, 99), 99);
        EXPECT_EQ(nth(full, 100), -1);
    }
}

TEST(BitArray, picks_each_set_bit_and_no_other) {
    SeededRandom random(2);
    const BitArray array = bits("__x_" + std::string(64, '_') + "x_x");

    std::set<std::size_t> picked;
    for (int i = 0; i < 200; ++i) {
        picked.insert(array.pick(random).value());
    }

    EXPECT_EQ(picked, (std::set<std::size_t>{2, 68, 70}));
    EXPECT_EQ(BitArray(70).pick(random), std::nullopt);
    EXPECT_EQ(BitArray().pick(random), std::nullopt);
}

TEST(BitArray, prints_and_parses) {
    for (const std::string_view text : {"", "_", "x", "xx___"}) {
        EXPECT_EQ(to_string(bits(text)), text);
    }
    EXPECT_FALSE(BitArray::parse("x-"));
    EXPECT_FALSE(BitArray::parse(std::string(BitArray::size_max + 1, 'x')));
}

TEST(BitArray, goes_both_ways) {
    SeededRandom random(3);
    for (const std::size_t size : {0U, 1U, 63U, 64U, 65U, 130U}) {
        expect_round_trip(random_bits(random, size), encode_bit_array, decode_bit_array);
    }
    const BitArray largest(BitArray::size_max);
    EXPECT_EQ(decode_bit_array(encode_bit_array(largest)), largest);
}

// What crashed nodes of the network in CometBFT's ASA-2025-003.
TEST(BitArray, refuses_bits_and_words_that_disagree) {
    const auto refusal = [](std::string_view hex) {
        return error_of(decode_bit_array(*from_hex(hex)));
    };

    EXPECT_EQ(refusal("0802120103"), "");
    EXPECT_EQ(refusal("0802"), "BitArray.elems: has 0 words, not 1");
    EXPECT_EQ(refusal("120103"), "BitArray.elems: has more than 0 words");
    EXPECT_EQ(refusal("080212020303"), "BitArray.elems: has more than 1 words");
    EXPECT_EQ(refusal("0841120103"), "BitArray.elems: has 1 words, not 2");
    EXPECT_EQ(refusal("0802120104"), "BitArray.elems: has bits after the last");
    EXPECT_EQ(refusal("080212028300"), "BitArray.elems: varint is not in its shortest form");
    EXPECT_EQ(refusal("08914e"), "BitArray.bits: 10001 is over the limit 10000");
    EXPECT_EQ(
        refusal("08ffffffffffffffffff01"),
        "BitArray.bits: 18446744073709551615 is over the limit 10000"
    );
}

}  // namespace
}  // namespace steelyard::chain
