#include "kvstore/tx_format.h"

#include "base/base64.h"

#include <algorithm>
#include <charconv>

namespace steelyard::kvstore {
namespace {

/// The value of a digit of the standard alphabet, or nothing.
std::optional<std::uint32_t> base64_digit(char c) {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const std::size_t place = alphabet.find(c);
    return place == std::string_view::npos ? std::nullopt
                                           : std::optional(static_cast<std::uint32_t>(place));
}

/// As Go's base64.StdEncoding.DecodeString: padded, with line breaks anywhere and with any bits
/// in the part of the last digit that is not used.
Result<Bytes> decode_base64_as_go(std::string_view text) {
    std::string digits(text);
    std::erase_if(digits, [](char c) { return c == '\r' || c == '\n'; });
    if (digits.size() % 4 != 0) {
        return invalid("pubkey ({}) is invalid base64", text);
    }
    const std::size_t padding = digits.ends_with("==") ? 2 : digits.ends_with('=') ? 1 : 0;
    Bytes out;
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < digits.size() - padding; ++i) {
        const auto digit = base64_digit(digits[i]);
        if (!digit) {
            return invalid("pubkey ({}) is invalid base64", text);
        }
        bits = bits << 6 | *digit;
        if (i % 4 != 0) {
            out.push_back(static_cast<std::uint8_t>(bits >> (2 * (3 - i % 4))));
        }
    }
    return out;
}

/// As Go's strconv.ParseInt(text, 10, 64).
Result<std::int64_t> parse_int_as_go(std::string_view text) {
    std::string_view digits = text;
    if (digits.starts_with('+')) {
        digits.remove_prefix(1);
        if (digits.starts_with('-')) {
            return invalid("power ({}) is not an int", text);
        }
    }
    std::int64_t value = 0;
    const char* const end = digits.data() + digits.size();
    const auto [rest, error] = std::from_chars(digits.data(), end, value);
    if (error != std::errc() || rest != end) {
        return invalid("power ({}) is not an int", text);
    }
    return value;
}

Result<crypto::KeyType> parse_key_type(std::string_view text) {
    if (text.empty() || text == to_string(crypto::KeyType::ed25519)) {
        return crypto::KeyType::ed25519;
    }
    if (text == to_string(crypto::KeyType::secp256k1)) {
        return crypto::KeyType::secp256k1;
    }
    return fail(ErrorCode::unsupported, "key type {} not supported", text);
}

}  // namespace

bool is_validator_tx(ByteView tx) {
    return as_text(tx).starts_with(validator_prefix);
}

Result<chain::ValidatorUpdate> parse_validator_tx(ByteView tx) {
    const std::string_view text = as_text(tx).substr(validator_prefix.size());
    const std::size_t first = text.find('!');
    const std::size_t second = first == std::string_view::npos ? first : text.find('!', first + 1);
    const bool is_three =
        second != std::string_view::npos && text.find('!', second + 1) == std::string_view::npos;
    if (!is_three) {
        return invalid("expected 'pubkeytype!pubkey!power'. Got {}", text);
    }
    TRY_ASSIGN(const Bytes key, decode_base64_as_go(text.substr(first + 1, second - first - 1)));
    TRY_ASSIGN(const std::int64_t power, parse_int_as_go(text.substr(second + 1)));
    if (power < 0) {
        return invalid("power can not be less than 0, got {}", power);
    }
    // CometBFT's application looks no further, and panics when it executes these.
    if (power > chain::total_voting_power_max) {
        return fail(ErrorCode::too_large, "power {} is too much", power);
    }
    TRY_ASSIGN(const crypto::KeyType type, parse_key_type(text.substr(0, first)));
    TRY_ASSIGN(const auto public_key, crypto::PublicKey::parse(type, key));
    return chain::ValidatorUpdate{public_key, power};
}

Bytes make_validator_tx(const chain::ValidatorUpdate& update) {
    const std::string text = fmt::format(
        "{}{}!{}!{}",
        validator_prefix,
        to_string(update.public_key.type()),
        to_base64(update.public_key.bytes()),
        update.power
    );
    return to_bytes(as_bytes(text));
}

bool is_pair_tx(ByteView tx) {
    std::size_t marks = 0;
    for (const std::uint8_t byte : tx) {
        marks += byte == '=' || byte == ':' ? 1 : 0;
    }
    const auto is_mark = [](std::uint8_t byte) { return byte == '=' || byte == ':'; };
    // A block holds "=" for ":", which would make a validator transaction of "val:...".
    return marks == 1 && !is_mark(tx.front()) && !is_mark(tx.back()) &&
           !as_text(tx).starts_with("val:");
}

std::optional<std::pair<std::string_view, std::string_view>> split_pair(ByteView tx) {
    const std::string_view text = as_text(tx);
    const std::size_t mark = text.find('=');
    if (mark == std::string_view::npos || text.find('=', mark + 1) != std::string_view::npos) {
        return std::nullopt;
    }
    return std::pair(text.substr(0, mark), text.substr(mark + 1));
}

}  // namespace steelyard::kvstore
