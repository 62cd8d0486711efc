// Backend: what applies an operator to whole tensors. Backends differ in speed, never in a bit.
#pragma once

#include "vm/ops/operator.h"

#include <functional>
#include <memory>

namespace steelyard::vm {

/// Calls `body` once for each number below `count`, perhaps on several threads, and returns when
/// all are done. Whoever runs a program says how; an empty one runs everything in order.
using Parallel =
    std::function<void(std::size_t count, const std::function<void(std::size_t index)>& body)>;

/// Calls `parallel`, or runs everything in order where it is empty.
void for_each(
    const Parallel& parallel, std::size_t count, const std::function<void(std::size_t index)>& body
);

/// A node with its tensors in memory: dense, row-major, aligned to 64 bytes.
struct NodeWork {
    NodeCall call{};
    std::span<const std::byte* const> operands{};
    std::byte* output = nullptr;  ///< no operand's memory
};

class Backend {
public:
    virtual ~Backend() = default;

    /// "scalar", "avx2", "avx512", ...
    virtual std::string_view name() const = 0;

    /// Computes the whole output. Returns the first element, in row-major order, whose operands
    /// hold an index out of bounds; then the output does not matter. What the order of the work is
    /// depends on shapes alone, whatever `parallel` does.
    virtual std::optional<std::uint64_t> run(const NodeWork& work, const Parallel& parallel) = 0;

    /// The first element of a float tensor whose absolute value is not at most the bound, NaN
    /// included, in row-major order.
    virtual std::optional<std::uint64_t> first_out_of_bound(
        const TensorType& type,
        const std::byte* data,
        std::uint32_t bound_bits,
        const Parallel& parallel
    ) = 0;
};

/// The reference: every element by its operator's rule, row after row. Slow, and always right.
/// `software_fma`: without the processor's fma, slower still.
std::unique_ptr<Backend> make_reference_backend(bool software_fma = false);

}  // namespace steelyard::vm
