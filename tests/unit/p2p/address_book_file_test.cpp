#include "p2p/address_book_file.h"

#include "tests/unit/p2p/node_ids.h"

#include <gmock/gmock.h>

namespace steelyard::p2p {
namespace {

using testing::HasSubstr;

constexpr Clock::Wall start{std::chrono::seconds(1'700'000'000)};

struct AddressBookFileTest : testing::Test {
    SeededRandom random{3};
    AddressBook book{true, AddressBook::new_key(random), random};
    std::filesystem::path folder = std::filesystem::path(testing::TempDir()) /
                                   testing::UnitTest::GetInstance()->current_test_info()->name();

    void SetUp() override {
        std::filesystem::remove_all(folder);
        std::filesystem::create_directories(folder);
    }
    void TearDown() override { std::filesystem::remove_all(folder); }
};

// As CometBFT 0.38 writes it: tabs, an offset from UTC, several buckets.
constexpr std::string_view cometbft_file = R"({
	"key": "1b5cbb9a4ab9e3a0d1b1b1b2",
	"addrs": [
		{
			"addr": {
				"id": "00000000000000000000000000000000000000aa",
				"ip": "203.0.114.7",
				"port": 26656
			},
			"src": {
				"id": "00000000000000000000000000000000000000bb",
				"ip": "2a00:1450::5",
				"port": 26656
			},
			"buckets": [
				37,
				999
			],
			"attempts": 2,
			"bucket_type": 1,
			"last_attempt": "2023-11-15T00:13:20.5+02:00",
			"last_success": "0001-01-01T00:00:00Z",
			"last_ban_time": "0001-01-01T00:00:00Z"
		}
	]
})";

TEST_F(AddressBookFileTest, reads_what_cometbft_wrote) {
    const auto stored = parse_address_book(cometbft_file);

    ASSERT_TRUE(stored) << stored.error().message();
    ASSERT_EQ(stored->addresses.size(), 1U);
    EXPECT_TRUE(stored->key);
    const KnownAddress& known = stored->addresses[0];
    EXPECT_EQ(known.address, address_number(0xaa - 1, "203.0.114.7"));
    EXPECT_EQ(known.source, address_number(0xbb - 1, "2a00:1450::5"));
    EXPECT_EQ(known.attempts, 2);
    EXPECT_EQ(known.last_attempt, start + std::chrono::milliseconds(500));
    EXPECT_EQ(known.last_success, Clock::Wall());
}

TEST_F(AddressBookFileTest, a_file_brings_the_book_back) {
    for (int i = 0; i < 500; ++i) {
        book.add(
            address_number(i, fmt::format("7.{}.1.1", i % 250)),
            address_number(-2 - i % 7, fmt::format("8.{}.1.1", i % 7)),
            start
        );
        if (i % 3 == 0) {
            book.mark_good(node_number(i), start);
        }
    }
    const auto path = folder / "addrbook.json";

    ASSERT_TRUE(write_text_atomically(path, print_address_book(book)));
    const auto stored = read_address_book(path);
    ASSERT_TRUE(stored) << stored.error().message();
    AddressBook again(true, *stored->key, random);
    for (const KnownAddress& known : stored->addresses) {
        EXPECT_EQ(again.restore(known), AddOutcome::added);
    }

    EXPECT_EQ(again.size(), book.size());
    EXPECT_EQ(again.old_count(), book.old_count());
    EXPECT_EQ(print_address_book(again), print_address_book(book));
    EXPECT_FALSE(std::filesystem::exists(folder / "addrbook.json.tmp"));
}

TEST_F(AddressBookFileTest, says_what_is_damaged) {
    const auto broken = [](std::string_view from, std::string_view to) {
        std::string text(cometbft_file);
        text.replace(text.find(from), from.size(), to);
        const auto parsed = parse_address_book(text);
        return parsed ? "nothing" : parsed.error().message();
    };

    EXPECT_THAT(broken("\"key\"", "\"kez\""), HasSubstr("key"));
    EXPECT_THAT(
        broken("\"attempts\": 2", "\"attempts\": \"2\""), HasSubstr("addrs[0]: \"attempts\"")
    );
    EXPECT_THAT(broken("\"bucket_type\": 1", "\"bucket_type\": 3"), HasSubstr("bucket_type"));
    EXPECT_THAT(broken("+02:00", "x02:00"), HasSubstr("zone"));
    EXPECT_THAT(broken("[\n\t\t{", "[\n\t\t"), HasSubstr("line"));
    EXPECT_FALSE(parse_address_book(""));
    EXPECT_FALSE(parse_address_book("[]"));
}

TEST_F(AddressBookFileTest, skips_addresses_that_are_none) {
    std::string text(cometbft_file);
    text.replace(text.find("203.0.114.7"), 11, "nowhere");

    const auto parsed = parse_address_book(text);

    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->skipped, 1U);
    EXPECT_TRUE(parsed->addresses.empty());
}

TEST_F(AddressBookFileTest, a_missing_file_is_not_found) {
    EXPECT_EQ(read_address_book(folder / "none.json").error().code(), ErrorCode::not_found);
}

TEST_F(AddressBookFileTest, damaged_files_are_kept_aside) {
    const auto path = folder / "addrbook.json";
    ASSERT_TRUE(write_text_atomically(path, "{"));

    const auto aside = move_aside(path);

    ASSERT_TRUE(aside);
    EXPECT_TRUE(std::filesystem::exists(*aside));
    EXPECT_FALSE(std::filesystem::exists(path));
}

}  // namespace
}  // namespace steelyard::p2p
