#include "vm/backend/cpu/contraction/lanes.h"

#include "vm/ops/narrow_floats.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint8_t sign_bit = 0x80;

/// Elements of a chunk of the finest lanes.
constexpr std::size_t chunk_bytes_max = 4 * chunk_lanes;

void widen(DType type, const std::byte* elements, std::size_t count, std::uint32_t* lanes) {
    const auto* halves = reinterpret_cast<const std::uint16_t*>(elements);
    if (count == 0) {
        return;  // perhaps there is no memory either
    }
    if (type == DType::f32) {
        std::memcpy(lanes, elements, count * sizeof *lanes);
    } else if (type == DType::f16) {
        avx2::half_conversion.widen(halves, count, reinterpret_cast<float*>(lanes));
    } else {
        for (std::size_t i = 0; i < count; ++i) {
            lanes[i] = std::uint32_t{halves[i]} << 16;
        }
    }
}

void fill_words(
    const std::byte* elements,
    std::size_t count,
    bool is_signed,
    std::int32_t zero,
    std::int16_t* words
) {
    const auto less = static_cast<std::int16_t>(zero);
    if (is_signed) {
        const auto* bytes = reinterpret_cast<const std::int8_t*>(elements);
        for (std::size_t i = 0; i < count; ++i) {
            words[i] = static_cast<std::int16_t>(bytes[i] - less);
        }
    } else {
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(elements);
        for (std::size_t i = 0; i < count; ++i) {
            words[i] = static_cast<std::int16_t>(bytes[i] - less);
        }
    }
    if (count % 2 != 0) {
        words[count] = 0;
    }
}

void fill_bytes(
    const std::byte* elements, std::size_t count, std::uint8_t flip, std::uint8_t* bytes
) {
    const auto* from = reinterpret_cast<const std::uint8_t*>(elements);
    for (std::size_t i = 0; i < count; ++i) {
        bytes[i] = static_cast<std::uint8_t>(from[i] ^ flip);
    }
    std::fill(bytes + count, bytes + (count + 3) / 4 * 4, std::uint8_t{0});
}

std::uint32_t sum_of_bytes(const std::uint32_t* lanes, std::size_t count, bool is_signed) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(lanes);
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < 4 * count; ++i) {
        sum += static_cast<std::uint32_t>(
            is_signed ? static_cast<std::int8_t>(bytes[i]) : std::int32_t{bytes[i]}
        );
    }
    return sum;
}

}  // namespace

std::int32_t LaneFiller::excess() const {
    const bool is_signed = type == DType::i8;
    if (kind == LaneKind::signed_bytes) {
        return is_signed ? zero : zero - sign_bit;
    }
    return is_signed ? zero + sign_bit : zero;
}

void LaneFiller::fill(const std::byte* elements, std::size_t count, std::uint32_t* lanes) const {
    const bool is_signed = type == DType::i8;
    if (kind == LaneKind::f32) {
        widen(type, elements, count, lanes);
    } else if (kind == LaneKind::i16) {
        fill_words(elements, count, is_signed, zero, reinterpret_cast<std::int16_t*>(lanes));
    } else {
        const bool flip = is_signed != (kind == LaneKind::signed_bytes);
        fill_bytes(
            elements,
            count,
            flip ? sign_bit : std::uint8_t{0},
            reinterpret_cast<std::uint8_t*>(lanes)
        );
    }
}

void LaneFiller::add_byte_sums(
    const LaneView& view, const LaneRange& range, std::uint32_t factor, std::uint32_t* terms
) const {
    for (std::size_t r = 0; factor != 0 && r < range.rows; ++r) {
        const std::uint32_t sum =
            sum_of_bytes(view.data + r * view.stride, range.count, kind == LaneKind::signed_bytes);
        terms[r] += factor * sum;
    }
}

LaneView MatrixRows::read(const LaneRange& range, std::uint32_t* scratch) const {
    const std::size_t row = range.batch * batch_rows + range.row;
    const std::size_t size = size_of(filler.type);
    const std::size_t per_lane = elements_per_lane(filler.kind);
    const std::byte* from = data + (row * k + range.first * per_lane) * size;
    if (filler.type == DType::f32) {
        return {.data = reinterpret_cast<const std::uint32_t*>(from), .stride = k};
    }
    const std::size_t count = std::min(range.count * per_lane, k - range.first * per_lane);
    for (std::size_t r = 0; r < range.rows; ++r) {
        filler.fill(from + r * k * size, count, scratch + r * row_stride);
    }
    return {.data = scratch, .stride = row_stride};
}

void MatrixRows::add_terms(const LaneView& view, const LaneRange& range, std::uint32_t* terms)
    const {
    filler.add_byte_sums(view, range, term_factor, terms);
}

