// Rows of random tensors, and sums of them in the order of the specification, written out.
#pragma once

#include "base/random.h"
#include "tests/support/vm/random_tensors.h"
#include "tests/support/vm/rounds.h"

#include <algorithm>

namespace steelyard::vm::test {

/// The tree sum by its words: lanes by the remainder of the place, halves folded onto halves.
template <typename T>
T tree_sum_in_words(const std::vector<T>& row) {
    T total{0};
    for (std::size_t block = 0; block < row.size(); block += 4096) {
        std::vector<T> lanes(64, T{0});
        for (std::size_t at = block; at < std::min(row.size(), block + 4096); ++at) {
            lanes[at % 64] = lanes[at % 64] + row[at];
        }
        while (lanes.size() > 1) {
            const std::size_t half = lanes.size() / 2;
            for (std::size_t lane = 0; lane < half; ++lane) {
                lanes[lane] = lanes[lane] + lanes[half + lane];
            }
            lanes.resize(half);
        }
        total = total + lanes[0];
    }
    return total;
}

/// Lengths of rows around what trees, vectors and chunks care about.
inline const std::vector<std::uint64_t>& row_lengths() {
    static const std::vector<std::uint64_t> lengths{0,   1,    2,    3,    15,   16,  17,  31,
                                                    33,  63,   64,   65,   100,  127, 255, 257,
                                                    511, 1000, 4095, 4096, 4097, 8200};
    return lengths;
}

inline TensorType rows_of(DType dtype, std::uint64_t rows, std::uint64_t columns) {
    return {.dtype = dtype, .shape = {rows, columns}};
}

template <typename T>
std::vector<T> row_of(const TestTensor& tensor, std::uint64_t row) {
    const std::vector<T> all = values_of<T>(tensor);
    const auto columns = static_cast<std::ptrdiff_t>(tensor.type.shape.columns());
    const auto first = all.begin() + static_cast<std::ptrdiff_t>(row) * columns;
    return {first, first + columns};
}

}  // namespace steelyard::vm::test
