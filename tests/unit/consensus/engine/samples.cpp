#include "samples.h"

#include "tests/unit/proto/chain_messages.h"

namespace steelyard::engine {
namespace {

namespace v1 = consensus::v1;

chain::BitArray random_bits(RandomSource& random, std::size_t size) {
    chain::BitArray bits(size);
    for (std::size_t i = 0; i < size; ++i) {
        bits.set(i, random.below(2) == 0);
    }
    return bits;
}

chain::Height random_height(RandomSource& random) {
    return chain::Height(static_cast<std::int64_t>(1 + random.below(1 << 20)));
}

chain::Round random_round(RandomSource& random) {
    return chain::Round(static_cast<std::int32_t>(random.below(3)));
}

void fill(v1::Message& out, const chain::Proposal& proposal) {
    *out.mutable_proposal()->mutable_proposal() = proto::message_of(proposal);
}

void fill(v1::Message& out, const consensus::BlockPart& part) {
    out.mutable_block_part()->set_height(part.height.value());
    out.mutable_block_part()->set_round(part.round.value());
    *out.mutable_block_part()->mutable_part() = proto::message_of(part.part);
}

void fill(v1::Message& out, const chain::Vote& vote) {
    *out.mutable_vote()->mutable_vote() = proto::message_of(vote);
}

void fill(v1::Message& out, const chain::Commit& commit) {
    *out.mutable_commit() = proto::message_of(commit);
}

v1::Step step_of(consensus::Step step) {
    switch (step) {
        case consensus::Step::waiting:
            return v1::STEP_WAITING;
        case consensus::Step::propose:
            return v1::STEP_PROPOSE;
        case consensus::Step::prevote:
            return v1::STEP_PREVOTE;
        case consensus::Step::precommit:
            return v1::STEP_PRECOMMIT;
        case consensus::Step::decided:
            return v1::STEP_DECIDED;
    }
    CHECK(false);
}

void fill(v1::Message& out, const consensus::PeerStatus& status) {
    v1::PeerStatus& message = *out.mutable_status();
    message.set_height(status.height.value());
    message.set_round(status.round.value());
    message.set_step(step_of(status.step));
    message.set_has_proposal(status.has_proposal);
    *message.mutable_prevotes() = proto::message_of(status.prevotes);
    *message.mutable_precommits() = proto::message_of(status.precommits);
    if (status.block_id) {
        *message.mutable_block_id() = proto::message_of(*status.block_id);
    }
    *message.mutable_parts() = proto::message_of(status.parts);
}

v1::TimeoutKind kind_of(consensus::TimeoutKind kind) {
    switch (kind) {
        case consensus::TimeoutKind::propose:
            return v1::TIMEOUT_KIND_PROPOSE;
        case consensus::TimeoutKind::prevote:
            return v1::TIMEOUT_KIND_PREVOTE;
        case consensus::TimeoutKind::precommit:
            return v1::TIMEOUT_KIND_PRECOMMIT;
        case consensus::TimeoutKind::commit:
            return v1::TIMEOUT_KIND_COMMIT;
        case consensus::TimeoutKind::resend:
            return v1::TIMEOUT_KIND_RESEND;
    }
    CHECK(false);
}

void fill(v1::Input& /*out*/, const consensus::StartHeight& /*start*/) {
    CHECK(false);
}

void fill(v1::Input& out, const consensus::Received& received) {
    out.mutable_received()->set_from(received.from);
    *out.mutable_received()->mutable_message() = message_of(received.message);
}

void fill(v1::Input& out, const consensus::TimeoutElapsed& elapsed) {
    out.mutable_timeout_elapsed()->set_kind(kind_of(elapsed.timeout.kind));
    out.mutable_timeout_elapsed()->set_height(elapsed.timeout.height.value());
    out.mutable_timeout_elapsed()->set_round(elapsed.timeout.round.value());
}

void fill(v1::Input& out, const consensus::BlockBuilt& built) {
    out.mutable_block_built()->set_round(built.round.value());
    *out.mutable_block_built()->mutable_block() = proto::message_of(built.block);
}

void fill(v1::Input& out, const consensus::BlockChecked& checked) {
    out.mutable_block_checked()->set_height(checked.height.value());
    *out.mutable_block_checked()->mutable_block_id() = proto::message_of(checked.block_id);
    out.mutable_block_checked()->set_valid(checked.valid);
}

void fill(v1::Input& out, const consensus::VoteSigned& signed_vote) {
    *out.mutable_vote_signed() = proto::message_of(signed_vote.vote);
}

void fill(v1::Input& out, const consensus::ProposalSigned& signed_proposal) {
    *out.mutable_proposal_signed() = proto::message_of(signed_proposal.proposal);
}

}  // namespace

chain::Part random_part(RandomSource& random, std::size_t size) {
    Bytes bytes(size);
    random.fill(bytes);
    return *chain::PartSet::cut(bytes).part(0);
}

chain::Block random_block(RandomSource& random) {
    chain::Block block{.header = chain::random_header(random)};
    block.txs.emplace_back(1 + random.below(40), std::uint8_t{7});
    block.last_commit = chain::random_commit(random, 3);
    block.header.height = block.last_commit->height().next();
    block.header.last_block_id = block.last_commit->block_id();
    chain::seal_contents(block);
    return block;
}

consensus::PeerStatus random_status(RandomSource& random) {
    const std::size_t validators = random.below(200);
    consensus::PeerStatus status{
        .height = random_height(random),
        .round = random_round(random),
        .step = static_cast<consensus::Step>(random.below(5)),
        .has_proposal = random.below(2) == 0,
        .prevotes = random_bits(random, validators),
        .precommits = random_bits(random, random.below(2) * validators),
        .block_id = chain::random_optional_block_id(random),
    };
    if (status.block_id && random.below(4) != 0) {
        status.parts = random_bits(random, status.block_id->parts.total);
    }
    return status;
}

std::vector<consensus::Message> random_messages(RandomSource& random) {
    return {
        chain::random_proposal(random),
        consensus::BlockPart{
            random_height(random), random_round(random), random_part(random, 1 + random.below(64))
        },
        chain::random_vote(random),
        chain::random_commit(random, 1 + random.below(5)),
        random_status(random),
    };
}

std::vector<consensus::Input> random_inputs(RandomSource& random) {
    const auto input = [&](consensus::Event event) {
        return consensus::Input{.now = chain::random_time(random), .event = std::move(event)};
    };
    std::vector<consensus::Input> inputs;
    for (consensus::Message& message : random_messages(random)) {
        const auto from = static_cast<consensus::PeerId>(random.below(3));
        inputs.push_back(input(consensus::Received{from, std::move(message)}));
    }
    inputs.push_back(input(consensus::TimeoutElapsed{{
        .kind = static_cast<consensus::TimeoutKind>(random.below(5)),
        .height = random_height(random),
        .round = random_round(random),
    }}));
    inputs.push_back(input(consensus::BlockBuilt{random_round(random), random_block(random)}));
    inputs.push_back(input(consensus::BlockChecked{
        random_height(random), chain::random_block_id(random), random.below(2) == 0
    }));
    inputs.push_back(input(consensus::VoteSigned{chain::random_vote(random)}));
    inputs.push_back(input(consensus::ProposalSigned{chain::random_proposal(random)}));
    return inputs;
}

v1::Message message_of(const consensus::Message& message) {
    v1::Message out;
    std::visit([&](const auto& member) { fill(out, member); }, message);
    return out;
}

v1::Input message_of(const consensus::Input& input) {
    v1::Input out;
    *out.mutable_now() = proto::message_of(input.now);
    std::visit([&](const auto& event) { fill(out, event); }, input.event);
    return out;
}

}  // namespace steelyard::engine
