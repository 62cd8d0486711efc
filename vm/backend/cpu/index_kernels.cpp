#include "vm/backend/cpu/index_kernels.h"

#include "vm/backend/cpu/scatter_kernels.h"
#include "vm/backend/cpu/strided_copy.h"
#include "vm/ops/index/index_value.h"
#include "vm/ops/indexing.h"

#include <algorithm>
#include <vector>

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 17;

std::int64_t index_at(const NodeWork& work, std::size_t operand, std::uint64_t element) {
    const DType dtype = work.call.operands[operand].dtype;
    return load_index(dtype, work.operands[operand] + element * size_of(dtype));
}

template <typename Word>
void copy_words(
    std::byte* to, const std::byte* from, const std::uint64_t* places, std::uint64_t count
) {
    auto* out = reinterpret_cast<Word*>(to);
    const auto* in = reinterpret_cast<const Word*>(from);
    for (std::uint64_t i = 0; i < count; ++i) {
        out[i] = in[places[i]];
    }
}

/// Runs of `bytes` each, one after the other, from their places among the runs at `from`.
void copy_places(
    std::uint64_t bytes,
    std::byte* to,
    const std::byte* from,
    const std::uint64_t* places,
    std::uint64_t count
) {
    switch (bytes) {
        case 1:
            return copy_words<std::uint8_t>(to, from, places, count);
        case 2:
            return copy_words<std::uint16_t>(to, from, places, count);
        case 4:
            return copy_words<std::uint32_t>(to, from, places, count);
        case 8:
            return copy_words<std::uint64_t>(to, from, places, count);
        default:
            for (std::uint64_t i = 0; i < count; ++i) {
                std::memcpy(to + i * bytes, from + places[i] * bytes, bytes);
            }
    }
}

/// Runs of `bytes` each of a table.
struct Table {
    const std::byte* from = nullptr;
    std::uint64_t runs = 0;
    std::uint64_t bytes = 0;
};

/// The runs at all places in one table after the other.
void copy_runs(
    std::byte* to,
    const Table& first_table,
    std::uint64_t tables,
    const std::vector<std::uint64_t>& places,
    const Parallel& parallel
) {
    const std::uint64_t count = places.size();
    const std::uint64_t bytes = first_table.bytes;
    const std::uint64_t runs = tables * count;
    const std::uint64_t piece =
        std::max<std::uint64_t>(1, piece_bytes / std::max<std::uint64_t>(bytes, 4));
    for_each(parallel, (runs + piece - 1) / piece, [&](std::size_t index) {
        const std::uint64_t end = std::min(runs, (index + 1) * piece);
        for (std::uint64_t run = index * piece; run < end;) {
            const std::uint64_t table = run / count;
            const std::uint64_t skipped = run % count;
            const std::uint64_t size = std::min(count - skipped, end - run);
            const std::byte* from = first_table.from + table * first_table.runs * bytes;
            copy_places(bytes, to + run * bytes, from, places.data() + skipped, size);
            run += size;
        }
    });
}

std::optional<std::uint64_t> run_gather(const NodeWork& work, const Parallel& parallel) {
    const TensorType& x = work.call.operands[0];
    if (work.call.output.elements() == 0) {
        return std::nullopt;
    }
    const auto axis = static_cast<std::size_t>(work.call.attributes[0]);
    const std::uint64_t size = x.shape[axis];
    const std::uint64_t run = strides_of(x.shape)[axis];
    std::vector<std::uint64_t> places;  // of the indices, counted from the start
    places.reserve(work.call.operands[1].elements());
    for (std::uint64_t at = 0; at < work.call.operands[1].elements(); ++at) {
        const auto index = resolve_index(index_at(work, 1, at), size);
        if (!index) {
            return at * run;
        }
        places.push_back(*index);
    }
    const std::uint64_t bytes = run * size_of(x.dtype);
    const std::uint64_t tables = work.call.output.elements() / (run * places.size());
    const Table table{.from = work.operands[0], .runs = size, .bytes = bytes};
    copy_runs(work.output, table, tables, places, parallel);
    return std::nullopt;
}

