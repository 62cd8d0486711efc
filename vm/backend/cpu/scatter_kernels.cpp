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

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t elements_per_piece = 16'384;
constexpr std::uint64_t sums_per_block = 512;
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
    sort_aims(aims);
    copy_x(work, parallel);
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

std::optional<std::uint64_t> run_scatter_add(const NodeWork& work, const Parallel& parallel) {
    if (work.call.output.elements() == 0) {
        return std::nullopt;
    }
    const std::uint64_t columns = work.call.output.shape.columns();
    const auto fraction = static_cast<int>(work.call.attributes[0]);
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
                    sums[i] += static_cast<std::uint64_t>(to_fixed_point(row[i], fraction));
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

/// Whether all indices of the line are within bounds; the aims are places along the line.
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
    sort_aims(aims);
    return true;
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

std::optional<std::uint64_t> run_gather_elements(const NodeWork& work, const Parallel& parallel) {
    const Shape& x = work.call.operands[0].shape;
    const Shape& shape = work.call.output.shape;
    if (shape.elements() == 0) {
        return std::nullopt;
    }
    const auto axis = static_cast<std::size_t>(work.call.attributes[0]);
    const std::uint64_t step = strides_of(x)[axis];
    const bool along_rows = axis + 1 == x.rank();
    const std::size_t size = size_of(work.call.output.dtype);
    const std::uint64_t columns = shape.columns();
    const std::uint64_t piece = std::max<std::uint64_t>(1, elements_per_piece / columns);
    std::atomic<std::uint64_t> bad = none;
    for_each(parallel, (shape.rows() + piece - 1) / piece, [&](std::size_t number) {
        const std::uint64_t end = std::min(shape.rows(), (number + 1) * piece);
        for (std::uint64_t row = number * piece; row < end; ++row) {
            Coordinates at = coordinates_of_row(shape, row);
            at[axis] = 0;
            const std::uint64_t first = element_at(x, at);
            for (std::uint64_t column = 0; column < columns; ++column) {
                const std::uint64_t element = row * columns + column;
                const auto index = resolve_index(index_at(work, element), x[axis]);
                if (!index) {
                    keep_least(bad, element);
                    return;
                }
                const std::uint64_t from = first + *index * step + (along_rows ? 0 : column);
                copy_element(work.output + element * size, work.operands[0] + from * size, size);
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
