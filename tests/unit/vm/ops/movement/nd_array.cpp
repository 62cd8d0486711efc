#include "tests/unit/vm/ops/movement/nd_array.h"

#include <gtest/gtest.h>

namespace steelyard::vm::test {

Index NdArray::dims() const {
    Index dims;
    for (const std::uint64_t size : tensor_.type.shape.dimensions()) {
        dims.push_back(static_cast<std::int64_t>(size));
    }
    return dims;
}

bool NdArray::has(const Index& at) const {
    const Index sizes = dims();
    for (std::size_t axis = 0; axis < sizes.size(); ++axis) {
        if (at[axis] < 0 || at[axis] >= sizes[axis]) {
            return false;
        }
    }
    return at.size() == sizes.size();
}

std::uint64_t NdArray::operator()(const Index& at) const {
    EXPECT_TRUE(has(at));
    std::size_t element = 0;
    std::size_t stride = 1;
    const Index sizes = dims();
    for (std::size_t axis = sizes.size(); axis-- > 0;) {
        element += stride * static_cast<std::size_t>(at[axis]);
        stride *= static_cast<std::size_t>(sizes[axis]);
    }
    const std::size_t size = size_of(tensor_.type.dtype);
    std::uint64_t bits = 0;
    std::memcpy(&bits, tensor_.data.data() + element * size, size);
    return bits;
}

void for_each_index(const Index& dims, const std::function<void(const Index&)>& body) {
    for (const std::int64_t size : dims) {
        if (size == 0) {
            return;
        }
    }
    Index at(dims.size(), 0);
    while (true) {
        body(at);
        std::size_t axis = dims.size();
        while (axis > 0 && ++at[axis - 1] == dims[axis - 1]) {
            at[--axis] = 0;
        }
        if (axis == 0) {
            return;
        }
    }
}

TestTensor make_tensor(
    DType dtype, const Index& dims, const std::function<std::uint64_t(const Index&)>& bits
) {
    const std::vector<std::uint64_t> sizes(dims.begin(), dims.end());
    TestTensor out{.type = {.dtype = dtype, .shape = Shape::of(sizes)}};
    for_each_index(dims, [&](const Index& at) {
        const std::uint64_t word = bits(at);
        const auto* bytes = reinterpret_cast<const std::uint8_t*>(&word);
        out.data.insert(out.data.end(), bytes, bytes + size_of(dtype));
    });
    return out;
}

void expect_result(
    OpCode op,
    const std::vector<TestTensor>& operands,
    const Attributes& attributes,
    const TestTensor& wanted
) {
    const Result<OpResult> got = run_reference(op, operands, attributes);
    ASSERT_TRUE(got.has_value()) << to_string(op) << ": " << got.error().message();
    EXPECT_FALSE(got->bad_index.has_value());
    EXPECT_EQ(got->output.type, wanted.type) << got->output.type.text() << wanted.type.text();
    EXPECT_TRUE(got->output.data == wanted.data) << to_string(op) << wanted.type.text();
    expect_one_answer(op, operands, attributes);
}

}  // namespace steelyard::vm::test
