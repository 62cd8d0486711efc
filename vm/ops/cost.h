// Gas: what work costs, and the worst that a probe opens (doc/spec/vm.md, section 6).
#pragma once

#include "vm/program/tensor_type.h"

#include <cstdint>

namespace steelyard::vm {

constexpr std::uint64_t chunk_bytes = 1024;

/// a + b and a * b, at most 2^64 - 1.
std::uint64_t saturating_add(std::uint64_t a, std::uint64_t b);
std::uint64_t saturating_mul(std::uint64_t a, std::uint64_t b);

/// The chunks that a tensor is committed in: at least 1 (doc/spec/vm-trace.md, C2).
std::uint64_t chunk_count(const TensorType& type);

/// The most chunks that `count` neighbouring elements of one row can lie in.
std::uint64_t chunks_of_range(const TensorType& type, std::uint64_t count);

/// The most chunks that `count` neighbouring rows can lie in.
std::uint64_t chunks_of_rows(const TensorType& type, std::uint64_t count);

/// The most bytes that a proof spends on one opened chunk of such a tensor: the chunk and its path.
std::uint64_t opening_bytes(const TensorType& type);

/// Verification gas of hashing an opened chunk of such a tensor with its path.
std::uint64_t opening_gas(const TensorType& type);

}  // namespace steelyard::vm
