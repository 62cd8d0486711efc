#include "vm/backend/cpu/strided_copy.h"

#include "base/check.h"
#include "vm/backend/cpu/transposition.h"
#include "vm/ops/elements.h"

#include <algorithm>

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t piece_bytes = std::uint64_t{1} << 18;

/// Rows of the output that are transposed together.
constexpr std::uint64_t tile = 128;

template <std::size_t size>
struct WordOf;
template <>
struct WordOf<1> {
    using Type = std::uint8_t;
};
template <>
struct WordOf<2> {
    using Type = std::uint16_t;
};
template <>
struct WordOf<4> {
    using Type = std::uint32_t;
};
template <>
struct WordOf<8> {
    using Type = std::uint64_t;
};

/// Calls `body` with an element's size as a constant.
template <typename Body>
void with_size(std::size_t size, Body body) {
    switch (size) {
        case 1:
            return body(std::integral_constant<std::size_t, 1>{});
        case 2:
            return body(std::integral_constant<std::size_t, 2>{});
        case 4:
            return body(std::integral_constant<std::size_t, 4>{});
        default:
            return body(std::integral_constant<std::size_t, 8>{});
    }
}

/// One row: `count` elements in steps.
template <std::size_t size>
void copy_row(
    std::byte* to,
    const std::byte* from,
    std::uint64_t count,
    std::int64_t to_step,
    std::int64_t step
) {
    using Word = typename WordOf<size>::Type;
    auto* out = reinterpret_cast<Word*>(to);
    const auto* in = reinterpret_cast<const Word*>(from);
    if (to_step == 1 && step == 1) {
        std::memcpy(to, from, count * size);
    } else if (to_step == 1 && step == 0) {
        std::fill_n(out, count, *in);
    } else if (to_step == 1) {
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = in[static_cast<std::int64_t>(i) * step];
        }
    } else {
        for (std::int64_t i = 0; i < static_cast<std::int64_t>(count); ++i) {
            out[i * to_step] = in[i * step];
        }
    }
}

}  // namespace

void StridedCopy::add_axis(std::uint64_t size, std::int64_t to_step, std::int64_t from_step) {
    is_empty_ = is_empty_ || size == 0;
    if (size <= 1) {
        return;
    }
    const auto count = static_cast<std::int64_t>(size);
    if (rank_ > 0) {
        Axis& before = axes_[rank_ - 1];
        if (before.to == to_step * count && before.from == from_step * count) {
            before = {.size = before.size * size, .to = to_step, .from = from_step};
            return;
        }
    }
    CHECK(rank_ < rank_max);
    axes_[rank_++] = {.size = size, .to = to_step, .from = from_step};
}

std::uint64_t StridedCopy::rows() const {
    std::uint64_t rows = 1;
    for (std::size_t axis = 0; axis + 1 < rank_; ++axis) {
        rows *= axes_[axis].size;
    }
    return rows;
}

StridedCopy::Place StridedCopy::place_of(std::uint64_t row) const {
    Place place{.to = to_, .from = from_};
    for (std::size_t axis = rank_ == 0 ? 0 : rank_ - 1; axis-- > 0;) {
        place.at[axis] = row % axes_[axis].size;
        row /= axes_[axis].size;
        const auto at = static_cast<std::int64_t>(place.at[axis]);
        place.to += at * axes_[axis].to;
        place.from += at * axes_[axis].from;
    }
    return place;
}

void StridedCopy::advance(Place& place) const {
    for (std::size_t axis = rank_ == 0 ? 0 : rank_ - 1; axis-- > 0;) {
        place.to += axes_[axis].to;
        place.from += axes_[axis].from;
        if (++place.at[axis] < axes_[axis].size) {
            return;
        }
        const auto size = static_cast<std::int64_t>(axes_[axis].size);
        place.to -= size * axes_[axis].to;
        place.from -= size * axes_[axis].from;
        place.at[axis] = 0;
    }
}

