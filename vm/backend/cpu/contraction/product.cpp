#include "vm/backend/cpu/contraction/product.h"

#include "vm/backend/cpu/contraction/scratch.h"
#include "vm/ops/narrow_floats.h"

#include <algorithm>
#include <cstring>

namespace steelyard::vm::cpu {

namespace {

/// Rows of a that are packed at once: with a chunk's lanes 1 MiB, a part of the second-level cache.
constexpr std::size_t piece_rows_max = 504;

/// Columns for which they are packed once.
constexpr std::size_t piece_columns_max = 1024;
static_assert(piece_columns_max <= tile_columns_max * row_stride);

/// Smaller products than so many steps of lanes go into one piece of work together.
constexpr std::size_t piece_steps_min = std::size_t{1} << 18;

std::size_t ceil_div(std::size_t a, std::size_t b) {
    return (a + b - 1) / b;
}

/// Even parts of a length, each a multiple of `unit` but the last, none over `most`.
std::size_t part_of(std::size_t length, std::size_t most, std::size_t unit) {
    const std::size_t parts = std::max<std::size_t>(1, ceil_div(length, most));
    return ceil_div(ceil_div(length, parts), unit) * unit;
}

/// Columns [column, column + columns) of rows [row, row + rows) of a batch.
struct Piece {
    std::size_t batch = 0;
    std::size_t row = 0;
    std::size_t rows = 0;
    std::size_t column = 0;
    std::size_t columns = 0;
};

struct Buffers {
    std::uint32_t* a = nullptr;
    std::uint32_t* b = nullptr;
    std::uint32_t* rows = nullptr;  ///< room for what LaneRows writes
    std::uint32_t* column_terms = nullptr;
    std::uint32_t* row_terms = nullptr;
    std::uint32_t* sums = nullptr;  ///< of outputs that are not of 4 bytes
};

class PieceOfWork {
public:
    PieceOfWork(const Product& product, const Piece& piece)
        : product_(product), kernels_(*product.kernels), piece_(piece) {
        const std::size_t panels = ceil_div(piece.rows, kernels_.rows);
        const std::size_t columns = ceil_div(piece.columns, kernels_.columns) * kernels_.columns;
        narrow_ = size_of(product.type) != 4;
        ScratchLayout layout;
        const auto b = layout.add(kernels_.columns * chunk_lanes);
        const auto a = layout.add(piece.rows * row_stride);
        const auto rows = layout.add(tile_columns_max * row_stride);
        const auto column_terms = layout.add(columns);
        const auto row_terms = layout.add(panels * kernels_.rows);
        const auto sums = layout.add(narrow_ ? piece.rows * columns : 0);
        std::uint32_t* base = layout.allocate();
        buffers_ = {
            .a = base + a,
            .b = base + b,
            .rows = base + rows,
            .column_terms = base + column_terms,
            .row_terms = base + row_terms,
            .sums = base + sums,
        };
        const std::size_t first =
            piece.batch * product.batch_stride + piece.row * product.row_stride + piece.column;
        c_ = narrow_ ? buffers_.sums : reinterpret_cast<std::uint32_t*>(product.out) + first;
        c_stride_ = narrow_ ? columns : product.row_stride;
        out_ = product.out + first * size_of(product.type);
    }

    void run() {
        begin_terms();
        for (std::size_t first = 0; first == 0 || first < product_.lanes; first += chunk_lanes) {
            first_ = first;
            count_ = std::min(chunk_lanes, product_.lanes - first);
            pack_rows();
            for (std::size_t at = 0; at < piece_.columns; at += kernels_.columns) {
                multiply_panel(at);
            }
        }
        if (narrow_ || product_.activation != nullptr) {
            finish();
        }
    }

private:
    bool is_last() const { return first_ + count_ == product_.lanes; }

    void begin_terms() {
        const std::size_t columns = ceil_div(piece_.columns, kernels_.columns) * kernels_.columns;
        std::fill_n(buffers_.column_terms, columns, product_.constant_term);
        std::fill_n(
            buffers_.row_terms,
            ceil_div(piece_.rows, kernels_.rows) * kernels_.rows,
            std::uint32_t{0}
        );
        if (product_.bias != nullptr) {
            const std::uint32_t* bias =
                product_.bias + piece_.batch * product_.bias_batch_stride + piece_.column;
            for (std::size_t j = 0; j < piece_.columns; ++j) {
                buffers_.column_terms[j] += bias[j];
            }
        }
    }

