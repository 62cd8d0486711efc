#include "vm/ops/elementwise_types.h"

#include <string>

namespace steelyard::vm {

namespace {

std::string names_of(DTypeSet set) {
    std::string names;
    for (std::uint8_t number = 1; number <= dtype_max; ++number) {
        const auto type = static_cast<DType>(number);
        if (contains(set, type)) {
            names += names.empty() ? "" : ", ";
            names += to_string(type);
        }
    }
    return names;
}

}  // namespace

Result<void> check_counts(
    std::span<const TensorType> operands,
    std::size_t wanted_operands,
    std::span<const std::int64_t> attributes,
    std::size_t wanted_attributes
) {
    if (operands.size() != wanted_operands) {
        return invalid("{} operands, not {}", operands.size(), wanted_operands);
    }
    if (attributes.size() != wanted_attributes) {
        return invalid("{} attributes, not {}", attributes.size(), wanted_attributes);
    }
    return {};
}

Result<void> check_dtype(
    std::span<const TensorType> operands, std::size_t index, DTypeSet allowed
) {
    if (!contains(allowed, operands[index].dtype)) {
        return invalid(
            "operand {} is {}, its elements are none of {}",
            index,
            operands[index].text(),
            names_of(allowed)
        );
    }
    return {};
}

Result<void> check_same_dtype(
    std::span<const TensorType> operands, std::size_t index, std::size_t like
) {
    if (operands[index].dtype != operands[like].dtype) {
        return invalid(
            "operand {} is {}, operand {} is {}: their elements differ",
            like,
            operands[like].text(),
            index,
            operands[index].text()
        );
    }
    return {};
}

Result<void> check_attribute(
    std::span<const std::int64_t> attributes,
    std::size_t index,
    std::int64_t least,
    std::int64_t most
) {
    if (attributes[index] < least || attributes[index] > most) {
        return invalid("attribute {} is {}, not {} to {}", index, attributes[index], least, most);
    }
    return {};
}

Result<DType> dtype_attribute(std::span<const std::int64_t> attributes, std::size_t index) {
    const std::int64_t number = attributes[index];
    const bool small = number >= 0 && number <= dtype_max;
    const auto type = small ? dtype_from_number(static_cast<std::uint8_t>(number)) : std::nullopt;
    if (!type) {
        return invalid("attribute {} is {}, the number of no element type", index, number);
    }
    return *type;
}

}  // namespace steelyard::vm
