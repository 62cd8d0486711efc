#include "vm/onnx/names.h"

#include "vm/program/names.h"

#include <gtest/gtest.h>

namespace steelyard::vm::onnx {
namespace {

TEST(Names, keep_what_a_program_takes) {
    EXPECT_EQ(plain_name("layer1/conv.weight:0"), "layer1_conv.weight:0");
    EXPECT_EQ(plain_name(""), "_");
    EXPECT_EQ(plain_name("\xc3\xa4"), "__");
    EXPECT_EQ(plain_name(std::string(100, 'x')), std::string(64, 'x'));
}

TEST(Names, are_given_once) {
    NameTable names;

    EXPECT_EQ(names.unique("a/b"), "a_b");
    EXPECT_EQ(names.unique("a_b"), "a_b_2");
    EXPECT_EQ(names.unique("a b"), "a_b_3");
    EXPECT_EQ(names.unique("a_b_2"), "a_b_2_3");
    EXPECT_EQ(names.unique(std::string(100, 'x')), std::string(64, 'x'));
    const std::string long_one = names.unique(std::string(100, 'x'));
    EXPECT_TRUE(check_name(long_one).has_value()) << long_one;
}

}  // namespace
}  // namespace steelyard::vm::onnx
