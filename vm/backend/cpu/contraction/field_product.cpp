#include "vm/backend/cpu/contraction/field.h"
#include "vm/backend/cpu/contraction/scratch.h"
#include "vm/backend/cpu/contraction/thin_product.h"

#include <algorithm>

namespace steelyard::vm::cpu {

namespace {

/// Columns for which a field is written once.
constexpr std::size_t box_columns_max = 1024;

std::size_t ceil_div(std::size_t a, std::size_t b) {
    return (a + b - 1) / b;
}

/// Neighbouring windows on a line.
struct TileSpot {
    std::size_t lane = 0;  ///< of the field, where the first window begins
    std::size_t row = 0;   ///< of the output, of the first window
    std::size_t rows = 0;
    std::size_t skip = 0;     ///< rows that the tile before has done
    std::size_t box_row = 0;  ///< the first window's number in the box
};

/// Some columns of the windows of a box.
class BoxOfWork {
public:
    BoxOfWork(const Product& product, const Conv& conv, const FieldPlan& plan, const WindowBox& box)
        : product_(product),
          kernels_(*product.kernels),
          conv_(conv),
          plan_(plan),
          box_(box),
          step_(conv.windows.axis[conv.windows.axes - 1].stride * plan.place_stride) {
        if (product.n <= short_rows_max) {
            const bool has_avx512 = product.kernels == &avx512::f32_tiles;
            thin_ = find_thin_kernels(has_avx512, box.windows[conv.windows.axes - 1]);
        }
        add_lines();
    }

    void run(const MatrixRows& x, std::size_t column, std::size_t columns) {
        column_ = column;
        columns_ = columns;
        allocate();
        write_field(conv_, plan_, box_, x, field_);
        write_terms();
        for (std::size_t first = 0; first < product_.lanes; first += chunk_lanes) {
            const std::size_t count = std::min(chunk_lanes, product_.lanes - first);
            const auto segments = window_segments(conv_, plan_, first, count);
            const LaneSegment chunk{.first = first, .count = count};
            const std::size_t step = thin_ == nullptr ? kernels_.columns : thin_columns(product_.n);
            for (std::size_t at = 0; at < columns; at += step) {
                if (thin_ == nullptr) {
                    multiply_panel(chunk, segments, at);
                } else {
                    multiply_thin_panel(chunk, segments, at, std::min(step, columns - at));
                }
            }
        }
        finish();
    }

private:
    void add_lines() {
        const std::size_t last = conv_.windows.axes - 1;
        const std::size_t lines = box_.count() / box_.windows[last];
        Spot outer = box_.windows;
        outer[last] = 1;
        for (std::size_t i = 0; i < lines; ++i) {
            const Spot at{i / outer[2] / outer[1], i / outer[2] % outer[1], i % outer[2]};
            Spot window{};
            Spot place{};
            for (std::size_t axis = 0; axis <= last; ++axis) {
                window[axis] = box_.first[axis] + at[axis];
                place[axis] = at[axis] * conv_.windows.axis[axis].stride;
            }
            add_tiles({
                .lane = plan_.lane(place),
                .row =
                    box_.image * window_count(conv_.windows) + window_number(conv_.windows, window),
                .rows = box_.windows[last],
                .box_row = i * box_.windows[last],
            });
        }
    }

    /// Parts a line of windows into tiles: even ones, or thin ones of full size that overlap.
    void add_tiles(const TileSpot& line) {
        const std::size_t parts =
            ceil_div(line.rows, thin_ == nullptr ? kernels_.rows : thin_->rows);
        for (std::size_t part = 0; part < parts; ++part) {
            TileSpot tile = line;
            std::size_t first = line.rows * part / parts;
            tile.rows = line.rows * (part + 1) / parts - first;
            if (thin_ != nullptr) {
                tile.rows = thin_->rows;
                first = std::min(part * thin_->rows, line.rows - thin_->rows);
                tile.skip = part * thin_->rows - first;
            }
            tile.lane += first * step_;
            tile.row += first;
            tile.box_row += first;
            tiles_.push_back(tile);
        }
    }

    bool is_narrow() const { return size_of(product_.type) != sizeof(float); }

    void allocate() {
        padded_columns_ = ceil_div(columns_, kernels_.columns) * kernels_.columns;
        ScratchLayout layout;
        const auto b = layout.add(kernels_.columns * chunk_lanes);
        const auto rows = layout.add(tile_columns_max * row_stride);
        const auto terms = layout.add(padded_columns_);
        const auto field = layout.add(plan_.lanes());
        const auto sums = layout.add(is_narrow() ? box_.count() * padded_columns_ : 0);
        std::uint32_t* base = layout.allocate();
        b_ = base + b;
        rows_ = base + rows;
        terms_ = base + terms;
        field_ = base + field;
        sums_ = base + sums;
    }

    void write_terms() const {
        if (product_.bias != nullptr) {
            const std::uint32_t* bias =
                product_.bias + box_.group * product_.bias_batch_stride + column_;
            std::copy_n(bias, columns_, terms_);
            std::fill(terms_ + columns_, terms_ + padded_columns_, std::uint32_t{0});
        }
    }

    /// The number of the output's element of a row in the first of the columns.
    std::size_t element(std::size_t row) const {
        return box_.group * product_.batch_stride + row * product_.row_stride + column_;
    }

    std::uint32_t* sums_of(const TileSpot& tile) const {
        return is_narrow() ? sums_ + tile.box_row * padded_columns_
                           : reinterpret_cast<std::uint32_t*>(product_.out) + element(tile.row);
    }

