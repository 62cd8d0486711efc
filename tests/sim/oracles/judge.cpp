#include "tests/sim/oracles/judge.h"

#include "base/hex.h"
#include "tests/sim/cluster.h"

namespace steelyard::sim {
namespace {

using chain::Height;
using Finding = Judge::Finding;

/// Nanoseconds since 1970 in 64 bits, which wrap as Go's do.
std::int64_t wrapped(chain::Timestamp time) {
    const auto seconds = static_cast<std::uint64_t>(time.seconds());
    const auto nanoseconds = static_cast<std::uint64_t>(time.nanoseconds());
    return static_cast<std::int64_t>(seconds * 1'000'000'000 + nanoseconds);
}

bool is_tx(const Bytes& tx) {
    return as_text(tx).starts_with("tx");
}

}  // namespace

chain::Timestamp median_time(const chain::Commit& commit, const Roster& roster) {
    struct Weighted {
        chain::Timestamp time;
        chain::VotingPower power;
    };
    std::vector<Weighted> times;
    chain::VotingPower total = 0;
    for (std::size_t i = 0; i < commit.signatures().size(); ++i) {
        if (!commit.signatures()[i].is_absent()) {
            times.push_back({commit.signatures()[i].timestamp(), roster.members[i].power});
            total += roster.members[i].power;
        }
    }
    std::ranges::stable_sort(times, {}, [](const Weighted& one) { return wrapped(one.time); });
    chain::VotingPower passed = 0;
    for (const Weighted& one : times) {
        passed += one.power;
        if (passed >= total / 2) {
            return one.time;
        }
    }
    return {};
}

bool is_signed(const Cluster& cluster, const chain::Vote& vote, const crypto::PublicKey& key) {
    const chain::SignatureCheck check{
        key, chain::sign_bytes(vote, cluster.genesis().chain_id), vote.signature
    };
    return !cluster.verifier()(std::span(&check, 1));
}

Finding Judge::check_commit(const chain::Commit& commit, const chain::BlockId& id) const {
    const Roster roster = roster_of(cluster_, commit.height());
    if (commit.block_id() != id) {
        return fmt::format("the commit of height {} is for another block", commit.height());
    }
    if (commit.signatures().size() != roster.members.size()) {
        return fmt::format(
            "the commit of height {} has {} signatures of {} validators",
            commit.height(),
            commit.signatures().size(),
            roster.members.size()
        );
    }
    chain::VotingPower power = 0;
    for (std::size_t i = 0; i < roster.members.size(); ++i) {
        const chain::CommitSig& sig = commit.signatures()[i];
        if (sig.is_absent()) {
            continue;
        }
        const Member& member = roster.members[i];
        const chain::Vote vote{
            .type = chain::SignedMsgType::precommit,
            .height = commit.height(),
            .round = commit.round(),
            .block_id = sig.is_for_block() ? std::optional(id) : std::nullopt,
            .timestamp = sig.timestamp(),
            .validator_address = member.address,
            .validator_index = static_cast<chain::ValidatorIndex>(i),
            .signature = sig.signature(),
        };
        if (sig.validator_address() != member.address || !is_signed(cluster_, vote, member.key)) {
            return fmt::format(
                "the commit of height {} has no good signature of validator {}", commit.height(), i
            );
        }
        power += sig.is_for_block() ? member.power : 0;
    }
    if (!roster.is_quorum(power)) {
        return fmt::format(
            "the commit of height {} has power {} of {}", commit.height(), power, roster.total
        );
    }
    return {};
}

/// What ties the block to the one before it.
Finding Judge::check_previous(const chain::Block& block) const {
    const chain::Header& header = block.header;
    if (header.height == cluster_.genesis().initial_height) {
        const bool begins = !header.last_block_id && !block.last_commit &&
                            header.time == cluster_.genesis().genesis_time;
        return begins ? Finding() : "the first block does not begin the chain";
    }
    const RecordedBlock* previous = record_.find(header.height.previous());
    if (!previous) {
        return {};
    }
    if (header.last_block_id != previous->id || !block.last_commit) {
        return fmt::format("block {} does not follow the last one", header.height);
    }
    if (header.app_hash != previous->app_hash ||
        header.last_results_hash != previous->results_hash) {
        return fmt::format("block {} stands on another state", header.height);
    }
    if (auto finding = check_commit(*block.last_commit, previous->id)) {
        return finding;
    }
    const Roster voters = roster_of(cluster_, header.height.previous());
    if (header.time != median_time(*block.last_commit, voters)) {
        return fmt::format("block {} has not the median time", header.height);
    }
    if (header.time <= previous->time) {
        return fmt::format("block {} is not later than the last one", header.height);
    }
    return {};
}

Finding Judge::check_block(const chain::Block& block) const {
    const chain::Header& header = block.header;
    const chain::ConsensusParams& params = cluster_.genesis().consensus_params;
    const Roster roster = roster_of(cluster_, header.height);
    if (header.chain_id != cluster_.genesis().chain_id) {
        return fmt::format("block {} is of another chain", header.height);
    }
    if (header.validators_hash != roster.hash() ||
        header.next_validators_hash != roster_of(cluster_, header.height.next()).hash()) {
        return fmt::format("block {} names other validators", header.height);
    }
    if (!roster.find(header.proposer_address)) {
        return fmt::format("block {} is proposed by a stranger", header.height);
    }
    if (!cluster_.town() && !std::ranges::all_of(block.txs, is_tx)) {
        return fmt::format("block {} holds what is no transaction", header.height);
    }
    if (chain::encode_block(block).size() > static_cast<std::size_t>(params.block.max_bytes)) {
        return fmt::format("block {} is too large", header.height);
    }
    for (const chain::Evidence& evidence : block.evidence) {
        if (auto finding = check_evidence(evidence, header.height)) {
            return finding;
        }
    }
    return check_previous(block);
}

Finding Judge::check_evidence(const chain::Evidence& evidence, Height height) const {
    return std::visit([&](const auto& one) { return check_one(one, height); }, evidence);
}

Finding Judge::check_one(const chain::DuplicateVoteEvidence& evidence, Height height) const {
    const chain::Vote& a = evidence.vote_a;
    const chain::Vote& b = evidence.vote_b;
    const auto wrong = [&](std::string_view what) {
        return fmt::format("evidence in block {} about height {} {}", height, a.height, what);
    };
    const bool contradicts = a.height == b.height && a.round == b.round && a.type == b.type &&
                             a.validator_address == b.validator_address && a.block_id != b.block_id;
    if (!contradicts) {
        return wrong("holds no contradiction");
    }
    const Roster roster = roster_of(cluster_, a.height);
    const Member* member = roster.find(a.validator_address);
    if (!member) {
        return wrong("is about a stranger");
    }
    if (cluster_.is_correct(member->node)) {
        return wrong(fmt::format("accuses node {}, which is correct", member->node));
    }
    if (!is_signed(cluster_, a, member->key) || !is_signed(cluster_, b, member->key)) {
        return wrong("is not signed");
    }
    if (evidence.validator_power != member->power || evidence.total_voting_power != roster.total) {
        return wrong("tells wrong powers");
    }
    if (a.height >= height) {
        return wrong("is about the future");
    }
    const RecordedBlock* then = record_.find(a.height);
    if (then && evidence.timestamp != then->time) {
        return wrong("tells a wrong time");
    }
    if (then && record_.find(height.previous()) && is_expired(a.height, height)) {
        return wrong("is too old");
    }
    return {};
}

/// No simulated node attacks light clients: whoever says so, lies.
Finding Judge::check_one(const chain::LightClientAttackEvidence& evidence, Height height) const {
    return fmt::format(
        "block {} tells of an attack on light clients at height {}", height, evidence.common_height
    );
}

bool Judge::is_expired(Height misbehaviour, Height block) const {
    const RecordedBlock* then = record_.find(misbehaviour);
    const RecordedBlock* tip = record_.find(block.previous());
    CHECK(then && tip);
    const chain::EvidenceParams& params = cluster_.genesis().consensus_params.evidence;
    const std::int64_t blocks = block.previous().value() - misbehaviour.value();
    const auto age = chain::checked_sub(tip->time, then->time);
    return blocks > params.max_age_num_blocks && age && *age > params.max_age_duration;
}

}  // namespace steelyard::sim
