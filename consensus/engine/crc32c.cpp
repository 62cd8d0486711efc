#include "consensus/engine/crc32c.h"

#include "base/cpu.h"
#include "base/endian.h"

#ifdef __x86_64__
#include <nmmintrin.h>
#endif

namespace steelyard::engine {
namespace {

constexpr std::uint32_t polynomial = 0x82F63B78;  ///< reflected
constexpr std::size_t slices = 8;                 ///< bytes that one step takes

using Table = std::array<std::uint32_t, 256>;

/// tables[k][b]: what byte b does to the checksum when k more bytes follow it in its step.
constexpr std::array<Table, slices> make_tables() {
    std::array<Table, slices> tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t crc = byte;
        for (int bit = 0; bit < 8; ++bit) {
            crc = (crc >> 1) ^ ((crc & 1) != 0 ? polynomial : 0);
        }
        tables[0][byte] = crc;
    }
    for (std::size_t k = 1; k < slices; ++k) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[k - 1][byte];
            tables[k][byte] = (before >> 8) ^ tables[0][before & 0xFF];
        }
    }
    return tables;
}

constexpr std::array<Table, slices> tables = make_tables();

#ifdef __x86_64__

__attribute__((target("sse4.2"))) std::uint32_t crc32c_sse42(ByteView bytes, std::uint32_t before) {
    std::uint64_t crc = ~before;
    for (; bytes.size() >= sizeof crc; bytes = bytes.subspan(sizeof crc)) {
        crc = _mm_crc32_u64(crc, load_le<std::uint64_t>(bytes.data()));
    }
    auto rest = static_cast<std::uint32_t>(crc);
    for (const std::uint8_t byte : bytes) {
        rest = _mm_crc32_u8(rest, byte);
    }
    return ~rest;
}

#endif

}  // namespace

std::uint32_t crc32c_portable(ByteView bytes, std::uint32_t before) {
    std::uint32_t crc = ~before;
    for (; bytes.size() >= slices; bytes = bytes.subspan(slices)) {
        const std::uint64_t word = load_le<std::uint64_t>(bytes.data()) ^ crc;
        crc = 0;
        for (std::size_t i = 0; i < slices; ++i) {
            crc ^= tables[slices - 1 - i][(word >> (8 * i)) & 0xFF];
        }
    }
    for (const std::uint8_t byte : bytes) {
        crc = (crc >> 8) ^ tables[0][(crc ^ byte) & 0xFF];
    }
    return ~crc;
}

std::uint32_t crc32c(ByteView bytes, std::uint32_t before) {
#ifdef __x86_64__
    if (cpu_features().avx2) {  // and so SSE4.2
        return crc32c_sse42(bytes, before);
    }
#endif
    return crc32c_portable(bytes, before);
}

}  // namespace steelyard::engine