std::optional<std::uint64_t> run_gather_nd(const NodeWork& work, const Parallel& parallel) {
    const Shape& x = work.call.operands[0].shape;
    const Shape& shape = work.call.operands[1].shape;
    if (work.call.output.elements() == 0) {
        return std::nullopt;
    }
    const auto batch = static_cast<std::size_t>(work.call.attributes[0]);
    const std::uint64_t tuple = shape.columns();
    const std::uint64_t run = strides_of(x)[batch + tuple - 1];
    std::uint64_t batches = 1;
    for (std::size_t axis = 0; axis < batch; ++axis) {
        batches *= x[axis];
    }
    const std::uint64_t tuples_per_batch = shape.rows() / batches;
    std::vector<std::uint64_t> places;
    places.reserve(shape.rows());
    for (std::uint64_t at = 0; at < shape.rows(); ++at) {
        std::uint64_t place = at / tuples_per_batch;
        for (std::uint64_t part = 0; part < tuple; ++part) {
            const std::uint64_t size = x[batch + part];
            const auto index = resolve_index(index_at(work, 1, at * tuple + part), size);
            if (!index) {
                return at * run;
            }
            place = place * size + *index;
        }
        places.push_back(place);
    }
    const std::uint64_t bytes = run * size_of(work.call.output.dtype);
    copy_runs(work.output, {.from = work.operands[0], .bytes = bytes}, 1, places, parallel);
    return std::nullopt;
}

/// The starts of a part of x; nothing: one is out of bounds.
std::optional<Coordinates> starts_of(const NodeWork& work, std::size_t operand, const Shape& part) {
    const Shape& x = work.call.operands[0].shape;
    Coordinates starts{};
    for (std::size_t axis = 0; axis < x.rank(); ++axis) {
        const std::int64_t start = index_at(work, operand, axis);
        if (start < 0 || static_cast<std::uint64_t>(start) > x[axis] - part[axis]) {
            return std::nullopt;
        }
        starts[axis] = static_cast<std::uint64_t>(start);
    }
    return starts;
}

/// Moves a part between a tensor of its own and its place in a larger one.
StridedCopy copy_of_part(
    const NodeWork& work, const Shape& part, const Coordinates& starts, bool into_whole
) {
    const Shape& whole = work.call.operands[0].shape;
    const auto whole_strides = strides_of(whole);
    const auto part_strides = strides_of(part);
    StridedCopy copy(size_of(work.call.output.dtype));
    const auto first = static_cast<std::int64_t>(element_at(whole, starts));
    copy.begin_at(into_whole ? first : 0, into_whole ? 0 : first);
    for (std::size_t axis = 0; axis < part.rank(); ++axis) {
        const auto in_whole = static_cast<std::int64_t>(whole_strides[axis]);
        const auto in_part = static_cast<std::int64_t>(part_strides[axis]);
        copy.add_axis(part[axis], into_whole ? in_whole : in_part, into_whole ? in_part : in_whole);
    }
    return copy;
}

std::optional<std::uint64_t> run_dynamic_slice(const NodeWork& work, const Parallel& parallel) {
    const Shape& part = work.call.output.shape;
    if (part.elements() == 0) {
        return std::nullopt;
    }
    const auto starts = starts_of(work, 1, part);
    if (!starts) {
        return 0;
    }
    copy_of_part(work, part, *starts, false).run(work.output, work.operands[0], parallel);
    return std::nullopt;
}

std::optional<std::uint64_t> run_dynamic_update(const NodeWork& work, const Parallel& parallel) {
    if (work.call.output.elements() == 0) {
        return std::nullopt;
    }
    const Shape& part = work.call.operands[1].shape;
    const auto starts = starts_of(work, 2, part);
    if (!starts) {
        return 0;
    }
    copy_bytes(work.output, work.operands[0], work.call.output.bytes(), parallel);
    copy_of_part(work, part, *starts, true).run(work.output, work.operands[1], parallel);
    return std::nullopt;
}

}  // namespace

Kernel find_index_kernel(const NodeCall& call) {
    switch (call.op) {
        case OpCode::gather:
            return run_gather;
        case OpCode::gather_nd:
            return run_gather_nd;
        case OpCode::dynamic_slice:
            return run_dynamic_slice;
        case OpCode::dynamic_update:
            return run_dynamic_update;
        default:
            return find_scatter_kernel(call);
    }
}

}  // namespace steelyard::vm::cpu
