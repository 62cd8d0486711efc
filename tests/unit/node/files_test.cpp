#include "node/files.h"

#include <gtest/gtest.h>

#include <fstream>

namespace steelyard::node {
namespace {

namespace fs = std::filesystem;

class Files : public testing::Test {
protected:
    Files() { fs::create_directories(folder_); }
    ~Files() override { fs::remove_all(folder_); }

    fs::path make(const std::string& content, fs::perms mode) {
        const fs::path path = folder_ / "file";
        std::ofstream(path) << content;
        fs::permissions(path, mode);
        return path;
    }

    const fs::path folder_ =
        fs::path(testing::TempDir()) /
        ("files_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
};

constexpr fs::perms mine = fs::perms::owner_read | fs::perms::owner_write;

TEST_F(Files, are_read_whole) {
    const auto text = read_file(make("abc\n", mine), 4);

    ASSERT_TRUE(text) << text.error().message();
    EXPECT_EQ(*text, "abc\n");
}

TEST_F(Files, name_what_is_missing) {
    const auto text = read_file(folder_ / "other", 4);

    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code(), ErrorCode::not_found);
    EXPECT_NE(text.error().message().find("other"), std::string::npos);
}

TEST_F(Files, over_the_limit_are_refused) {
    const auto text = read_file(make("abcde", mine), 4);

    ASSERT_FALSE(text);
    EXPECT_EQ(text.error().code(), ErrorCode::too_large);
}

TEST_F(Files, a_folder_is_no_file) {
    EXPECT_FALSE(read_file(folder_, 1 << 20));
}

TEST_F(Files, secrets_are_their_owners) {
    EXPECT_TRUE(read_secret_file(make("key", mine), 10));

    for (const fs::perms wide : {fs::perms::group_read, fs::perms::others_write}) {
        const auto text = read_secret_file(make("key", mine | wide), 10);
        ASSERT_FALSE(text);
        EXPECT_EQ(text.error().code(), ErrorCode::denied);
        EXPECT_NE(text.error().message().find("chmod"), std::string::npos);
    }
}

}  // namespace
}  // namespace steelyard::node
