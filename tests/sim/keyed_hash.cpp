#include "tests/sim/keyed_hash.h"

#include "base/endian.h"

#include <bit>

namespace steelyard::sim {
namespace {

struct SipState {
    std::uint64_t v0;
    std::uint64_t v1;
    std::uint64_t v2;
    std::uint64_t v3;

    void round() {
        v0 += v1;
        v1 = std::rotl(v1, 13) ^ v0;
        v0 = std::rotl(v0, 32);
        v2 += v3;
        v3 = std::rotl(v3, 16) ^ v2;
        v0 += v3;
        v3 = std::rotl(v3, 21) ^ v0;
        v2 += v1;
        v1 = std::rotl(v1, 17) ^ v2;
        v2 = std::rotl(v2, 32);
    }

    void absorb(std::uint64_t word) {
        v3 ^= word;
        round();
        round();
        v0 ^= word;
    }
};

}  // namespace

std::uint64_t keyed_hash(std::uint64_t key_0, std::uint64_t key_1, ByteView bytes) {
    SipState state{
        key_0 ^ 0x736f6d6570736575,
        key_1 ^ 0x646f72616e646f6d,
        key_0 ^ 0x6c7967656e657261,
        key_1 ^ 0x7465646279746573,
    };
    const std::uint64_t length = std::uint64_t{bytes.size()} << 56;
    for (; bytes.size() >= 8; bytes = bytes.subspan(8)) {
        state.absorb(load_le<std::uint64_t>(bytes.data()));
    }
    ByteArray<8> rest{};
    std::ranges::copy(bytes, rest.begin());
    state.absorb(load_le<std::uint64_t>(rest.data()) | length);
    state.v2 ^= 0xff;
    for (int i = 0; i < 4; ++i) {
        state.round();
    }
    return state.v0 ^ state.v1 ^ state.v2 ^ state.v3;
}

}  // namespace steelyard::sim
