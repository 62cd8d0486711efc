#include "blob/store.h"

#include "base/hex.h"
#include "blob/disk.h"
#include "tests/support/temporary_home.h"
#include "tests/unit/blob/test_blob.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::blob {
namespace {

using test::make_blob;
using test::TestBlob;
using Outcome = Appended::Outcome;

class BlobStoreTest : public testing::Test {
protected:
    BlobStoreTest() { reopen(); }

    void reopen() {
        store_.reset();
        auto opened = BlobStore::open(folder(), options_, clock_);
        ASSERT_TRUE(opened.has_value()) << opened.error().message();
        store_ = *std::move(opened);
    }

    void reopen(const StoreOptions& options) {
        options_ = options;
        reopen();
    }

    std::filesystem::path folder() const { return home_.path() / "blobs"; }
    std::filesystem::path path(const TestBlob& blob, std::string_view ending) const {
        const std::string hex = to_hex(blob.id);
        return folder() / hex.substr(0, 2) / (hex + std::string(ending));
    }

    BlobStore& store() { return *store_; }

    /// What the whole file of a blob is in the store.
    Bytes file_of(const TestBlob& blob) {
        const auto file = store().read(blob.id, 0, blob.file.size());
        return file.value_or(Bytes{});
    }

    Appended append(const TestBlob& blob, std::uint64_t offset, std::uint64_t size) {
        const auto done =
            store().append(blob.id, offset, blob.file.size(), blob.piece(offset, size));
        EXPECT_TRUE(done.has_value()) << done.error().message();
        return done.value_or(Appended{.outcome = Outcome::misplaced});
    }

    void begin(const TestBlob& blob) {
        const auto begun = store().begin_part(blob.id, blob.tree.header, blob.tree.groups);
        EXPECT_TRUE(begun.has_value()) << begun.error().message();
    }

    test::StillClock clock_{};
    StoreOptions options_{};

private:
    testing_support::TemporaryHome home_{};
    std::unique_ptr<BlobStore> store_{};
};

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

}  // namespace
}  // namespace steelyard::blob
