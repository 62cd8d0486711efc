// DType: what an element of a tensor is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace steelyard::vm {

/// The type of a tensor's elements. The numbers are part of the program format and of tensor ids
/// (doc/spec/vm.md, D1) and never change. Elements are little-endian; a bool is one byte, 0 or 1.
enum class DType : std::uint8_t {
    f32 = 1,
    f64 = 2,
    f16 = 3,
    bf16 = 4,
    i8 = 5,
    u8 = 6,
    i16 = 7,
    u16 = 8,
    i32 = 9,
    u32 = 10,
    i64 = 11,
    u64 = 12,
    boolean = 13,
};

constexpr std::uint8_t dtype_max = 13;

/// Bytes of an element: 1, 2, 4 or 8.
constexpr std::size_t size_of(DType type) {
    switch (type) {
        case DType::i8:
        case DType::u8:
        case DType::boolean:
            return 1;
        case DType::f16:
        case DType::bf16:
        case DType::i16:
        case DType::u16:
            return 2;
        case DType::f32:
        case DType::i32:
        case DType::u32:
            return 4;
        case DType::f64:
        case DType::i64:
        case DType::u64:
            return 8;
    }
    return 0;
}

constexpr bool is_float(DType type) {
    return type >= DType::f32 && type <= DType::bf16;
}

constexpr bool is_integer(DType type) {
    return type >= DType::i8 && type <= DType::u64;
}

constexpr bool is_signed_integer(DType type) {
    return type == DType::i8 || type == DType::i16 || type == DType::i32 || type == DType::i64;
}

/// "f32", "bool", ...
std::string_view to_string(DType type);

/// The type of a name as `to_string` gives it.
std::optional<DType> dtype_from_name(std::string_view name);

/// The type of a number of the format; nothing for 0 and numbers above 13.
std::optional<DType> dtype_from_number(std::uint8_t number);

}  // namespace steelyard::vm
