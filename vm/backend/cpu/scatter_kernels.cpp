#include "vm/backend/cpu/scatter_kernels.h"

#include "vm/backend/cpu/strided_copy.h"
#include "vm/ops/index/fixed_point.h"
#include "vm/ops/index/index_value.h"
#include "vm/ops/index/scatter.h"
#include "vm/ops/indexing.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <vector>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t elements_per_piece = 16'384;
constexpr std::uint64_t sums_per_block = 512;
constexpr std::uint64_t least_part = 256;  ///< of a slice
constexpr std::uint64_t parts_most = 32;
constexpr std::uint64_t none = std::numeric_limits<std::uint64_t>::max();

std::int64_t index_at(const NodeWork& work, std::uint64_t element) {
    const DType dtype = work.call.operands[1].dtype;
    return load_index(dtype, work.operands[1] + element * size_of(dtype));
}

void keep_least(std::atomic<std::uint64_t>& least, std::uint64_t value) {
    std::uint64_t seen = least.load();
    while (value < seen && !least.compare_exchange_weak(seen, value)) {
    }
}

std::optional<std::uint64_t> found(const std::atomic<std::uint64_t>& least) {
    const std::uint64_t value = least.load();
    return value == none ? std::nullopt : std::optional(value);
}

/// An update and what it goes to.
struct Aim {
    std::uint64_t target = 0;
    std::uint64_t update = 0;
};

/// Brings updates of one target together, in their order.
void sort_aims(std::vector<Aim>& aims) {
    std::ranges::stable_sort(aims, {}, &Aim::target);
}

using Group = std::span<const Aim>;

/// The runs of aims at one target.
std::vector<Group> groups_of(const std::vector<Aim>& aims) {
    std::vector<Group> groups;
    for (std::size_t first = 0; first < aims.size();) {
        std::size_t end = first;
        while (end < aims.size() && aims[end].target == aims[first].target) {
            ++end;
        }
        groups.push_back(std::span(aims).subspan(first, end - first));
        first = end;
    }
    return groups;
}

/// The output's element `element`: x's, combined with what the updates at `step` times their
/// numbers, plus `within`, hold.
template <typename Number>
void combine(
    const NodeWork& work,
    Group group,
    std::uint64_t element,
    std::uint64_t step,
    std::uint64_t within
) {
    const auto mode = static_cast<ScatterMode>(work.call.attributes.back());
    Target<Number> target(mode, work.operands[0] + element * Number::size);
    for (const Aim& aim : group) {
        target.take(work.operands[2] + (aim.update * step + within) * Number::size);
    }
    target.write(work.output + element * Number::size);
}

void copy_x(const NodeWork& work, const Parallel& parallel) {
    copy_bytes(work.output, work.operands[0], work.call.output.bytes(), parallel);
}

/// Calls `body(group, first, end)` for pieces of the `size` elements under each group.
template <typename Body>
void for_groups(
    const std::vector<Group>& groups, std::uint64_t size, const Parallel& parallel, Body body
) {
    const std::uint64_t blocks = (size + elements_per_piece - 1) / elements_per_piece;
    for_each(parallel, groups.size() * blocks, [&](std::size_t index) {
        const std::uint64_t first = index % blocks * elements_per_piece;
        body(groups[index / blocks], first, std::min(size, first + elements_per_piece));
    });
}

/// Whether updates may go into the output one after the other: all but sums and the like of f16
/// and bf16, which are rounded after the last update.
bool applies_in_place(const NodeCall& call) {
    const DType type = call.output.dtype;
    return static_cast<ScatterMode>(call.attributes.back()) == ScatterMode::set ||
           (type != DType::f16 && type != DType::bf16);
}

/// Combines `count` elements with those of an update.
template <typename Number>
void combine_run(ScatterMode mode, std::byte* to, const std::byte* update, std::uint64_t count) {
    const auto each = [&](auto combined) {
        for (std::uint64_t at = 0; at < count * Number::size; at += Number::size) {
            Number::store(to + at, combined(Number::load(to + at), Number::load(update + at)));
        }
    };
    using Value = typename Number::Value;
    switch (mode) {
        case ScatterMode::set:
            std::memcpy(to, update, count * Number::size);
            return;
        case ScatterMode::add:
            return each(sum_of<Value>);
        case ScatterMode::multiply:
            return each(product_of<Value>);
        case ScatterMode::least:
            return each(lesser_of<Value>);
        case ScatterMode::greatest:
            return each(greater_of<Value>);
    }
}

