#include "files/private_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

namespace steelyard::files {
namespace {

class PrivateFile : public testing::Test {
protected:
    PrivateFile() {
        std::string name = testing::TempDir() + "private-file-XXXXXX";
        folder_ = ::mkdtemp(name.data());
    }
    ~PrivateFile() override { std::filesystem::remove_all(folder_); }

    std::filesystem::path path(std::string_view name) const { return folder_ / name; }

    static unsigned mode_of(const std::filesystem::path& path) {
        struct stat status{};
        EXPECT_EQ(::stat(path.c_str(), &status), 0);
        return status.st_mode & 07777;
    }

private:
    std::filesystem::path folder_;
};

TEST_F(PrivateFile, keep_secrets_from_others) {
    ASSERT_TRUE(write_private_file(path("key"), as_bytes("secret")));
    EXPECT_EQ(mode_of(path("key")), 0600U);
    EXPECT_EQ(as_text(read_private_file(path("key"), 6).value().view()), "secret");
    EXPECT_EQ(read_private_file(path("key"), 5).error().code(), ErrorCode::too_large);
    EXPECT_EQ(read_private_file(path("none"), 5).error().code(), ErrorCode::not_found);

    for (const mode_t mode : {0640U, 0604U, 0620U, 0601U}) {
        ASSERT_EQ(::chmod(path("key").c_str(), mode), 0);
        const auto content = read_private_file(path("key"), 6);
        ASSERT_FALSE(content);
        EXPECT_EQ(content.error().code(), ErrorCode::denied);
        EXPECT_NE(content.error().message().find("chmod 600"), std::string::npos);
    }
    ASSERT_EQ(::chmod(path("key").c_str(), 0400), 0);
    EXPECT_TRUE(read_private_file(path("key"), 6));
}

TEST_F(PrivateFile, write_no_secret_over_another) {
    ASSERT_TRUE(write_private_file(path("key"), as_bytes("first")));

    EXPECT_FALSE(write_private_file(path("key"), as_bytes("second")));

    EXPECT_EQ(as_text(read_private_file(path("key"), 9).value().view()), "first");
}

TEST_F(PrivateFile, is_replaced_whole) {
    ASSERT_TRUE(replace_private_file(path("key"), as_bytes("first")));
    ASSERT_EQ(::chmod(path("key").c_str(), 0644), 0);
    ASSERT_TRUE(write_private_file(path("key.new"), as_bytes("left by a crash")));

    ASSERT_TRUE(replace_private_file(path("key"), as_bytes("second")));

    EXPECT_EQ(as_text(read_private_file(path("key"), 9).value().view()), "second");
    EXPECT_FALSE(std::filesystem::exists(path("key.new")));
}

}  // namespace
}  // namespace steelyard::files
