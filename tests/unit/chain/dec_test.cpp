#include "chain/dec.h"

#include "samples.h"

namespace steelyard::chain {
namespace {

Dec dec(std::string_view text) {
    return Dec::parse(text).value();
}

/// The text of a result, or "none".
std::string text(std::optional<Dec> value) {
    return value ? to_string(*value) : "none";
}

const std::string largest = "170141183460469231731.687303715884105727";

TEST(Dec, prints_18_places_and_reads_fewer) {
    EXPECT_EQ(to_string(Dec()), "0.000000000000000000");
    EXPECT_EQ(to_string(dec("0.05")), "0.050000000000000000");
    EXPECT_EQ(to_string(dec("-1.5")), "-1.500000000000000000");
    EXPECT_EQ(to_string(dec("12")), "12.000000000000000000");
    EXPECT_EQ(to_string(dec("0.000000000000000001")), "0.000000000000000001");
    EXPECT_EQ(dec("7"), Dec(7));
    EXPECT_EQ(
        to_string(Dec(std::numeric_limits<std::int64_t>::min())),
        "-9223372036854775808.000000000000000000"
    );
}

TEST(Dec, refuses_other_texts) {
    for (const std::string text :
         {"",
          "-",
          ".",
          ".5",
          "5.",
          "-0",
          "-0.0",
          "+1",
          "01",
          "1e3",
          "1,5",
          " 1",
          "1.2.3",
          "--1",
          "0.0000000000000000001"}) {
        EXPECT_FALSE(Dec::parse(text)) << text;
    }
}

TEST(Dec, travels_as_an_integer) {
    EXPECT_EQ(to_wire(dec("0.05")), "50000000000000000");
    EXPECT_EQ(to_wire(dec("-2")), "-2000000000000000000");
    EXPECT_EQ(to_wire(Dec()), "0");
    EXPECT_EQ(Dec::parse_wire("50000000000000000"), dec("0.05"));
    EXPECT_EQ(Dec::parse_wire("-2000000000000000000"), dec("-2"));
    for (const std::string text : {"", "-0", "00", "0.5", "+1"}) {
        EXPECT_FALSE(Dec::parse_wire(text)) << text;
    }
}

TEST(Dec, has_a_bound_either_way) {
    EXPECT_EQ(to_string(dec(largest)), largest);
    EXPECT_EQ(to_string(dec("-" + largest)), "-" + largest);
    EXPECT_FALSE(Dec::parse("170141183460469231731.687303715884105728"));
    EXPECT_FALSE(Dec::parse_wire("-170141183460469231731687303715884105728"));
    EXPECT_EQ(Dec::from_scaled(-dec(largest).scaled() - 1), std::nullopt);
    EXPECT_EQ(text(checked_add(dec(largest), dec("0.000000000000000001"))), "none");
    EXPECT_EQ(text(checked_sub(dec("-" + largest), dec("0.000000000000000001"))), "none");
    EXPECT_EQ(
        text(Dec::from_amount(*Amount::parse("170141183460469231731"))),
        "170141183460469231731.000000000000000000"
    );
    EXPECT_EQ(Dec::from_amount(*Amount::parse("170141183460469231732")), std::nullopt);
}

/// math/dec_test.go of the Cosmos SDK, TestArithmetic.
struct Arithmetic {
    std::string_view a, b, product, quotient, quotient_up, quotient_cut, sum, difference;
};

TEST(Dec, computes_as_the_cosmos_sdk) {
    constexpr Arithmetic cases[] = {
        {"0", "1", "0", "0", "0", "0", "1", "-1"},
        {"-1", "-1", "1", "1", "1", "1", "-2", "0"},
        {"1", "-1", "-1", "-1", "-1", "-1", "0", "2"},
        {"3",
         "7",
         "21",
         "0.428571428571428571",
         "0.428571428571428572",
         "0.428571428571428571",
         "10",
         "-4"},
        {"2", "4", "8", "0.5", "0.5", "0.5", "6", "-2"},
        {"100", "100", "10000", "1", "1", "1", "200", "0"},
        {"1.5", "1.5", "2.25", "1", "1", "1", "3", "0"},
        {"0.3333",
         "0.0333",
         "0.01109889",
         "10.009009009009009009",
         "10.009009009009009010",
         "10.009009009009009009",
         "0.3666",
         "0.3"},
    };
    for (const Arithmetic& c : cases) {
        SCOPED_TRACE(fmt::format("{} and {}", c.a, c.b));
        const Dec a = dec(c.a);
        const Dec b = dec(c.b);
        EXPECT_EQ(multiply(a, b), dec(c.product));
        EXPECT_EQ(multiply(a, b, Rounding::truncate), dec(c.product));
        EXPECT_EQ(divide(a, b), dec(c.quotient));
        EXPECT_EQ(divide(a, b, Rounding::up), dec(c.quotient_up));
        EXPECT_EQ(divide(a, b, Rounding::truncate), dec(c.quotient_cut));
        EXPECT_EQ(checked_add(a, b), dec(c.sum));
        EXPECT_EQ(checked_sub(a, b), dec(c.difference));
    }
}

TEST(Dec, rounds_the_middle_to_the_even_neighbour) {
    const std::pair<const char*, std::uint64_t> cases[] = {
        {"0.25", 0},
        {"0", 0},
        {"1", 1},
        {"0.75", 1},
        {"0.5", 0},
        {"7.5", 8},
        {"1.5", 2},
        {"2.5", 2},
        {"0.545", 1},
        {"1.545", 2},
    };
    for (const auto& [value, rounded] : cases) {
        EXPECT_EQ(to_amount(dec(value), Rounding::half_even), Amount(rounded)) << value;
    }
    const Dec smallest = dec("0.000000000000000001");
    EXPECT_EQ(multiply(smallest, dec("0.5")), dec("0"));
    EXPECT_EQ(multiply(smallest, dec("1.5")), dec("0.000000000000000002"));
    EXPECT_EQ(multiply(smallest, dec("-1.5")), dec("-0.000000000000000002"));
    EXPECT_EQ(multiply(smallest, dec("-2.5")), dec("-0.000000000000000002"));
}

TEST(Dec, rounds_up_toward_positive_infinity) {
    const Dec smallest = dec("0.000000000000000001");
    EXPECT_EQ(multiply(smallest, dec("0.1"), Rounding::up), smallest);
    EXPECT_EQ(multiply(smallest, dec("-0.1"), Rounding::up), dec("0"));
    EXPECT_EQ(to_amount(dec("1.000000000000000001"), Rounding::up), Amount(2));
    EXPECT_EQ(to_amount(dec("1.999999999999999999"), Rounding::truncate), Amount(1));
}

TEST(Dec, cuts_a_quotient_at_36_places_before_it_rounds) {
    const Dec smallest = dec("0.000000000000000001");

    EXPECT_EQ(divide(smallest, dec("1000000000000000000"), Rounding::up), smallest) << "10^-36";
    EXPECT_EQ(divide(smallest, dec("10000000000000000000"), Rounding::up), dec("0")) << "10^-37";
}

TEST(Dec, gives_nothing_for_a_division_by_zero) {
    EXPECT_EQ(text(divide(Dec(1), Dec())), "none");
    EXPECT_EQ(text(divide(Dec(1), Amount(0))), "none");
}

TEST(Dec, gives_nothing_for_results_out_of_range) {
    EXPECT_EQ(text(multiply(dec(largest), dec("1.000000000000000001"))), "none");
    EXPECT_EQ(text(multiply(dec(largest), dec(largest))), "none");
    EXPECT_EQ(text(divide(dec(largest), dec("0.000000000000000001"))), "none");
    EXPECT_EQ(text(checked_mul(dec(largest), Amount(2))), "none");
    EXPECT_EQ(text(multiply(dec(largest), Dec(-1))), "-" + largest);
    EXPECT_EQ(text(divide(dec("-" + largest), dec(largest))), "-1.000000000000000000");
}

TEST(Dec, multiplies_and_divides_by_amounts) {
    EXPECT_EQ(checked_mul(dec("-1.5"), Amount(3)), dec("-4.5"));
    EXPECT_EQ(divide(Dec(1), Amount(3)), dec("0.333333333333333333"));
    EXPECT_EQ(divide(Dec(-1), Amount(3)), dec("-0.333333333333333333"));
}

TEST(Dec, multiplies_beyond_its_range_before_it_divides) {
    const Dec shares = dec("100000000000000000000");
    const Amount tokens(90'000'000'000'000'000);

    EXPECT_EQ(checked_mul(shares, tokens), std::nullopt);
    EXPECT_EQ(multiply_divide(shares, tokens, shares), Dec(90'000'000'000'000'000));
    EXPECT_EQ(multiply_divide(shares, tokens, tokens), shares);
    EXPECT_EQ(text(multiply_divide(shares, tokens, Dec(1))), "none");
    EXPECT_EQ(text(multiply_divide(shares, tokens, Amount(1))), "none");
    EXPECT_EQ(text(multiply_divide(Dec(1), Amount(1), Dec())), "none");
    EXPECT_EQ(text(multiply_divide(Dec(1), Amount(1), Amount())), "none");
}

TEST(Dec, rounds_the_quotient_of_a_product_alone) {
    EXPECT_EQ(multiply_divide(Dec(1), Amount(2), Dec(3)), dec("0.666666666666666667"));
    EXPECT_EQ(
        multiply_divide(Dec(1), Amount(2), Dec(3), Rounding::truncate), dec("0.666666666666666666")
    );
    EXPECT_EQ(multiply_divide(Dec(1), Amount(2), Amount(3)), dec("0.666666666666666666"));
    EXPECT_EQ(multiply_divide(Dec(-1), Amount(2), Amount(3)), dec("-0.666666666666666666"));
    EXPECT_EQ(multiply_divide(Dec(1), Amount(2), Dec(-3)), dec("-0.666666666666666667"));
}

TEST(Dec, gives_no_amount_below_zero) {
    EXPECT_EQ(to_amount(dec("-0.4"), Rounding::truncate), Amount(0));
    EXPECT_EQ(to_amount(dec("-1"), Rounding::truncate), std::nullopt);
    EXPECT_EQ(to_amount(dec("-0.6"), Rounding::half_even), std::nullopt);
}

TEST(Dec, agrees_with_plain_integers_where_these_suffice) {
    SeededRandom random(1);
    for (int i = 0; i < 2000; ++i) {
        const auto draw = [&] {
            return static_cast<Int128>(random.below(1ULL << 62)) - (Int128{1} << 61);
        };
        const Int128 a = draw();
        const Int128 b = draw();
        const Int128 product = a * b;
        const Int128 cut = product / Dec::scale;
        const Int128 rest = product % Dec::scale;
        const Dec x = *Dec::from_scaled(a);
        const Dec y = *Dec::from_scaled(b);

        EXPECT_EQ(multiply(x, y, Rounding::truncate), Dec::from_scaled(cut));
        EXPECT_EQ(multiply(x, y, Rounding::up), Dec::from_scaled(cut + (rest > 0 ? 1 : 0)));
        EXPECT_EQ(Dec::parse(to_string(x)), x);
        EXPECT_EQ(Dec::parse_wire(to_wire(y)), y);
    }
}

}  // namespace
}  // namespace steelyard::chain
