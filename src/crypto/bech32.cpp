#include "crypto/bech32.h"

#include "base/check.h"

namespace steelyard::crypto {
namespace {

constexpr std::string_view alphabet = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
constexpr std::size_t checksum_size = 6;
constexpr std::size_t prefix_size_max = 83;
constexpr std::uint8_t no_group = 0xff;

/// The group of each character, no_group for characters outside of the alphabet.
constexpr auto group_of_character = [] {
    std::array<std::uint8_t, 128> groups;
    groups.fill(no_group);
    for (std::size_t group = 0; group < alphabet.size(); ++group) {
        groups[static_cast<std::uint8_t>(alphabet[group])] = static_cast<std::uint8_t>(group);
    }
    return groups;
}();

/// What the five bits that leave the checksum's state do to it.
constexpr auto feedback_of_top = [] {
    constexpr std::array<std::uint32_t, 5> generator = {
        0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3
    };
    std::array<std::uint32_t, 32> feedback{};
    for (std::size_t top = 0; top < feedback.size(); ++top) {
        for (std::size_t i = 0; i < generator.size(); ++i) {
            feedback[top] ^= (top >> i & 1) != 0 ? generator[i] : 0;
        }
    }
    return feedback;
}();

/// The BCH code of BIP-173 over prefix and groups, fed one group at a time.
class Checksum {
public:
    explicit Checksum(std::string_view prefix) {
        for (const char c : prefix) {
            add(static_cast<std::uint8_t>(c >> 5));
        }
        add(0);
        for (const char c : prefix) {
            add(static_cast<std::uint8_t>(c & 31));
        }
    }

    void add(std::uint8_t group) {
        state_ = (state_ & 0x1ffffff) << 5 ^ group ^ feedback_of_top[state_ >> 25];
    }

    bool is_right() const { return state_ == 1; }

