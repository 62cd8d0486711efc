// Reputation against a slow reference (doc/spec/market.md, R1 to R3): the reference computes with
// lists, exact integers and a square root by halving, and knows no rows.
#include "market/parties/reputation.h"
#include "base/endian.h"
#include "crypto/sha256.h"
#include "market/records/party.h"
#include "tests/support/ledger/dice.h"
#include "tests/unit/ledger/map_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace steelyard::market {
namespace {

constexpr AccountNumber provider{1};
constexpr ClassId class_id{1};
constexpr Money unit = 100'000;
constexpr std::int64_t day = 86'400;  // blocks of a second

/// Numbers of 256 bits, as digits of 32: what nothing here overflows.
class Wide {
public:
    Wide(std::uint64_t value = 0) {  // NOLINT(google-explicit-constructor)
        digits_[0] = static_cast<std::uint32_t>(value);
        digits_[1] = static_cast<std::uint32_t>(value >> 32);
    }

    static Wide power_of_two(unsigned exponent) {
        Wide power;
        power.digits_.at(exponent / 32) = std::uint32_t{1} << exponent % 32;
        return power;
    }

    friend Wide operator*(const Wide& a, const Wide& b) {
        Wide product;
        for (std::size_t i = 0; i < size; ++i) {
            std::uint64_t carry = 0;
            for (std::size_t j = 0; i + j < size; ++j) {
                carry += product.digits_[i + j] + std::uint64_t{a.digits_[i]} * b.digits_[j];
                product.digits_[i + j] = static_cast<std::uint32_t>(carry);
                carry >>= 32;
            }
            CHECK(carry == 0);
        }
        return product;
    }

