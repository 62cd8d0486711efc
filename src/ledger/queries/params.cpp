// steelyard.params.v1.Query.
#include "base/check.h"
#include "ledger/messages/fields.h"
#include "ledger/proposals/proposals.h"
#include "ledger/queries/typed_query.h"
#include "steelyard/params/v1/query.pb.h"

#include <array>

namespace steelyard::queries {
namespace {

namespace pb = ::steelyard::params::v1;
using ledger::Outcome;

void read_params(ByteView bytes, pb::Params& params) {
    CHECK(params.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())));
}

Answer<pb::QueryParamsResponse> params(const Asked& asked, const pb::QueryParamsRequest&) {
    pb::QueryParamsResponse response;
    read_params(ledger::encode_params(asked.params), *response.mutable_params());
    return response;
}

/// Empty: the validator was removed.
Outcome<std::string> operator_of(const Asked& asked, ledger::ValidatorNumber number) {
    TRY_ASSIGN(const auto validator, staking::get_validator(asked.state, number));
    return validator ? messages::operator_text(validator->operator_address) : std::string();
}

Outcome<void> add_proposal(
    const Asked& asked, const proposals::Proposal& proposal, pb::QueryProposalsResponse& response
) {
    pb::Proposal& row = *response.add_proposals();
    row.set_id(proposal.id);
    TRY_ASSIGN(*row.mutable_proposer(), operator_of(asked, proposal.proposer));
    row.set_submit_height(proposal.submitted.value());
    row.set_last_height(proposal.last.value());
    read_params(proposal.params, *row.mutable_params());
    row.set_params_hash(std::string(as_text(proposals::hash_of(proposal.params))));
    TRY_ASSIGN(const auto approving, proposals::approvals(asked.state, proposal.id));
    for (const ledger::ValidatorNumber number : approving) {
        TRY_ASSIGN(std::string name, operator_of(asked, number));
        if (!name.empty()) {
            row.add_approvals(std::move(name));
        }
    }
    return {};
}

/// All that are open: they are few.
Answer<pb::QueryProposalsResponse>
open_proposals(const Asked& asked, const pb::QueryProposalsRequest&) {
    pb::QueryProposalsResponse response;
    const auto add = [&](const proposals::Proposal& proposal) -> Outcome<bool> {
        TRY(add_proposal(asked, proposal, response));
        return true;
    };
    TRY(proposals::walk_proposals(asked.state, add));
    return response;
}

}  // namespace

std::span<const QueryMethod> params_queries() {
    static const std::array methods = {
        query_method<pb::QueryParamsRequest, params>("/steelyard.params.v1.Query/Params"),
        query_method<pb::QueryProposalsRequest, open_proposals>(
            "/steelyard.params.v1.Query/Proposals"
        ),
    };
    return methods;
}

}  // namespace steelyard::queries
