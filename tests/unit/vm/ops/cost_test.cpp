#include "vm/ops/cost.h"

#include <gtest/gtest.h>

namespace steelyard::vm {
namespace {

TensorType f32(std::initializer_list<std::uint64_t> dimensions) {
    return {.dtype = DType::f32, .shape = Shape(dimensions)};
}

TEST(ChunkCount, PacksShortRowsAndPadsLongOnes) {
    EXPECT_EQ(chunk_count(f32({})), 1U);
    EXPECT_EQ(chunk_count(f32({0, 5})), 1U);
    EXPECT_EQ(chunk_count(f32({256})), 1U);
    EXPECT_EQ(chunk_count(f32({257})), 2U);
    EXPECT_EQ(chunk_count(f32({10, 257})), 20U);
    EXPECT_EQ(chunk_count(f32({10, 129})), 10U);  // 516 bytes: a chunk each
    EXPECT_EQ(chunk_count(f32({10, 128})), 5U);   // 512 bytes: two a chunk
    EXPECT_EQ(chunk_count(f32({10, 100})), 5U);   // 400 bytes: two a chunk
    EXPECT_EQ(chunk_count(f32({1000, 1})), 4U);
}

TEST(ChunksOfRange, IsTheWorstPlace) {
    EXPECT_EQ(chunks_of_range(f32({100}), 100), 1U);
    EXPECT_EQ(chunks_of_range(f32({1024}), 0), 0U);
    EXPECT_EQ(chunks_of_range(f32({1024}), 1), 1U);
    EXPECT_EQ(chunks_of_range(f32({1024}), 2), 2U);
    EXPECT_EQ(chunks_of_range(f32({1024}), 257), 2U);
    EXPECT_EQ(chunks_of_range(f32({1024}), 258), 3U);
    EXPECT_EQ(chunks_of_range(f32({1024}), 1024), 4U);
}

}  // namespace
}  // namespace steelyard::vm
