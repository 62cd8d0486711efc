#include "ledger/proposals/proposals.h"
#include "steelyard/params/v1/query.pb.h"
#include "tests/unit/ledger/queries/query_bench.h"
#include "tests/unit/ledger/validators.h"

namespace steelyard::queries {
namespace {

using namespace ::steelyard::params::v1;
using testing::HasSubstr;

TEST_F(QueryTest, gives_the_parameters_in_force) {
    bench.params.staking.max_validators = 9;

    EXPECT_THAT(
        ask<QueryParamsResponse>("/steelyard.params.v1.Query/Params", QueryParamsRequest()),
        HasSubstr("max_validators: 9")
    );
}

TEST_F(QueryTest, gives_open_proposals_with_who_approved_them) {
    const std::string path = "/steelyard.params.v1.Query/Proposals";
    EXPECT_EQ(ask<QueryProposalsResponse>(path, QueryProposalsRequest()), "");
    for (std::uint32_t number = 0; number < 2; ++number) {
        const auto byte = static_cast<std::uint8_t>(number + 1);
        ledger::make_validator(bench.state, number, address(byte));
        ledger::set_active_power(bench.state, number, 10);
    }
    ledger::Params changed;
    changed.staking.max_validators = 9;
    const Bytes params = ledger::encode_params(changed);
    ASSERT_TRUE(proposals::propose(bench.context, address(1), params));
    ASSERT_TRUE(proposals::approve(bench.context, address(2), 1, proposals::hash_of(params)));

    const std::string answer = ask<QueryProposalsResponse>(path, QueryProposalsRequest());

    const std::string one = messages::operator_text(address(1));
    const std::string two = messages::operator_text(address(2));
    EXPECT_THAT(
        answer,
        HasSubstr(
            fmt::format("id: 1 proposer: \"{}\" submit_height: 1 last_height: 1001 params {{ ", one)
        )
    );
    EXPECT_THAT(answer, HasSubstr("max_validators: 9"));
    EXPECT_THAT(answer, HasSubstr(fmt::format("approvals: \"{}\" approvals: \"{}\"", one, two)));
}

}  // namespace
}  // namespace steelyard::queries
