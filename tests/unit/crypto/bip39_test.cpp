#include "crypto/bip39.h"

#include "crypto/sha256.h"
#include "tests/support/hex_bytes.h"
#include "tests/support/vector_file.h"

#include <gtest/gtest.h>

namespace steelyard::crypto {
namespace {

constexpr std::string_view twelve_words =
    "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";

std::string text_of(const Result<SecretBytes>& secret) {
    return secret ? std::string(as_text(secret->view())) : secret.error().message();
}

std::string error_of(std::string_view mnemonic) {
    const auto entropy = entropy_from_mnemonic(mnemonic);
    return entropy ? "accepted" : entropy.error().message();
}

TEST(Mnemonic, has_the_word_list_of_bip_39) {
    std::string text;
    for (const std::string_view word : mnemonic_words()) {
        text.append(word).push_back('\n');
    }

    EXPECT_EQ(
        to_hex(sha256(as_bytes(text))),
        "2f5eed53a4727b4bf8880d8f3f199efc90e58503646d9ff8eff3a2ed3b24dbda"
    );
}

// The English part of vectors.json of Trezor's python-mnemonic, which BIP-39 names: entropy,
// mnemonic, and the seed under the passphrase TREZOR. W1, W2.
TEST(Mnemonic, matches_the_vectors_of_trezor) {
    const auto rows = read_vector_file("bip39/english.csv");
    EXPECT_EQ(rows.size(), 24U);
    for (const auto& row : rows) {
        ASSERT_EQ(row.size(), 3U);
        EXPECT_EQ(text_of(mnemonic_from_entropy(hex_bytes(row[0]))), row[1]);
        const auto entropy = entropy_from_mnemonic(row[1]);
        ASSERT_TRUE(entropy) << entropy.error().message();
        EXPECT_EQ(to_hex(entropy->view()), row[0]);
        const auto seed = seed_from_mnemonic(row[1], "TREZOR");
        ASSERT_TRUE(seed) << seed.error().message();
        EXPECT_EQ(to_hex(seed->view()), row[2]);
    }
}

// W1.
TEST(Mnemonic, makes_the_same_seed_with_any_white_space) {
    std::string spaced = "\n ";
    for (const char c : twelve_words) {
        spaced += c == ' ' ? "\t  " : std::string(1, c);
    }
    spaced += "\r\n";

    const auto seed = seed_from_mnemonic(twelve_words, "");
    const auto seed_of_spaced = seed_from_mnemonic(spaced, "");

    ASSERT_TRUE(seed && seed_of_spaced);
    EXPECT_TRUE(equal(seed->view(), seed_of_spaced->view()));
}

// W1.
TEST(Mnemonic, is_generated_in_each_length) {
    SeededRandom random(9);
    for (const std::size_t count : {12U, 15U, 18U, 21U, 24U}) {
        const SecretBytes mnemonic = generate_mnemonic(random, count);
        const auto entropy = entropy_from_mnemonic(as_text(mnemonic.view()));
        ASSERT_TRUE(entropy) << entropy.error().message();
        EXPECT_EQ(entropy->view().size(), count / 3 * 4);
    }
}

TEST(Mnemonic, refuses_entropy_of_other_sizes) {
    for (const std::size_t size : {0U, 4U, 12U, 15U, 17U, 18U, 33U, 36U}) {
        EXPECT_FALSE(mnemonic_from_entropy(Bytes(size))) << size;
    }
}

// W7.
TEST(Mnemonic, names_the_place_of_a_wrong_word_but_no_word) {
    std::string wrong(twelve_words);
    wrong.replace(wrong.find("about"), 5, "abouts");
    EXPECT_EQ(error_of(wrong), "word 12 of the mnemonic is not in the English list");
    wrong.replace(0, 7, "Abandon");
    EXPECT_EQ(error_of(wrong), "word 1 of the mnemonic is not in the English list");
    EXPECT_EQ(
        error_of("zzz" + std::string(twelve_words.substr(7))),
        "word 1 of the mnemonic is not in the English list"
    );
}

// W1.
TEST(Mnemonic, refuses_a_wrong_number_of_words) {
    EXPECT_EQ(error_of(""), "mnemonic has 0 words, not 12, 15, 18, 21 or 24");
    EXPECT_EQ(error_of("about"), "mnemonic has 1 words, not 12, 15, 18, 21 or 24");
    EXPECT_EQ(
        error_of(std::string(twelve_words) + " about"),
        "mnemonic has 13 words, not 12, 15, 18, 21 or 24"
    );
    std::string many;
    for (int i = 0; i < 27; ++i) {
        many += "about ";
    }
    EXPECT_EQ(error_of(many), "mnemonic has 27 words, not 12, 15, 18, 21 or 24");
    EXPECT_EQ(error_of(std::string(513, ' ')), "mnemonic has 513 characters, more than 512");
}

// W1.
TEST(Mnemonic, refuses_a_wrong_checksum) {
    std::string wrong(twelve_words);
    wrong.replace(wrong.find("about"), 5, "above");

    EXPECT_EQ(
        error_of(wrong), "mnemonic has a wrong checksum: a word is wrong or not in its place"
    );
    EXPECT_FALSE(seed_from_mnemonic(wrong, ""));
}

// W2.
TEST(Mnemonic, refuses_passphrases_whose_seed_would_be_ambiguous) {
    for (const std::string_view passphrase : {"\xc3\xa9", "e\xcc\x81", "\xff", "line\n"}) {
        const auto seed = seed_from_mnemonic(twelve_words, passphrase);
        ASSERT_FALSE(seed);
        EXPECT_EQ(seed.error().code(), ErrorCode::unsupported);
    }
    EXPECT_FALSE(seed_from_mnemonic(twelve_words, std::string(257, 'x')));
    EXPECT_TRUE(seed_from_mnemonic(twelve_words, std::string(256, 'x')));
}

}  // namespace
}  // namespace steelyard::crypto
