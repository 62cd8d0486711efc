#include "tests/support/ledger/app_witness.h"

#include <gtest/gtest.h>

namespace steelyard::test {
namespace {

constexpr int blocks = 50;

class Histories : public testing::TestWithParam<std::uint64_t> {};

TEST_P(Histories, break_no_rule) {
    LedgerChain chain({.seed = GetParam()});
    chain.add_witness(std::make_unique<AppWitness>(chain.people(), GetParam()));

    for (int i = 0; i < blocks && chain.advance(); ++i) {
    }

    EXPECT_FALSE(chain.violation()) << *chain.violation();
}

INSTANTIATE_TEST_SUITE_P(Some, Histories, testing::Range<std::uint64_t>(1, 13));

}  // namespace
}  // namespace steelyard::test
