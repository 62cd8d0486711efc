#include "crypto/bip39.h"

#include "base/check.h"
#include "crypto/key_derivation.h"
#include "crypto/sha256.h"

namespace steelyard::crypto {
namespace {

constexpr std::size_t bits_per_word = 11;
constexpr std::size_t entropy_size_max = 32;
constexpr std::size_t word_count_max = 24;
constexpr std::size_t word_size_max = 8;

bool is_word_count(std::size_t count) {
    return count >= 12 && count <= word_count_max && count % 3 == 0;
}

/// Three words carry 33 bits: 32 of entropy and one of the checksum.
std::size_t entropy_size(std::size_t word_count) {
    return word_count / 3 * 4;
}

/// Entropy, then as many leading bits of its hash as it has words for. The rest of the last byte
/// belongs to no word.
SecretBytes with_checksum(ByteView entropy) {
    SecretBytes bits(entropy.size() + 1);
    std::ranges::copy(entropy, bits.mutable_view().begin());
    bits.mutable_view().back() = sha256(entropy)[0];
    wipe_stack();
    return bits;
}

std::size_t read_word(ByteView bits, std::size_t word) {
    std::size_t index = 0;
    for (std::size_t bit = word * bits_per_word; bit < (word + 1) * bits_per_word; ++bit) {
        index = index << 1 | (bits[bit / 8] >> (7 - bit % 8) & 1U);
    }
    return index;
}

void write_word(std::span<std::uint8_t> bits, std::size_t word, std::size_t index) {
    for (std::size_t i = 0; i < bits_per_word; ++i) {
        const std::size_t bit = word * bits_per_word + i;
        const std::size_t value = index >> (bits_per_word - 1 - i) & 1;
        bits[bit / 8] = static_cast<std::uint8_t>(bits[bit / 8] | value << (7 - bit % 8));
    }
}

/// Cuts the first word, with the white space before it, off the text; empty when there is none.
std::string_view take_word(std::string_view& text) {
    constexpr std::string_view space = " \t\r\n";
    text.remove_prefix(std::min(text.find_first_not_of(space), text.size()));
    const std::string_view word = text.substr(0, text.find_first_of(space));
    text.remove_prefix(word.size());
    return word;
}

std::size_t count_words(std::string_view text) {
    std::size_t count = 0;
    while (!take_word(text).empty()) {
        ++count;
    }
    return count;
}

Result<void> check_passphrase(std::string_view passphrase) {
    if (passphrase.size() > passphrase_size_max) {
        return fail(
            ErrorCode::too_large,
            "passphrase has {} characters, more than {}",
            passphrase.size(),
            passphrase_size_max
        );
    }
    if (std::ranges::any_of(passphrase, [](char c) { return c < ' ' || c > '~'; })) {
        return fail(
            ErrorCode::unsupported,
            "passphrase has a character that is not printable ASCII; Unicode forms (NFKD) are not "
            "supported"
        );
    }
    return {};
}

}  // namespace

Result<SecretBytes> mnemonic_from_entropy(ByteView entropy) {
    const std::size_t word_count = entropy.size() / 4 * 3;
    if (entropy.size() % 4 != 0 || !is_word_count(word_count)) {
        return invalid("entropy has {} bytes, not 16, 20, 24, 28 or 32", entropy.size());
    }
    const SecretBytes bits = with_checksum(entropy);
    SecretBytes text(word_count_max * (word_size_max + 1));
    auto end = text.mutable_view().begin();
    for (std::size_t i = 0; i < word_count; ++i) {
        if (i > 0) {
            *end++ = ' ';
        }
        end = std::ranges::copy(mnemonic_words()[read_word(bits.view(), i)], end).out;
    }
    const auto size = static_cast<std::size_t>(end - text.mutable_view().begin());
    return SecretBytes(text.view().first(size));
}

SecretBytes generate_mnemonic(RandomSource& random, std::size_t word_count) {
    CHECK(is_word_count(word_count));
    SecretBytes entropy(entropy_size(word_count));
    random.fill(entropy.mutable_view());
    auto mnemonic = mnemonic_from_entropy(entropy.view());
    CHECK(mnemonic);
    return std::move(*mnemonic);
}

Result<SecretBytes> entropy_from_mnemonic(std::string_view mnemonic) {
    if (mnemonic.size() > mnemonic_size_max) {
        return fail(
            ErrorCode::too_large,
            "mnemonic has {} characters, more than {}",
            mnemonic.size(),
            mnemonic_size_max
        );
    }
    const std::size_t word_count = count_words(mnemonic);
    if (!is_word_count(word_count)) {
        return invalid("mnemonic has {} words, not 12, 15, 18, 21 or 24", word_count);
    }
    Secret<entropy_size_max + 1> bits;
    for (std::size_t i = 0; i < word_count; ++i) {
        const std::string_view word = take_word(mnemonic);
        const auto found = std::ranges::lower_bound(mnemonic_words(), word);
        if (found == mnemonic_words().end() || *found != word) {
            return invalid("word {} of the mnemonic is not in the English list", i + 1);
        }
        const auto index = static_cast<std::size_t>(found - mnemonic_words().begin());
        write_word(bits.mutable_view(), i, index);
    }
    SecretBytes entropy(bits.view().first(entropy_size(word_count)));
    const SecretBytes expected = with_checksum(entropy.view());
    const std::size_t last = word_count - 1;
    if (read_word(bits.view(), last) != read_word(expected.view(), last)) {
        return invalid("mnemonic has a wrong checksum: a word is wrong or not in its place");
    }
    return entropy;
}

Result<Secret<64>> seed_from_mnemonic(std::string_view mnemonic, std::string_view passphrase) {
    TRY(check_passphrase(passphrase));
    TRY_ASSIGN(const auto entropy, entropy_from_mnemonic(mnemonic));
    TRY_ASSIGN(const auto words, mnemonic_from_entropy(entropy.view()));

    constexpr std::string_view salt_prefix = "mnemonic";
    SecretBytes salt(salt_prefix.size() + passphrase.size());
    const auto rest = std::ranges::copy(salt_prefix, salt.mutable_view().begin()).out;
    std::ranges::copy(passphrase, rest);

    constexpr std::uint32_t rounds = 2048;
    Secret<64> seed;
    pbkdf2_sha512(words.view(), salt.view(), rounds, seed.mutable_view());
    return seed;
}

}  // namespace steelyard::crypto
