// The output is cut into boxes. A box is made axis by axis from the last: what the rule sums along
// an axis are boxes of the axes behind it, of which the last few are kept.
#include "vm/backend/cpu/resize_kernels.h"

#include "vm/backend/cpu/row_functions.h"
#include "vm/ops/elements.h"
#include "vm/ops/indexing.h"
#include "vm/ops/movement/resize_axis.h"
#include "vm/ops/narrow_floats.h"

#include <algorithm>
#include <array>
#include <limits>
#include <vector>

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t box_columns = 4096;
constexpr std::uint64_t box_elements = std::uint64_t{1} << 17;
constexpr std::uint64_t kept_taps = std::uint64_t{1}
                                    << 16;  ///< of longer axes each box has its own

const RowFunctions& functions_of(Isa isa) {
    return isa == Isa::avx2 ? avx2::row_functions() : avx512::row_functions();
}

using Taps = std::vector<WeightedTaps>;

Taps taps_along(const NodeCall& call, std::size_t axis, std::uint64_t first, std::uint64_t count) {
    const ResizeRules rules = resize_rules(call);
    const ResizeAxis geometry = resize_axis(call, axis);
    Taps out(count);
    for (std::uint64_t i = 0; i < count; ++i) {
        const ResizeTaps taps = resize_taps(rules, geometry, first + i);
        out[i].count = static_cast<std::uint32_t>(taps.count);
        out[i].outside = taps.outside;
        for (std::size_t tap = 0; tap < taps.count; ++tap) {
            out[i].index[tap] = taps.tap[tap].index;
            out[i].weight[tap] = taps.tap[tap].weight;
        }
    }
    return out;
}

/// What all boxes share.
struct Plan {
    const NodeWork& work;
    const RowFunctions& with;
    std::size_t rank = 0;
    Coordinates sizes{};  ///< of a box
    std::array<Taps, rank_max> taps{};

    Plan(const NodeWork& node, const RowFunctions& functions)
        : work(node), with(functions), rank(node.call.output.shape.rank()) {
        const Shape& shape = node.call.output.shape;
        std::uint64_t elements = 1;
        for (std::size_t axis = rank; axis-- > 0;) {
            const std::uint64_t most = axis + 1 == rank
                                           ? box_columns
                                           : std::max<std::uint64_t>(1, box_elements / elements);
            sizes[axis] = std::min(shape[axis], most);
            elements *= sizes[axis];
            if (shape[axis] <= kept_taps) {
                taps[axis] = taps_along(node.call, axis, 0, shape[axis]);
            }
        }
    }

    std::uint64_t boxes_along(std::size_t axis) const {
        return (work.call.output.shape[axis] + sizes[axis] - 1) / sizes[axis];
    }

    std::uint64_t boxes() const {
        std::uint64_t count = 1;
        for (std::size_t axis = 0; axis < rank; ++axis) {
            count *= boxes_along(axis);
        }
        return count;
    }
};

class Box {
public:
    Box(const Plan& plan, std::uint64_t number) : plan_(plan) {
        const Shape& shape = plan.work.call.output.shape;
        strides_ = strides_of(plan.work.call.operands[0].shape);
        std::uint64_t elements = 1;
        for (std::size_t axis = plan.rank; axis-- > 0;) {
            Level& level = levels_[axis];
            const std::uint64_t boxes = plan.boxes_along(axis);
            level.first = number % boxes * plan.sizes[axis];
            number /= boxes;
            level.size = std::min(plan.sizes[axis], shape[axis] - level.first);
            level.inner = elements;
            elements *= level.size;
            if (plan.taps[axis].empty()) {
                level.own_taps = taps_along(plan.work.call, axis, level.first, level.size);
                level.taps = level.own_taps.data();
            } else {
                level.taps = plan.taps[axis].data() + level.first;
            }
            level.moves = std::all_of(level.taps, level.taps + level.size, [](const auto& taps) {
                return taps.count == 1 && taps.weight[0] == 1.0F;
            });
            level.dense = level.moves;
            for (std::uint64_t i = 0; level.dense && i < level.size; ++i) {
                level.dense = level.taps[i].index[0] == level.taps[0].index[0] + i;
            }
        }
        values_.resize(elements);
    }

    void run() {
        compute(0, 0, values_.data());
        write();
    }

private:
    static constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

    /// The box along one axis.
    struct Level {
        std::uint64_t first = 0;
        std::uint64_t size = 0;
        std::uint64_t inner = 1;  ///< elements of the box along the axes behind this one
        const WeightedTaps* taps = nullptr;
        Taps own_taps{};
        bool moves = false;  ///< every element is one of the input,
        bool dense = false;  ///< and one after the other
        std::array<std::uint64_t, taps_max> index{};
        std::array<std::vector<float>, taps_max> parts{};
    };

    const std::byte* input(std::uint64_t element) const {
        return plan_.work.operands[0] + element * size_of(plan_.work.call.output.dtype);
    }

    /// The box of axis `axis` and those behind it, from the input's elements at `offset` on.
    void compute(std::size_t axis, std::uint64_t offset, float* out) {
        Level& level = levels_[axis];
        if (axis + 1 == plan_.rank) {
            return compute_row(level, offset, out);
        }
        level.index.fill(none);
        for (std::uint64_t at = 0; at < level.size; ++at, out += level.inner) {
            const WeightedTaps& taps = level.taps[at];
            if (level.moves) {
                compute(axis + 1, offset + taps.index[0] * strides_[axis], out);
            } else if (taps.count == 0) {
                std::fill_n(out, level.inner, 0.0F);
            } else {
                WeightedRows rows{.taps = &taps, .count = level.inner, .out = out};
                for (std::size_t tap = 0; tap < taps.count; ++tap) {
                    rows.row[tap] = part(axis, offset, taps, taps.index[tap]);
                }
                plan_.with.combine(rows);
            }
        }
    }

