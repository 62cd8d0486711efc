#include "vm/ops/type_rules.h"

#include "base/checked.h"
#include "vm/ops/rule.h"

#include <algorithm>

namespace steelyard::vm {

Result<void> expect_operands(TypeView operands, std::size_t count) {
    if (operands.size() != count) {
        return invalid("takes {} operands, not {}", count, operands.size());
    }
    return {};
}

Result<void> expect_attributes(AttributeView attributes, std::size_t count) {
    if (attributes.size() != count) {
        return invalid("takes {} attributes, not {}", count, attributes.size());
    }
    return {};
}

Result<void> expect_index(const TensorType& type) {
    if (type.dtype != DType::i32 && type.dtype != DType::i64) {
        return invalid("an index of type {}, not i32 or i64", to_string(type.dtype));
    }
    return {};
}

Result<void> expect_dtype(const TensorType& type, std::initializer_list<DType> allowed) {
    if (std::ranges::find(allowed, type.dtype) == allowed.end()) {
        return invalid("elements of type {}", to_string(type.dtype));
    }
    return {};
}

Result<void> expect_numbers(const TensorType& type) {
    if (type.dtype == DType::boolean) {
        return invalid("elements of type {}", to_string(type.dtype));
    }
    return {};
}

Result<void> expect_last_axis(const TensorType& type) {
    if (type.shape.rank() == 0) {
        return invalid("{} has no last axis", type.text());
    }
    return {};
}

Result<float> epsilon_of_attribute(std::int64_t attribute) {
    constexpr std::int64_t largest_bits = 0x7f7fffff;
    if (attribute < 0 || attribute > largest_bits) {
        return invalid("an epsilon of bits {}, not 0 to {}", attribute, largest_bits);
    }
    return f32_of(static_cast<std::uint32_t>(attribute));
}

Result<void> expect_indices_within(
    const TensorType& x, const TensorType& indices, std::size_t axis
) {
    bool fits = x.shape.rank() == indices.shape.rank();
    for (std::size_t other = 0; fits && other < x.shape.rank(); ++other) {
        fits = other == axis || indices.shape[other] <= x.shape[other];
    }
    if (!fits) {
        return invalid("indices {} along axis {} of {}", indices.text(), axis, x.text());
    }
    return {};
}

Result<void> expect_same_dtype(const TensorType& a, const TensorType& b) {
    if (a.dtype != b.dtype) {
        return invalid("{} beside {}: their elements differ", a.text(), b.text());
    }
    return {};
}

Result<std::size_t> axis_of(const TensorType& type, std::int64_t attribute) {
    const auto axis = checked_cast<std::size_t>(attribute);
    if (!axis || *axis >= type.shape.rank()) {
        return invalid("axis {} of {}", attribute, type.text());
    }
    return *axis;
}

Result<std::uint64_t> size_of_attribute(std::int64_t attribute) {
    const auto size = checked_cast<std::uint64_t>(attribute);
    if (!size || *size > dimension_max) {
        return invalid("a size of {}, not 0 to {}", attribute, dimension_max);
    }
    return *size;
}

Result<std::vector<std::uint64_t>> sizes_of_attributes(AttributeView attributes) {
    if (attributes.size() > rank_max) {
        return invalid("{} sizes, over the rank of {}", attributes.size(), rank_max);
    }
    std::vector<std::uint64_t> sizes;
    for (const std::int64_t attribute : attributes) {
        TRY_ASSIGN(const std::uint64_t size, size_of_attribute(attribute));
        sizes.push_back(size);
    }
    return sizes;
}

Result<std::int64_t> attribute_in_range(
    std::string_view name, std::int64_t attribute, std::int64_t least, std::int64_t most
) {
    if (attribute < least || attribute > most) {
        return invalid("{} {}, not {} to {}", name, attribute, least, most);
    }
    return attribute;
}

Result<DType> dtype_of_attribute(std::int64_t attribute) {
    const auto number = checked_cast<std::uint8_t>(attribute);
    const auto type = number ? dtype_from_number(*number) : std::nullopt;
    if (!type) {
        return invalid("element type {}", attribute);
    }
    return *type;
}

std::vector<std::uint64_t> dimensions_of(const TensorType& type) {
    const auto dimensions = type.shape.dimensions();
    return {dimensions.begin(), dimensions.end()};
}

}  // namespace steelyard::vm