    void pack_rows() {
        for (std::size_t row = 0; row < piece_.rows; row += kernels_.rows) {
            const LaneRange range{
                .batch = piece_.batch,
                .row = piece_.row + row,
                .rows = std::min(kernels_.rows, piece_.rows - row),
                .first = first_,
                .count = count_,
            };
            std::uint32_t* to = buffers_.a + row * row_stride;
            const LaneView view = product_.a->read(range, to);
            product_.a->add_terms(view, range, buffers_.row_terms + row);
            for (std::size_t r = 0; view.data != to && r < range.rows; ++r) {
                std::copy_n(view.data + r * view.stride, count_, to + r * row_stride);
            }
        }
    }

    void multiply_panel(std::size_t column) {
        const LaneRange range{
            .batch = piece_.batch,
            .row = piece_.column + column,
            .rows = std::min(kernels_.columns, piece_.columns - column),
            .first = first_,
            .count = count_,
        };
        const LaneView view = product_.b->read(range, buffers_.rows);
        product_.b->add_terms(view, range, buffers_.column_terms + column);
        kernels_.pack_columns({
            .from = view.data,
            .stride = view.stride,
            .rows = range.rows,
            .lanes = count_,
            .to = buffers_.b,
        });
        const bool has_terms = product_.integers || product_.bias != nullptr;
        for (std::size_t row = 0; row < piece_.rows; row += kernels_.rows) {
            kernels_.multiply({
                .a = buffers_.a + row * row_stride,
                .b = buffers_.b,
                .lanes = count_,
                .c = c_ + row * c_stride_ + column,
                .c_stride = c_stride_,
                .rows = std::min(kernels_.rows, piece_.rows - row),
                .columns = range.rows,
                .first = first_ == 0,
                .last = is_last(),
                .column_terms = has_terms ? buffers_.column_terms + column : nullptr,
                .row_terms = product_.a->has_terms() ? buffers_.row_terms + row : nullptr,
                .relu = product_.relu,
            });
        }
    }

    void finish() {
        for (std::size_t row = 0; row < piece_.rows; ++row) {
            auto* sums = reinterpret_cast<float*>(c_ + row * c_stride_);
            auto* scratch = reinterpret_cast<float*>(buffers_.rows);
            std::byte* out = out_ + row * product_.row_stride * size_of(product_.type);
            finish_row(product_, {sums, piece_.columns}, scratch, out);
        }
    }

    const Product& product_;
    const TileKernels& kernels_;
    Piece piece_;
    Buffers buffers_{};
    bool narrow_ = false;
    std::uint32_t* c_ = nullptr;
    std::size_t c_stride_ = 0;
    std::byte* out_ = nullptr;
    std::size_t first_ = 0;  ///< lane of the chunk
    std::size_t count_ = 0;  ///< lanes of the chunk
};

void narrow(const float* from, std::size_t count, DType type, std::uint16_t* to) {
    if (type == DType::f16) {
        avx2::half_conversion.narrow(from, count, to);
        return;
    }
    for (std::size_t i = 0; i < count; ++i) {
        to[i] = bf16_from_f32(from[i]);
    }
}

}  // namespace

void finish_row(const Product& product, std::span<float> sums, float* scratch, std::byte* out) {
    if (product.activation != nullptr) {
        std::ranges::copy(sums, scratch);
        product.activation({
            .operands = {reinterpret_cast<const std::byte*>(scratch)},
            .output = reinterpret_cast<std::byte*>(sums.data()),
            .count = sums.size(),
        });
    }
    if (size_of(product.type) == sizeof(std::uint16_t)) {
        narrow(sums.data(), sums.size(), product.type, reinterpret_cast<std::uint16_t*>(out));
    }
}

void multiply(const Product& product, const Parallel& parallel) {
    if (product.batches == 0 || product.m == 0 || product.n == 0) {
        return;
    }
    const std::size_t rows = part_of(product.m, piece_rows_max, product.kernels->rows);
    const std::size_t columns = part_of(product.n, piece_columns_max, product.kernels->columns);
    const std::size_t down = ceil_div(product.m, rows);
    const std::size_t across = ceil_div(product.n, columns);
    const std::size_t pieces = product.batches * down * across;
    const std::size_t steps = std::min(rows, product.m) * std::min(columns, product.n) *
                              std::max<std::size_t>(product.lanes, 1);
    const std::size_t group = std::max<std::size_t>(1, piece_steps_min / steps);
    for_each(parallel, ceil_div(pieces, group), [&](std::size_t index) {
        for (std::size_t i = index * group; i < std::min(pieces, (index + 1) * group); ++i) {
            const std::size_t row = i / across % down * rows;
            const std::size_t column = i % across * columns;
            PieceOfWork(
                product,
                {.batch = i / (across * down),
                 .row = row,
                 .rows = std::min(rows, product.m - row),
                 .column = column,
                 .columns = std::min(columns, product.n - column)}
            )
                .run();
        }
    });
}

}  // namespace steelyard::vm::cpu
