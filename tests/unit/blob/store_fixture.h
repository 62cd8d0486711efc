// A store on a folder that is gone with it, and a clock that stands still.
#pragma once

#include "base/hex.h"
#include "blob/store.h"
#include "tests/support/temporary_home.h"
#include "tests/unit/blob/test_blob.h"

#include <gtest/gtest.h>

namespace steelyard::blob {

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

}  // namespace steelyard::blob
