#include "crypto/key_derivation.h"

#include "base/check.h"

#include <cryptopp/hkdf.h>
#include <cryptopp/pwdbased.h>
#include <cryptopp/scrypt.h>
#include <cryptopp/sha.h>

#include <bit>
#include <new>

namespace steelyard::crypto {

void hkdf_sha256(ByteView key, ByteView salt, ByteView info, std::span<std::uint8_t> out) {
    CHECK(out.size() <= 255 * 32);
    CryptoPP::HKDF<CryptoPP::SHA256>().DeriveKey(
        out.data(),
        out.size(),
        key.data(),
        key.size(),
        salt.data(),
        salt.size(),
        info.data(),
        info.size()
    );
}

void pbkdf2_sha512(
    ByteView password, ByteView salt, std::uint32_t rounds, std::span<std::uint8_t> out
) {
    CHECK(rounds >= 1);
    constexpr std::uint8_t unused_purpose = 0;
    CryptoPP::PKCS5_PBKDF2_HMAC<CryptoPP::SHA512>().DeriveKey(
        out.data(),
        out.size(),
        unused_purpose,
        password.data(),
        password.size(),
        salt.data(),
        salt.size(),
        rounds
    );
}

Result<void> check_scrypt_cost(const ScryptCost& cost) {
    if (cost.n < 2 || !std::has_single_bit(cost.n)) {
        return invalid("scrypt n {} is not a power of two from 2", cost.n);
    }
    if (cost.r == 0 || cost.p == 0) {
        return invalid("scrypt r {} or p {} is 0", cost.r, cost.p);
    }
    // RFC 7914 section 2: n is below 2^(128 r / 8), which only small r can break in 64 bits.
    if (cost.r < 4 && cost.n >> (16 * cost.r) != 0) {
        return invalid("scrypt n {} is not below 2^{}", cost.n, 16 * cost.r);
    }
    // Divisions, since the products may overflow.
    constexpr std::uint64_t blocks_max = scrypt_memory_bytes_max / 128;
    if (cost.n > blocks_max / cost.r || cost.p > blocks_max / cost.r - cost.n) {
        return fail(
            ErrorCode::too_large,
            "scrypt n {}, r {}, p {} would take more than {} MiB of memory",
            cost.n,
            cost.r,
            cost.p,
            scrypt_memory_bytes_max >> 20
        );
    }
    if (cost.p > scrypt_work_max / (cost.n * cost.r)) {
        return fail(
            ErrorCode::too_large,
            "scrypt n {}, r {}, p {} is more work than {}",
            cost.n,
            cost.r,
            cost.p,
            scrypt_work_max
        );
    }
    return {};
}

Result<void> scrypt(
    ByteView password, ByteView salt, const ScryptCost& cost, std::span<std::uint8_t> out
) {
    TRY(check_scrypt_cost(cost));
    try {
        CryptoPP::Scrypt().DeriveKey(
            out.data(),
            out.size(),
            password.data(),
            password.size(),
            salt.data(),
            salt.size(),
            cost.n,
            cost.r,
            cost.p
        );
    } catch (const std::bad_alloc&) {
        return fail(
            ErrorCode::too_large,
            "scrypt found no {} MiB of memory",
            (cost.n + cost.p) * cost.r * 128 >> 20
        );
    }
    return {};
}

}  // namespace steelyard::crypto
