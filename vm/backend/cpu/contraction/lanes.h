// Rows of lanes out of the operands of contractions.
#pragma once

#include "vm/backend/cpu/contraction/product.h"
#include "vm/ops/contraction/conv.h"

namespace steelyard::vm::cpu {

/// How elements become lanes.
enum class LaneKind : std::uint8_t {
    f32,           ///< one f32, f16 or bf16, widened
    i16,           ///< two bytes, each less its zero point
    signed_bytes,  ///< four bytes as i8
    unsigned_bytes,
};

/// Elements to a lane.
constexpr std::size_t elements_per_lane(LaneKind kind) {
    return kind == LaneKind::f32 ? 1 : kind == LaneKind::i16 ? 2 : 4;
}

/// How to fill lanes from elements of one type.
struct LaneFiller {
    LaneKind kind = LaneKind::f32;
    DType type = DType::f32;
    std::int32_t zero = 0;  ///< zero point of bytes

    /// What a byte in `signed_bytes` or `unsigned_bytes` lanes is more than what the element says.
    std::int32_t excess() const;

    /// Lanes from `count` neighbouring elements; the last one is filled up with zeros.
    void fill(const std::byte* elements, std::size_t count, std::uint32_t* lanes) const;

    /// Adds factor * the sum of the bytes to each row's term.
    void add_byte_sums(
        const LaneView& view, const LaneRange& range, std::uint32_t factor, std::uint32_t* terms
    ) const;
};

/// The rows of a tensor whose rows are those of the matrices.
class MatrixRows final : public LaneRows {
public:
    const std::byte* data = nullptr;
    LaneFiller filler{};
    std::size_t k = 0;              ///< elements of a row
    std::size_t batch_rows = 0;     ///< rows from one matrix to the next; 0: one for all
    std::uint32_t term_factor = 0;  ///< of the sum of a row's bytes

    LaneView read(const LaneRange& range, std::uint32_t* scratch) const override;
    void add_terms(const LaneView& view, const LaneRange& range, std::uint32_t* terms)
        const override;
    bool has_terms() const override { return term_factor != 0; }
};

/// The windows of a convolution's input as rows; the batch is the group.
class WindowRows final : public LaneRows {
public:
    const std::byte* data = nullptr;
    LaneFiller filler{};
    const Conv* conv = nullptr;
    std::uint32_t term_factor = 0;

    LaneView read(const LaneRange& range, std::uint32_t* scratch) const override;
    void add_terms(const LaneView& view, const LaneRange& range, std::uint32_t* terms)
        const override;
    bool has_terms() const override { return term_factor != 0; }
};

}  // namespace steelyard::vm::cpu
