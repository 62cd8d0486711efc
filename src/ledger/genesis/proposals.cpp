// The proposals of section params.
#include "ledger/proposals/genesis_io.h"

#include "ledger/genesis/sections.h"
#include "proto/codec.h"
#include "steelyard/genesis/v1/genesis.pb.h"

namespace steelyard::genesis {
namespace {

using ledger::ValidatorNumber;

Result<void> read_proposal(StateView& state, const v1::ProposalState& row, std::uint64_t next) {
    proposals::Proposal proposal{.id = row.id(), .proposer = ValidatorNumber{row.proposer()}};
    if (row.id() == 0 || row.id() >= next) {
        return invalid("id: is {}, the next one {}", row.id(), next);
    }
    TRY_ASSIGN(proposal.submitted, chain::Height::parse(row.submit_height()));
    TRY_ASSIGN(proposal.last, chain::Height::parse(row.last_height()));
    proposal.params = proto::serialize(row.params());
    TRY(ledger::decode_params(proposal.params));
    std::vector<ValidatorNumber> approvals;
    for (const std::uint32_t number : row.approvals()) {
        approvals.push_back(ValidatorNumber{number});
    }
    sure(proposals::restore_proposal(state, proposal, approvals));
    return {};
}

}  // namespace

Result<void> read_proposals(StateView& state, const v1::ParamsState& section) {
    const std::uint64_t next = std::max<std::uint64_t>(section.next_proposal_id(), 1);
    if (section.proposals_size() > static_cast<int>(proposals::open_max)) {
        return invalid(
            "app_state.params.proposals: are {}, limit {}",
            section.proposals_size(),
            proposals::open_max
        );
    }
    for (int i = 0; i < section.proposals_size(); ++i) {
        const auto path = fmt::format("params.proposals[{}]", i);
        TRY(at(path, read_proposal(state, section.proposals(i), next)));
    }
    sure(proposals::restore_next_id(state, next));
    return {};
}

void write_proposals(const StateView& state, v1::ParamsState& section) {
    section.set_next_proposal_id(sure(proposals::next_id(state)));
    sure(proposals::walk_proposals(
        state,
        [&](const proposals::Proposal& proposal) -> Outcome<bool> {
            auto& row = *section.add_proposals();
            row.set_id(proposal.id);
            row.set_proposer(static_cast<std::uint32_t>(proposal.proposer));
            row.set_submit_height(proposal.submitted.value());
            row.set_last_height(proposal.last.value());
            CHECK(row.mutable_params()->ParseFromArray(
                proposal.params.data(), static_cast<int>(proposal.params.size())
            ));
            for (const ValidatorNumber number : sure(proposals::approvals(state, proposal.id))) {
                row.add_approvals(static_cast<std::uint32_t>(number));
            }
            return true;
        }
    ));
}

}  // namespace steelyard::genesis
