#include "ledger/state/key.h"

#include "base/hex.h"

#include <gtest/gtest.h>

namespace steelyard::ledger {
namespace {

chain::Timestamp at(std::int64_t seconds, std::int64_t nanoseconds = 0) {
    return *chain::Timestamp::from_unix(seconds, nanoseconds);
}

TEST(Key, is_a_letter_and_big_endian_parts) {
    const Bytes key = (Key('d') << AccountNumber{258} << ValidatorNumber{3}).bytes();

    EXPECT_EQ(to_hex(key), "64000000000000010200000003");
}

TEST(Key, sorts_times_before_1970_first) {
    const Bytes zero = (Key('q') << chain::Timestamp()).bytes();
    const Bytes before = (Key('q') << at(-1, 5)).bytes();
    const Bytes epoch = (Key('q') << at(0)).bytes();
    const Bytes later = (Key('q') << at(0, 1)).bytes();

    EXPECT_LT(zero, before);
    EXPECT_LT(before, epoch);
    EXPECT_LT(epoch, later);
}

TEST(Key, is_taken_apart_as_it_was_put_together) {
    const ByteArray<3> tail = {1, 2, 3};
    const Bytes key =
        (Key('x') << at(-7, 9) << ValidatorNumber{4'000'000'000} << AccountNumber{1} << tail)
            .bytes();

    KeyReader reader(key);
    EXPECT_EQ(reader.time(), at(-7, 9));
    EXPECT_EQ(reader.validator(), ValidatorNumber{4'000'000'000});
    EXPECT_EQ(reader.account(), AccountNumber{1});
    EXPECT_TRUE(equal(reader.rest(), tail));
}

TEST(KeyReaderDeathTest, stops_at_a_key_of_another_shape) {
    const Bytes key = (Key('x') << ValidatorNumber{1}).bytes();

    EXPECT_DEATH(KeyReader(key).number8(), "CHECK|size");
    EXPECT_DEATH(KeyReader{key}, "empty");
}

}  // namespace
}  // namespace steelyard::ledger