    /// The box behind the axis at one coordinate of the input, perhaps still there.
    const float* part(
        std::size_t axis, std::uint64_t offset, const WeightedTaps& taps, std::uint64_t index
    ) {
        if (const float* row = dense_row(axis + 1, offset + index * strides_[axis])) {
            return row;
        }
        Level& level = levels_[axis];
        const auto found = std::ranges::find(level.index, index);
        if (found != level.index.end()) {
            return level.parts[static_cast<std::size_t>(found - level.index.begin())].data();
        }
        std::size_t slot = 0;
        const auto is_wanted = [&](std::uint64_t kept) {
            return std::find(taps.index, taps.index + taps.count, kept) != taps.index + taps.count;
        };
        while (is_wanted(level.index[slot])) {
            ++slot;
        }
        level.index[slot] = index;
        level.parts[slot].resize(level.inner);
        compute(axis + 1, offset + index * strides_[axis], level.parts[slot].data());
        return level.parts[slot].data();
    }

    /// A row that needs not be computed: it lies in the input as it is. Else nullptr.
    const float* dense_row(std::size_t axis, std::uint64_t offset) const {
        const Level& level = levels_[axis];
        if (axis + 1 < plan_.rank || !level.dense || plan_.work.call.output.dtype != DType::f32) {
            return nullptr;
        }
        return reinterpret_cast<const float*>(input(offset + level.taps[0].index[0]));
    }

    void compute_row(const Level& level, std::uint64_t offset, float* out) const {
        const RowFunctions& with = plan_.with;
        if (const float* row = dense_row(plan_.rank - 1, offset)) {
            std::copy_n(row, level.size, out);
            return;
        }
        switch (plan_.work.call.output.dtype) {
            case DType::f16:
                return with.pick_f16(input(offset), level.taps, level.size, out);
            case DType::bf16:
                return with.pick_bf16(input(offset), level.taps, level.size, out);
            default:
                return with.pick_f32(input(offset), level.taps, level.size, out);
        }
    }

    /// Puts the values where they belong, in runs that are dense in the output too.
    void write() {
        const TensorType& output = plan_.work.call.output;
        fill_outside();
        std::size_t axis = plan_.rank - 1;
        while (axis > 0 && levels_[axis].size == output.shape[axis]) {
            --axis;
        }
        const std::uint64_t run = levels_[axis].inner * levels_[axis].size;
        for (std::uint64_t first = 0; first < values_.size(); first += run) {
            const std::uint64_t element = element_at(output.shape, place_of(first));
            write_row(
                values_.data() + first, run, plan_.work.output + element * size_of(output.dtype)
            );
        }
    }

    /// The coordinates in the output of a value.
    Coordinates place_of(std::uint64_t value) const {
        Coordinates at{};
        for (std::size_t axis = 0; axis < plan_.rank; ++axis) {
            const Level& level = levels_[axis];
            at[axis] = level.first + value / level.inner % level.size;
        }
        return at;
    }

    void fill_outside() {
        const float extrapolation = resize_rules(plan_.work.call).extrapolation;
        for (std::size_t axis = 0; axis < plan_.rank; ++axis) {
            const Level& level = levels_[axis];
            const std::uint64_t step = level.inner * level.size;
            for (std::uint64_t at = 0; at < level.size; ++at) {
                for (std::uint64_t first = 0; level.taps[at].outside && first < values_.size();
                     first += step) {
                    std::fill_n(&values_[first + at * level.inner], level.inner, extrapolation);
                }
            }
        }
    }

    void write_row(const float* row, std::uint64_t count, std::byte* to) const {
        const RowFunctions& with = plan_.with;
        switch (plan_.work.call.output.dtype) {
            case DType::f16:
                return with.narrow_f16(row, count, reinterpret_cast<std::uint16_t*>(to));
            case DType::bf16:
                return with.narrow_bf16(row, count, reinterpret_cast<std::uint16_t*>(to));
            default:
                return with.clean_f32(row, count, reinterpret_cast<float*>(to));
        }
    }

    const Plan& plan_;
    Coordinates strides_{};
    std::array<Level, rank_max> levels_{};
    std::vector<float> values_{};
};

template <Isa isa>
std::optional<std::uint64_t> run_resize(const NodeWork& work, const Parallel& parallel) {
    if (work.call.output.elements() == 0) {
        return std::nullopt;
    }
    const Plan plan(work, functions_of(isa));
    for_each(parallel, plan.boxes(), [&](std::size_t number) { Box(plan, number).run(); });
    return std::nullopt;
}

}  // namespace

Kernel find_resize_kernel(Isa isa, const NodeCall& call) {
    const ResizeRules rules = resize_rules(call);
    const bool is_moved =
        rules.mode == ResizeMode::nearest && rules.coordinates != CoordinateRule::crop;
    if (is_moved || call.output.shape.rank() == 0) {
        return nullptr;
    }
    switch (isa) {
        case Isa::scalar:
        case Isa::scalar_soft_fma:
            return nullptr;
        case Isa::avx2:
            return run_resize<Isa::avx2>;
        case Isa::avx512_no_vnni:
        case Isa::avx512:
            return run_resize<Isa::avx512>;
    }
    return nullptr;
}

}  // namespace steelyard::vm::cpu