namespace {

/// Whether the taps along the last axis read neighbouring elements.
bool has_dense_lines(const Conv& conv) {
    return conv.groups == 1 && conv.windows.axis[conv.windows.axes - 1].dilation == 1;
}

/// Writes elements of a window line by line, where lines are dense: elements [first, first + count)
/// of window `row`.
class WindowLines {
public:
    WindowLines(const Conv& conv, const LaneFiller& filler, const std::byte* data)
        : conv_(conv),
          line_(conv.windows.axis[conv.windows.axes - 1]),
          outer_(conv.windows),
          size_(size_of(filler.type)),
          zero_(filler.zero),
          data_(data) {
        outer_.axis[outer_.axes - 1] = {.in = 1, .out = 1};  // leaves numbers of lines
    }

    void write(std::uint64_t row, std::size_t first, std::size_t count, std::byte* to) const {
        const std::uint64_t of_image = window_count(conv_.windows);
        Spot window = window_spot(conv_.windows, row % of_image);
        const std::uint64_t image = row / of_image * place_count(outer_);
        const std::uint64_t column = window[outer_.axes - 1] * line_.stride;
        window[outer_.axes - 1] = 0;
        const std::size_t line_elements = line_.window * conv_.channels;
        for (std::size_t done = 0; done < count;) {
            const std::size_t at = (first + done) % line_elements;
            const std::size_t part = std::min(line_elements - at, count - done);
            const Spot tap = tap_spot(outer_, (first + done) / line_elements);
            const auto line = place_under(outer_, window, tap);
            std::byte* out = to + done * size_;
            if (line) {
                copy_part((image + *line) * line_.in, column, at, part, out);
            } else {
                std::memset(out, zero_, part * size_);
            }
            done += part;
        }
    }

private:
    /// Elements [at, at + part) of the line whose first place is `column` - pad before.
    void copy_part(
        std::uint64_t line_place,
        std::uint64_t column,
        std::size_t at,
        std::size_t part,
        std::byte* out
    ) const {
        const std::size_t channels = conv_.channels;
        const std::size_t end = at + part;
        const std::size_t before = column < line_.before ? line_.before - column : 0;
        const std::size_t inside =
            line_.in + line_.before > column ? line_.in + line_.before - column : 0;
        const std::size_t from = std::clamp(before * channels, at, end);
        const std::size_t to = std::clamp(inside * channels, from, end);
        std::memset(out, zero_, (from - at) * size_);
        if (to > from) {
            const std::size_t element =
                (line_place + column) * channels + from - line_.before * channels;
            std::memcpy(out + (from - at) * size_, data_ + element * size_, (to - from) * size_);
        }
        std::memset(out + (to - at) * size_, zero_, (end - to) * size_);
    }

    const Conv& conv_;
    const WindowAxis& line_;
    WindowGeometry outer_;
    std::size_t size_;
    int zero_;
    const std::byte* data_;
};

}  // namespace

LaneView WindowRows::read(const LaneRange& range, std::uint32_t* scratch) const {
    const std::size_t per_lane = elements_per_lane(filler.kind);
    const std::size_t size = size_of(filler.type);
    const std::size_t first = range.first * per_lane;
    const std::size_t count = std::min(range.count * per_lane, conv->k() - first);
    alignas(64) std::array<std::byte, chunk_bytes_max> elements;
    static_assert(chunk_bytes_max >= chunk_lanes * sizeof(float));
    if (has_dense_lines(*conv)) {
        const WindowLines lines(*conv, filler, data);
        for (std::size_t r = 0; r < range.rows; ++r) {
            std::uint32_t* to = scratch + r * row_stride;
            if (filler.type == DType::f32) {
                lines.write(range.row + r, first, count, reinterpret_cast<std::byte*>(to));
                continue;
            }
            lines.write(range.row + r, first, count, elements.data());
            filler.fill(elements.data(), count, to);
        }
        return {.data = scratch, .stride = row_stride};
    }
    for (std::size_t r = 0; r < range.rows; ++r) {
        const ConvTaps taps(*conv, range.row + r, range.batch * conv->group_outputs());
        for (std::size_t done = 0; done < count;) {
            const ConvRun run = taps.run(first + done, count - done);
            std::byte* to = elements.data() + done * size;
            if (run.x_element) {
                std::memcpy(to, data + *run.x_element * size, run.count * size);
            } else {
                std::memset(to, filler.zero, run.count * size);
            }
            done += run.count;
        }
        filler.fill(elements.data(), count, scratch + r * row_stride);
    }
    return {.data = scratch, .stride = row_stride};
}

void WindowRows::add_terms(const LaneView& view, const LaneRange& range, std::uint32_t* terms)
    const {
    filler.add_byte_sums(view, range, term_factor, terms);
}

}  // namespace steelyard::vm::cpu
