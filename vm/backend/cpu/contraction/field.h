// Field: a part of a convolution's input with its padding around it, so that windows are read where
// they lie: neighbours on a line are rows of lanes at an even distance.
#pragma once

#include "vm/backend/cpu/contraction/lanes.h"
#include "vm/backend/cpu/contraction/product.h"

namespace steelyard::vm::cpu {

/// A box of the windows of an image, in one group of channels.
struct WindowBox {
    std::uint64_t image = 0;
    std::uint64_t group = 0;
    Spot first{};
    Spot windows{1, 1, 1};  ///< how many along each axis

    std::uint64_t count() const { return windows[0] * windows[1] * windows[2]; }
};

/// How the windows are parted, and how large the field of a box is. Axes beyond the last are 1.
struct FieldPlan {
    Spot windows{1, 1, 1};         ///< of a box, at most
    Spot places{1, 1, 1};          ///< of its field
    std::size_t place_stride = 0;  ///< lanes from one place to the next

    std::size_t lanes() const { return places[0] * places[1] * places[2] * place_stride; }

    /// The lane of a place of the field.
    std::size_t lane(const Spot& place) const {
        return ((place[0] * places[1] + place[1]) * places[2] + place[2]) * place_stride;
    }

    /// A plan, if windows are better read where they lie than written one by one.
    static std::optional<FieldPlan> make(const Conv& conv, std::size_t tile_rows);
};

/// Where lanes [first, first + count) of each window are, from its first place in the field on.
std::vector<LaneSegment> window_segments(
    const Conv& conv, const FieldPlan& plan, std::size_t first, std::size_t count
);

/// Writes the field of a box of x [N, spatial..., C], widened to f32.
void write_field(
    const Conv& conv,
    const FieldPlan& plan,
    const WindowBox& box,
    const MatrixRows& x,
    std::uint32_t* lanes
);

/// `multiply` for the windows of x as rows of a; `product.a` is not looked at.
void multiply_field(
    const Product& product,
    const Conv& conv,
    const FieldPlan& plan,
    const MatrixRows& x,
    const Parallel& parallel
);

}  // namespace steelyard::vm::cpu
