// What the type rules of elementwise operators are made of: counts, sets of element types.
#pragma once

#include "vm/program/tensor_type.h"

#include <span>

namespace steelyard::vm {

/// A set of element types: bit n is the type of number n.
using DTypeSet = std::uint32_t;

constexpr DTypeSet set_of(std::initializer_list<DType> types) {
    DTypeSet set = 0;
    for (const DType type : types) {
        set |= DTypeSet{1} << static_cast<unsigned>(type);
    }
    return set;
}

constexpr DTypeSet f32_set = set_of({DType::f32});
constexpr DTypeSet short_float_set = set_of({DType::f32, DType::f16, DType::bf16});
constexpr DTypeSet float_set = short_float_set | set_of({DType::f64});
constexpr DTypeSet integer_set = set_of(
    {DType::i8, DType::u8, DType::i16, DType::u16, DType::i32, DType::u32, DType::i64, DType::u64}
);
constexpr DTypeSet number_set = float_set | integer_set;
constexpr DTypeSet bool_set = set_of({DType::boolean});
constexpr DTypeSet any_set = number_set | bool_set;

constexpr bool contains(DTypeSet set, DType type) {
    return (set >> static_cast<unsigned>(type) & 1) != 0;
}

/// Errors: other counts of operands or attributes.
Result<void> check_counts(
    std::span<const TensorType> operands,
    std::size_t wanted_operands,
    std::span<const std::int64_t> attributes,
    std::size_t wanted_attributes
);

/// Errors: operand `index` is of a type outside of the set: which types are allowed.
Result<void> check_dtype(std::span<const TensorType> operands, std::size_t index, DTypeSet allowed);

/// Errors: operand `index` has another element type than operand `like`.
Result<void> check_same_dtype(
    std::span<const TensorType> operands, std::size_t index, std::size_t like
);

/// Errors: attribute `index` is outside of [least, most].
Result<void> check_attribute(
    std::span<const std::int64_t> attributes,
    std::size_t index,
    std::int64_t least,
    std::int64_t most
);

/// The element type that attribute `index` names. Errors: none has that number.
Result<DType> dtype_attribute(std::span<const std::int64_t> attributes, std::size_t index);

}  // namespace steelyard::vm
