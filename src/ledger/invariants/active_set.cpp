// I5: who is in the active set, once more, by rule D8.
#include "ledger/beacon/beacon.h"
#include "ledger/invariants/stakes.h"
#include "ledger/params/stored_params.h"
#include "ledger/staking/end_block.h"

namespace steelyard::invariants {
namespace {

using ledger::ValidatorNumber;
using staking::Member;
using staking::Status;

struct Candidate {
    std::int64_t power = 0;
    ValidatorNumber number{};
};

/// Everybody who may be in the set, the strongest first. Not from the rows of powers.
std::vector<Candidate> candidates(const StateView& state, const Stakes& stakes) {
    const chain::Height height = sure(beacon::latest(state)).height;
    std::vector<Candidate> all;
    for (const auto& [number, member] : stakes.members) {
        const std::int64_t power = staking::power_of(member.validator.tokens);
        const auto key = sure(beacon::key_in_force(state, number, height));
        if (!member.validator.jailed && power >= 1 && key) {
            all.push_back({power, number});
        }
    }
    std::ranges::sort(all, [](const Candidate& a, const Candidate& b) {
        return a.power != b.power ? a.power > b.power : a.number < b.number;
    });
    return all;
}

std::string text_of(const std::map<ValidatorNumber, std::int64_t>& powers) {
    std::string text;
    for (const auto& [number, power] : powers) {
        text += fmt::format("{}{}: {}", text.empty() ? "" : ", ", std::uint32_t(number), power);
    }
    return text;
}

}  // namespace

void check_active_set(const StateView& state, const Stakes& stakes, Findings& findings) {
    std::map<ValidatorNumber, std::int64_t> active;
    for (const auto& [number, power] : sure(staking::active_set(state))) {
        active.emplace(number, power);
    }
    for (const auto& [number, member] : stakes.members) {
        const bool is_bonded = member.validator.status == Status::bonded;
        findings.expect(
            is_bonded == active.contains(number),
            "I5",
            "validator {} is {}, and is {} the active set",
            static_cast<std::uint32_t>(number),
            is_bonded ? "bonded" : "not bonded",
            active.contains(number) ? "in" : "not in"
        );
    }
    std::vector<Candidate> all = candidates(state, stakes);
    if (all.empty()) {
        return;  // the set stays as it was
    }
    const std::size_t places = sure(ledger::load_params(state)).staking.max_validators;
    all.resize(std::min(all.size(), places));
    std::map<ValidatorNumber, std::int64_t> expected;
    for (const auto& [power, number] : all) {
        expected.emplace(number, power);
    }
    findings.expect(
        active == expected,
        "I5",
        "the active set is {{{}}}, and should be {{{}}}",
        text_of(active),
        text_of(expected)
    );
}

}  // namespace steelyard::invariants
