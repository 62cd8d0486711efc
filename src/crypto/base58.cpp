#include "crypto/base58.h"

#include "base/check.h"
#include "crypto/sha256.h"

namespace steelyard::crypto {
namespace {

constexpr std::string_view alphabet = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
constexpr std::size_t checksum_size = 4;

ByteArray<checksum_size> checksum_of(ByteView payload) {
    const Hash256 hash = sha256(sha256(payload));
    wipe_stack();
    return to_array(ByteView(hash).first<checksum_size>());
}

/// The digits of a number in another base, both big-endian, with as many zeros in front as before.
SecretBytes convert(ByteView digits, unsigned from, unsigned to, std::size_t size_max) {
    SecretBytes scratch(size_max);
    const auto out = scratch.mutable_view();
    std::size_t used = 0;  // digits of `out`, which grows from its end
    for (const std::uint8_t digit : digits) {
        unsigned carry = digit;
        for (std::size_t i = 0; i < used || carry != 0; ++i) {
            CHECK(i < out.size());
            std::uint8_t& place = out[out.size() - 1 - i];
            carry += place * from;
            place = static_cast<std::uint8_t>(carry % to);
            carry /= to;
            used = std::max(used, i + 1);
        }
    }
    const auto first = std::ranges::find_if(digits, [](std::uint8_t digit) { return digit != 0; });
    const auto zeros = static_cast<std::size_t>(first - digits.begin());
    SecretBytes number(zeros + used);
    std::ranges::copy(out.last(used), number.mutable_view().last(used).begin());
    return number;
}

}  // namespace

SecretBytes encode_base58check(ByteView payload) {
    CHECK(payload.size() <= base58_payload_size_max);
    SecretBytes bytes(payload.size() + checksum_size);
    std::ranges::copy(payload, bytes.mutable_view().begin());
    std::ranges::copy(checksum_of(payload), bytes.mutable_view().last<checksum_size>().begin());
    SecretBytes text = convert(bytes.view(), 256, 58, base58_text_size_max);
    for (std::uint8_t& c : text.mutable_view()) {
        c = static_cast<std::uint8_t>(alphabet[c]);
    }
    return text;
}

Result<SecretBytes> decode_base58check(std::string_view text) {
    if (text.size() > base58_text_size_max) {
        return fail(
            ErrorCode::too_large,
            "base58 text has {} characters, more than {}",
            text.size(),
            base58_text_size_max
        );
    }
    SecretBytes digits(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t digit = alphabet.find(text[i]);
        if (digit == std::string_view::npos) {
            return invalid("base58 text has a character at {} that is not in its alphabet", i);
        }
        digits.mutable_view()[i] = static_cast<std::uint8_t>(digit);
    }
    // A text of zeros becomes as many bytes as it has characters.
    const SecretBytes bytes = convert(digits.view(), 58, 256, text.size());
    const std::size_t size = bytes.view().size();
    if (size < checksum_size || size - checksum_size > base58_payload_size_max) {
        return invalid(
            "base58 text holds {} bytes, not {} to {}",
            size,
            checksum_size,
            base58_payload_size_max + checksum_size
        );
    }
    const ByteView payload = bytes.view().first(size - checksum_size);
    if (!equal(checksum_of(payload), bytes.view().last(checksum_size))) {
        return invalid("base58 text has a wrong checksum");
    }
    return SecretBytes(payload);
}

}  // namespace steelyard::crypto
