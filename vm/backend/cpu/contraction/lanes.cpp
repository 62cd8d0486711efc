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
        filler.fill(from + r * k * size, count, scratch + r * chunk_lanes);
    }
    return {.data = scratch, .stride = chunk_lanes};
}

void MatrixRows::add_terms(const LaneView& view, const LaneRange& range, std::uint32_t* terms)
    const {
    filler.add_byte_sums(view, range, term_factor, terms);
}

LaneView WindowRows::read(const LaneRange& range, std::uint32_t* scratch) const {
    const std::size_t per_lane = elements_per_lane(filler.kind);
    const std::size_t size = size_of(filler.type);
    const std::size_t first = range.first * per_lane;
    const std::size_t count = std::min(range.count * per_lane, conv->k() - first);
    alignas(64) std::array<std::byte, chunk_bytes_max> elements;
    static_assert(chunk_bytes_max >= chunk_lanes * sizeof(float));
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
        filler.fill(elements.data(), count, scratch + r * chunk_lanes);
    }
    return {.data = scratch, .stride = chunk_lanes};
}

void WindowRows::add_terms(const LaneView& view, const LaneRange& range, std::uint32_t* terms)
    const {
    filler.add_byte_sums(view, range, term_factor, terms);
}

}  // namespace steelyard::vm::cpu
