// Offence: the unit in which misbehaviour is punished once.
#pragma once

#include "chain/evidence.h"

namespace steelyard::evidence {

/// What one validator did wrong, told from all else by what it signed and not by how evidence tells
/// of it: a double vote is its slot (validator, height, round, type), a part in an attack on light
/// clients is the conflicting block and the validator. Rule E10 of doc/spec/evidence.md.
struct Offence {
    /// Of the votes, or of the conflicting block.
    chain::Height height;

    /// The rest, in bytes: a kind, then the parts.
    Bytes name;

    bool operator==(const Offence&) const = default;

    std::strong_ordering operator<=>(const Offence& other) const {
        const auto order = height <=> other.height;
        return order != 0 ? order : compare(name, other.name);
    }
};

/// Those that a valid piece proves, at least one: an attack for which nobody can be accused is an
/// offence of nobody.
std::vector<Offence> offences(const chain::Evidence& evidence);

/// The slot of a vote.
Offence double_vote(const chain::Vote& vote);

}  // namespace steelyard::evidence
