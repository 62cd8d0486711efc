#include "p2p/address_book.h"

#include "tests/unit/p2p/node_ids.h"

#include <gmock/gmock.h>

namespace steelyard::p2p {
namespace {

using namespace std::chrono_literals;

constexpr Clock::Wall start{std::chrono::seconds(1'700'000'000)};

struct AddressBookTest : testing::Test {
    SeededRandom random{7};
    AddressBook book{true, AddressBook::new_key(random), random};
    NetAddress source = address_number(1'000'000, "9.9.9.9");

    std::string public_ip(int number) {
        return fmt::format(
            "{}.{}.{}.{}",
            20 + number % 80,
            number / 80 % 250,
            1 + number % 250,
            1 + number / 250 % 250
        );
    }
};

TEST_F(AddressBookTest, keeps_what_it_is_told) {
    EXPECT_EQ(book.add(address_number(1, "1.2.3.4"), source, start), AddOutcome::added);
    EXPECT_EQ(book.add(address_number(1, "1.2.3.4"), source, start), AddOutcome::known);

    ASSERT_EQ(book.size(), 1U);
    EXPECT_EQ(book.find(node_number(1))->address, address_number(1, "1.2.3.4"));
    EXPECT_EQ(book.pick(100)->address.id, node_number(1));
    EXPECT_EQ(book.pick(0)->address.id, node_number(1));
}

TEST_F(AddressBookTest, refuses_what_nobody_can_dial) {
    EXPECT_EQ(book.add(address_number(1, "10.0.0.1"), source, start), AddOutcome::not_routable);
    EXPECT_EQ(book.add(address_number(1, "0.0.0.0"), source, start), AddOutcome::no_ip);
    EXPECT_EQ(book.add(address_number(1, "name.org"), source, start), AddOutcome::no_ip);
    EXPECT_EQ(book.add(address_number(1, "1.2.3.4", 0), source, start), AddOutcome::no_ip);

    AddressBook lenient(false, AddressBook::new_key(random), random);
    EXPECT_EQ(lenient.add(address_number(1, "10.0.0.1"), source, start), AddOutcome::added);
    EXPECT_EQ(lenient.add(address_number(2, "::"), source, start), AddOutcome::no_ip);
}

TEST_F(AddressBookTest, forgets_and_refuses_what_is_excluded) {
    book.add(address_number(1, "1.2.3.4"), source, start);

    book.exclude(node_number(1), AddOutcome::hidden);

    EXPECT_FALSE(book.contains(node_number(1)));
    EXPECT_EQ(book.add(address_number(1, "1.2.3.4"), source, start), AddOutcome::hidden);
}

TEST_F(AddressBookTest, does_not_let_an_id_be_moved) {
    book.add(address_number(1, "1.2.3.4"), source, start);

    for (int i = 0; i < 50; ++i) {
        book.add(address_number(1, "6.6.6.6"), address_number(2, public_ip(i)), start);
    }

    EXPECT_EQ(book.find(node_number(1))->address.at.host, "1.2.3.4");
    EXPECT_LE(book.find(node_number(1))->buckets.size(), new_buckets_per_address);
}

TEST_F(AddressBookTest, a_source_fills_at_most_its_share) {
    for (int i = 0; i < 60'000; ++i) {
        book.add(address_number(i, public_ip(i)), source, start);
    }

    EXPECT_LE(book.size(), new_buckets_per_source_group * bucket_size_max);
    EXPECT_GT(book.size(), 10 * bucket_size_max);
}

TEST_F(AddressBookTest, a_flood_keeps_what_worked) {
    for (int i = 0; i < 100; ++i) {
        book.add(address_number(i, public_ip(i * 97)), source, start);
        book.mark_good(node_number(i), start);
    }
    const std::size_t good = book.old_count();

    for (int i = 1000; i < 40'000; ++i) {
        book.add(address_number(i, public_ip(i)), address_number(i, public_ip(i)), start);
    }

    EXPECT_EQ(good, 100U);
    EXPECT_EQ(book.old_count(), good);
    EXPECT_LE(book.size(), (new_bucket_count + old_bucket_count) * bucket_size_max);
    int old = 0;
    for (int i = 0; i < 1000; ++i) {
        old += book.pick(10)->old ? 1 : 0;
    }
    EXPECT_GT(old, 250);
}

TEST_F(AddressBookTest, addresses_of_one_network_do_not_fill_the_old_buckets) {
    for (int i = 0; i < 2000; ++i) {
        book.add(
            address_number(i, fmt::format("7.7.{}.{}", i / 250, 1 + i % 250)),
            address_number(i, public_ip(i)),
            start
        );
        book.mark_good(node_number(i), start + std::chrono::seconds(i));
    }

    EXPECT_LE(book.old_count(), old_buckets_per_group * bucket_size_max);
    EXPECT_TRUE(book.find(node_number(1999))->old);
}

TEST_F(AddressBookTest, full_buckets_forget_the_worthless_first) {
    // One group and one source: all in one bucket.
    const auto of_bucket = [](int i) { return address_number(i, fmt::format("7.7.1.{}", i + 1)); };
    for (int i = 0; i < static_cast<int>(bucket_size_max); ++i) {
        book.add(of_bucket(i), source, start + std::chrono::seconds(i));
    }
    for (int i = 0; i < 3; ++i) {
        book.mark_attempt(node_number(40), start + 1h);
    }

    book.add(of_bucket(200), source, start + 2h);
    EXPECT_FALSE(book.contains(node_number(40)));
    EXPECT_TRUE(book.contains(node_number(0)));

    book.add(of_bucket(201), source, start + 2h);
    EXPECT_FALSE(book.contains(node_number(0)));  // the oldest, as none is worthless
    EXPECT_EQ(book.size(), bucket_size_max);
}

TEST_F(AddressBookTest, success_moves_to_the_old_ones_and_clears_failures) {
    book.add(address_number(1, "1.2.3.4"), source, start);
    book.mark_attempt(node_number(1), start);

    book.mark_good(node_number(1), start + 1min);

    EXPECT_EQ(book.old_count(), 1U);
    EXPECT_EQ(book.find(node_number(1))->attempts, 0);
    EXPECT_EQ(book.find(node_number(1))->last_success, start + 1min);
    book.remove(node_number(1));
    EXPECT_EQ(book.old_count(), 0U);
    EXPECT_EQ(book.pick(50), nullptr);
}

TEST_F(AddressBookTest, selects_a_bounded_part_without_repeats) {
    for (const auto& [count, selected] :
         std::vector<std::pair<int, std::size_t>>{{10, 10}, {100, 32}, {1000, 230}, {1500, 250}}) {
        AddressBook some(true, AddressBook::new_key(random), random);
        for (int i = 0; static_cast<int>(some.size()) < count; ++i) {
            some.add(address_number(i, public_ip(i)), address_number(i, public_ip(i * 31)), start);
        }

        const auto chosen = some.selection();

        EXPECT_EQ(chosen.size(), selected) << count;
        EXPECT_EQ(std::set<NetAddress>(chosen.begin(), chosen.end()).size(), selected);
    }
}

TEST_F(AddressBookTest, buckets_and_addresses_agree_whatever_happens) {
    SeededRandom events(99);
    for (int step = 0; step < 30'000; ++step) {
        const int who = static_cast<int>(events.below(3000));
        const auto now = start + std::chrono::seconds(step);
        const int by = static_cast<int>(events.below(20));
        switch (events.below(8)) {
            case 0:
                book.remove(node_number(who));
                break;
            case 1:
                book.mark_good(node_number(who), now);
                break;
            case 2:
                book.mark_attempt(node_number(who), now);
                break;
            default:
                book.add(
                    address_number(who, fmt::format("7.{}.1.{}", who % 5, 1 + who % 250)),
                    address_number(-2 - by, public_ip(by)),
                    now
                );
        }
    }
    std::size_t old = 0;
    std::map<std::pair<bool, std::size_t>, std::size_t> filled;
    for (const auto& [id, known] : book.addresses()) {
        old += known.old ? 1 : 0;
        ASSERT_FALSE(known.buckets.empty());
        ASSERT_LE(known.buckets.size(), known.old ? 1 : new_buckets_per_address);
        for (const std::size_t bucket : known.buckets) {
            ++filled[{known.old, bucket}];
        }
    }
    EXPECT_EQ(old, book.old_count());
    EXPECT_GT(old, 0U);
    for (const auto& [bucket, count] : filled) {
        EXPECT_LE(count, bucket_size_max);
    }
}

}  // namespace
}  // namespace steelyard::p2p
