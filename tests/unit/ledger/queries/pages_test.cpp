#include "ledger/queries/pages.h"

#include "cosmos/base/query/v1beta1/pagination.pb.h"
#include "tests/unit/ledger/queries/query_bench.h"

namespace steelyard::queries {
namespace {

using cosmos::base::query::v1beta1::PageRequest;
using ledger::Record;
using ledger::Store;

class PagesTest : public QueryTest {
protected:
    /// Records a..., b0 to b9, c...
    PagesTest() {
        put("a");
        for (char digit = '0'; digit <= '9'; ++digit) {
            put(std::string("b") + digit);
        }
        put("c");
    }

    void put(std::string_view key) {
        EXPECT_TRUE(bench.state.put(Store::bank, as_bytes(key), as_bytes("v")));
    }

    PageSource source() { return {bench.state, Store::bank, as_bytes("b"), matches}; }

    /// "012 next 3 total 10"
    std::string visit(const Page& page) {
        std::string out;
        const auto end = visit_page(source(), page, [&](const Record& record) -> Answer<void> {
            out += as_text(record.key).substr(1);
            return {};
        });
        if (!end) {
            return end.error().text;
        }
        out += end->next_key.empty() ? "" : " next " + std::string(as_text(end->next_key));
        return out + (end->total == 0 ? "" : " total " + std::to_string(end->total));
    }

    std::function<Answer<bool>(const Record&)> matches;
};

Bytes key(char digit) {
    return {static_cast<std::uint8_t>(digit)};
}

TEST_F(PagesTest, give_part_after_part) {
    EXPECT_EQ(visit({}), "0123456789 total 10");
    EXPECT_EQ(visit({.limit = 3}), "012 next 3 total 10");
    EXPECT_EQ(visit({.limit = 3, .count_total = false}), "012 next 3");
    EXPECT_EQ(visit({.key = key('3'), .limit = 3, .count_total = false}), "345 next 6");
    EXPECT_EQ(visit({.key = key('9'), .limit = 3, .count_total = false}), "9");
    EXPECT_EQ(visit({.key = key(':'), .limit = 3, .count_total = false}), "");
    EXPECT_EQ(visit({.offset = 8, .limit = 3}), "89 total 10");
    EXPECT_EQ(visit({.offset = 7, .limit = 3}), "789 total 10");
    EXPECT_EQ(visit({.offset = 20, .limit = 3}), " total 10");
}

TEST_F(PagesTest, go_backwards) {
    EXPECT_EQ(visit({.limit = 3, .reverse = true}), "987 next 6 total 10");
    EXPECT_EQ(
        visit({.key = key('6'), .limit = 3, .count_total = false, .reverse = true}), "654 next 3"
    );
    EXPECT_EQ(visit({.key = key('1'), .count_total = false, .reverse = true}), "10");
    EXPECT_EQ(visit({.offset = 8, .limit = 3, .reverse = true}), "10 total 10");
    EXPECT_EQ(visit({.offset = 20, .limit = 3, .reverse = true}), " total 10");
}

TEST_F(PagesTest, count_only_what_matches) {
    matches = [](const Record& record) { return (record.key.back() & 1) == 1; };

    EXPECT_EQ(visit({.limit = 2}), "13 next 5 total 5");
    EXPECT_EQ(visit({.offset = 3, .limit = 2}), "79 total 5");
    EXPECT_EQ(visit({.limit = 2, .reverse = true}), "97 next 5 total 5");
}

TEST_F(PagesTest, visit_every_record_once_at_every_size) {
    for (std::uint64_t limit = 1; limit <= 11; ++limit) {
        for (const bool reverse : {false, true}) {
            std::string seen;
            Page page{.limit = limit, .reverse = reverse};
            for (int i = 0; i < 20; ++i) {
                const auto end =
                    visit_page(source(), page, [&](const Record& record) -> Answer<void> {
                        seen += as_text(record.key).substr(1);
                        return {};
                    });
                page.key = end.value().next_key;
                if (page.key.empty()) {
                    break;
                }
            }
            EXPECT_EQ(seen, reverse ? "9876543210" : "0123456789") << limit;
        }
    }
}

TEST_F(PagesTest, are_not_walked_to_without_an_end) {
    matches = [](const Record&) { return false; };
    for (std::uint64_t i = 0; i <= page_walk_max; ++i) {
        put(fmt::format("b{:06}", i));
    }

    EXPECT_EQ(visit({}), "the page lies behind 100000 records, ask for it by key");
    EXPECT_EQ(visit({.reverse = true}), "the page lies behind 100000 records, ask for it by key");
    matches = nullptr;
    EXPECT_EQ(visit({.limit = 1}), "0 next 000000 total 100000");
}

TEST_F(PagesTest, are_read_with_limits) {
    PageRequest request;
    EXPECT_EQ(read_page(request)->limit, 100);
    EXPECT_TRUE(read_page(request)->count_total);
    request.set_limit(5'000);
    EXPECT_EQ(read_page(request)->limit, 1'000);
    EXPECT_FALSE(read_page(request)->count_total);
    request.set_offset(1);
    EXPECT_EQ(read_page(request)->offset, 1);
    request.set_key("x");
    EXPECT_EQ(read_page(request).error().text, "a page has a key or an offset, not both");
    request.set_offset(0);
    request.set_count_total(true);
    EXPECT_FALSE(read_page(request)->count_total);
    request.set_key(std::string(257, 'x'));
    EXPECT_EQ(read_page(request).error().text, "page key has 257 bytes, limit 256");
    request.clear_key();
    request.set_offset(100'001);
    EXPECT_EQ(read_page(request).error().status, Status::invalid_argument);
}

}  // namespace
}  // namespace steelyard::queries
