#include "vm/backend/cpu/contraction/attention_kernel.h"

#include "vm/backend/cpu/contraction/lanes.h"
#include "vm/backend/cpu/contraction/scratch.h"
#include "vm/ops/contraction/attention.h"
#include "vm/ops/fma.h"
#include "vm/ops/narrow_floats.h"
#include "vm/ops/tree_sum.h"

#include <algorithm>
#include <limits>

namespace steelyard::vm::cpu {

namespace {

/// Queries for which keys and values are packed once.
constexpr std::size_t queries_per_piece = 168;
constexpr float nothing_seen = -std::numeric_limits<float>::infinity();

float* floats(std::uint32_t* words) {
    return reinterpret_cast<float*>(words);
}

/// The greatest by A4: of integers that have the order of the floats, -0 below +0.
float greatest(float first, const float* x, std::size_t count) {
    const auto key = [](float value) {
        const auto bits = std::bit_cast<std::int32_t>(value);
        return bits ^ ((bits >> 31) & 0x7fffffff);
    };
    std::int32_t most = key(first);
    bool nan = first != first;
    for (std::size_t i = 0; i < count; ++i) {
        const std::int32_t next = key(x[i]);
        most = most > next ? most : next;
        nan = nan | (x[i] != x[i]);
    }
    const float value = std::bit_cast<float>(most ^ ((most >> 31) & 0x7fffffff));
    return nan ? std::bit_cast<float>(f32_nan_bits) : value;
}

/// Some queries of one batch.
class Piece {
public:
    Piece(const AttentionKernels& kernels, const NodeWork& work, const AttentionBlock& block)
        : kernels_(kernels), tiles_(kernels.tiles), work_(work), block_(block) {
        ScratchLayout layout;
        const std::size_t panel = tiles_.columns * attention_width_max;
        const auto k = layout.add(ceil(block.keys) * attention_width_max);
        const auto v = layout.add(ceil(block.width) * attention_keys_max);
        const auto rows = layout.add(panel);
        const auto a = layout.add(tiles_.rows * row_stride);
        const auto scores = layout.add(tiles_.rows * attention_keys_max);
        const auto weights = layout.add(tiles_.rows * attention_keys_max);
        std::uint32_t* base = layout.allocate();
        k_ = base + k;
        v_ = base + v;
        rows_ = base + rows;
        a_ = base + a;
        scores_ = floats(base + scores);
        weights_ = floats(base + weights);
    }

    void run(std::size_t batch, std::size_t first, std::size_t end) {
        pack_keys(batch);
        pack_values(batch);
        for (std::size_t query = first; query < end; query += tiles_.rows) {
            row_ = batch * block_.queries + query;
            count_ = std::min(tiles_.rows, end - query);
            score();
            weigh();
            add_values();
        }
    }

private:
    std::size_t ceil(std::size_t columns) const {
        return (columns + tiles_.columns - 1) / tiles_.columns * tiles_.columns;
    }

    /// Rows of an operand as f32, in `rows_` unless they are that already.
    LaneView read(std::size_t operand, std::size_t row, std::size_t rows, std::size_t width) {
        const DType type = work_.call.operands[operand].dtype;
        const std::byte* from = work_.operands[operand] + row * width * size_of(type);
        if (type != DType::f32) {
            const LaneFiller filler{.kind = LaneKind::f32, .type = type};
            filler.fill(from, rows * width, rows_);
            return {.data = rows_, .stride = width};
        }
        return {.data = reinterpret_cast<const std::uint32_t*>(from), .stride = width};
    }

    void pack_keys(std::size_t batch) {
        for (std::size_t t = 0; t < block_.keys; t += tiles_.columns) {
            const std::size_t rows = std::min(tiles_.columns, block_.keys - t);
            const LaneView view = read(1, batch * block_.keys + t, rows, block_.depth);
            tiles_.pack_columns({
                .from = view.data,
                .stride = view.stride,
                .rows = rows,
                .lanes = block_.depth,
                .to = k_ + t * block_.depth,
            });
        }
    }

    /// Values are rows of keys as they are: lanes are keys.
    void pack_values(std::size_t batch) {
        for (std::size_t t = 0; t < block_.keys; ++t) {
            const LaneView view = read(2, batch * block_.keys + t, 1, block_.width);
            for (std::size_t e = 0; e < block_.width; e += tiles_.columns) {
                const std::size_t columns = std::min(tiles_.columns, block_.width - e);
                std::uint32_t* to = v_ + e * block_.keys + t * tiles_.columns;
                std::copy_n(view.data + e, columns, to);
                std::fill(to + columns, to + tiles_.columns, std::uint32_t{0});
            }
        }
    }

    void copy_rows(const LaneView& view, std::size_t lanes) {
        for (std::size_t r = 0; r < count_; ++r) {
            std::copy_n(view.data + r * view.stride, lanes, a_ + r * row_stride);
        }
    }

