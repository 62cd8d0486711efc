#include "vm/program/dtype.h"

#include <array>

namespace steelyard::vm {

namespace {

constexpr std::array<std::string_view, dtype_max + 1> names = {
    "",
    "f32",
    "f64",
    "f16",
    "bf16",
    "i8",
    "u8",
    "i16",
    "u16",
    "i32",
    "u32",
    "i64",
    "u64",
    "bool",
};

}  // namespace

std::string_view to_string(DType type) {
    return names[static_cast<std::uint8_t>(type)];
}

std::optional<DType> dtype_from_name(std::string_view name) {
    for (std::uint8_t number = 1; number <= dtype_max; ++number) {
        if (names[number] == name) {
            return static_cast<DType>(number);
        }
    }
    return std::nullopt;
}

std::optional<DType> dtype_from_number(std::uint8_t number) {
    if (number == 0 || number > dtype_max) {
        return std::nullopt;
    }
    return static_cast<DType>(number);
}

}  // namespace steelyard::vm
