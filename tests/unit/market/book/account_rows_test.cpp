#include "market/book/account_rows.h"

#include <gtest/gtest.h>

#include <map>
#include <random>
#include <set>

namespace steelyard::market {
namespace {

struct Row {
    AccountLinks links{};
};

using Lists = std::map<std::uint64_t, std::set<std::uint32_t>>;

std::set<std::uint32_t> rows_of(
    const AccountRows<Row>& lists, const RowPool<Row>& pool, std::uint64_t account
) {
    std::set<std::uint32_t> rows;
    for (std::uint32_t at = lists.first(account); at != AccountLinks::none;
         at = pool[at].links.next) {
        if (!rows.insert(at).second) {
            ADD_FAILURE() << "the list of account " << account << " goes round";
            break;
        }
    }
    return rows;
}

void expect_equal(
    const AccountRows<Row>& lists, const RowPool<Row>& pool, const Lists& expected, int accounts
) {
    for (int i = 0; i < accounts; ++i) {
        const auto account = static_cast<std::uint64_t>(i);
        const auto found = expected.find(account);
        const auto rows = found == expected.end() ? std::set<std::uint32_t>() : found->second;
        ASSERT_EQ(rows_of(lists, pool, account), rows) << "account " << account;
    }
}

/// `accounts` are few, so that lists are long, or many, so that most come and go for good.
void compare_with_sets(std::uint64_t seed, int accounts) {
    std::mt19937_64 random(seed);
    RowPool<Row> pool;
    AccountRows<Row> lists(pool);
    Lists expected;
    std::vector<std::pair<std::uint64_t, std::uint32_t>> live;
    for (const unsigned share : {7, 2, 6, 0}) {
        for (int i = 0; i < 2'000; ++i) {
            if (random() % 8 < share) {
                const std::uint64_t account = random() % static_cast<std::uint64_t>(accounts);
                const std::uint32_t row = pool.take();
                lists.add(account, row);
                expected[account].insert(row);
                live.emplace_back(account, row);
            } else if (!live.empty()) {
                std::swap(live[random() % live.size()], live.back());
                const auto [account, row] = live.back();
                live.pop_back();
                lists.remove(account, row);
                pool.give_back(row);
                expected[account].erase(row);
            }
        }
        ASSERT_NO_FATAL_FAILURE(expect_equal(lists, pool, expected, accounts)) << "seed " << seed;
    }
}

TEST(AccountRows, have_each_accounts_rows_whatever_the_changes) {
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
        for (const int accounts : {1, 10, 300, 20'000}) {
            ASSERT_NO_FATAL_FAILURE(compare_with_sets(seed, accounts));
        }
    }
}

}  // namespace
}  // namespace steelyard::market