    void score() {
        const LaneView view = read(0, row_, count_, block_.depth);
        copy_rows(view, block_.depth);
        for (std::size_t t = 0; t < block_.keys; t += tiles_.columns) {
            tiles_.multiply({
                .a = a_,
                .b = k_ + t * block_.depth,
                .lanes = block_.depth,
                .c = reinterpret_cast<std::uint32_t*>(scores_) + t,
                .c_stride = block_.keys,
                .rows = count_,
                .columns = std::min(tiles_.columns, block_.keys - t),
            });
        }
    }

    std::size_t state_columns() const { return block_.width + attention_state_head; }
    float* out_row(std::size_t r) const {
        return reinterpret_cast<float*>(work_.output) + (row_ + r) * state_columns();
    }
    const float* state_row(std::size_t r) const {
        return reinterpret_cast<const float*>(work_.operands[block_.state]) +
               (row_ + r) * state_columns();
    }

    /// From scores to weights and the heads of the states; the sums of values are scaled.
    void weigh() {
        float maxima[tile_rows_max];
        float before[tile_rows_max];
        float stays[tile_rows_max];
        for (std::size_t r = 0; r < count_; ++r) {
            float* scores = scores_ + r * block_.keys;
            scale(r, scores);
            const float seen = block_.state == 0 ? nothing_seen : state_row(r)[0];
            maxima[r] = greatest(seen, scores, block_.keys);
            for (std::size_t t = 0; t < block_.keys; ++t) {
                scores[t] = scores[t] - maxima[r];
            }
            before[r] = seen - maxima[r];
        }
        exponentials(scores_, weights_, count_ * block_.keys);
        exponentials(before, stays, count_);
        for (std::size_t r = 0; r < count_; ++r) {
            if (maxima[r] == nothing_seen) {
                std::fill_n(weights_ + r * block_.keys, block_.keys, 0.0F);
                stays[r] = 1.0F;
            }
            write_state(r, maxima[r], stays[r]);
        }
    }

    void scale(std::size_t r, float* scores) const {
        for (std::size_t t = 0; t < block_.keys; ++t) {
            scores[t] = scores[t] * block_.scale;
        }
        if (block_.mask != 0) {
            const float* mask = reinterpret_cast<const float*>(work_.operands[block_.mask]) +
                                block_.mask_element(row_ + r);
            for (std::size_t t = 0; t < block_.keys; ++t) {
                scores[t] = scores[t] + mask[t];
            }
        }
    }

    void exponentials(const float* from, float* to, std::size_t count) const {
        kernels_.exp({
            .operands = {reinterpret_cast<const std::byte*>(from)},
            .output = reinterpret_cast<std::byte*>(to),
            .count = count,
        });
    }

    void write_state(std::size_t r, float maximum, float stays) const {
        float lanes[tree_lanes] = {};
        std::copy_n(weights_ + r * block_.keys, block_.keys, lanes);
        const float sum = fold_lanes(lanes, [](float a, float b) { return a + b; });
        float* out = out_row(r);
        const float sum_before = block_.state == 0 ? 0.0F : state_row(r)[1];
        out[0] = canonical(maximum);
        out[1] = canonical(processor_fma(sum_before, stays, sum));
        for (std::size_t e = 0; e < block_.width; ++e) {
            const float value = block_.state == 0 ? 0.0F : state_row(r)[attention_state_head + e];
            out[attention_state_head + e] = value * stays;
        }
    }

    void add_values() {
        const auto* weights = reinterpret_cast<const std::uint32_t*>(weights_);
        copy_rows({.data = weights, .stride = block_.keys}, block_.keys);
        for (std::size_t e = 0; e < block_.width; e += tiles_.columns) {
            tiles_.multiply({
                .a = a_,
                .b = v_ + e * block_.keys,
                .lanes = block_.keys,
                .c = reinterpret_cast<std::uint32_t*>(out_row(0)) + attention_state_head + e,
                .c_stride = state_columns(),
                .rows = count_,
                .columns = std::min(tiles_.columns, block_.width - e),
                .chained = true,
            });
        }
    }

    const AttentionKernels& kernels_;
    const TileKernels& tiles_;
    const NodeWork& work_;
    const AttentionBlock& block_;
    std::uint32_t* k_ = nullptr;
    std::uint32_t* v_ = nullptr;
    std::uint32_t* rows_ = nullptr;
    std::uint32_t* a_ = nullptr;
    float* scores_ = nullptr;
    float* weights_ = nullptr;
    std::size_t row_ = 0;    ///< of the output
    std::size_t count_ = 0;  ///< rows of the tile
};

}  // namespace

void attend(const AttentionKernels& kernels, const NodeWork& work, const Parallel& parallel) {
    const auto block = AttentionBlock::make(work.call.operands, work.call.attributes).value();
    const std::size_t pieces = (block.queries + queries_per_piece - 1) / queries_per_piece;
    for_each(parallel, block.batches * pieces, [&](std::size_t index) {
        const std::size_t first = index % pieces * queries_per_piece;
        Piece(kernels, work, block)
            .run(
                index / pieces,
                first,
                std::min<std::size_t>(block.queries, first + queries_per_piece)
            );
    });
}

}  // namespace steelyard::vm::cpu