    auto operator<=>(const Wide& other) const {
        return std::lexicographical_compare_three_way(
            digits_.rbegin(), digits_.rend(), other.digits_.rbegin(), other.digits_.rend()
        );
    }

private:
    static constexpr std::size_t size = 64;  // enough for the 31st power of 2^32
    std::array<std::uint32_t, size> digits_{};
};

/// The greatest number below `end` for which something holds that holds up to some number.
template <typename Holds>
std::uint64_t greatest(std::uint64_t end, const Holds& holds) {
    std::uint64_t low = 0;
    while (end - low > 1) {
        const std::uint64_t middle = low + (end - low) / 2;
        (holds(middle) ? low : end) = middle;
    }
    return low;
}

TEST(Reputation, T_is_what_its_formula_says) {
    for (unsigned i = 0; i < 30; ++i) {
        // x <= 2^(32 - i/30) where x^30 <= 2^(960 - i)
        const Wide power = Wide::power_of_two(960 - i);
        const std::uint64_t expected = greatest(q32_one + 1, [&](std::uint64_t x) {
            Wide product(1);
            for (int n = 0; n < 30; ++n) {
                product = product * Wide(x);
            }
            return product <= power;
        });

        EXPECT_EQ(decayed(q32_one, i), expected) << "day " << i;
    }
}

TEST(Reputation, R_decays_to_a_half_in_30_days_and_to_nothing) {
    EXPECT_EQ(decayed(q32_one, 0), q32_one);
    EXPECT_EQ(decayed(q32_one, 30), q32_one / 2);
    EXPECT_EQ(decayed(q32_one, 30 * 32), 1U);
    EXPECT_EQ(decayed(q32_one, 30 * 32 + 1), 0U);
    EXPECT_EQ(decayed(~Q32{0}, 30 * 63), 1U);
    EXPECT_EQ(decayed(~Q32{0}, 30 * 64), 0U);
    EXPECT_EQ(decayed(~Q32{0}, ~std::uint64_t{0}), 0U);
    EXPECT_EQ(decayed(~Q32{0}, 0), ~Q32{0});
}

TEST(Reputation, roots_are_floors) {
    test::Dice dice(1);
    for (int i = 0; i < 20'000; ++i) {
        ByteArray<16> bytes;
        dice.fill(bytes);
        const unsigned shift = static_cast<unsigned>(dice.between(0, 127));
        const Uint128 value = ((Uint128{load_be<std::uint64_t>(bytes.data())} << 64) |
                               load_be<std::uint64_t>(bytes.data() + 8)) >>
                              shift;
        const std::uint64_t root = isqrt(value);
        ASSERT_LE(Uint128{root} * root, value);
        const bool is_last = root == ~std::uint64_t{0};
        ASSERT_TRUE(is_last || Uint128{root + 1} * (root + 1) > value);
    }
    EXPECT_EQ(isqrt(0), 0U);
    EXPECT_EQ(isqrt(1), 1U);
    EXPECT_EQ(isqrt(3), 1U);
    EXPECT_EQ(isqrt(4), 2U);
    EXPECT_EQ(isqrt(~Uint128{0}), ~std::uint64_t{0});
}

TEST(Reputation, R1_raises_by_the_root_of_squares_and_never_over_one) {
    EXPECT_EQ(raised(0, unit / 4, unit), q32_one / 2);
    EXPECT_EQ(raised(q32_one / 2, unit / 4, unit), 3'037'000'499U) << "2^32 sqrt(1/2)";
    EXPECT_EQ(raised(0, unit, unit), q32_one);
    EXPECT_EQ(raised(q32_one, 1, unit), q32_one);
    EXPECT_EQ(raised(0, money_max, 1), q32_one);
    EXPECT_EQ(raised(0, 0, unit), 0U);
    EXPECT_EQ(raised(0, 1, 1'000'000'000'000'000), 135U) << "floor(2^32 / 10^7.5)";
    EXPECT_EQ(raised(q32_one, 999'999'999'999'999, 1'000'000'000'000'000), q32_one)
        << "no overflow";
}

TEST(Reputation, R3_is_as_on_the_page) {
    EXPECT_EQ(score(0, 0), q32_one / 5);
    EXPECT_EQ(score(3 * q32_one, 0), q32_one / 2) << "K2: no more probation by reputation";
    EXPECT_EQ(score(0, q32_one), q32_one / 10);
    EXPECT_EQ(score(256 * q32_one, 0), (Uint128{257} << 32) / 261);
    EXPECT_EQ(
        score(256 * q32_one, ~Q32{0}),
        (Uint128{257} << 64) / (Uint128{261} * q32_one + 5 * Uint128{~Q32{0}})
    );
    EXPECT_LE(score(256 * q32_one, 0), q32_one);
}

/// R1 and R2 over lists.
struct Reference {
    std::uint64_t today = 0;
    std::map<std::uint64_t, Q32> payers{};
    Q32 f = 0;

    static Q32 decay(Q32 value, std::uint64_t days) {
        static const std::vector<Q32> factors = [] {
            std::vector<Q32> all;
            for (std::uint64_t i = 0; i < 30; ++i) {
                all.push_back(decayed(q32_one, i));  // which has its own test
            }
            return all;
        }();
        Uint128 left = (Uint128{value} * factors[days % 30]) >> 32;
        for (std::uint64_t i = 0; i < days / 30 && left > 0; ++i) {
            left /= 2;
        }
        return static_cast<Q32>(left);
    }

    void become(std::uint64_t next) {
        const std::uint64_t days = next > today ? next - today : 0;
        today = next;
        f = decay(f, days);
        for (auto& [account, value] : payers) {
            value = decay(value, days);
        }
        std::erase_if(payers, [](const auto& one) { return one.second == 0; });
    }

    void pay(std::uint64_t account, Money burned) {
        const Q32 before = payers.contains(account) ? payers[account] : 0;
        const Uint128 square = Uint128{before} * before + (Uint128{burned} << 64) / unit;
        const Q32 after =
            greatest(q32_one + 1, [&](std::uint64_t x) { return Uint128{x} * x <= square; });
        if (before == 0 && payers.size() == 256) {
            const auto least = std::ranges::min_element(payers, [](const auto& a, const auto& b) {
                return std::pair(a.second, ~a.first) < std::pair(b.second, ~b.first);
            });
            if (after <= least->second) {
                return;
            }
            payers.erase(least);
        }
        if (after > 0) {
            payers[account] = after;
        }
    }

    void fail(bool is_slash) {
        f += q32_one;
        if (is_slash) {
            for (auto& [account, value] : payers) {
                value /= 4;
            }
            std::erase_if(payers, [](const auto& one) { return one.second == 0; });
        }
    }

    Q32 sum() const {
        Q32 s = 0;
        for (const auto& [account, value] : payers) {
            s += value;
        }
        return s;
    }
};

/// Payers from 1,000 on. The provider's worker is 2.
class Standings : public testing::Test {
protected:
    Standings() {
        bench.params.market.reputation_unit = unit;
        CHECK(put_worker(bench.state, AccountNumber{2}, {.provider = provider}));
    }

    void pay(std::uint64_t account, Money burned) {
        ASSERT_TRUE(note_payment(bench.context, provider, class_id, AccountNumber{account}, burned)
        );
        if (burned > 0) {  // else nothing is touched, and decay goes on from the last day that was
            reference.become(static_cast<std::uint64_t>(bench.block.height.value() / day));
            reference.pay(account, burned);
        }
    }

    void fail(bool is_slash) {
        ASSERT_TRUE(note_failure(bench.context, provider, class_id, is_slash));
        reference.become(static_cast<std::uint64_t>(bench.block.height.value() / day));
        reference.fail(is_slash);
    }

    void expect_same() {
        const auto rows = payers_of(bench.state, provider, class_id).value();
        ASSERT_EQ(rows.size(), reference.payers.size());
        for (const Payer& payer : rows) {
            ASSERT_EQ(payer.value, reference.payers[static_cast<std::uint64_t>(payer.account)]);
        }
        const Standing standing = get_standing(bench.state, provider, class_id).value();
        ASSERT_EQ(standing.s, reference.sum());
        ASSERT_EQ(standing.f, reference.f);
        ASSERT_EQ(standing.payers, reference.payers.size());
    }

    /// What is read at a later height, without writing, is what would be written then.
    void expect_same_later(std::int64_t blocks) {
        const Height later(bench.block.height.value() + blocks);
        const Reputation read =
            reputation_of(bench.state, provider, class_id, later, 1'000).value();
        Reference then = reference;
        then.become(static_cast<std::uint64_t>(later.value() / day));
        ASSERT_EQ(read.s, then.sum());
        ASSERT_EQ(read.f, then.f);
        ASSERT_EQ(read.payers, then.payers.size());
        ASSERT_EQ(read.r, score(then.sum(), then.f));
    }

    ledger::Bench bench{};
    Reference reference{};
};

TEST_F(Standings, are_those_of_the_reference_whatever_happens) {
    for (std::uint64_t seed = 0; seed < 6; ++seed) {
        test::Dice dice(seed);
        const auto mark = bench.state.mark();
        reference = {};
        bench.block.height = Height(1);
        for (int i = 0; i < 1'500; ++i) {
            const auto payer = static_cast<std::uint64_t>(dice.between(1'000, 1'300));
            if (dice.chance(20)) {
                fail(dice.chance(300));
            } else {
                // Few values, so that there are ties.
                pay(payer, static_cast<Money>(dice.between(0, 6)) * 1'000);
            }
            if (dice.chance(30)) {
                bench.block.height =
                    Height(bench.block.height.value() + dice.between(1, 20) * day / 2);
            }
            if (i % 50 == 0) {
                expect_same();
                expect_same_later(dice.between(0, 100) * day);
            }
        }
        expect_same();
        bench.state.roll_back(mark);
    }
}

TEST_F(Standings, R1_keep_the_256_largest_payers) {
    for (std::uint64_t i = 0; i < 256; ++i) {
        pay(1'000 + i, 1'000);
    }
    const Q32 least = get_payer(bench.state, provider, class_id, AccountNumber{1'000}).value();

    pay(2'000, 1'000);  // as much as the least is not more
    EXPECT_EQ(get_payer(bench.state, provider, class_id, AccountNumber{2'000}).value(), 0U);
    pay(500, 1'000);  // whatever its number
    EXPECT_EQ(get_payer(bench.state, provider, class_id, AccountNumber{500}).value(), 0U);
    pay(2'000, 1'001);
    EXPECT_GT(get_payer(bench.state, provider, class_id, AccountNumber{2'000}).value(), least);
    EXPECT_EQ(get_payer(bench.state, provider, class_id, AccountNumber{1'255}).value(), 0U)
        << "of equal ones the one of the highest number goes";
    EXPECT_EQ(get_payer(bench.state, provider, class_id, AccountNumber{1'254}).value(), least);
    pay(1'000, 5'000);  // who is there already needs no place
    expect_same();
    EXPECT_EQ(get_standing(bench.state, provider, class_id).value().payers, 256U);
}

TEST_F(Standings, R1_count_no_payment_of_the_providers_own) {
    for (const AccountNumber own : {provider, AccountNumber{2}}) {
        ASSERT_TRUE(note_payment(bench.context, provider, class_id, own, unit));
    }
    ASSERT_TRUE(note_payment(bench.context, provider, class_id, AccountNumber{1'000}, 0));
    EXPECT_EQ(get_standing(bench.state, provider, class_id).value(), Standing());

    ASSERT_TRUE(put_worker(bench.state, AccountNumber{3}, {.provider = AccountNumber{9}}));
    pay(3, unit);  // another provider's worker is anybody
    EXPECT_EQ(get_standing(bench.state, provider, class_id).value().s, q32_one);
}

TEST_F(Standings, R1_of_one_payer_are_at_most_one_however_much_it_pays) {
    for (int i = 0; i < 100; ++i) {
        pay(1'000, money_max);
    }

    EXPECT_EQ(get_standing(bench.state, provider, class_id).value().s, q32_one);
    expect_same();
}

TEST_F(Standings, R2_lose_three_quarters_by_a_slash) {
    pay(1'000, unit);
    pay(1'001, unit);

    fail(false);
    EXPECT_EQ(get_standing(bench.state, provider, class_id).value().s, 2 * q32_one);
    fail(true);

    EXPECT_EQ(get_standing(bench.state, provider, class_id).value().s, q32_one / 2);
    EXPECT_EQ(get_standing(bench.state, provider, class_id).value().f, 2 * q32_one);
    expect_same();
}

TEST_F(Standings, R2_failures_never_overflow) {
    ASSERT_TRUE(put_standing(bench.state, provider, class_id, {.f = ~Q32{0} - 5}));

    ASSERT_TRUE(note_failure(bench.context, provider, class_id, true));

    EXPECT_EQ(get_standing(bench.state, provider, class_id).value().f, ~Q32{0});
    EXPECT_EQ(
        reputation_of(bench.state, provider, class_id, Height(1), 1'000).value().r,
        score(0, ~Q32{0})
    );
}

TEST_F(Standings, of_classes_and_providers_are_apart) {
    pay(1'000, unit);

    EXPECT_EQ(get_standing(bench.state, provider, ClassId{2}).value(), Standing());
    EXPECT_EQ(get_standing(bench.state, AccountNumber{9}, class_id).value(), Standing());
    const Reputation fresh =
        reputation_of(bench.state, AccountNumber{9}, class_id, Height(1), 1'000).value();
    EXPECT_EQ(fresh.r, q32_one / 5) << "who is new has a fifth";
}

TEST_F(Standings, days_are_those_of_nominal_blocks) {
    bench.params.market.nominal_block_ms = 60'000;
    bench.block.height = Height(1'440 * 7 - 1);
    ASSERT_TRUE(note_failure(bench.context, provider, class_id, false));
    EXPECT_EQ(get_standing(bench.state, provider, class_id).value().day, 6U);
    bench.block.height = Height(1'440 * 7);
    ASSERT_TRUE(note_failure(bench.context, provider, class_id, false));
    EXPECT_EQ(get_standing(bench.state, provider, class_id).value().day, 7U);
    EXPECT_EQ(
        get_standing(bench.state, provider, class_id).value().f, decayed(q32_one, 1) + q32_one
    );
}

}  // namespace
}  // namespace steelyard::market
