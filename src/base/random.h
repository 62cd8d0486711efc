// Randomness as an interface: the system's for secrets, a seeded one for tests and simulation.
#pragma once

#include "base/bytes.h"

namespace steelyard {

/// Where a component draws random bytes from. Pure cores take none.
class RandomSource {
public:
    virtual ~RandomSource() = default;

    virtual void fill(std::span<std::uint8_t> out) = 0;

    std::uint64_t next_u64();

    /// Uniform in [0, bound), by rejection; bound must not be 0.
    std::uint64_t below(std::uint64_t bound);
};

/// The kernel's generator (getrandom). Fit for keys; thread-safe; ends the process if it fails.
class SystemRandom final : public RandomSource {
public:
    void fill(std::span<std::uint8_t> out) override;
};

/// xoshiro256** from one seed: the same stream on every machine. Never for secrets.
class SeededRandom final : public RandomSource {
public:
    explicit SeededRandom(std::uint64_t seed);

    void fill(std::span<std::uint8_t> out) override;

private:
    std::uint64_t step();

    std::array<std::uint64_t, 4> state_;
};

}  // namespace steelyard
