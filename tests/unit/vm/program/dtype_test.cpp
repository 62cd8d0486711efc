#include "vm/program/dtype.h"

#include "vm/program/op_code.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

TEST(DType, NamesAndNumbersComeBack) {
    for (int number = 1; number <= dtype_max; ++number) {
        const auto type = dtype_from_number(static_cast<std::uint8_t>(number));
        ASSERT_TRUE(type.has_value());
        EXPECT_EQ(dtype_from_name(to_string(*type)), type);
        EXPECT_GT(size_of(*type), 0U);
    }
    EXPECT_FALSE(dtype_from_number(0).has_value());
    EXPECT_FALSE(dtype_from_number(dtype_max + 1).has_value());
    EXPECT_FALSE(dtype_from_name("").has_value());
    EXPECT_FALSE(dtype_from_name("F32").has_value());
}

TEST(OpCode, NamesAndNumbersComeBack) {
    for (const OpCode code : all_op_codes()) {
        EXPECT_EQ(op_code_from_number(static_cast<std::uint16_t>(code)), code);
        EXPECT_EQ(op_code_from_name(to_string(code)), code);
    }
    EXPECT_FALSE(op_code_from_number(0).has_value());
    EXPECT_FALSE(op_code_from_name("unknown").has_value());
}

}  // namespace
}  // namespace steelyard::vm