/// Slices of `slice` elements, each piece of work a part of all of them.
void apply_in_order(
    const NodeWork& work,
    const std::vector<Aim>& aims,
    std::uint64_t slice,
    const Parallel& parallel
) {
    const auto mode = static_cast<ScatterMode>(work.call.attributes.back());
    const std::uint64_t part = std::max(least_part, (slice + parts_most - 1) / parts_most);
    for_each(parallel, (slice + part - 1) / part, [&](std::size_t index) {
        const std::uint64_t first = index * part;
        const std::uint64_t count = std::min(part, slice - first);
        with_number(work.call.output.dtype, [&](auto number) {
            using Number = decltype(number);
            for (const Aim& aim : aims) {
                combine_run<Number>(
                    mode,
                    work.output + (aim.target * slice + first) * Number::size,
                    work.operands[2] + (aim.update * slice + first) * Number::size,
                    count
                );
            }
        });
    });
}

std::optional<std::uint64_t> run_scatter_nd(const NodeWork& work, const Parallel& parallel) {
    if (work.call.output.elements() == 0) {
        return std::nullopt;
    }
    const TupleShape shape = tuple_shape(work.call);
    std::vector<Aim> aims;
    for (std::uint64_t tuple = 0; tuple < shape.tuples; ++tuple) {
        std::uint64_t target = 0;
        for (std::size_t axis = 0; axis < shape.axes; ++axis) {
            const std::uint64_t size = work.call.output.shape[axis];
            const auto index = resolve_index(index_at(work, tuple * shape.axes + axis), size);
            if (!index) {
                return 0;
            }
            target = target * size + *index;
        }
        aims.push_back({.target = target, .update = tuple});
    }
    copy_x(work, parallel);
    if (applies_in_place(work.call)) {
        apply_in_order(work, aims, shape.slice, parallel);
        return std::nullopt;
    }
    sort_aims(aims);
    const auto apply = [&](Group group, std::uint64_t first, std::uint64_t end) {
        with_number(work.call.output.dtype, [&](auto number) {
            for (std::uint64_t within = first; within < end; ++within) {
                const std::uint64_t element = group[0].target * shape.slice + within;
                combine<decltype(number)>(work, group, element, shape.slice, within);
            }
        });
    };
    for_groups(groups_of(aims), shape.slice, parallel, apply);
    return std::nullopt;
}

/// to_fixed_point, by the processor's conversion where that has an answer. x times a power of two
/// is exact in f64.
std::int64_t fixed_point(float x, int fraction, double scale) {
#if defined(__SSE2__) && defined(__x86_64__)
    const double scaled = static_cast<double>(x) * scale;
    if (scaled < 0x1p62 && scaled > -0x1p62) {
        return _mm_cvtsd_si64(_mm_set_sd(scaled));
    }
#else
    static_cast<void>(scale);
#endif
    return to_fixed_point(x, fraction);
}

