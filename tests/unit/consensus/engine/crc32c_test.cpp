#include "consensus/engine/crc32c.h"

#include "base/random.h"

#include <gtest/gtest.h>

namespace steelyard::engine {
namespace {

TEST(Crc32c, gives_the_values_of_rfc_3720) {
    Bytes ascending(32);
    for (std::size_t i = 0; i < ascending.size(); ++i) {
        ascending[i] = static_cast<std::uint8_t>(i);
    }
    const Bytes descending(ascending.rbegin(), ascending.rend());

    for (const auto checksum : {crc32c, crc32c_portable}) {
        EXPECT_EQ(checksum(Bytes(32, 0x00), 0), 0x8A9136AAU);
        EXPECT_EQ(checksum(Bytes(32, 0xFF), 0), 0x62A8AB43U);
        EXPECT_EQ(checksum(ascending, 0), 0x46DD794EU);
        EXPECT_EQ(checksum(descending, 0), 0x113FDB5CU);
        EXPECT_EQ(checksum(as_bytes("123456789"), 0), 0xE3069283U);
    }
}

TEST(Crc32c, goes_on_where_it_stopped) {
    Bytes bytes(100);
    SeededRandom(1).fill(bytes);
    for (std::size_t cut = 0; cut <= bytes.size(); ++cut) {
        const ByteView view(bytes);
        EXPECT_EQ(crc32c(view.subspan(cut), crc32c(view.first(cut))), crc32c(bytes));
        EXPECT_EQ(crc32c_portable(view.subspan(cut), crc32c(view.first(cut))), crc32c(bytes));
    }
}

}  // namespace
}  // namespace steelyard::engine
