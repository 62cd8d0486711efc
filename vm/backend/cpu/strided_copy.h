// StridedCopy: moves a box of elements from one layout to another.
#pragma once

#include "vm/backend/backend.h"

#include <array>

namespace steelyard::vm::cpu {

/// The element at coordinates c goes from `from` + sum of c[i] * from-steps to `to` + sum of c[i] *
/// to-steps, all counted in elements. No two go to the same place.
class StridedCopy {
public:
    /// `element_size` is 1, 2, 4 or 8.
    explicit StridedCopy(std::size_t element_size) : element_size_(element_size) {}

    void begin_at(std::int64_t to, std::int64_t from) {
        to_ = to;
        from_ = from;
    }

    /// The next axis, from the outermost to the innermost; at most `rank_max`.
    void add_axis(std::uint64_t size, std::int64_t to_step, std::int64_t from_step);

    void run(std::byte* to, const std::byte* from, const Parallel& parallel) const;

private:
    struct Axis {
        std::uint64_t size = 1;
        std::int64_t to = 0;
        std::int64_t from = 0;
    };

    /// Where a row begins: a combination of the coordinates of all axes but the last.
    struct Place {
        std::int64_t to = 0;
        std::int64_t from = 0;
        std::array<std::uint64_t, rank_max> at{};
    };

    std::uint64_t rows() const;
    Place place_of(std::uint64_t row) const;
    void advance(Place& place) const;
    void run_rows(std::byte* to, const std::byte* from, const Parallel& parallel) const;
    template <std::size_t size>
    void run_transposed(
        std::byte* to, const std::byte* from, std::size_t axis, const Parallel& parallel
    ) const;

    std::size_t element_size_;
    std::int64_t to_ = 0;
    std::int64_t from_ = 0;
    std::size_t rank_ = 0;
    bool is_empty_ = false;
    std::array<Axis, rank_max> axes_{};
};

/// `count` copies of an element, on several threads where there are many.
void fill_elements(std::byte* to, std::uint64_t count, const std::byte* element, std::size_t size, const Parallel&);

/// Bytes from one place to another that does not overlap it, on several threads where it is long.
void copy_bytes(std::byte* to, const std::byte* from, std::uint64_t bytes, const Parallel&);

}  // namespace steelyard::vm::cpu
