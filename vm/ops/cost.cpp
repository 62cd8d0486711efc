#include "vm/ops/cost.h"

#include "base/check.h"

#include <algorithm>
#include <bit>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t hash_bytes = 32;
constexpr std::uint64_t chunk_compression_gas = 32;
constexpr std::uint64_t node_compression_gas = 2;
constexpr std::uint64_t gas_per_proof_kib = 20;
constexpr std::uint64_t packed_row_bytes_max = chunk_bytes / 2;

std::uint64_t ceil_div(std::uint64_t a, std::uint64_t b) {
    return a / b + (a % b != 0 ? 1 : 0);
}

/// The longest path of a tree of so many leaves.
std::uint64_t depth(std::uint64_t leaves) {
    return static_cast<std::uint64_t>(std::bit_width(leaves - 1));
}

}  // namespace

std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b) {
    std::uint64_t sum = 0;
    return __builtin_add_overflow(a, b, &sum) ? ~std::uint64_t{0} : sum;
}

std::uint64_t saturating_mul(std::uint64_t a, std::uint64_t b) {
    std::uint64_t product = 0;
    return __builtin_mul_overflow(a, b, &product) ? ~std::uint64_t{0} : product;
}

std::uint64_t chunk_count(const TensorType& type) {
    if (type.elements() == 0) {
        return 1;
    }
    const std::uint64_t row = type.row_bytes();
    return row > packed_row_bytes_max
               ? saturating_mul(type.shape.rows(), ceil_div(row, chunk_bytes))
               : ceil_div(type.shape.rows(), chunk_bytes / row);
}

std::uint64_t chunks_of_range(const TensorType& type, std::uint64_t count) {
    if (count == 0) {
        return 0;
    }
    const std::uint64_t row = type.row_bytes();
    if (row <= chunk_bytes) {
        return 1;
    }
    const std::uint64_t in_chunk = chunk_bytes / size_of(type.dtype);
    const std::uint64_t touched = (count - 1) / in_chunk + ((count - 1) % in_chunk != 0 ? 2 : 1);
    return std::min(touched, ceil_div(row, chunk_bytes));
}

std::uint64_t chunks_of_rows(const TensorType& type, std::uint64_t count) {
    const std::uint64_t row = type.row_bytes();
    if (count == 0 || row == 0) {
        return 0;
    }
    if (row > packed_row_bytes_max) {
        return saturating_mul(count, ceil_div(row, chunk_bytes));
    }
    const std::uint64_t in_chunk = chunk_bytes / row;
    const std::uint64_t touched = ceil_div(count - 1, in_chunk) + 1;
    return std::min(touched, chunk_count(type));
}

std::uint64_t opening_bytes(const TensorType& type) {
    return chunk_bytes + hash_bytes * depth(chunk_count(type));
}

std::uint64_t opening_gas(const TensorType& type) {
    return chunk_compression_gas + node_compression_gas * depth(chunk_count(type)) +
           ceil_div(opening_bytes(type) * gas_per_proof_kib, chunk_bytes);
}

}  // namespace steelyard::vm
