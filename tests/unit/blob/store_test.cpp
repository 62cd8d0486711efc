// What comes in and what goes out.
#include "tests/unit/blob/store_fixture.h"

#include <gmock/gmock.h>

#include <thread>

namespace steelyard::blob {
namespace {

using testing::HasSubstr;

TEST_F(BlobStoreTest, keeps_what_is_put) {
    const TestBlob blob = make_blob({vm::DType::f32, {1000, 300}}, 1);

    EXPECT_EQ(store().put(blob.type, blob.data), blob.id);
    for (int round = 0; round < 2; ++round) {
        EXPECT_EQ(file_of(blob), blob.file);
        const auto status = store().find(blob.id);
        ASSERT_TRUE(status);
        EXPECT_TRUE(status->is_whole);
        EXPECT_EQ(status->file_bytes, blob.file.size());
        EXPECT_EQ(status->header, blob.tree.header);
        EXPECT_EQ(store().tree(blob.id), blob.tree);
        EXPECT_EQ(store().group(blob.id, 1), to_bytes(blob.content(1)));
        EXPECT_EQ(store().stats().bytes, blob.file.size());
        reopen();
    }
}

TEST_F(BlobStoreTest, takes_an_upload_piece_by_piece) {
    const TestBlob blob = make_blob(1'000'000, 2);
    constexpr std::uint64_t piece = 300'000;

    for (std::uint64_t offset = 0; offset + piece < blob.file.size(); offset += piece) {
        const Appended done = append(blob, offset, piece);
        EXPECT_EQ(done.outcome, Outcome::taken);
        EXPECT_EQ(done.offset, offset + piece);
        EXPECT_EQ(store().find(blob.id)->bytes_there, offset + piece);
        EXPECT_FALSE(store().find(blob.id)->is_whole);
    }
    EXPECT_EQ(append(blob, 3 * piece, piece).outcome, Outcome::whole);

    EXPECT_EQ(file_of(blob), blob.file);
    EXPECT_EQ(store().tree(blob.id), blob.tree);
    EXPECT_EQ(append(blob, 5, 7).outcome, Outcome::whole);
}

TEST_F(BlobStoreTest, takes_groups_in_any_order) {
    const TestBlob blob = make_blob(1'300'000, 3);
    begin(blob);

    EXPECT_EQ(store().missing_groups(blob.id, 99), (std::vector<std::uint32_t>{0, 1, 2, 3, 4}));
    EXPECT_EQ(store().add_group(blob.id, 3, blob.content(3)), false);
    EXPECT_EQ(store().add_group(blob.id, 0, blob.content(0)), false);
    EXPECT_EQ(store().add_group(blob.id, 0, blob.content(0)), false);
    EXPECT_EQ(store().missing_groups(blob.id, 2), (std::vector<std::uint32_t>{1, 2}));
    EXPECT_EQ(store().group(blob.id, 3), to_bytes(blob.content(3)));
    EXPECT_EQ(store().find(blob.id)->groups_there, 2U);
    for (const std::uint32_t group : {4U, 1U, 2U}) {
        EXPECT_EQ(store().add_group(blob.id, group, blob.content(group)), group == 2);
    }

    EXPECT_EQ(file_of(blob), blob.file);
    EXPECT_EQ(store().add_group(blob.id, 1, blob.content(1)), true);
    EXPECT_TRUE(store().missing_groups(blob.id, 99).empty());
}

TEST_F(BlobStoreTest, keeps_blobs_without_elements_and_of_one) {
    for (const vm::TensorType& type :
         {vm::TensorType{vm::DType::f64, {}}, vm::TensorType{vm::DType::f32, {3, 0}}}) {
        const TestBlob put = make_blob(type, 4);
        EXPECT_EQ(store().put(type, put.data), put.id);
        EXPECT_EQ(file_of(put), put.file);
        EXPECT_EQ(store().group(put.id, 0), put.data);
    }
    const TestBlob sent = make_blob({vm::DType::i8, {0}}, 5);
    EXPECT_EQ(append(sent, 0, 999).outcome, Outcome::whole);
    const TestBlob fetched = make_blob({vm::DType::i16, {0, 7}}, 6);
    begin(fetched);
    EXPECT_EQ(store().add_group(fetched.id, 0, {}), true);
    EXPECT_EQ(file_of(fetched), fetched.file);
}

TEST_F(BlobStoreTest, says_which_piece_of_an_upload_is_wanted) {
    const TestBlob blob = make_blob(5000, 7);

    EXPECT_EQ(append(blob, 100, 100).outcome, Outcome::misplaced);
    EXPECT_EQ(append(blob, 100, 100).offset, 0U);
    EXPECT_EQ(store().stats().parts, 0U);
    EXPECT_EQ(append(blob, 0, 1000).offset, 1000U);
    for (const std::uint64_t offset : {0U, 999U, 1001U}) {
        EXPECT_EQ(append(blob, offset, 100).outcome, Outcome::misplaced);
        EXPECT_EQ(append(blob, offset, 100).offset, 1000U);
    }
    EXPECT_EQ(append(blob, 1000, 0).offset, 1000U);
    EXPECT_EQ(append(blob, 1000, 9999).outcome, Outcome::whole);
}

TEST_F(BlobStoreTest, refuses_uploads_that_do_not_begin_as_a_blob) {
    const TestBlob blob = make_blob(5000, 8);
    const auto refusal = [&](std::uint64_t size, ByteView piece) {
        const auto done = store().append(blob.id, 0, size, piece);
        return done ? "" : done.error().message();
    };
    const std::uint64_t size = blob.file.size();

    EXPECT_THAT(refusal(size, {}), HasSubstr("NumPy"));
    EXPECT_THAT(refusal(size, blob.piece(0, 120)), HasSubstr("a header of"));
    EXPECT_THAT(refusal(size - 1, blob.piece(0, 200)), HasSubstr("has 5128"));
    EXPECT_THAT(refusal(size + 1, blob.piece(0, 200)), HasSubstr("has 5128"));
    Bytes longer = blob.file;
    longer.push_back(0);
    EXPECT_THAT(refusal(size, longer), HasSubstr("5129 bytes"));
    Bytes other = blob.file;
    const std::size_t space = as_text(other).find(", }");
    std::swap(other[space], other[space + 1]);
    EXPECT_THAT(refusal(size, other), HasSubstr("the head of u8[5000] is not the one"));
    const Bytes vast = vm::write_npy_head({vm::DType::u8, {chunks_max + 1, 1024}});
    EXPECT_THAT(refusal(size, vast), HasSubstr("a blob at most 8388608"));
    EXPECT_EQ(store().stats().parts, 0U);
    EXPECT_EQ(store().stats().bytes, 0U);

    EXPECT_EQ(append(blob, 0, 1000).outcome, Outcome::taken);
    EXPECT_EQ(
        store().append(blob.id, 1000, size + 1, blob.piece(1000, 9)).error().code(),
        ErrorCode::invalid
    );
    EXPECT_EQ(store().append(blob.id, 1000, size, Bytes(size)).error().code(), ErrorCode::invalid);
    EXPECT_EQ(append(blob, 1000, 9999).outcome, Outcome::whole);
}

TEST_F(BlobStoreTest, throws_away_what_is_not_what_it_is_called) {
    const TestBlob blob = make_blob(700'000, 9);
    TestBlob wrong = blob;
    wrong.file[300'000] ^= 1;

    EXPECT_EQ(append(wrong, 0, 400'000).outcome, Outcome::taken);
    const auto done =
        store().append(blob.id, 400'000, blob.file.size(), blob.piece(400'000, blob.file.size()));
    EXPECT_EQ(done.error().code(), ErrorCode::corrupt);
    EXPECT_FALSE(store().find(blob.id));
    EXPECT_FALSE(std::filesystem::exists(path(blob, ".part")));
    EXPECT_EQ(store().stats().bytes, 0U);

    const auto put = store().put(blob.id, wrong.type, make_blob(700'000, 10).data);
    EXPECT_EQ(put.error().code(), ErrorCode::corrupt);
    EXPECT_TRUE(store().put(blob.id, blob.type, blob.data));
    EXPECT_EQ(file_of(blob), blob.file);
}

TEST_F(BlobStoreTest, takes_right_groups_of_right_trees_only) {
    const TestBlob blob = make_blob(600'000, 11);
    const TestBlob other = make_blob(600'000, 12);
    const auto code = [](const Result<bool>& done) { return done.error().code(); };

    EXPECT_EQ(
        store().begin_part(other.id, blob.tree.header, blob.tree.groups).error().code(),
        ErrorCode::corrupt
    );
    EXPECT_EQ(code(store().add_group(blob.id, 0, blob.content(0))), ErrorCode::not_found);
    begin(blob);
    EXPECT_EQ(code(store().add_group(blob.id, 3, blob.content(0))), ErrorCode::invalid);
    EXPECT_EQ(code(store().add_group(blob.id, 1, blob.content(0))), ErrorCode::corrupt);
    EXPECT_EQ(code(store().add_group(blob.id, 0, other.content(0))), ErrorCode::corrupt);
    EXPECT_EQ(code(store().add_group(blob.id, 0, blob.content(0).subspan(1))), ErrorCode::corrupt);
    EXPECT_EQ(store().missing_groups(blob.id, 9).size(), 3U);
    EXPECT_EQ(store().group(blob.id, 0).error().code(), ErrorCode::not_found);
    EXPECT_EQ(store().tree(blob.id).error().code(), ErrorCode::not_found);
    EXPECT_EQ(store().read(blob.id, 0, 1).error().code(), ErrorCode::not_found);
}

TEST_F(BlobStoreTest, goes_on_with_groups_where_an_upload_was) {
    const TestBlob blob = make_blob(1'000'000, 13);
    EXPECT_EQ(append(blob, 0, 600'000).outcome, Outcome::taken);

    begin(blob);

    EXPECT_EQ(store().missing_groups(blob.id, 9), (std::vector<std::uint32_t>{2, 3}));
    EXPECT_EQ(store().add_group(blob.id, 2, blob.content(2)), false);
    EXPECT_EQ(store().add_group(blob.id, 3, blob.content(3)), true);
    EXPECT_EQ(file_of(blob), blob.file);
    EXPECT_EQ(store().stats().bytes, blob.file.size());
}

TEST_F(BlobStoreTest, takes_an_upload_and_groups_in_turns) {
    const TestBlob blob = make_blob(1'000'000, 17);
    EXPECT_EQ(append(blob, 0, 100'000).offset, 100'000U);
    begin(blob);
    EXPECT_EQ(store().find(blob.id)->bytes_there, 100'000U);
    EXPECT_EQ(append(blob, 0, 100'000).outcome, Outcome::misplaced);
    EXPECT_EQ(append(blob, 100'000, 200'000).offset, 300'000U);
    EXPECT_EQ(store().missing_groups(blob.id, 9), (std::vector<std::uint32_t>{1, 2, 3}));
    EXPECT_EQ(store().add_group(blob.id, 1, blob.content(1)), false);
    EXPECT_EQ(store().add_group(blob.id, 3, blob.content(3)), false);
    EXPECT_EQ(append(blob, 300'000, 400'000).offset, 700'000U);
    EXPECT_EQ(append(blob, 700'000, 200'000).outcome, Outcome::whole);
    EXPECT_EQ(file_of(blob), blob.file);

    const TestBlob late = make_blob(600'000, 18);
    begin(late);
    EXPECT_EQ(append(late, 0, 99'999).offset, 99'999U);
    EXPECT_EQ(append(late, 99'999, 999'999).outcome, Outcome::whole);
    EXPECT_EQ(file_of(late), late.file);

    const TestBlob empty = make_blob({vm::DType::i8, {0, 9}}, 19);
    begin(empty);
    EXPECT_EQ(append(empty, 0, 999).outcome, Outcome::whole);
}

TEST_F(BlobStoreTest, an_upload_cannot_spoil_groups_that_are_right) {
    const TestBlob blob = make_blob(1'000'000, 20);
    TestBlob wrong = blob;
    wrong.file[300'000] ^= 1;
    begin(blob);
    EXPECT_EQ(store().add_group(blob.id, 0, blob.content(0)), false);
    const auto send = [&](std::uint64_t offset, std::uint64_t size) {
        return store().append(blob.id, offset, blob.file.size(), wrong.piece(offset, size));
    };

    EXPECT_EQ(
        store().append(blob.id, 0, blob.file.size(), Bytes(200)).error().code(), ErrorCode::invalid
    );
    EXPECT_TRUE(send(0, 400'000));
    EXPECT_EQ(send(400'000, 400'000).error().code(), ErrorCode::corrupt);
    EXPECT_EQ(store().find(blob.id)->bytes_there, 0U);
    EXPECT_EQ(store().group(blob.id, 0), to_bytes(blob.content(0)));
    EXPECT_EQ(store().missing_groups(blob.id, 9), (std::vector<std::uint32_t>{1, 3}));
    EXPECT_EQ(append(blob, 0, 999'999'999).outcome, Outcome::whole);
    EXPECT_EQ(file_of(blob), blob.file);

    // Wrong before the tree was known.
    const TestBlob other = make_blob(600'000, 21);
    TestBlob changed = other;
    changed.file[1000] ^= 1;
    EXPECT_EQ(append(changed, 0, 500'000).outcome, Outcome::taken);
    begin(other);
    EXPECT_EQ(store().missing_groups(other.id, 9), (std::vector<std::uint32_t>{0, 1, 2}));
    EXPECT_EQ(
        store()
            .append(other.id, 500'000, other.file.size(), other.piece(500'000, 500'000))
            .error()
            .code(),
        ErrorCode::corrupt
    );
    EXPECT_EQ(append(other, 0, 999'999).outcome, Outcome::whole);
}

TEST_F(BlobStoreTest, is_whole_as_soon_as_anybody_puts_it) {
    const TestBlob uploaded = make_blob(400'000, 14);
    const TestBlob fetched = make_blob(400'000, 15);
    EXPECT_EQ(append(uploaded, 0, 1000).outcome, Outcome::taken);
    begin(fetched);

    for (const TestBlob& blob : {uploaded, fetched}) {
        EXPECT_TRUE(store().put(blob.type, blob.data));
        EXPECT_EQ(file_of(blob), blob.file);
        EXPECT_EQ(append(blob, 1000, 9).outcome, Outcome::whole);
        EXPECT_EQ(store().add_group(blob.id, 0, blob.content(0)), true);
    }
    EXPECT_EQ(store().stats().blobs, 2U);
    EXPECT_EQ(store().stats().parts, 0U);
}

TEST_F(BlobStoreTest, reads_within_the_file_only) {
    const TestBlob blob = make_blob(5000, 16);
    ASSERT_TRUE(store().put(blob.type, blob.data));

    EXPECT_EQ(store().read(blob.id, 60, 10), to_bytes(blob.piece(60, 10)));
    EXPECT_EQ(store().read(blob.id, blob.file.size(), 0), Bytes{});
    for (const auto& [offset, size] :
         {std::pair<std::uint64_t, std::size_t>{5129, 0}, {5000, 129}, {1, ~std::size_t{0}}}) {
        EXPECT_EQ(store().read(blob.id, offset, size).error().code(), ErrorCode::invalid);
    }
}

TEST_F(BlobStoreTest, lists_in_the_order_of_ids) {
    std::set<Hash256> ids;
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        const TestBlob blob = make_blob(5000, 100 + seed);
        ids.insert(blob.id);
        if (seed % 2 == 0) {
            ASSERT_TRUE(store().put(blob.type, blob.data));
        } else {
            append(blob, 0, 500);
        }
    }
    std::set<Hash256> listed;
    std::optional<Hash256> after;
    for (auto page = store().list(after, 3); !page.empty(); page = store().list(after, 3)) {
        EXPECT_LE(page.size(), 3U);
        for (const auto& [id, status] : page) {
            EXPECT_TRUE(!after || *after < id);
            EXPECT_EQ(status.bytes_there, status.is_whole ? 5128U : 500U);
            EXPECT_EQ(status.file_bytes, 5128U);
            after = id;
            listed.insert(id);
        }
    }
    EXPECT_EQ(listed, ids);
}

TEST_F(BlobStoreTest, is_used_by_several_threads_at_once) {
    constexpr std::size_t blob_count = 6;
    constexpr std::size_t thread_count = 4;
    std::vector<TestBlob> blobs;
    for (std::size_t index = 0; index < blob_count; ++index) {
        blobs.push_back(make_blob(400'000 + index * 200'000, 200 + index));
    }
    const auto work = [&](std::size_t thread) {
        SeededRandom random(thread);
        for (int round = 0; round < 60; ++round) {
            const TestBlob& blob = blobs[random.below(blob_count)];
            const auto group = static_cast<std::uint32_t>(random.below(blob.groups()));
            switch (random.below(6)) {
                case 0:
                    (void)store().begin_part(blob.id, blob.tree.header, blob.tree.groups);
                    break;
                case 1:
                    (void)store().put(blob.type, blob.data);
                    break;
                case 2:
                    (void)store().remove(blob.id);
                    break;
                case 3: {
                    const auto at = store().append(blob.id, 0, blob.file.size(), {});
                    const std::uint64_t offset = at ? at->offset : 0;
                    (void)store().append(
                        blob.id, offset, blob.file.size(), blob.piece(offset, 300'000)
                    );
                    break;
                }
                default:
                    (void)store().add_group(blob.id, group, blob.content(group));
            }
            if (const auto content = store().group(blob.id, group)) {
                EXPECT_EQ(*content, to_bytes(blob.content(group)));
            }
            if (const auto file = store().read(blob.id, 0, blob.file.size())) {
                EXPECT_EQ(*file, blob.file);
            }
        }
    };
    {
        std::vector<std::jthread> threads;
        for (std::size_t thread = 0; thread < thread_count; ++thread) {
            threads.emplace_back(work, thread);
        }
    }
    for (const TestBlob& blob : blobs) {
        EXPECT_TRUE(store().put(blob.type, blob.data));
        EXPECT_EQ(file_of(blob), blob.file);
        EXPECT_TRUE(store().remove(blob.id));
    }
    EXPECT_EQ(store().stats().bytes, 0U);
}

}  // namespace
}  // namespace steelyard::blob
