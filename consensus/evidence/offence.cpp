#include "consensus/evidence/offence.h"

#include "base/endian.h"

namespace steelyard::evidence {
namespace {

/// The first byte of a name. The numbers are stored.
enum class Kind : std::uint8_t { double_vote = 1, attack = 2 };

std::vector<Offence> offences_of(const chain::DuplicateVoteEvidence& evidence) {
    return {double_vote(evidence.vote_a)};
}

std::vector<Offence> offences_of(const chain::LightClientAttackEvidence& evidence) {
    const chain::LightBlock& block = evidence.conflicting_block;
    Offence attack{block.header().height, {static_cast<std::uint8_t>(Kind::attack)}};
    append(attack.name, block.signed_header().hash());
    if (evidence.byzantine_validators.empty()) {
        return {attack};
    }
    std::vector<Offence> out;
    for (const chain::Validator& validator : evidence.byzantine_validators) {
        out.push_back(attack);
        append(out.back().name, validator.address());
    }
    return out;
}

}  // namespace

Offence double_vote(const chain::Vote& vote) {
    Offence offence{vote.height, {static_cast<std::uint8_t>(Kind::double_vote)}};
    append(offence.name, vote.validator_address);
    append_be(offence.name, static_cast<std::uint32_t>(vote.round.value()));
    offence.name.push_back(static_cast<std::uint8_t>(vote.type));
    return offence;
}

std::vector<Offence> offences(const chain::Evidence& evidence) {
    return std::visit([](const auto& one) { return offences_of(one); }, evidence);
}

}  // namespace steelyard::evidence
