#include "tests/sim/draw.h"

#include "tests/sim/keyed_hash.h"

namespace steelyard::sim {

SeededRandom stream(std::uint64_t seed, std::string_view purpose, std::uint64_t index) {
    return SeededRandom(keyed_hash(seed, index, as_bytes(purpose)));
}

bool chance(RandomSource& random, Permille permille) {
    return permille != 0 && random.below(1'000) < permille;
}

std::int64_t between(RandomSource& random, std::int64_t min, std::int64_t max) {
    CHECK(min <= max);
    const auto width = static_cast<std::uint64_t>(max) - static_cast<std::uint64_t>(min) + 1;
    return min + static_cast<std::int64_t>(random.below(width));
}

Time between(RandomSource& random, Time min, Time max) {
    return Time(between(random, min.count(), max.count()));
}

}  // namespace steelyard::sim