    /// The six groups that make the checksum right, once six zeros were added in their place.
    std::array<std::uint8_t, checksum_size> groups() const {
        std::array<std::uint8_t, checksum_size> out;
        for (std::size_t i = 0; i < out.size(); ++i) {
            out[i] = static_cast<std::uint8_t>((state_ ^ 1) >> 5 * (5 - i) & 31);
        }
        return out;
    }

private:
    std::uint32_t state_ = 1;
};

bool is_upper(char c) {
    return c >= 'A' && c <= 'Z';
}

Result<void> check_prefix(std::string_view prefix) {
    if (prefix.empty() || prefix.size() > prefix_size_max) {
        return invalid("bech32 prefix has {} characters, not 1 to 83", prefix.size());
    }
    for (const char c : prefix) {
        if (c < '!' || c > '~' || is_upper(c)) {
            return invalid("bech32 prefix has a character that is not lower-case printable ASCII");
        }
    }
    return {};
}

/// The text in lower case, if it is printable ASCII in one case.
Result<std::string> to_lower(std::string_view text) {
    std::string out(text);
    bool has_lower = false;
    bool has_upper = false;
    for (std::size_t i = 0; i < out.size(); ++i) {
        if (out[i] < '!' || out[i] > '~') {
            return invalid("bech32 text has a character at {} that is not printable ASCII", i);
        }
        has_lower = has_lower || (out[i] >= 'a' && out[i] <= 'z');
        if (is_upper(out[i])) {
            has_upper = true;
            out[i] = static_cast<char>(out[i] - 'A' + 'a');
        }
    }
    if (has_lower && has_upper) {
        return invalid("bech32 text mixes lower and upper case");
    }
    return out;
}

Bytes to_groups(ByteView bytes) {
    Bytes groups;
    groups.reserve((bytes.size() * 8 + 4) / 5);
    std::uint32_t bits = 0;
    int bit_count = 0;
    for (const std::uint8_t byte : bytes) {
        bits = bits << 8 | byte;
        for (bit_count += 8; bit_count >= 5; bit_count -= 5) {
            groups.push_back(static_cast<std::uint8_t>(bits >> (bit_count - 5) & 31));
        }
    }
    if (bit_count > 0) {
        groups.push_back(static_cast<std::uint8_t>(bits << (5 - bit_count) & 31));
    }
    return groups;
}

Result<Bytes> from_groups(ByteView groups) {
    Bytes bytes;
    bytes.reserve(groups.size() * 5 / 8);
    std::uint32_t bits = 0;
    int bit_count = 0;
    for (const std::uint8_t group : groups) {
        bits = bits << 5 | group;
        bit_count += 5;
        if (bit_count >= 8) {
            bit_count -= 8;
            bytes.push_back(static_cast<std::uint8_t>(bits >> bit_count));
        }
    }
    if (bit_count >= 5 || (bits & ((1U << bit_count) - 1)) != 0) {
        return invalid("bech32 data does not fill whole bytes, or its padding is not zero");
    }
    return bytes;
}

Result<void> check_address_size(std::size_t size) {
    if (size != 20 && size != 32) {
        return invalid("address holds {} bytes, not 20 or 32", size);
    }
    return {};
}

}  // namespace

Result<std::string> encode_bech32(const Bech32& parts) {
    TRY(check_prefix(parts.prefix));
    const std::size_t size = parts.prefix.size() + 1 + parts.groups.size() + checksum_size;
    if (size > bech32_size_max) {
        return fail(
            ErrorCode::too_large,
            "bech32 text would have {} characters, more than {}",
            size,
            bech32_size_max
        );
    }
    Checksum checksum(parts.prefix);
    std::string text;
    text.reserve(size);
    text += parts.prefix;
    text += '1';
    for (const std::uint8_t group : parts.groups) {
        CHECK(group < 32);
        checksum.add(group);
        text.push_back(alphabet[group]);
    }
    for (std::size_t i = 0; i < checksum_size; ++i) {
        checksum.add(0);
    }
    for (const std::uint8_t group : checksum.groups()) {
        text.push_back(alphabet[group]);
    }
    return text;
}

Result<Bech32> decode_bech32(std::string_view text) {
    if (text.size() > bech32_size_max) {
        return fail(
            ErrorCode::too_large,
            "bech32 text has {} characters, more than {}",
            text.size(),
            bech32_size_max
        );
    }
    TRY_ASSIGN(const std::string lower, to_lower(text));
    const std::size_t separator = lower.rfind('1');
    if (separator == std::string::npos) {
        return invalid("bech32 text has no separator 1");
    }
    Bech32 parts{.prefix = lower.substr(0, separator), .groups = {}};
    TRY(check_prefix(parts.prefix));
    if (lower.size() - separator - 1 < checksum_size) {
        return invalid("bech32 text is too short for a checksum");
    }
    Checksum checksum(parts.prefix);
    parts.groups.reserve(lower.size() - separator - 1);
    for (std::size_t i = separator + 1; i < lower.size(); ++i) {
        const std::uint8_t group = group_of_character[static_cast<std::uint8_t>(lower[i])];
        if (group == no_group) {
            return invalid("bech32 text has a character at {} that is not in its alphabet", i);
        }
        checksum.add(group);
        parts.groups.push_back(group);
    }
    if (!checksum.is_right()) {
        return invalid("bech32 text has a wrong checksum");
    }
    parts.groups.resize(parts.groups.size() - checksum_size);
    return parts;
}

Result<std::string> encode_address(std::string_view prefix, ByteView address) {
    TRY(check_address_size(address.size()));
    return encode_bech32({.prefix = std::string(prefix), .groups = to_groups(address)});
}

Result<Bytes> decode_address(std::string_view prefix, std::string_view text) {
    if (std::ranges::any_of(text, is_upper)) {
        return invalid("address is not all in lower case");
    }
    TRY_ASSIGN(const Bech32 parts, decode_bech32(text));
    if (parts.prefix != prefix) {
        return invalid("address has the prefix {}, not {}", parts.prefix, prefix);
    }
    TRY_ASSIGN(auto bytes, from_groups(parts.groups));
    TRY(check_address_size(bytes.size()));
    return bytes;
}

}  // namespace steelyard::crypto