void StridedCopy::run(std::byte* to, const std::byte* from, const Parallel& parallel) const {
    if (is_empty_) {
        return;
    }
    const bool is_gathering = rank_ > 1 && axes_[rank_ - 1].to == 1 && axes_[rank_ - 1].from != 1 &&
                              axes_[rank_ - 1].from != 0;
    for (std::size_t axis = 0; is_gathering && axis + 1 < rank_; ++axis) {
        if (axes_[axis].from == 1) {
            with_size(element_size_, [&](auto size) {
                run_transposed<decltype(size)::value>(to, from, axis, parallel);
            });
            return;
        }
    }
    run_rows(to, from, parallel);
}

void StridedCopy::run_rows(std::byte* to, const std::byte* from, const Parallel& parallel) const {
    const Axis last = rank_ == 0 ? Axis{.size = 1, .to = 1, .from = 1} : axes_[rank_ - 1];
    const auto size = static_cast<std::int64_t>(element_size_);
    const std::uint64_t all = rows() * last.size;
    const std::uint64_t piece = piece_bytes / element_size_;
    for_each(parallel, (all + piece - 1) / piece, [&](std::size_t index) {
        with_size(element_size_, [&](auto constant) {
            const std::uint64_t end = std::min(all, (index + 1) * piece);
            std::uint64_t first = index * piece;
            std::uint64_t column = first % last.size;
            for (Place row = place_of(first / last.size); first < end; advance(row)) {
                const std::uint64_t count = std::min(last.size - column, end - first);
                const auto skipped = static_cast<std::int64_t>(column);
                std::byte* out = to + (row.to + skipped * last.to) * size;
                const std::byte* in = from + (row.from + skipped * last.from) * size;
                copy_row<decltype(constant)::value>(out, in, count, last.to, last.from);
                first += count;
                column = 0;
            }
        });
    });
}

/// Blocks of the last axis and of `axis`, along which the source is dense.
template <std::size_t size>
void StridedCopy::run_transposed(
    std::byte* to, const std::byte* from, std::size_t axis, const Parallel& parallel
) const {
    using Word = typename WordOf<size>::Type;
    const Axis last = axes_[rank_ - 1];
    const Axis dense = axes_[axis];
    StridedCopy others = *this;  // with one coordinate for each block of `dense`
    others.axes_[axis] = {
        .size = (dense.size + tile - 1) / tile,
        .to = dense.to * static_cast<std::int64_t>(tile),
        .from = static_cast<std::int64_t>(tile),
    };
    const std::uint64_t blocks = others.rows();
    const std::uint64_t piece = std::max<std::uint64_t>(1, piece_bytes / (size * tile * last.size));
    for_each(parallel, (blocks + piece - 1) / piece, [&](std::size_t index) {
        const std::uint64_t end = std::min(blocks, (index + 1) * piece);
        Place place = others.place_of(index * piece);
        for (std::uint64_t block = index * piece; block < end; ++block, others.advance(place)) {
            transpose(Transposition<Word>{
                .out = reinterpret_cast<Word*>(to) + place.to,
                .out_step = dense.to,
                .in = reinterpret_cast<const Word*>(from) + place.from,
                .in_step = last.from,
                .height = std::min(tile, dense.size - place.at[axis] * tile),
                .width = last.size,
            });
        }
    });
}

void fill_elements(
    std::byte* to,
    std::uint64_t count,
    const std::byte* element,
    std::size_t size,
    const Parallel& parallel
) {
    StridedCopy copy(size);
    copy.add_axis(count, 1, 0);
    copy.run(to, element, parallel);
}

void copy_bytes(
    std::byte* to, const std::byte* from, std::uint64_t bytes, const Parallel& parallel
) {
    StridedCopy copy(1);
    copy.add_axis(bytes, 1, 1);
    copy.run(to, from, parallel);
}

}  // namespace steelyard::vm::cpu
