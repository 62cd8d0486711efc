#include "vm/backend/cpu/contraction/byte_dots.h"

#include <algorithm>
#include <vector>

namespace steelyard::vm::cpu {

namespace {

constexpr std::size_t short_rows_most = 4;
constexpr std::size_t bytes_most = std::size_t{1} << 20;  // of a row
constexpr std::size_t padded_to = 64;
constexpr std::size_t piece_steps = std::size_t{1} << 20;
constexpr std::int32_t sign_bit = 0x80;

/// One side of the product.
struct Side {
    const std::uint8_t* data = nullptr;
    std::size_t rows = 0;        ///< of a matrix
    std::size_t batch_rows = 0;  ///< from one matrix to the next; 0: one for all
    bool is_signed = false;
    std::int32_t zero = 0;
};

/// Rows of a matrix of a or b; the matrices of a are one where b is the same for all.
std::size_t matrix_rows(const NodeCall& call, std::size_t operand) {
    const Shape& shape = call.operands[operand].shape;
    const bool one_b = call.operands[1].shape.rank() == 2;
    return operand == 0 && one_b ? shape.rows() : shape[shape.rank() - 2];
}

Side side_of(const NodeWork& work, std::size_t operand) {
    const TensorType& type = work.call.operands[operand];
    const std::size_t rows = matrix_rows(work.call, operand);
    return {
        .data = reinterpret_cast<const std::uint8_t*>(work.operands[operand]),
        .rows = rows,
        .batch_rows = type.shape.rank() == 2 ? 0 : rows,
        .is_signed = type.dtype == DType::i8,
        .zero = static_cast<std::int32_t>(work.call.attributes[operand]),
    };
}

/// A short row as factors: what is to be added to each dot product, and which share of the sum of
/// a long row's bytes, for the products to be those of the elements less their zero points.
struct Factors {
    std::uint32_t constant = 0;
    std::uint32_t share = 0;
};

/// Rows of one side, long ones, by those of the other, in one batch.
class RowsByRows {
public:
    RowsByRows(const ByteDotKernels& kernels, const NodeWork& work, std::size_t batch)
        : kernels_(kernels), work_(work), batch_(batch) {
        const Side a = side_of(work, 0);
        const Side b = side_of(work, 1);
        across_ = a.rows < b.rows;
        long_ = across_ ? b : a;
        short_ = across_ ? a : b;
        k_ = work.call.operands[0].shape.columns();
        row_bytes_ = (k_ + padded_to - 1) / padded_to * padded_to * (kernels.words ? 2 : 1);
        buffer_.resize((short_.rows + 1) * row_bytes_);
        for (std::size_t r = 0; r < short_.rows; ++r) {
            const std::size_t row = batch * short_.batch_rows + r;
            factors_.push_back(make_factors(short_.data + row * k_, row_of(r)));
        }
        std::fill_n(row_of(short_.rows), kernels.words ? 0 : k_, std::uint8_t{1});
    }

    void run(std::size_t first, std::size_t end) const {
        const std::size_t m = across_ ? short_.rows : long_.rows;
        const std::size_t n = across_ ? long_.rows : short_.rows;
        auto* out = reinterpret_cast<std::uint32_t*>(work_.output) + batch_ * m * n;
        const auto* bias = work_.operands.size() < 3
                               ? nullptr
                               : reinterpret_cast<const std::uint32_t*>(work_.operands[2]);
        for (std::size_t i = first; i < end; ++i) {
            const std::uint8_t* row = long_.data + (batch_ * long_.batch_rows + i) * k_;
            const std::uint32_t sum = factors_[0].share == 0 ? 0 : dot(row, short_.rows);
            for (std::size_t r = 0; r < short_.rows; ++r) {
                std::uint32_t x = dot(row, r);
                x += factors_[r].constant + factors_[r].share * sum;
                const std::size_t column = across_ ? i : r;
                x += bias == nullptr ? 0 : bias[column];
                out[(across_ ? r : i) * n + column] = x;
            }
        }
    }

private:
    std::uint8_t* row_of(std::size_t row) { return buffer_.data() + row * row_bytes_; }

    std::uint32_t dot(const std::uint8_t* row, std::size_t factors) const {
        return kernels_.dot({
            .row = row,
            .factors = buffer_.data() + factors * row_bytes_,
            .count = k_,
            .is_signed = long_.is_signed,
            .zero = static_cast<std::int16_t>(long_.zero),
        });
    }

    /// With l = l' - L and s = s' - S: the sum of l * s is that of l' * s', less S times that of
    /// l', less L times that of s', plus K * L * S.
    Factors make_factors(const std::uint8_t* from, std::uint8_t* to) const {
        if (kernels_.words) {
            auto* words = reinterpret_cast<std::int16_t*>(to);
            for (std::size_t i = 0; i < k_; ++i) {
                const std::int32_t x =
                    short_.is_signed ? static_cast<std::int8_t>(from[i]) : std::int32_t{from[i]};
                words[i] = static_cast<std::int16_t>(x - short_.zero);
            }
            return {};
        }
        const auto of_long =
            static_cast<std::uint32_t>(long_.zero + (long_.is_signed ? sign_bit : 0));
        const auto of_short =
            static_cast<std::uint32_t>(short_.zero - (short_.is_signed ? 0 : sign_bit));
        const std::uint8_t flip = short_.is_signed ? 0 : sign_bit;
        std::uint32_t sum = 0;
        for (std::size_t i = 0; i < k_; ++i) {
            to[i] = from[i] ^ flip;
            sum += static_cast<std::uint32_t>(std::int32_t{static_cast<std::int8_t>(to[i])});
        }
        return {
            .constant = static_cast<std::uint32_t>(k_) * of_long * of_short - of_long * sum,
            .share = 0 - of_short,
        };
    }

    const ByteDotKernels& kernels_;
    const NodeWork& work_;
    std::size_t batch_;
    bool across_ = false;  ///< the long rows are those of b
    Side long_{};
    Side short_{};
    std::size_t k_ = 0;
    std::size_t row_bytes_ = 0;
    std::vector<std::uint8_t> buffer_{};  ///< the short rows made ready, then a row of ones
    std::vector<Factors> factors_{};
};

}  // namespace

bool is_row_by_row(const NodeCall& call) {
    const std::size_t k = call.operands[0].shape.columns();
    return call.output.elements() > 0 && k > 0 && k <= bytes_most &&
           std::min(matrix_rows(call, 0), matrix_rows(call, 1)) <= short_rows_most;
}

void multiply_rows_of_bytes(
    const ByteDotKernels& kernels, const NodeWork& work, const Parallel& parallel
) {
    const std::size_t m = matrix_rows(work.call, 0);
    const std::size_t n = matrix_rows(work.call, 1);
    const std::size_t rows = std::max(m, n);
    const std::size_t few = std::min(m, n);
    const std::size_t batches = work.call.output.elements() / (m * n);
    const std::size_t steps = few * work.call.operands[0].shape.columns();
    const std::size_t part = std::min(rows, std::max<std::size_t>(1, piece_steps / steps));
    const std::size_t parts = (rows + part - 1) / part;
    for_each(parallel, batches * parts, [&](std::size_t index) {
        const std::size_t first = index % parts * part;
        RowsByRows(kernels, work, index / parts).run(first, std::min(rows, first + part));
    });
}

}  // namespace steelyard::vm::cpu
