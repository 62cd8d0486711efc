#include "vm/trace/commitment.h"

#include "base/hex.h"
#include "base/random.h"
#include "vm/ops/cost.h"
#include "vm/trace/outcome.h"

#include <gtest/gtest.h>
#include <thread>

namespace steelyard::vm {
namespace {

constexpr std::string_view data_context = "steelyard 2026 vm tensor data";

Bytes pattern(std::uint64_t size) {
    Bytes out(size);
    for (std::uint64_t at = 0; at < size; ++at) {
        out[at] = static_cast<std::uint8_t>(at % 251);
    }
    return out;
}

/// The chunks one after the other, written down as slowly as C1 says it.
Bytes padded(const TensorType& type, const Bytes& data) {
    Bytes out;
    const auto pad = [&] { out.resize((out.size() + 1023) / 1024 * 1024); };
    const std::uint64_t row = type.row_bytes();
    for (std::uint64_t at = 0; at < data.size(); at += row) {
        const bool packed = row <= 512;
        if (!packed || out.size() % 1024 + row > 1024) {
            pad();
        }
        append(out, ByteView(data).subspan(at, row));
    }
    pad();
    out.resize(std::max<std::size_t>(out.size(), 1024));
    return out;
}

void backwards_on_two_threads(std::size_t count, const std::function<void(std::size_t)>& body) {
    const auto half = [&](std::size_t first) {
        for (std::size_t index = count; index-- > 0;) {
            if (index % 2 == first) {
                body(index);
            }
        }
    };
    std::jthread other(half, 1);
    half(0);
}

std::vector<TensorType> types_of_all_layouts() {
    std::vector<TensorType> types{
        {DType::f64, {}},
        {DType::u8, {0}},
        {DType::f32, {0, 5}},
        {DType::f32, {5, 0}},
        {DType::bf16, {2, 3, 0, 7}},
        {DType::i16, {2049, 512}},
        {DType::u8, {1030, 1025}},
        {DType::f32, {1, 300'000}},
        {DType::f32, {1024, 256}},
        {DType::f32, {1025, 256}},
    };
    for (const std::uint64_t columns :
         {1, 2, 3, 63, 64, 127, 128, 129, 255, 256, 257, 300, 511, 512, 513, 1023, 1024, 1025}) {
        for (const std::uint64_t rows : {1, 2, 3, 4, 5, 17, 70}) {
            types.push_back({DType::u8, {rows, columns}});
            types.push_back({DType::f32, {rows, columns}});
        }
    }
    return types;
}

TEST(Commitment, tensor_root_is_blake3_of_the_padded_chunks) {
    for (const TensorType& type : types_of_all_layouts()) {
        const Bytes data = pattern(type.bytes());
        const Bytes chunks = padded(type, data);
        const Hash256 wanted = crypto::blake3_derive_key(data_context, chunks);

        EXPECT_EQ(chunks.size(), chunk_count(type) * 1024) << type.text();
        EXPECT_EQ(tensor_root(type, data), wanted) << type.text();
        EXPECT_EQ(tensor_root(type, data, backwards_on_two_threads), wanted) << type.text();
        const HashTree tree(tensor_mode(), tensor_leaves(type, data, backwards_on_two_threads));
        EXPECT_EQ(tree.root(), wanted) << type.text();
        EXPECT_EQ(tensor_leaves(type, data), tensor_leaves(type, data, backwards_on_two_threads));
    }
}

TEST(Commitment, copies_chunks_and_places_elements_where_they_are_hashed) {
    for (const TensorType& type : types_of_all_layouts()) {
        const Bytes data = pattern(type.bytes());
        const Bytes chunks = padded(type, data);
        std::uint64_t payload = 0;
        for (std::uint64_t chunk = 0; chunk < chunk_count(type); ++chunk) {
            ByteArray<1024> copy;
            copy_chunk(type, data, chunk, copy);
            ASSERT_TRUE(equal(copy, ByteView(chunks).subspan(chunk * 1024, 1024))) << type.text();
            payload += chunk_payload(type, chunk);
        }
        EXPECT_EQ(payload, data.size());
        const std::size_t size = size_of(type.dtype);
        for (std::uint64_t element = 0; element < std::min<std::uint64_t>(type.elements(), 5000);
             ++element) {
            const ChunkPlace place = place_of(type, element);
            ASSERT_TRUE(equal(
                ByteView(chunks).subspan(place.chunk * 1024 + place.byte, size),
                ByteView(data).subspan(element * size, size)
            )) << type.text()
               << " element " << element;
        }
    }
}

TEST(Commitment, opened_chunks_and_their_siblings_give_the_root) {
    SeededRandom random(1);
    for (const TensorType& type : types_of_all_layouts()) {
        const Bytes data = pattern(type.bytes());
        const Bytes all = padded(type, data);
        const HashTree tree(tensor_mode(), tensor_leaves(type, data));
        std::vector<std::uint64_t> chunks;
        Bytes opened;
        for (std::uint64_t chunk = random.below(2); chunk < tree.leaf_count();
             chunk += 1 + random.below(4)) {
            chunks.push_back(chunk);
            append(opened, ByteView(all).subspan(chunk * 1024, 1024));
        }
        if (chunks.empty()) {
            continue;
        }
        const auto leaves = opened_leaves(tree.leaf_count(), chunks, opened);
        const Result<Hash256> root =
            root_of_opening(tensor_mode(), tree.leaf_count(), chunks, leaves, tree.opening(chunks));
        EXPECT_EQ(root, tree.root()) << type.text();
    }
}

// All by b3sum --derive-key, over bytes that another program padded.
TEST(Commitment, agrees_with_another_implementation) {
    const auto root = [](const TensorType& type) {
        return to_hex(tensor_root(type, pattern(type.bytes())));
    };
    const TensorType type{DType::f32, {3, 300}};
    EXPECT_EQ(root(type), "511a7f7084f0ae618319d7531491513ac86cc438a3061ff0047500799ee857f2");
    EXPECT_EQ(
        root({DType::u8, {7, 300}}),
        "bcd4547e8683afcd383f91baf45de04bb697fbc3852a2648cb0391281a64dfff"
    );
    EXPECT_EQ(
        root({DType::f64, {}}), "5556d91d78e1da25af95164aa8e5e3f2ba2d0d3889fabdfa78af34006d387469"
    );
    EXPECT_EQ(
        root({DType::f32, {0, 5}}),
        "b4d87b332f4f07a9309998b2b06e77bc51e8e1e32337b7cbfa17d1861581d29a"
    );
    EXPECT_EQ(
        root({DType::i16, {2049, 512}}),
        "ed3067b5ebc4c7bbc45812dd376c2a3685e5580016922ce48f629feee3a23384"
    );

    const Hash256 id = tensor_id(type, tensor_root(type, pattern(type.bytes())));
    EXPECT_EQ(to_hex(id), "0c724871b90b68a04bc279b3f13cedbef44bc6178ceac4c3b1e34c0430be55ec");
    EXPECT_EQ(
        to_hex(step_leaf(7, id)), "745f8e775ff99839b99efa53d924827aa0ea3f5147b3c0031d554e9acdb8ff39"
    );
    EXPECT_EQ(
        to_hex(output_root(std::vector{id, id})),
        "6e6e753ebcf4eb9538748bd6e03682dcd7b04ed7015804274841b4024cf1a9f5"
    );
    EXPECT_EQ(
        to_hex(fault_root({Fault::Kind::bad_index, 5, 70'000'000'000})),
        "7fd91b45a10184534a74be4c0672fdbc3f0bc976e8eb0d88be215689b5d6ac63"
    );
    EXPECT_EQ(
        to_hex(trace_root({})), "5ebde48ee95d28efa1569a54b1e0d6533afcf3f77694c6fdb1c0c66d54c4dd8c"
    );
}

TEST(Commitment, leaves_and_ids_depend_on_every_bit_of_what_they_say) {
    for (unsigned bit = 0; bit < 64; ++bit) {
        EXPECT_NE(step_leaf(7, {}), step_leaf(7 ^ std::uint64_t{1} << bit, {})) << "bit " << bit;
    }
    for (unsigned bit = 0; bit < 31; ++bit) {
        const TensorType type{DType::u8, {0, 1}};
        EXPECT_NE(tensor_id(type, {}), tensor_id({DType::u8, {0, 1 ^ std::uint64_t{1} << bit}}, {}))
            << "bit " << bit;
    }
}

TEST(Commitment, trace_root_is_that_of_the_tree_over_its_leaves) {
    std::vector<Hash256> leaves;
    for (std::uint64_t step = 0; step < 3000; ++step) {
        leaves.push_back(step_leaf(step, {}));
        if (step < 40 || step % 509 == 0 || step == 2047 || step == 2048) {
            EXPECT_EQ(trace_root(leaves), HashTree(trace_mode(), leaves).root());
        }
    }
    EXPECT_EQ(trace_root(std::span(leaves).first(1)), leaves[0]);
}

TEST(Commitment, the_same_bytes_under_another_type_are_another_tensor) {
    const Bytes data = pattern(2048);
    std::vector<Hash256> ids;
    for (const TensorType& type : std::vector<TensorType>{
             {DType::f32, {2, 256}},
             {DType::i32, {2, 256}},
             {DType::f32, {512}},
             {DType::f32, {2, 256, 1}},
             {DType::f32, {1, 2, 256}},
             {DType::f32, {4, 128}},
             {DType::u8, {2, 1024}},
         }) {
        ids.push_back(tensor_id(type, tensor_root(type, data)));
    }
    std::ranges::sort(ids);
    EXPECT_EQ(std::ranges::adjacent_find(ids), ids.end());
}

TEST(Commitment, a_chunk_of_two_hashes_is_not_the_node_above_them) {
    const TensorType two{DType::u8, {2, 1024}};
    const std::vector<Hash256> leaves = tensor_leaves(two, pattern(2048));
    Bytes forged;
    append(forged, leaves[0]);
    append(forged, leaves[1]);

    EXPECT_NE(tensor_root({DType::u8, {64}}, forged), tensor_root(two, pattern(2048)));
}

}  // namespace
}  // namespace steelyard::vm