    std::size_t sums_stride() const { return is_narrow() ? padded_columns_ : product_.row_stride; }

    void multiply_panel(
        const LaneSegment& chunk, const std::vector<LaneSegment>& segments, std::size_t at
    ) const {
        const std::size_t columns = std::min(kernels_.columns, columns_ - at);
        const LaneRange range{
            .batch = box_.group,
            .row = column_ + at,
            .rows = columns,
            .first = chunk.first,
            .count = chunk.count,
        };
        const LaneView view = product_.b->read(range, rows_);
        kernels_.pack_columns({
            .from = view.data,
            .stride = view.stride,
            .rows = columns,
            .lanes = chunk.count,
            .to = b_,
        });
        for (const TileSpot& tile : tiles_) {
            kernels_.multiply_segments({
                .a = field_ + tile.lane,
                .a_stride = step_,
                .b = b_,
                .lanes = chunk.count,
                .segments = segments.data(),
                .segment_count = segments.size(),
                .c = sums_of(tile) + at,
                .c_stride = sums_stride(),
                .rows = tile.rows,
                .columns = columns,
                .first = chunk.first == 0,
                .last = chunk.first + chunk.count == product_.lanes,
                .column_terms = product_.bias == nullptr ? nullptr : terms_ + at,
                .relu = product_.relu,
            });
        }
    }

    void multiply_thin_panel(
        const LaneSegment& chunk,
        const std::vector<LaneSegment>& segments,
        std::size_t at,
        std::size_t columns
    ) const {
        const LaneRange range{
            .batch = box_.group,
            .row = column_ + at,
            .rows = columns,
            .first = chunk.first,
            .count = chunk.count,
        };
        const LaneView view = product_.b->read(range, rows_);
        const auto* terms = reinterpret_cast<const float*>(terms_);
        for (const TileSpot& tile : tiles_) {
            thin_->multiply({
                .rows = reinterpret_cast<const float*>(field_ + tile.lane),
                .stride = step_,
                .segments = segments.data(),
                .segment_count = segments.size(),
                .factors = reinterpret_cast<const float*>(view.data),
                .factor_stride = view.stride,
                .columns = columns,
                .c = reinterpret_cast<float*>(sums_of(tile)) + at,
                .c_stride = sums_stride(),
                .skip = tile.skip,
                .first = chunk.first == 0,
                .last = chunk.first + chunk.count == product_.lanes,
                .terms = product_.bias == nullptr ? nullptr : terms + at,
                .relu = product_.relu,
            });
        }
    }

    void finish() const {
        if (!is_narrow() && product_.activation == nullptr) {
            return;
        }
        for (const TileSpot& tile : tiles_) {
            for (std::size_t r = tile.skip; r < tile.rows; ++r) {
                auto* sums = reinterpret_cast<float*>(sums_of(tile) + r * sums_stride());
                std::byte* out = product_.out + element(tile.row + r) * size_of(product_.type);
                finish_row(product_, {sums, columns_}, reinterpret_cast<float*>(rows_), out);
            }
        }
    }

    const Product& product_;
    const TileKernels& kernels_;
    const Conv& conv_;
    const FieldPlan& plan_;
    WindowBox box_;
    std::size_t step_;                   ///< lanes from one window of a line to the next
    const ThinKernels* thin_ = nullptr;  ///< for few columns
    std::vector<TileSpot> tiles_{};
    std::size_t column_ = 0;
    std::size_t columns_ = 0;
    std::size_t padded_columns_ = 0;
    std::uint32_t* b_ = nullptr;
    std::uint32_t* rows_ =
        nullptr;  ///< room for what LaneRows writes, and for a row before its end
    std::uint32_t* terms_ = nullptr;
    std::uint32_t* field_ = nullptr;
    std::uint32_t* sums_ = nullptr;  ///< of outputs that are not of 4 bytes
};

/// All boxes of a group of an image, by number.
WindowBox box_of(const Conv& conv, const FieldPlan& plan, std::uint64_t number) {
    WindowBox box;
    for (std::size_t i = conv.windows.axes; i-- > 0;) {
        const std::uint64_t out = conv.windows.axis[i].out;
        const std::uint64_t parts = ceil_div(out, plan.windows[i]);
        box.first[i] = number % parts * plan.windows[i];
        box.windows[i] = std::min(plan.windows[i], out - box.first[i]);
        number /= parts;
    }
    return box;
}

}  // namespace

void multiply_field(
    const Product& product,
    const Conv& conv,
    const FieldPlan& plan,
    const MatrixRows& x,
    const Parallel& parallel
) {
    std::size_t boxes = 1;
    for (std::size_t i = 0; i < conv.windows.axes; ++i) {
        boxes *= ceil_div(conv.windows.axis[i].out, plan.windows[i]);
    }
    const std::size_t across = ceil_div(product.n, box_columns_max);
    const std::size_t columns =
        ceil_div(ceil_div(product.n, std::max<std::size_t>(across, 1)), product.kernels->columns) *
        product.kernels->columns;
    const std::size_t images = product.m / window_count(conv.windows);
    const std::size_t pieces = images * conv.groups * boxes * across;
    for_each(parallel, pieces, [&](std::size_t index) {
        WindowBox box = box_of(conv, plan, index / across % boxes);
        box.group = index / across / boxes % conv.groups;
        box.image = index / across / boxes / conv.groups;
        const std::size_t column = index % across * columns;
        if (column < product.n) {
            BoxOfWork(product, conv, plan, box)
                .run(x, column, std::min(columns, product.n - column));
        }
    });
}

}  // namespace steelyard::vm::cpu