std::optional<std::uint64_t> run_scatter_add(const NodeWork& work, const Parallel& parallel) {
    if (work.call.output.elements() == 0) {
        return std::nullopt;
    }
    const std::uint64_t columns = work.call.output.shape.columns();
    const auto fraction = static_cast<int>(work.call.attributes[0]);
    const double scale = static_cast<double>(std::uint64_t{1} << fraction);
    std::vector<Aim> aims;
    for (std::uint64_t update = 0; update < work.call.operands[1].elements(); ++update) {
        const auto index = resolve_index(index_at(work, update), work.call.output.shape[0]);
        if (!index) {
            return 0;
        }
        aims.push_back({.target = *index, .update = update});
    }
    sort_aims(aims);
    copy_x(work, parallel);
    auto* out = reinterpret_cast<float*>(work.output);
    const auto* updates = reinterpret_cast<const float*>(work.operands[2]);
    const auto apply = [&](Group group, std::uint64_t first, std::uint64_t end) {
        for (; first < end; first += sums_per_block) {
            const std::uint64_t count = std::min(sums_per_block, end - first);
            std::uint64_t sums[sums_per_block] = {};
            for (const Aim& aim : group) {
                const float* row = updates + aim.update * columns + first;
                for (std::uint64_t i = 0; i < count; ++i) {
                    sums[i] += static_cast<std::uint64_t>(fixed_point(row[i], fraction, scale));
                }
            }
            float* to = out + group[0].target * columns + first;
            for (std::uint64_t i = 0; i < count; ++i) {
                const auto sum = static_cast<std::int64_t>(sums[i]);
                to[i] = canonical(to[i] + from_fixed_point(sum, fraction));
            }
        }
    };
    for_groups(groups_of(aims), columns, parallel, apply);
    return std::nullopt;
}

/// A line of indices along the axis: from coordinates 0 there.
struct Line {
    std::uint64_t index = 0;   ///< of its first index
    std::uint64_t target = 0;  ///< of its first element of the output
};

Line line_of(const NodeCall& call, std::uint64_t number) {
    const Shape& indices = call.operands[1].shape;
    const auto axis = static_cast<std::size_t>(call.attributes[0]);
    Coordinates at{};
    for (std::size_t other = indices.rank(); other-- > 0;) {
        if (other != axis) {
            at[other] = number % indices[other];
            number /= indices[other];
        }
    }
    return {.index = element_at(indices, at), .target = element_at(call.output.shape, at)};
}

/// Whether all indices of the line are within bounds; the aims are places along the line, in order.
bool aim_along(const NodeWork& work, const Line& line, std::size_t axis, std::vector<Aim>& aims) {
    const Shape& indices = work.call.operands[1].shape;
    const std::uint64_t step = strides_of(indices)[axis];
    aims.clear();
    for (std::uint64_t at = 0; at < indices[axis]; ++at) {
        const std::uint64_t element = line.index + at * step;
        const auto index = resolve_index(index_at(work, element), work.call.output.shape[axis]);
        if (!index) {
            return false;
        }
        aims.push_back({.target = *index, .update = element});
    }
    return true;
}

void apply_to_line(
    const NodeWork& work, const std::vector<Aim>& aims, const Line& line, std::uint64_t step
) {
    const auto mode = static_cast<ScatterMode>(work.call.attributes.back());
    with_number(work.call.output.dtype, [&](auto number) {
        using Number = decltype(number);
        for (const Aim& aim : aims) {
            const std::uint64_t element = line.target + aim.target * step;
            combine_run<Number>(
                mode,
                work.output + element * Number::size,
                work.operands[2] + aim.update * Number::size,
                1
            );
        }
    });
}

std::optional<std::uint64_t> run_scatter_elements(const NodeWork& work, const Parallel& parallel) {
    const Shape& indices = work.call.operands[1].shape;
    if (work.call.output.elements() == 0) {
        return std::nullopt;
    }
    copy_x(work, parallel);
    if (indices.elements() == 0) {
        return std::nullopt;
    }
    const auto axis = static_cast<std::size_t>(work.call.attributes[0]);
    const std::uint64_t step = strides_of(work.call.output.shape)[axis];
    const std::uint64_t lines = indices.elements() / indices[axis];
    const std::uint64_t piece = std::max<std::uint64_t>(1, elements_per_piece / indices[axis]);
    std::atomic<std::uint64_t> bad = none;
    for_each(parallel, (lines + piece - 1) / piece, [&](std::size_t number) {
        std::vector<Aim> aims;
        const std::uint64_t end = std::min(lines, (number + 1) * piece);
        for (std::uint64_t at = number * piece; at < end; ++at) {
            const Line line = line_of(work.call, at);
            if (!aim_along(work, line, axis, aims)) {
                keep_least(bad, line.target);
                return;  // the lines that follow begin behind this one
            }
            if (applies_in_place(work.call)) {
                apply_to_line(work, aims, line, step);
                continue;
            }
            sort_aims(aims);
            with_number(work.call.output.dtype, [&](auto as) {
                for (const Group group : groups_of(aims)) {
                    const std::uint64_t element = line.target + group[0].target * step;
                    combine<decltype(as)>(work, group, element, 1, 0);
                }
            });
        }
    });
    return found(bad);
}

