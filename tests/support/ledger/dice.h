// Dice: choices from a seed, without floats: the same on every machine.
#pragma once

#include "base/check.h"
#include "base/random.h"

#include <span>
#include <utility>
#include <vector>

namespace steelyard::test {

class Dice final : public RandomSource {
public:
    explicit Dice(std::uint64_t seed) : random_(seed) {}

    void fill(std::span<std::uint8_t> out) override { random_.fill(out); }

    /// True in so many of a thousand cases.
    bool chance(std::uint64_t permille) { return random_.below(1'000) < permille; }

    /// Uniform, both ends included.
    std::int64_t between(std::int64_t min, std::int64_t max) {
        CHECK(min <= max);
        return min +
               static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(max - min) + 1));
    }

    /// Below `size`, which is not 0.
    std::size_t index(std::size_t size) { return random_.below(size); }

    /// One of several, of which there is one.
    template <typename T>
    const T& pick(const std::vector<T>& from) {
        return from.at(index(from.size()));
    }

    template <typename T>
    void shuffle(std::vector<T>& items) {
        for (std::size_t i = items.size(); i > 1; --i) {
            std::swap(items[i - 1], items[index(i)]);
        }
    }

private:
    SeededRandom random_;
};

}  // namespace steelyard::test
