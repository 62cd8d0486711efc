#include "vm/trace/opened_reader.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

/// A row of f32 over four chunks, of which a proof opens some; each element is its chunk's number.
class OpenedReaderTest : public testing::Test {
protected:
    void open(std::vector<std::uint64_t> chunks) {
        tensor_.chunks = std::move(chunks);
        tensor_.data.clear();
        for (const std::uint64_t chunk : tensor_.chunks) {
            const auto value = static_cast<float>(chunk + 1);
            for (int element = 0; element < 256; ++element) {
                append(tensor_.data, {reinterpret_cast<const std::uint8_t*>(&value), sizeof value});
            }
        }
        use_ = {.tensor = &tensor_, .used = std::vector<bool>(tensor_.chunks.size())};
    }

    /// The elements, and whether they are open.
    std::pair<std::vector<float>, bool> read(std::uint64_t first, std::uint64_t count) {
        OpenedReader reader({OperandView{.type = {DType::f32, {1024}}, .use = &use_}});
        std::vector<float> out(count);
        std::memcpy(out.data(), reader.read(0, first, count), count * sizeof(float));
        return {out, !reader.missing().has_value()};
    }

    OpenedTensor tensor_{};
    TensorUse use_{};
};

TEST_F(OpenedReaderTest, reads_over_neighbours_and_notes_their_use) {
    open({1, 2, 3});
    const auto [elements, is_open] = read(300, 300);
    EXPECT_TRUE(is_open);
    EXPECT_EQ(elements.front(), 2.0F);
    EXPECT_EQ(elements[211], 2.0F);
    EXPECT_EQ(elements[212], 3.0F);
    EXPECT_EQ(use_.used, (std::vector<bool>{true, true, false}));
}

TEST_F(OpenedReaderTest, what_is_not_open_is_missing_and_reads_as_zeros) {
    for (const std::vector<std::uint64_t>& chunks :
         std::vector<std::vector<std::uint64_t>>{{}, {0}, {0, 1}, {0, 2}, {1, 2}, {0, 2, 3}, {3}}) {
        open(chunks);
        const auto [elements, is_open] = read(0, 600);
        EXPECT_FALSE(is_open);
        EXPECT_EQ(elements, std::vector<float>(600));
        EXPECT_EQ(use_.used, std::vector<bool>(chunks.size())) << "nothing was of use";
    }
}

}  // namespace
}  // namespace steelyard::vm