/// A row of gather_elements: element `column` is the one at index * step + column * column_step.
struct GatheredRow {
    const std::byte* from = nullptr;
    const std::byte* indices = nullptr;
    std::byte* to = nullptr;
    std::uint64_t columns = 0;
    std::uint64_t size = 0;  ///< along the axis: indices are below
    std::uint64_t step = 1;
    std::uint64_t column_step = 0;
};

/// The first column with a bad index; the number of columns if there is none.
template <typename Word, typename Index>
std::uint64_t gather_row(const GatheredRow& row) {
    const auto* in = reinterpret_cast<const Word*>(row.from);
    const auto* indices = reinterpret_cast<const Index*>(row.indices);
    auto* out = reinterpret_cast<Word*>(row.to);
    const std::uint64_t size = row.size;
    const std::uint64_t step = row.step;
    const std::uint64_t column_step = row.column_step;
    for (std::uint64_t column = 0; column < row.columns; ++column) {
        const auto given = static_cast<std::uint64_t>(std::int64_t{indices[column]});
        const std::uint64_t index = given + (indices[column] < 0 ? size : 0);
        if (index >= size) {
            return column;
        }
        out[column] = in[index * step + column * column_step];
    }
    return row.columns;
}

template <typename Word>
auto gather_function(DType indices) {
    return indices == DType::i32 ? gather_row<Word, std::int32_t> : gather_row<Word, std::int64_t>;
}

auto gather_function(std::size_t size, DType indices) {
    switch (size) {
        case 1:
            return gather_function<std::uint8_t>(indices);
        case 2:
            return gather_function<std::uint16_t>(indices);
        case 4:
            return gather_function<std::uint32_t>(indices);
        default:
            return gather_function<std::uint64_t>(indices);
    }
}

std::optional<std::uint64_t> run_gather_elements(const NodeWork& work, const Parallel& parallel) {
    const Shape& x = work.call.operands[0].shape;
    const TensorType& indices = work.call.operands[1];
    const Shape& shape = work.call.output.shape;
    if (shape.elements() == 0) {
        return std::nullopt;
    }
    const auto axis = static_cast<std::size_t>(work.call.attributes[0]);
    const std::size_t size = size_of(work.call.output.dtype);
    const auto gather = gather_function(size, indices.dtype);
    const GatheredRow any{
        .columns = shape.columns(),
        .size = x[axis],
        .step = strides_of(x)[axis],
        .column_step = axis + 1 == x.rank() ? std::uint64_t{0} : std::uint64_t{1},
    };
    const std::uint64_t piece = std::max<std::uint64_t>(1, elements_per_piece / any.columns);
    std::atomic<std::uint64_t> bad = none;
    for_each(parallel, (shape.rows() + piece - 1) / piece, [&](std::size_t number) {
        const std::uint64_t end = std::min(shape.rows(), (number + 1) * piece);
        for (std::uint64_t row = number * piece; row < end; ++row) {
            Coordinates at = coordinates_of_row(shape, row);
            at[axis] = 0;
            GatheredRow own = any;
            own.from = work.operands[0] + element_at(x, at) * size;
            own.indices = work.operands[1] + row * indices.row_bytes();
            own.to = work.output + row * work.call.output.row_bytes();
            const std::uint64_t column = gather(own);
            if (column < own.columns) {
                keep_least(bad, row * own.columns + column);
                return;
            }
        }
    });
    return found(bad);
}

}  // namespace

Kernel find_scatter_kernel(const NodeCall& call) {
    switch (call.op) {
        case OpCode::scatter_nd:
            return run_scatter_nd;
        case OpCode::scatter_add:
            return run_scatter_add;
        case OpCode::scatter_elements:
            return run_scatter_elements;
        case OpCode::gather_elements:
            return run_gather_elements;
        default:
            return nullptr;
    }
}

}  // namespace steelyard::vm::cpu
