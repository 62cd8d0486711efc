#include "worker/link/curve_keys.h"

#include "base/check.h"
#include "files/private_file.h"

#include <zmq.h>

namespace steelyard::worker {
namespace {

constexpr std::string_view z85_digits =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#";
constexpr std::size_t text_size = 40;  ///< five digits for four bytes
constexpr std::size_t file_size_max = 64;
constexpr std::uint64_t base = 85;

static_assert(z85_digits.size() == base);

void write_z85(std::span<const std::uint8_t, curve_key_size> key, std::span<char, text_size> out) {
    for (std::size_t block = 0; block < curve_key_size / 4; ++block) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < 4; ++i) {
            value = value << 8 | key[block * 4 + i];
        }
        for (std::size_t i = 5; i > 0; --i) {
            out[block * 5 + i - 1] = z85_digits[value % base];
            value /= base;
        }
    }
}

Result<void> read_z85(std::string_view text, std::span<std::uint8_t, curve_key_size> out) {
    if (text.size() != text_size) {
        return invalid("a CURVE key has {} characters of Z85, not {}", text_size, text.size());
    }
    for (std::size_t block = 0; block < curve_key_size / 4; ++block) {
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < 5; ++i) {
            const std::size_t digit = z85_digits.find(text[block * 5 + i]);
            if (digit == z85_digits.npos) {
                return invalid("character {} of a CURVE key is not of Z85", block * 5 + i + 1);
            }
            value = value * base + digit;
        }
        if (value > 0xffff'ffff) {
            return invalid("characters {} to {} are too large", block * 5 + 1, block * 5 + 5);
        }
        for (std::size_t i = 4; i > 0; --i) {
            out[block * 4 + i - 1] = static_cast<std::uint8_t>(value);
            value >>= 8;
        }
    }
    return {};
}

std::span<char, text_size> characters(std::span<std::uint8_t, text_size> bytes) {
    return std::span<char, text_size>(reinterpret_cast<char*>(bytes.data()), text_size);
}

/// ZeroMQ wants texts that end in a zero byte.
using ZmqText = crypto::Secret<text_size + 1>;

char* zmq_text(ZmqText& text) {
    return reinterpret_cast<char*>(text.mutable_view().data());
}

Result<CurveKeyPair> pair_of(ZmqText& secret) {
    CurveKeyPair pair;
    const std::string_view text(zmq_text(secret), text_size);
    TRY(read_z85(text, pair.secret_key.mutable_view()));
    ZmqText public_text;
    // It fails only where the library was built without CURVE, or for a text that is not Z85.
    CHECK(zmq_curve_public(zmq_text(public_text), zmq_text(secret)) == 0);
    TRY_ASSIGN(pair.public_key, parse_z85_key({zmq_text(public_text), text_size}));
    return pair;
}

}  // namespace

std::string to_z85(const CurveKey& key) {
    std::string text(text_size, '0');
    write_z85(key, std::span<char, text_size>(text.data(), text_size));
    return text;
}

Result<CurveKey> parse_z85_key(std::string_view text) {
    CurveKey key{};
    TRY(read_z85(text, key));
    return key;
}

CurveKeyPair generate_curve_key() {
    ZmqText public_text;
    ZmqText secret_text;
    do {
        CHECK(zmq_curve_keypair(zmq_text(public_text), zmq_text(secret_text)) == 0);
    } while (*zmq_text(public_text) == '-');
    auto pair = pair_of(secret_text);
    CHECK(pair);
    return *std::move(pair);
}

Result<CurveKeyPair> read_curve_key_file(const std::filesystem::path& path) {
    TRY_ASSIGN(const auto content, files::read_private_file(path, file_size_max));
    std::string_view text = as_text(content.view());
    if (text.ends_with('\n')) {
        text.remove_suffix(1);
    }
    if (text.size() != text_size) {
        return invalid("{}: a key has {} characters of Z85", path.native(), text_size);
    }
    ZmqText secret;
    std::ranges::copy(text, zmq_text(secret));
    auto pair = pair_of(secret);
    if (!pair) {
        return std::unexpected(std::move(pair).error().in(path.native()));
    }
    return pair;
}

Result<CurveKeyPair> open_curve_key_file(const std::filesystem::path& path) {
    auto there = read_curve_key_file(path);
    if (there || there.error().code() != ErrorCode::not_found) {
        return there;
    }
    CurveKeyPair pair = generate_curve_key();
    crypto::Secret<text_size + 1> text;
    write_z85(pair.secret_key.view(), characters(text.mutable_view().first<text_size>()));
    text.mutable_view()[text_size] = '\n';
    TRY(files::write_private_file(path, text.view()));
    return pair;
}

}  // namespace steelyard::worker
