#include "crypto/ed25519.h"

#include "base/check.h"

#include <cryptopp/donna.h>

namespace steelyard::crypto::ed25519 {
namespace {

/// The order of the prime subgroup, L = 2^252 + 27742317777372353535851937790883648493,
/// little-endian.
constexpr KeyBytes order = {
    0xED, 0xD3, 0xF5, 0x5C, 0x1A, 0x63, 0x12, 0x58, 0xD6, 0x9C, 0xF7, 0xA2, 0xDE, 0xF9, 0xDE, 0x14,
    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0,    0x10,
};

/// Whether a little-endian number is below L.
bool is_canonical_scalar(std::span<const std::uint8_t, 32> scalar) {
    return std::ranges::lexicographical_compare(
        scalar.rbegin(), scalar.rend(), order.rbegin(), order.rend()
    );
}

}  // namespace

KeyBytes public_key_of(const Secret<32>& seed) {
    KeyBytes key;
    CHECK(CryptoPP::Donna::ed25519_publickey(key.data(), seed.view().data()) == 0);
    return key;
}

ByteArray<64> sign(const Secret<32>& seed, const KeyBytes& key, ByteView message) {
    ByteArray<64> signature;
    const int error = CryptoPP::Donna::ed25519_sign(
        message.data(), message.size(), seed.view().data(), key.data(), signature.data()
    );
    CHECK(error == 0);
    return signature;
}

bool verify(const KeyBytes& key, ByteView message, ByteView signature) {
    if (signature.size() != 64 || !is_canonical_scalar(signature.last<32>())) {
        return false;
    }
    return CryptoPP::Donna::ed25519_sign_open(
               message.data(), message.size(), key.data(), signature.data()
           ) == 0;
}

}  // namespace steelyard::crypto::ed25519
