#include "vm/backend/cpu/window/lane_reader.h"

#include "vm/backend/cpu/contraction/tiles.h"
#include "vm/ops/narrow_floats.h"

#include <algorithm>
#include <cstring>

namespace steelyard::vm::cpu {

namespace {

template <typename To, typename From>
void convert(const std::byte* from, std::size_t count, std::byte* to) {
    const From* x = reinterpret_cast<const From*>(from);
    To* out = reinterpret_cast<To*>(to);
    for (std::size_t i = 0; i < count; ++i) {
        out[i] = static_cast<To>(x[i]);
    }
}

void widen_halves(DType type, const std::byte* from, std::size_t count, std::byte* to) {
    const auto* x = reinterpret_cast<const std::uint16_t*>(from);
    if (type == DType::f16) {
        avx2::half_conversion.widen(x, count, reinterpret_cast<float*>(to));
        return;
    }
    auto* bits = reinterpret_cast<std::uint32_t*>(to);
    for (std::size_t i = 0; i < count; ++i) {
        bits[i] = std::uint32_t{x[i]} << 16;
    }
}

void widen(DType type, const std::byte* from, std::size_t count, std::byte* to) {
    switch (type) {
        case DType::f16:
        case DType::bf16:
            return widen_halves(type, from, count, to);
        case DType::i8:
            return convert<float, std::int8_t>(from, count, to);
        case DType::u8:
        case DType::boolean:
            return convert<float, std::uint8_t>(from, count, to);
        case DType::i16:
            return convert<float, std::int16_t>(from, count, to);
        case DType::u16:
            return convert<float, std::uint16_t>(from, count, to);
        case DType::i32:
        case DType::u32:
        case DType::f32:
        case DType::f64:
        case DType::i64:
        case DType::u64:
            std::memcpy(to, from, count * size_of(type));
    }
}

}  // namespace

DType wide_type(DType type) {
    return size_of(type) < sizeof(float) ? DType::f32 : type;
}

void write_floats(DType type, const float* from, std::size_t count, std::byte* to) {
    auto* halves = reinterpret_cast<std::uint16_t*>(to);
    if (type == DType::bf16) {
        for (std::size_t i = 0; i < count; ++i) {
            halves[i] = bf16_from_f32(from[i]);
        }
        return;
    }
    if (type == DType::f32) {
        auto* out = reinterpret_cast<float*>(to);
        for (std::size_t i = 0; i < count; ++i) {
            out[i] = canonical(from[i]);
        }
        return;
    }
    constexpr std::size_t part = 256;
    float numbers[part];
    for (std::size_t done = 0; done < count; done += part) {
        const std::size_t now = std::min(part, count - done);
        for (std::size_t i = 0; i < now; ++i) {
            numbers[i] = canonical(from[done + i]);
        }
        avx2::half_conversion.narrow(numbers, now, halves + done);
    }
}

const std::byte* LaneReader::read(std::uint64_t first, std::size_t count) {
    const std::byte* from = data_ + first * size_of(type_);
    if (type_ == wide_) {
        return from;
    }
    const std::size_t words = (count * size_of(wide_) + sizeof(double) - 1) / sizeof(double);
    if (lanes_.size() < words) {
        lanes_.resize(words);
    }
    auto* to = reinterpret_cast<std::byte*>(lanes_.data());
    widen(type_, from, count, to);
    return to;
}

}  // namespace steelyard::vm::cpu
