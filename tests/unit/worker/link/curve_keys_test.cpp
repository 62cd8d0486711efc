#include "worker/link/curve_keys.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <zmq.h>

#include <fstream>

namespace steelyard::worker {
namespace {

class CurveKeyFile : public testing::Test {
protected:
    void SetUp() override {
        std::string name = (std::filesystem::temp_directory_path() / "curve-XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    void TearDown() override { std::filesystem::remove_all(folder_); }

    void write(std::string_view text) const {
        std::ofstream(file()) << text;
        std::filesystem::permissions(file(), std::filesystem::perms::owner_read);
    }

    std::filesystem::path file() const { return folder_ / "key"; }

    std::filesystem::path folder_;
};

// RFC 32 of ZeroMQ, the test case, and the keys of the CURVE examples in libzmq's tests.
TEST(CurveKeys, are_written_in_z85) {
    CurveKey key{};
    for (std::size_t i = 0; i < 4; ++i) {
        constexpr std::array<std::uint8_t, 8> hello = {
            0x86, 0x4f, 0xd2, 0x6f, 0xb5, 0x59, 0xf7, 0x5b
        };
        std::ranges::copy(hello, key.begin() + static_cast<std::ptrdiff_t>(8 * i));
    }

    const std::string text = to_z85(key);

    EXPECT_EQ(text, "HelloWorldHelloWorldHelloWorldHelloWorld");
    EXPECT_EQ(parse_z85_key(text), key);
}

TEST(CurveKeys, agree_with_zeromq_about_texts) {
    for (int i = 0; i < 50; ++i) {
        const CurveKey key = generate_curve_key().public_key;
        std::array<char, 41> text{};
        ASSERT_NE(zmq_z85_encode(text.data(), key.data(), key.size()), nullptr);

        EXPECT_EQ(to_z85(key), text.data());
        EXPECT_EQ(parse_z85_key(text.data()), key);
    }
}

TEST(CurveKeys, are_not_read_from_other_texts) {
    const std::string good = to_z85(generate_curve_key().public_key);

    EXPECT_FALSE(parse_z85_key(""));
    EXPECT_FALSE(parse_z85_key(good.substr(1)));
    EXPECT_FALSE(parse_z85_key(good + "0"));
    EXPECT_FALSE(parse_z85_key("~" + good.substr(1)));
    EXPECT_FALSE(parse_z85_key("#####" + good.substr(5)));  // more than 32 bits
}

TEST(CurveKeys, differ) {
    EXPECT_NE(generate_curve_key().public_key, generate_curve_key().public_key);
}

// One key in 85 would be: of so many almost surely some.
TEST(CurveKeys, are_no_options_on_a_command_line) {
    for (int i = 0; i < 1'000; ++i) {
        ASSERT_NE(to_z85(generate_curve_key().public_key).front(), '-');
    }
}

TEST_F(CurveKeyFile, is_made_once_and_read_again) {
    const auto made = open_curve_key_file(file());
    ASSERT_TRUE(made) << made.error().message();

    const auto again = open_curve_key_file(file());

    ASSERT_TRUE(again);
    EXPECT_EQ(again->public_key, made->public_key);
    EXPECT_TRUE(std::ranges::equal(again->secret_key.view(), made->secret_key.view()));
    const auto mode = std::filesystem::status(file()).permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
}

TEST_F(CurveKeyFile, is_refused_where_others_may_read_it) {
    ASSERT_TRUE(open_curve_key_file(file()));
    std::filesystem::permissions(
        file(), std::filesystem::perms::group_read, std::filesystem::perm_options::add
    );

    const auto read = open_curve_key_file(file());

    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), ErrorCode::denied);
}

TEST_F(CurveKeyFile, that_holds_no_key_is_not_replaced) {
    write("no key");

    const auto read = open_curve_key_file(file());

    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), ErrorCode::invalid);
    EXPECT_TRUE(read.error().message().starts_with(file().string())) << read.error().message();
}

TEST_F(CurveKeyFile, is_not_found_where_it_is_only_read) {
    const auto read = read_curve_key_file(file());

    ASSERT_FALSE(read);
    EXPECT_EQ(read.error().code(), ErrorCode::not_found);
}

}  // namespace
}  // namespace steelyard::worker
