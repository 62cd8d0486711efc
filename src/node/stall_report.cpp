#include "node/stall_report.h"

#include "base/hex.h"

namespace steelyard::node {
namespace {

using consensus::Step;

/// Those whose vote is not here.
void name_silent(
    StallReport& report, const chain::ValidatorSet& validators, const consensus::VoteSet* votes
) {
    std::size_t silent = 0;
    std::string names;
    for (chain::ValidatorIndex index = 0; index < validators.size(); ++index) {
        if (votes && votes->vote(index)) {
            continue;
        }
        if (silent++ < stall_names_max) {
            names += (names.empty() ? "" : ", ") + to_hex_upper(validators[index].address());
        }
    }
    report.who = fmt::format("{} of {} validators: {}", silent, validators.size(), names);
    const auto voted = static_cast<double>(votes ? votes->voters_power() : 0);
    const auto total = static_cast<double>(validators.total_power());
    report.percent = static_cast<std::int64_t>(voted * 100 / total);
}

}  // namespace

StallReport describe_stall(const consensus::HeightState& height) {
    const consensus::RoundState& machine = height.machine;
    StallReport report{
        .step = std::string(consensus::to_string(machine.step)), .round = machine.round.value()
    };
    switch (machine.step) {
        case Step::waiting:
        case Step::decided:
            break;
        case Step::propose:
            report.who = "the proposer";
            break;
        case Step::prevote:
            name_silent(report, height.validators(), height.votes.prevotes(machine.round));
            break;
        case Step::precommit:
            name_silent(report, height.validators(), height.votes.precommits(machine.round));
            break;
    }
    return report;
}

}  // namespace steelyard::node
