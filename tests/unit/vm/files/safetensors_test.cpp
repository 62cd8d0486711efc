#include "vm/files/safetensors.h"

#include "base/endian.h"
#include "base/random.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

using testing::HasSubstr;

Bytes with_header(std::string_view header, std::size_t data) {
    Bytes out;
    append_le(out, std::uint64_t{header.size()});
    append(out, as_bytes(header));
    for (std::size_t at = 0; at < data; ++at) {
        out.push_back(static_cast<std::uint8_t>(at));
    }
    return out;
}

std::string refusal(std::string_view header, std::size_t data = 0) {
    const auto tensors = read_safetensors(with_header(header, data));
    return tensors ? "" : tensors.error().message();
}

TEST(Safetensors, ReadsTensorsWhereTheyLie) {
    // The second tensor lies first.
    const Bytes file = with_header(
        R"({"__metadata__":{"format":"pt","note":"a \"b\" \\"}, )"
        R"("w.weight" : {"dtype":"F32","shape":[2,1],"data_offsets":[3,11]},)"
        R"("b":{"data_offsets":[0,3],"shape":[3],"dtype":"U8"}}   )",
        11
    );
    const auto tensors = read_safetensors(file);
    ASSERT_TRUE(tensors.has_value()) << tensors.error().message();
    ASSERT_EQ(tensors->size(), 2U);
    EXPECT_EQ(tensors->front().name, "w.weight");
    EXPECT_EQ(tensors->front().type.text(), "f32[2,1]");
    EXPECT_EQ(to_bytes(tensors->front().data), (Bytes{3, 4, 5, 6, 7, 8, 9, 10}));
    EXPECT_EQ(tensors->back().name, "b");
    EXPECT_EQ(to_bytes(tensors->back().data), (Bytes{0, 1, 2}));
}

TEST(Safetensors, ReadsScalarsEmptyTensorsAndEmptyFiles) {
    const auto tensors = read_safetensors(with_header(
        R"({"e":{"dtype":"F16","shape":[0,5],"data_offsets":[1,1]},)"
        R"("s":{"dtype":"BOOL","shape":[],"data_offsets":[0,1]}})",
        1
    ));
    ASSERT_TRUE(tensors.has_value()) << tensors.error().message();
    EXPECT_EQ(tensors->front().type.text(), "f16[0,5]");
    EXPECT_EQ(tensors->back().type.text(), "bool[]");
    EXPECT_EQ(refusal("{}"), "");
    EXPECT_EQ(refusal(R"({"__metadata__":{}})"), "");
}

TEST(Safetensors, GivesBackEveryTypeItWrites) {
    SeededRandom random(1);
    std::vector<TensorSlice> tensors;
    std::vector<Bytes> data;
    data.reserve(dtype_max);
    for (std::uint8_t number = 1; number <= dtype_max; ++number) {
        const TensorType type{.dtype = *dtype_from_number(number), .shape = {number, 2}};
        random.fill(data.emplace_back(type.bytes()));
        tensors.push_back(
            {.name = std::string(to_string(type.dtype)), .type = type, .data = data.back()}
        );
    }
    const Bytes file = write_safetensors(tensors);
    EXPECT_EQ(load_le<std::uint64_t>(file.data()) % 8, 0U);
    const auto read = read_safetensors(file);
    ASSERT_TRUE(read.has_value()) << read.error().message();
    ASSERT_EQ(read->size(), tensors.size());
    for (std::size_t index = 0; index < tensors.size(); ++index) {
        EXPECT_EQ((*read)[index].name, tensors[index].name);
        EXPECT_EQ((*read)[index].type, tensors[index].type);
        EXPECT_TRUE(equal((*read)[index].data, tensors[index].data));
    }
}

TEST(Safetensors, RefusesHolesOverlapsAndWrongSizes) {
    const auto two = [](std::string_view a, std::string_view b, std::size_t data) {
        return refusal(
            fmt::format(
                R"({{"a":{{"dtype":"U8","shape":[4],"data_offsets":[{}]}},)"
                R"("b":{{"dtype":"U8","shape":[4],"data_offsets":[{}]}}}})",
                a,
                b
            ),
            data
        );
    };
    EXPECT_EQ(two("0,4", "4,8", 8), "");
    EXPECT_EQ(two("4,8", "0,4", 8), "");
    EXPECT_THAT(two("0,4", "5,9", 9), HasSubstr("'b' begins at 5, the one before ends at 4"));
    EXPECT_THAT(two("0,4", "3,7", 7), HasSubstr("'b' begins at 3, the one before ends at 4"));
    EXPECT_THAT(two("0,4", "0,4", 4), HasSubstr("begins at 0, the one before ends at 4"));
    EXPECT_THAT(two("1,5", "5,9", 9), HasSubstr("'a' begins at 1, the one before ends at 0"));
    EXPECT_THAT(two("0,4", "4,8", 9), HasSubstr("the tensors have 8 bytes, the file has 9"));
    EXPECT_THAT(two("0,4", "4,8", 7), HasSubstr("the tensors have 8 bytes, the file has 7"));
    EXPECT_THAT(two("0,5", "5,9", 9), HasSubstr("'a' from 0 to 5, u8[4] has 4 bytes"));
    EXPECT_THAT(two("4,0", "4,8", 8), HasSubstr("'a' from 4 to 0"));
}

