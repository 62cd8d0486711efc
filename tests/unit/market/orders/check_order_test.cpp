// What of an order is refused without a look at the state (O1, O2, O4): each field at its limit and
// behind it.
#include "market/orders/orders.h"
#include "market/records/instrument.h"
#include "tests/unit/market/outcomes.h"

#include <gtest/gtest.h>

#include <limits>

namespace steelyard::market {
namespace {

constexpr auto u64_max = std::numeric_limits<std::uint64_t>::max();
constexpr auto u32_max = std::numeric_limits<std::uint32_t>::max();

OrderTerms good_terms() {
    return {.book = {ClassId{1}}, .limit = 1, .inputs = {Hash256{1}}};
}

/// The code that a change of good terms makes.
std::string with(const std::function<void(OrderTerms&)>& change) {
    OrderTerms terms = good_terms();
    change(terms);
    const std::string code = code_of(check_order(terms));
    EXPECT_EQ(code, code_of(check_array(terms, {.tasks = {{}}})));
    return code;
}

std::vector<std::string> names(std::size_t count) {
    std::vector<std::string> list;
    for (std::size_t i = 0; i < count; ++i) {
        list.push_back(fmt::format("r{:02}", i));
    }
    return list;
}

std::vector<Attribute> attributes(std::size_t count) {
    std::vector<Attribute> list;
    for (const std::string& name : names(count)) {
        list.push_back({name, "v"});
    }
    return list;
}

std::vector<AccountNumber> accounts(std::uint64_t count) {
    std::vector<AccountNumber> list;
    for (std::uint64_t i = 0; i < count; ++i) {
        list.push_back(AccountNumber{i});
    }
    return list;
}

TEST(CheckOrder, O1_takes_limits_from_1_to_10_15) {
    const auto limit = [](Price price) {
        return with([price](OrderTerms& terms) { terms.limit = price; });
    };
    EXPECT_EQ(limit(1), "");
    EXPECT_EQ(limit(1'000'000'000'000'000), "");
    EXPECT_EQ(limit(0), "market/18");
    EXPECT_EQ(limit(1'000'000'000'000'001), "market/18");
    EXPECT_EQ(limit(u64_max), "market/18");
}

TEST(CheckOrder, takes_the_one_product_that_there_is) {
    for (const int product : {0, 2, 255}) {
        EXPECT_EQ(
            with([product](OrderTerms& terms) {
                terms.book.product = static_cast<Product>(product);
            }),
            "market/18"
        );
    }
}

/// A row of the book holds no later one: it could not be read again, by any validator.
TEST(CheckOrder, O2_takes_deadlines_that_records_hold) {
    const auto deadline = [](std::int64_t height) {
        return with([height](OrderTerms& terms) { terms.deadline = Height(height); });
    };
    EXPECT_EQ(deadline(0), "");
    EXPECT_EQ(deadline(Height::foreign_max), "");
    EXPECT_EQ(deadline(Height::foreign_max + 1), "market/18");
    EXPECT_EQ(deadline(std::numeric_limits<std::int64_t>::max()), "market/18");
}

TEST(CheckOrder, O6_takes_8_retries) {
    const auto retries = [](std::uint32_t count) {
        return with([count](OrderTerms& terms) { terms.retries = count; });
    };
    EXPECT_EQ(retries(8), "");
    EXPECT_EQ(retries(9), "market/18");
    EXPECT_EQ(retries(u32_max), "market/18");
}

TEST(CheckOrder, takes_256_inputs) {
    const auto inputs = [](std::size_t count) {
        return with([count](OrderTerms& terms) { terms.inputs.assign(count, Hash256{7}); });
    };
    EXPECT_EQ(inputs(0), "");
    EXPECT_EQ(inputs(256), "");
    EXPECT_EQ(inputs(257), "market/18");
}

TEST(CheckOrder, O2_takes_8_regions_in_order) {
    const auto regions = [](std::vector<std::string> list) {
        return with([&list](OrderTerms& terms) { terms.filters.regions = list; });
    };
    EXPECT_EQ(regions(names(8)), "");
    EXPECT_EQ(regions(names(9)), "market/18");
    EXPECT_EQ(regions({"b", "a"}), "market/18");
    EXPECT_EQ(regions({"a", "a"}), "market/18");
    EXPECT_EQ(regions({std::string(32, 'a')}), "");
    EXPECT_EQ(regions({std::string(33, 'a')}), "market/32");
    EXPECT_EQ(regions({""}), "market/32");
    EXPECT_EQ(regions({"EU"}), "market/32");
    EXPECT_EQ(regions({std::string("a\0b", 3)}), "market/32");
}

TEST(CheckOrder, O2_takes_8_attributes_in_order_of_names) {
    const auto filters = [](std::vector<Attribute> list) {
        return with([&list](OrderTerms& terms) { terms.filters.attributes = list; });
    };
    EXPECT_EQ(filters(attributes(8)), "");
    EXPECT_EQ(filters(attributes(9)), "market/18");
    EXPECT_EQ(filters({{"b", ""}, {"a", ""}}), "market/18");
    EXPECT_EQ(filters({{"a", "1"}, {"a", "1"}}), "market/18");
    EXPECT_EQ(filters({{std::string(32, 'n'), std::string(64, 'V')}}), "");
    EXPECT_EQ(filters({{std::string(33, 'n'), ""}}), "market/32");
    EXPECT_EQ(filters({{"n", std::string(65, 'V')}}), "market/32");
    EXPECT_EQ(filters({{"", "v"}}), "market/32");
    EXPECT_EQ(filters({{"n", "a\nb"}}), "market/32");
    EXPECT_EQ(filters({{"n", "\xff"}}), "market/32");
}

/// A row of the book names each once: one with the same name twice could not be read again, by any
/// validator.
TEST(CheckOrder, O2_takes_no_attribute_twice_with_two_values) {
    OrderTerms terms = good_terms();
    terms.filters.attributes = {{"a", "1"}, {"a", "2"}};

    EXPECT_EQ(code_of(check_order(terms)), "market/18");
    EXPECT_FALSE(decode_filters(encode_filters(terms.filters)));
}

TEST(CheckOrder, O2_takes_16_excluded_in_order) {
    const auto excluded = [](std::vector<AccountNumber> list) {
        return with([&list](OrderTerms& terms) { terms.filters.excluded = list; });
    };
    EXPECT_EQ(excluded(accounts(16)), "");
    EXPECT_EQ(excluded(accounts(17)), "market/18");
    EXPECT_EQ(excluded({AccountNumber{2}, AccountNumber{1}}), "market/18");
    EXPECT_EQ(excluded({AccountNumber{2}, AccountNumber{2}}), "market/18");
}

TEST(CheckOrder, O2_takes_reputations_up_to_one) {
    const auto least = [](std::uint32_t reputation) {
        return with([=](OrderTerms& terms) { terms.filters.reputation_min = reputation; });
    };
    EXPECT_EQ(least(10'000), "");
    EXPECT_EQ(least(10'001), "market/18");
    EXPECT_EQ(least(u32_max), "market/18");
}

/// All that passes can be read back by everybody.
TEST(CheckOrder, what_passes_has_one_encoding) {
    OrderTerms terms = good_terms();
    terms.limit = price_max;
    terms.retries = retries_max;
    terms.filters = {
        .regions = names(8),
        .attributes = attributes(8),
        .excluded = accounts(16),
        .reputation_min = 10'000,
    };
    ASSERT_TRUE(check_order(terms));

    EXPECT_EQ(decode_filters(encode_filters(terms.filters)).value(), terms.filters);
}

TEST(CheckOrder, a_single_order_has_all_inputs) {
    OrderTerms terms = good_terms();
    terms.inputs.push_back(std::nullopt);

    EXPECT_EQ(code_of(check_order(terms)), "market/18");
}

TEST(CheckArray, O4_takes_1_to_1024_tasks) {
    const auto tasks = [](std::size_t count) {
        ArrayTerms array;
        array.tasks.resize(count);
        return code_of(check_array(good_terms(), array));
    };
    EXPECT_EQ(tasks(0), "market/18");
    EXPECT_EQ(tasks(1), "");
    EXPECT_EQ(tasks(1'024), "");
    EXPECT_EQ(tasks(1'025), "market/18");
}

TEST(CheckArray, O4_takes_1_to_256_at_a_time) {
    const auto parallel = [](std::uint32_t max_parallel) {
        return code_of(check_array(good_terms(), {.max_parallel = max_parallel, .tasks = {{}}}));
    };
    EXPECT_EQ(parallel(0), "market/18");
    EXPECT_EQ(parallel(1), "");
    EXPECT_EQ(parallel(256), "");
    EXPECT_EQ(parallel(257), "market/18");
    EXPECT_EQ(parallel(u32_max), "market/18");
}

TEST(CheckArray, O4_takes_of_each_task_the_inputs_that_are_missing) {
    OrderTerms terms = good_terms();
    terms.inputs = {std::nullopt, Hash256{1}, std::nullopt};
    const std::vector<Hash256> two(2);
    const std::vector<Hash256> one(1);
    const std::vector<Hash256> three(3);

    EXPECT_EQ(code_of(check_array(terms, {.tasks = {two, two}})), "");
    EXPECT_EQ(code_of(check_array(terms, {.tasks = {two, one}})), "market/18");
    EXPECT_EQ(code_of(check_array(terms, {.tasks = {three, two}})), "market/18");
    EXPECT_EQ(code_of(check_array(terms, {.tasks = {{}}})), "market/18");
}

}  // namespace
}  // namespace steelyard::market
