#include "tests/sim/describe.h"

#include "base/hex.h"

namespace steelyard::sim {
namespace {

constexpr std::size_t bytes_shown = 4;

std::string describe_optional(const std::optional<chain::BlockId>& id) {
    return id ? sim::describe(id->hash) : "nil";
}

std::string describe(const chain::Proposal& proposal) {
    return fmt::format(
        "proposal {}/{} of {}, pol {}",
        proposal.height,
        proposal.round,
        sim::describe(proposal.block_id.hash),
        proposal.pol_round ? proposal.pol_round->value() : -1
    );
}

std::string describe(const consensus::BlockPart& part) {
    return fmt::format(
        "part {}/{} {} of {}", part.height, part.round, part.part.index(), part.part.proof.total
    );
}

std::string describe(const chain::Commit& commit) {
    return fmt::format(
        "commit {}/{} for {}",
        commit.height(),
        commit.round(),
        sim::describe(commit.block_id().hash)
    );
}

std::string describe(const consensus::PeerStatus& status) {
    return fmt::format(
        "status {}/{} {}, prevotes {}, precommits {}, block {} {}",
        status.height,
        status.round,
        to_string(status.step),
        to_string(status.prevotes),
        to_string(status.precommits),
        describe_optional(status.block_id),
        to_string(status.parts)
    );
}

}  // namespace

std::string describe(const chain::Hash256& hash) {
    return to_hex(ByteView(hash).first(bytes_shown));
}

std::string describe(const chain::Vote& vote) {
    return fmt::format(
        "{} {}/{} by {} for {}",
        vote.type == chain::SignedMsgType::prevote ? "prevote" : "precommit",
        vote.height,
        vote.round,
        vote.validator_index,
        describe_optional(vote.block_id)
    );
}

std::string describe(const consensus::Message& message) {
    return std::visit([](const auto& typed) { return describe(typed); }, message);
}

}  // namespace steelyard::sim
