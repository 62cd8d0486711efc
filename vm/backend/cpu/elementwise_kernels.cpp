#include "vm/backend/cpu/isa_rows.h"
#include "vm/backend/cpu/kernels.h"
#include "vm/ops/elementwise.h"
#include "vm/ops/random.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t elements_per_piece = 16'384;

/// Output and operands with as few axes as broadcasting leaves apart.
class Layout {
public:
    explicit Layout(const NodeCall& call) : operands_(call.operands.size()) {
        const Shape& output = call.output.shape;
        for (std::size_t axis = 0; axis < output.rank(); ++axis) {
            Axis next{.size = output[axis]};
            for (std::size_t index = 0; index < operands_; ++index) {
                next.strides[index] = stride_of(call.operands[index].shape, output, axis);
            }
            if (next.size != 1) {
                add(next);
            }
        }
        if (rank_ == 0) {
            axes_[rank_++] = {.size = 1};
        }
    }

    std::uint64_t columns() const { return axes_[rank_ - 1].size; }
    bool repeats_column(std::size_t operand) const {
        return axes_[rank_ - 1].strides[operand] == 0;
    }

    /// The element of each operand that column 0 of a row needs.
    std::array<std::uint64_t, row_operands_max> first_of_row(std::uint64_t row) const {
        std::array<std::uint64_t, row_operands_max> first{};
        for (std::size_t axis = rank_ - 1; axis-- > 0 && row != 0;) {
            const std::uint64_t index = row % axes_[axis].size;
            row /= axes_[axis].size;
            for (std::size_t operand = 0; operand < operands_; ++operand) {
                first[operand] += index * axes_[axis].strides[operand];
            }
        }
        return first;
    }

private:
    struct Axis {
        std::uint64_t size = 1;
        std::array<std::uint64_t, row_operands_max> strides{};
    };

    /// Elements from one index of an output's axis to the next; 0 where the operand repeats.
    static std::uint64_t stride_of(const Shape& operand, const Shape& output, std::size_t axis) {
        const std::size_t missing = output.rank() - operand.rank();
        if (axis < missing || operand[axis - missing] == 1) {
            return 0;
        }
        std::uint64_t stride = 1;
        for (std::size_t inner = axis - missing + 1; inner < operand.rank(); ++inner) {
            stride *= operand[inner];
        }
        return stride;
    }

    /// Joins an axis to the one before it where every operand walks through both in one stride.
    void add(const Axis& next) {
        bool joins = rank_ > 0;
        for (std::size_t index = 0; joins && index < operands_; ++index) {
            joins = axes_[rank_ - 1].strides[index] == next.strides[index] * next.size;
        }
        if (!joins) {
            axes_[rank_++] = next;
            return;
        }
        axes_[rank_ - 1].size *= next.size;
        axes_[rank_ - 1].strides = next.strides;
    }

    std::array<Axis, rank_max> axes_{};
    std::size_t rank_ = 0;
    std::size_t operands_ = 0;
};

/// Elements [first, end) of the output.
void run_piece(
    const NodeWork& work,
    const Layout& layout,
    const ElementwiseRow& function,
    std::uint64_t first,
    std::uint64_t end
) {
    const std::size_t operands = work.call.operands.size();
    const std::size_t output_size = size_of(work.call.output.dtype);
    while (first < end) {
        const std::uint64_t row = first / layout.columns();
        const std::uint64_t column = first % layout.columns();
        const std::uint64_t count = std::min(layout.columns() - column, end - first);
        const auto starts = layout.first_of_row(row);
        ElementwiseRow::Operand parts[row_operands_max];
        for (std::size_t index = 0; index < operands; ++index) {
            const bool repeated = layout.repeats_column(index);
            const std::uint64_t element = starts[index] + (repeated ? 0 : column);
            const std::size_t size = size_of(work.call.operands[index].dtype);
            parts[index] = {.data = work.operands[index] + element * size, .repeated = repeated};
        }
        function.apply(parts, work.output + first * output_size, count);
        first += count;
    }
}

template <FindRow find>
std::optional<std::uint64_t> run_elementwise(const NodeWork& work, const Parallel& parallel) {
    const std::uint64_t elements = work.call.output.elements();
    if (elements == 0) {
        return std::nullopt;
    }
    const Layout layout(work.call);
    const ElementwiseRow function(work.call, find);
    const std::uint64_t pieces = (elements + elements_per_piece - 1) / elements_per_piece;
    for_each(parallel, pieces, [&](std::size_t index) {
        const std::uint64_t first = index * elements_per_piece;
        const std::uint64_t end = std::min(elements, first + elements_per_piece);
        run_piece(work, layout, function, first, end);
    });
    return std::nullopt;
}

template <RandomFunction fill>
std::optional<std::uint64_t> run_random(const NodeWork& work, const Parallel& parallel) {
    const std::uint64_t elements = work.call.output.elements();
    const std::uint64_t pieces = (elements + elements_per_piece - 1) / elements_per_piece;
    for_each(parallel, pieces, [&](std::size_t index) {
        RandomArguments arguments{.op = work.call.op, .first = index * elements_per_piece};
        arguments.count = std::min(elements_per_piece, elements - arguments.first);
        arguments.output = work.output + arguments.first * sizeof(std::uint32_t);
        std::memcpy(arguments.key, work.operands[0], sizeof(arguments.key));
        fill(arguments);
    });
    return std::nullopt;
}

template <FindRow find, RandomFunction fill>
Kernel find_for(OpCode op) {
    const bool random = op == OpCode::philox || op == OpCode::uniform || op == OpCode::normal;
    if (random) {
        return run_random<fill>;
    }
    return is_elementwise(op) ? run_elementwise<find> : nullptr;
}

}  // namespace

Kernel find_elementwise_kernel(Isa isa, const NodeCall& call) {
    switch (isa) {
        case Isa::scalar:
            return find_for<find_reference_row, fill_random_reference>(call.op);
        case Isa::scalar_soft_fma:
            return find_for<find_software_fma_row, fill_random_software_fma>(call.op);
        case Isa::avx2:
            return find_for<avx2::find_elementwise_row, avx2::fill_random>(call.op);
        case Isa::avx512_no_vnni:
        case Isa::avx512:
            return find_for<avx512::find_elementwise_row, avx512::fill_random>(call.op);
    }
    return nullptr;
}

}  // namespace steelyard::vm::cpu
