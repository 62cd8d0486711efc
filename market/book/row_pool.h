// RowPool: values at numbers that stay theirs, and places that are used again.
#pragma once

#include "base/check.h"

#include <array>
#include <cstdint>
#include <memory>
#include <vector>

namespace steelyard::market {

/// Addresses hold until a row is given back. Growing moves nothing.
template <typename Row>
class RowPool {
public:
    /// The number of a row; what it holds is what its last user left.
    std::uint32_t take() {
        if (spare_.empty()) {
            grow();
        }
        const std::uint32_t number = spare_.back();
        spare_.pop_back();
        return number;
    }

    void give_back(std::uint32_t number) { spare_.push_back(number); }

    Row& operator[](std::uint32_t number) {
        return (*chunks_[number / chunk_rows])[number % chunk_rows];
    }
    const Row& operator[](std::uint32_t number) const {
        return (*chunks_[number / chunk_rows])[number % chunk_rows];
    }

private:
    static constexpr std::uint32_t chunk_rows = 256;

    void grow() {
        const std::size_t begin = chunks_.size() * chunk_rows;
        CHECK(begin < UINT32_MAX - chunk_rows);
        chunks_.push_back(std::make_unique<std::array<Row, chunk_rows>>());
        const std::size_t rows = chunks_.size() * chunk_rows;
        if (spare_.capacity() < rows) {
            spare_.reserve(2 * rows);  // so that giving back never allocates
        }
        for (std::uint32_t i = chunk_rows; i > 0; --i) {
            spare_.push_back(static_cast<std::uint32_t>(begin) + i - 1);
        }
    }

    std::vector<std::unique_ptr<std::array<Row, chunk_rows>>> chunks_;
    std::vector<std::uint32_t> spare_;
};

}  // namespace steelyard::market
