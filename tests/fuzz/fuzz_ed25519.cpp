// Ed25519 verification against Crypto++'s: whatever the stricter equation accepts ZIP-215 accepts,
// and every honest signature is accepted by both.
#include "base/check.h"
#include "base/hex.h"
#include "crypto/ed25519.h"

#include <cryptopp/donna.h>

using namespace steelyard;
using namespace steelyard::crypto;

namespace {

/// Every encoding of a point of small order, canonical or not.
const std::array<ed25519::KeyBytes, 14>& small_order_encodings() {
    static const auto encodings = [] {
        constexpr std::array<std::string_view, 14> texts = {
            "0000000000000000000000000000000000000000000000000000000000000000",
            "0000000000000000000000000000000000000000000000000000000000000080",
            "0100000000000000000000000000000000000000000000000000000000000000",
            "0100000000000000000000000000000000000000000000000000000000000080",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
            "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
            "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
            "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
        };
        std::array<ed25519::KeyBytes, 14> out;
        for (std::size_t i = 0; i < out.size(); ++i) {
            CHECK(from_hex(texts[i], out[i]));
        }
        return out;
    }();
    return encodings;
}

/// L, little-endian.
constexpr ed25519::KeyBytes order = {
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10,
};

bool crypto_pp_accepts(
    const ed25519::KeyBytes& key, ByteView message, const ByteArray<64>& signature
) {
    return CryptoPP::Donna::ed25519_sign_open(
               message.data(), message.size(), key.data(), signature.data()
           ) == 0;
}

void compare_verdicts(
    const ed25519::KeyBytes& key, ByteView message, const ByteArray<64>& signature
) {
    const bool accepted = ed25519::verify(key, message, signature);
    const bool s_in_range = std::lexicographical_compare(
        signature.rbegin(), signature.rbegin() + 32, order.rbegin(), order.rend()
    );
    CHECK(!accepted || s_in_range);
    CHECK(accepted || !s_in_range || !crypto_pp_accepts(key, message, signature));
}

struct Input {
    std::uint8_t key_kind;  ///< 0..13 a small-order encoding, 14 the key below, 15 an honest one
    std::uint8_t r_kind;    ///< the same for R in the low bits; 16: S is the scalar; 32: S is 0
    ByteArray<32> scalar;   ///< the honest key's seed, or S
    ed25519::KeyBytes key;
    ByteArray<32> r;
};
static_assert(sizeof(Input) == 98);

}  // namespace

// The bytes of an Input, filled up with zeros, then the message.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input{};
    const std::size_t input_size = std::min(size, sizeof input);
    std::copy_n(data, input_size, reinterpret_cast<std::uint8_t*>(&input));
    const ByteView message(data + input_size, size - input_size);

    const Secret<32> seed(input.scalar);
    const ed25519::KeyBytes honest_key = ed25519::public_key_of(seed);
    const ByteArray<64> honest = ed25519::sign(seed, honest_key, message);
    CHECK(ed25519::verify(honest_key, message, honest));
    CHECK(crypto_pp_accepts(honest_key, message, honest));

    const std::size_t key_kind = input.key_kind % 16;
    const std::size_t r_kind = input.r_kind % 16;
    ByteArray<64> signature = honest;
    if (r_kind < 15) {
        std::ranges::copy(
            r_kind < 14 ? small_order_encodings()[r_kind] : input.r, signature.begin()
        );
    }
    if ((input.r_kind & 16) != 0) {
        std::ranges::copy(input.scalar, signature.begin() + 32);
    } else if ((input.r_kind & 32) != 0) {
        std::fill(signature.begin() + 32, signature.end(), std::uint8_t{0});
    }
    const ed25519::KeyBytes& key = key_kind < 14    ? small_order_encodings()[key_kind]
                                   : key_kind == 14 ? input.key
                                                    : honest_key;
    compare_verdicts(key, message, signature);
    return 0;
}
