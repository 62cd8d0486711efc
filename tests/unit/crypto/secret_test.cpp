#include "crypto/secret.h"

#include <gtest/gtest.h>

#include <memory>

namespace steelyard::crypto {
namespace {

constexpr ByteArray<4> bytes = {1, 2, 3, 4};
constexpr ByteArray<4> zeros{};

TEST(Secret, is_wiped_at_its_end) {
    alignas(Secret<4>) ByteArray<sizeof(Secret<4>)> memory;
    auto* const secret = std::construct_at(reinterpret_cast<Secret<4>*>(memory.data()), bytes);
    EXPECT_EQ(to_array(secret->view()), bytes);

    std::destroy_at(secret);

    // The optimiser may take memory for undefined where an object has ended; this hides that.
    asm volatile("" : : "r"(memory.data()) : "memory");
    EXPECT_EQ(to_array(ByteView(memory).first<4>()), zeros);
}

TEST(Secret, leaves_nothing_where_it_moved_from) {
    Secret<4> source(bytes);
    Secret<4> target(std::move(source));
    EXPECT_EQ(to_array(source.view()), zeros);  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(to_array(target.view()), bytes);

    source = std::move(target);
    EXPECT_EQ(to_array(target.view()), zeros);  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(to_array(source.view()), bytes);
    EXPECT_EQ(to_array(source.clone().view()), bytes);
}

TEST(SecretBytes, leaves_nothing_where_it_moved_from) {
    SecretBytes source{ByteView(bytes)};
    SecretBytes target;
    target = std::move(source);

    EXPECT_TRUE(source.view().empty());  // NOLINT(bugprone-use-after-move)
    EXPECT_TRUE(equal(target.view(), bytes));
}

TEST(Secret, is_compared_whole) {
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        ByteArray<4> other = bytes;
        other[i] ^= 0x80;
        EXPECT_FALSE(equal_in_constant_time(bytes, other));
    }
    EXPECT_TRUE(equal_in_constant_time(bytes, ByteArray<4>(bytes)));
    EXPECT_TRUE(equal_in_constant_time({}, {}));
}

TEST(Secret, wipes_nothing_where_there_is_nothing) {
    wipe({});
    ByteArray<4> wiped = bytes;
    wipe(wiped);
    EXPECT_EQ(wiped, zeros);
}

}  // namespace
}  // namespace steelyard::crypto