TEST(Safetensors, TellsWhereTheHeaderIsBroken) {
    EXPECT_EQ(refusal(""), "safetensors, offset 8: '{' is missing");
    EXPECT_EQ(refusal("[]"), "safetensors, offset 8: '{' is missing");
    EXPECT_EQ(refusal("{} x"), "safetensors, offset 11: something follows the end");
    EXPECT_THAT(refusal(R"({"a)"), HasSubstr("a string ends too early"));
    EXPECT_THAT(refusal(R"({"a\n":{}})"), HasSubstr("has an escape"));
    EXPECT_THAT(refusal(R"({"a":{}})"), HasSubstr("'\"' is missing"));
    EXPECT_THAT(refusal(R"({"a":{"x":1}})"), HasSubstr("key 'x' is not known"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"F8_E4M3"}})"), HasSubstr("dtype F8_E4M3"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"U8"}})"), HasSubstr("'a' has not got all it needs"));
    EXPECT_THAT(refusal(R"({"a":{"dtype":"U8","dtype":"U8"}})"), HasSubstr("key 'dtype' twice"));
    EXPECT_THAT(refusal(R"({"a":{"shape":[1,]}})"), HasSubstr("a number is missing"));
    EXPECT_THAT(refusal(R"({"a":{"shape":[-1]}})"), HasSubstr("a number is missing"));
    EXPECT_THAT(refusal(R"({"a":{"shape":[1,1,1,1,1,1,1,1,1]}})"), HasSubstr("over 8 numbers"));
    EXPECT_THAT(refusal(R"({"__metadata__":{"a":"b})"), HasSubstr("a string has no end"));
    EXPECT_THAT(refusal(R"({"__metadata__":{"a":"b\)"), HasSubstr("a string has no end"));
    const std::string twice = R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
    EXPECT_THAT(refusal("{" + twice + "," + twice + "}"), HasSubstr("name 'a' twice"));
    EXPECT_EQ(refusal("{" + twice + "}"), "");
    EXPECT_THAT(
        refusal(R"({"a":{"dtype":"F64","shape":[2147483647,2],"data_offsets":[0,1]}})"),
        HasSubstr("more than 17179869184 bytes")
    );
    Bytes file = with_header("{}", 0);
    file[0] = 3;
    EXPECT_THAT(
        read_safetensors(file).error().message(), HasSubstr("a header of 3 bytes, 2 are left")
    );
    EXPECT_THAT(read_safetensors({}).error().message(), HasSubstr("0 bytes, the length"));
}

TEST(Safetensors, IsTotal) {
    SeededRandom random(2);
    const Bytes good = with_header(
        R"({"__metadata__":{"a":"b"},"w":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}})", 8
    );
    for (int round = 0; round < 20000; ++round) {
        Bytes file = good;
        for (std::uint64_t count = 1 + random.below(3); count > 0; --count) {
            file[random.below(file.size())] = static_cast<std::uint8_t>(random.below(128));
        }
        if (const auto tensors = read_safetensors(file)) {
            for (const TensorSlice& tensor : *tensors) {
                EXPECT_EQ(tensor.data.size(), tensor.type.bytes());
            }
        }
    }
}

TEST(Safetensors, keeps_texts_beside_the_tensors) {
    const Bytes data = {1, 2, 3};
    const TensorSlice slice{.name = "w", .type = {DType::u8, Shape{3}}, .data = data};
    const std::span<const TensorSlice> tensors(&slice, 1);
    Bytes file = safetensors_head(tensors, {{"made by", "a test"}, {"w", "123"}});
    const std::uint64_t head = file.size();
    append(file, data);

    const auto layout =
        read_safetensors_layout(ByteView(file).first(static_cast<std::size_t>(head)), file.size());

    ASSERT_TRUE(layout.has_value()) << layout.error().message();
    EXPECT_EQ(layout->metadata, (SafetensorsMetadata{{"made by", "a test"}, {"w", "123"}}));
    ASSERT_EQ(layout->tensors.size(), 1U);
    EXPECT_EQ(layout->tensors[0].offset, head);
    EXPECT_EQ(*safetensors_head_bytes(file, file.size()), head);
    EXPECT_TRUE(read_safetensors(file).has_value());
    EXPECT_FALSE(read_safetensors_layout(ByteView(file).first(20), file.size()).has_value());
}

}  // namespace
}  // namespace steelyard::vm
