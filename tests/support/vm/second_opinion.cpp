#include "tests/support/vm/second_opinion.h"

#include "base/check.h"

namespace steelyard::vm::test {

oracle::Tensor to_oracle(const TestTensor& tensor) {
    const auto dims = tensor.type.shape.dimensions();
    return {
        .kind = static_cast<oracle::Kind>(tensor.type.dtype),
        .dims = {dims.begin(), dims.end()},
        .bytes = {tensor.data.begin(), tensor.data.end()},
    };
}

TestTensor from_oracle(const oracle::Tensor& tensor) {
    const std::optional<DType> dtype = dtype_from_number(static_cast<std::uint8_t>(tensor.kind));
    CHECK(dtype.has_value());
    return {
        .type = {.dtype = *dtype, .shape = Shape::of(tensor.dims)},
        .data = Bytes(tensor.bytes.begin(), tensor.bytes.end()),
    };
}

OpResult second_opinion(
    OpCode op, const std::vector<TestTensor>& operands, const Attributes& attributes
) {
    oracle::Call call{
        .op = oracle::operator_name(static_cast<std::uint64_t>(op)), .attributes = attributes
    };
    for (const TestTensor& operand : operands) {
        call.operands.push_back(to_oracle(operand));
    }
    const std::optional<oracle::Applied> applied = oracle::apply(call);
    CHECK(applied.has_value());
    return {.output = from_oracle(applied->output), .bad_index = applied->bad_index};
}

}  // namespace steelyard::vm::test
