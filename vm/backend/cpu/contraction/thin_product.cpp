#include "vm/backend/cpu/contraction/thin_product.h"

#include "vm/backend/cpu/contraction/scratch.h"

#include <algorithm>

namespace steelyard::vm::cpu {

namespace {

/// Steps of lanes of one piece of work, and of a row at most.
constexpr std::size_t piece_steps = std::size_t{1} << 18;
constexpr std::size_t lanes_max = std::size_t{1} << 16;

std::size_t ceil_div(std::size_t a, std::size_t b) {
    return (a + b - 1) / b;
}

/// Long rows [first, end) of a batch by all short ones. If the long rows are those of b, c's rows
/// are the short ones.
struct ThinPiece {
    std::size_t batch = 0;
    std::size_t first = 0;
    std::size_t end = 0;
    bool across = false;
};

class PieceOfThinWork {
public:
    PieceOfThinWork(const Product& product, const ThinKernels& kernels, const ThinPiece& piece)
        : product_(product),
          kernels_(kernels),
          piece_(piece),
          long_rows_(piece.across ? *product.b : *product.a),
          short_rows_(piece.across ? *product.a : *product.b),
          long_count_(piece.across ? product.n : product.m),
          short_count_(piece.across ? product.m : product.n),
          chunks_(ceil_div(product.lanes, chunk_lanes)) {
        // Rows of 16 bits begin behind room for those that the first tile skips.
        const std::size_t count = piece.end - piece.first + kernels.rows;
        sums_stride_ = piece.across ? count : short_count_;
        ScratchLayout layout;
        const auto factors = layout.add(chunks_ * short_count_ * row_stride);
        const auto rows = layout.add(kernels.rows * row_stride);
        const auto before = layout.add(std::max(count, short_count_));
        const auto sums = layout.add(is_narrow() ? count * short_count_ : 0);
        std::uint32_t* base = layout.allocate();
        factors_ = base + factors;
        rows_ = base + rows;
        before_ = base + before;
        sums_ = base + sums;
    }

    void run() {
        read_short_rows();
        for (std::size_t row = piece_.first; row < piece_.end; row += kernels_.rows) {
            const std::size_t begin = std::min(row, long_count_ - kernels_.rows);
            for (std::size_t chunk = 0; chunk < chunks_; ++chunk) {
                multiply_rows(begin, row - begin, chunk);
            }
        }
        if (is_narrow() || product_.activation != nullptr) {
            finish();
        }
    }

private:
    bool is_narrow() const { return size_of(product_.type) != sizeof(float); }

    std::size_t lanes_of(std::size_t chunk) const {
        return std::min(chunk_lanes, product_.lanes - chunk * chunk_lanes);
    }

    void read_short_rows() {
        for (std::size_t chunk = 0; chunk < chunks_; ++chunk) {
            std::uint32_t* to = factors_ + chunk * short_count_ * row_stride;
            const LaneRange range{
                .batch = piece_.batch,
                .rows = short_count_,
                .first = chunk * chunk_lanes,
                .count = lanes_of(chunk),
            };
            const LaneView view = short_rows_.read(range, to);
            for (std::size_t r = 0; view.data != to && r < short_count_; ++r) {
                std::copy_n(view.data + r * view.stride, range.count, to + r * row_stride);
            }
        }
    }

    /// Long rows from `begin` on, of which the first `skip` are done already.
    void multiply_rows(std::size_t begin, std::size_t skip, std::size_t chunk) const {
        const LaneRange range{
            .batch = piece_.batch,
            .row = begin,
            .rows = kernels_.rows,
            .first = chunk * chunk_lanes,
            .count = lanes_of(chunk),
        };
        const LaneView view = long_rows_.read(range, rows_);
        const LaneSegment whole{.first = 0, .count = range.count};
        const std::size_t step = thin_columns(short_count_);
        for (std::size_t at = 0; at < short_count_; at += step) {
            const std::uint32_t* factors = factors_ + (chunk * short_count_ + at) * row_stride;
            kernels_.multiply({
                .rows = reinterpret_cast<const float*>(view.data),
                .stride = view.stride,
                .segments = &whole,
                .segment_count = 1,
                .factors = reinterpret_cast<const float*>(factors),
                .factor_stride = row_stride,
                .columns = std::min(step, short_count_ - at),
                .c = c_at(begin, at),
                .c_stride = is_narrow() ? sums_stride_ : product_.row_stride,
                .across = piece_.across,
                .skip = skip,
                .first = chunk == 0,
                .last = chunk + 1 == chunks_,
                .terms = terms_at(piece_.across ? begin : at),
                .relu = product_.relu,
            });
        }
    }

