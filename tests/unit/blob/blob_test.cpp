#include "blob/blob.h"

#include "tests/unit/blob/test_blob.h"
#include "vm/ops/cost.h"
#include "vm/trace/commitment.h"

#include <gtest/gtest.h>

namespace steelyard::blob {
namespace {

using vm::DType;
using vm::TensorType;

/// Rows padded and packed, one chunk, and as many groups as make every shape of a small tree.
std::vector<TensorType> types_of_all_layouts() {
    std::vector<TensorType> types{
        {DType::f64, {}},
        {DType::u8, {0}},
        {DType::f32, {5, 0}},
        {DType::u8, {1}},
        {DType::u8, {1024}},
        {DType::u8, {1025}},
        {DType::f32, {300, 3}},
        {DType::f16, {2, 3, 301}},
    };
    for (const std::uint64_t chunks : {255, 256, 257, 511, 512, 513, 768, 769, 1024, 1025, 1300}) {
        types.push_back({DType::u8, {chunks * 1024}});
        types.push_back({DType::u8, {chunks * 1024 - 1}});
        types.push_back({DType::f32, {chunks, 150}});
        types.push_back({DType::u8, {chunks * 3, 300}});
        types.push_back({DType::i64, {chunks * 2, 64}});
        types.push_back({DType::u8, {chunks / 2, 1025}});
    }
    return types;
}

TEST(Blob, groups_give_the_root_of_the_tensor) {
    for (const TensorType& type : types_of_all_layouts()) {
        const test::TestBlob blob = test::make_blob(type, 1);

        const Hash256 root = vm::tensor_root(type, blob.data);

        EXPECT_EQ(blob.tree.header.root, root) << type.text();
        EXPECT_EQ(blob.id, vm::tensor_id(type, root)) << type.text();
        EXPECT_TRUE(check_tree(blob.id, blob.tree.header, blob.tree.groups)) << type.text();
    }
}

TEST(Blob, groups_lie_behind_each_other_and_cover_the_content) {
    for (const TensorType& type : types_of_all_layouts()) {
        const BlobHeader header{.type = type};
        ASSERT_EQ(header.group_count(), (vm::chunk_count(type) + 255) / 256) << type.text();
        std::uint64_t end = 0;
        for (std::uint32_t group = 0; group < header.group_count(); ++group) {
            const ByteRange range = group_range(type, group);
            EXPECT_EQ(range.first, end) << type.text() << ", group " << group;
            EXPECT_LE(range.size, group_bytes_max) << type.text() << ", group " << group;
            end = range.end();
        }
        EXPECT_EQ(end, type.bytes()) << type.text();
    }
}

TEST(Blob, a_group_hash_is_the_node_over_its_256_chunks) {
    const TensorType type{DType::u8, {1300, 1000}};
    const test::TestBlob blob = test::make_blob(type, 2);
    const std::vector<Hash256> leaves = vm::tensor_leaves(type, blob.data);

    for (std::uint32_t group = 0; group < blob.groups(); ++group) {
        std::vector<Hash256> below(
            leaves.begin() + group * 256,
            leaves.begin() + std::min<std::size_t>(leaves.size(), (group + 1) * 256)
        );
        EXPECT_EQ(vm::subtree_value(vm::tensor_mode(), below), blob.tree.groups[group]) << group;
    }
}

TEST(Blob, every_byte_of_a_group_counts) {
    const TensorType type{DType::u8, {600, 1000}};
    test::TestBlob blob = test::make_blob(type, 3);
    SeededRandom random(4);
    for (std::uint32_t group = 0; group < blob.groups(); ++group) {
        Bytes content = to_bytes(blob.content(group));
        content[random.below(content.size())] ^= 1;
        EXPECT_NE(group_hash(type, group, content), blob.tree.groups[group]);
    }
}

TEST(Blob, a_file_is_what_numpy_reads) {
    for (const TensorType& type : types_of_all_layouts()) {
        const test::TestBlob blob = test::make_blob(type, 5);
        EXPECT_EQ(blob.tree.header.file_bytes(), blob.file.size()) << type.text();
        EXPECT_TRUE(as_text(blob.file).starts_with(as_text(blob.tree.header.head())));
        EXPECT_EQ(vm::read_npy(blob.file)->data, blob.data) << type.text();
    }
}

TEST(Blob, refuses_trees_of_others) {
    const test::TestBlob blob = test::make_blob(600'000, 6);
    const test::TestBlob other = test::make_blob(600'000, 7);
    const auto code = [&](const Hash256& id, const BlobTree& tree) {
        return check_tree(id, tree.header, tree.groups).error().code();
    };

    EXPECT_EQ(code(other.id, blob.tree), ErrorCode::corrupt);
    BlobTree changed = blob.tree;
    changed.groups[2] = other.tree.groups[2];
    EXPECT_EQ(code(blob.id, changed), ErrorCode::corrupt);
    changed = blob.tree;
    changed.groups.pop_back();
    EXPECT_EQ(code(blob.id, changed), ErrorCode::corrupt);
    changed = blob.tree;
    changed.header.type = {DType::i8, {600'000}};
    EXPECT_EQ(code(blob.id, changed), ErrorCode::corrupt);
}

TEST(Blob, has_at_most_2_to_23_chunks) {
    EXPECT_TRUE(check_size({DType::u8, {chunks_max, 1024}}));
    EXPECT_EQ(check_size({DType::u8, {chunks_max + 1, 600}}).error().code(), ErrorCode::too_large);
    EXPECT_EQ((BlobHeader{.type = {DType::u8, {chunks_max, 1024}}}).group_count(), groups_max);
}

}  // namespace
}  // namespace steelyard::blob