    float* c_at(std::size_t long_row, std::size_t short_row) const {
        if (is_narrow()) {
            const std::size_t row = long_row + kernels_.rows - piece_.first;
            return reinterpret_cast<float*>(sums_) + (piece_.across
                                                          ? short_row * sums_stride_ + row
                                                          : row * sums_stride_ + short_row);
        }
        const std::size_t element =
            piece_.across ? element_at(short_row, long_row) : element_at(long_row, short_row);
        return reinterpret_cast<float*>(product_.out) + element;
    }

    std::size_t element_at(std::size_t row, std::size_t column) const {
        return piece_.batch * product_.batch_stride + row * product_.row_stride + column;
    }

    const float* terms_at(std::size_t column) const {
        const std::size_t first = piece_.batch * product_.bias_batch_stride + column;
        return product_.bias == nullptr ? nullptr
                                        : reinterpret_cast<const float*>(product_.bias) + first;
    }

    void finish() const {
        const std::size_t count = piece_.end - piece_.first;
        const std::size_t rows = piece_.across ? short_count_ : count;
        const std::size_t columns = piece_.across ? count : short_count_;
        for (std::size_t r = 0; r < rows; ++r) {
            float* sums = piece_.across ? c_at(piece_.first, r) : c_at(piece_.first + r, 0);
            const std::size_t element =
                piece_.across ? element_at(r, piece_.first) : element_at(piece_.first + r, 0);
            finish_row(
                product_,
                {sums, columns},
                reinterpret_cast<float*>(before_),
                product_.out + element * size_of(product_.type)
            );
        }
    }

    const Product& product_;
    const ThinKernels& kernels_;
    ThinPiece piece_;
    const LaneRows& long_rows_;
    const LaneRows& short_rows_;
    std::size_t long_count_;
    std::size_t short_count_;
    std::size_t chunks_;
    std::size_t sums_stride_ = 0;
    std::uint32_t* factors_ = nullptr;  ///< [chunks][short rows][row_stride]
    std::uint32_t* rows_ = nullptr;     ///< room for what LaneRows writes
    std::uint32_t* before_ = nullptr;   ///< a row before its end
    std::uint32_t* sums_ = nullptr;     ///< of outputs that are not of 4 bytes
};

}  // namespace

const ThinKernels* find_thin_kernels(bool has_avx512, std::size_t rows) {
    if (has_avx512 && rows >= avx512::thin_kernels.rows) {
        return &avx512::thin_kernels;
    }
    return rows >= avx2::thin_kernels.rows ? &avx2::thin_kernels : nullptr;
}

bool is_thin(const Product& product) {
    const std::size_t few = std::min(product.m, product.n);
    const std::size_t many = std::max(product.m, product.n);
    return product.batches > 0 && few > 0 && few <= short_rows_max && product.lanes > 0 &&
           product.lanes <= lanes_max && find_thin_kernels(false, many) != nullptr;
}

void multiply_thin(const Product& product, bool has_avx512, const Parallel& parallel) {
    const bool across = product.m < product.n;
    const std::size_t rows = std::max(product.m, product.n);
    const ThinKernels& kernels = *find_thin_kernels(has_avx512, rows);
    const std::size_t steps = std::min(product.m, product.n) * product.lanes;
    const std::size_t groups = std::max<std::size_t>(1, piece_steps / (steps * kernels.rows));
    const std::size_t part = std::min(rows, groups * kernels.rows);
    const std::size_t parts = ceil_div(rows, part);
    // Pieces of whole batches go together, if they are small.
    const std::size_t group = std::max<std::size_t>(1, piece_steps / (steps * part));
    const std::size_t pieces = product.batches * parts;
    for_each(parallel, ceil_div(pieces, group), [&](std::size_t index) {
        for (std::size_t i = index * group; i < std::min(pieces, (index + 1) * group); ++i) {
            const std::size_t first = i % parts * part;
            PieceOfThinWork(
                product,
                kernels,
                {.batch = i / parts,
                 .first = first,
                 .end = std::min(rows, first + part),
                 .across = across}
            )
                .run();
        }
    });
}

}  // namespace steelyard::vm::cpu
