#include "tests/sim/strategies/craft.h"

namespace steelyard::sim {

const consensus::HeightState* current_height(const Adversary& self) {
    const engine::Engine* engine = self.engine();
    return engine && engine->state().current ? &*engine->state().current : nullptr;
}

const chain::Block* find_block(const Adversary& self, const chain::BlockId& id) {
    const auto* current = current_height(self);
    const auto* candidate = current ? current->candidates.find(id) : nullptr;
    return candidate ? candidate->block.get() : nullptr;
}

std::vector<NodeIndex> peers_of(const Adversary& self) {
    std::vector<NodeIndex> peers;
    for (NodeIndex node = 0; node < self.cluster().size(); ++node) {
        if (node != self.index()) {
            peers.push_back(node);
        }
    }
    return peers;
}

NodeIndex victim_at(const Adversary& self, chain::Height height) {
    std::vector<NodeIndex> correct = peers_of(self);
    std::erase_if(correct, [&](NodeIndex node) { return !self.cluster().is_correct(node); });
    CHECK(!correct.empty());
    return correct[static_cast<std::size_t>(height.value()) % correct.size()];
}

bool is_own(const Adversary& self, const chain::Vote& vote) {
    return vote.validator_address == self.key().public_key().address();
}

chain::BlockId made_up_block(Adversary& self) {
    chain::BlockId id{.hash = {}, .parts = {.total = 1, .hash = {}}};
    self.random().fill(id.hash);
    self.random().fill(id.parts.hash);
    return id;
}

chain::Vote with_value(
    const Adversary& self, chain::Vote vote, const std::optional<chain::BlockId>& value
) {
    vote.block_id = value;
    return self.signed_vote(std::move(vote));
}

std::optional<chain::Vote> make_nil_vote(
    const Adversary& self, chain::SignedMsgType type, chain::Height height, chain::Round round
) {
    const auto* current = current_height(self);
    const chain::Address address = self.key().public_key().address();
    const auto index = current ? current->validators().index_of(address) : std::nullopt;
    if (!index) {
        return std::nullopt;
    }
    const NodeClock& clock = self.cluster().node(self.index()).clock();
    return self.signed_vote({
        .type = type,
        .height = height,
        .round = round,
        .timestamp = chain::Timestamp::from_wall(clock.wall_now()),
        .validator_address = address,
        .validator_index = *index,
    });
}

Proposed propose_instead(
    const Adversary& self, const chain::Proposal& proposal, const chain::Block& block
) {
    Proposed other{proposal, chain::make_part_set(block)};
    other.proposal.block_id = chain::block_id(block.header, other.parts);
    other.proposal = self.signed_proposal(std::move(other.proposal));
    return other;
}

std::optional<Proposed> propose_another(const Adversary& self, const chain::Proposal& proposal) {
    const chain::Block* block = find_block(self, proposal.block_id);
    if (!block) {
        return std::nullopt;
    }
    chain::Block other = *block;
    other.txs.push_back(to_bytes(as_bytes("tx of the other block")));
    chain::seal_contents(other);
    return propose_instead(self, proposal, other);
}

void say_block(Adversary& self, std::optional<NodeIndex> to, const Proposed& proposed) {
    const chain::Proposal& proposal = proposed.proposal;
    self.say(to, proposal);
    for (std::uint32_t index = 0; index < proposed.parts.header().total; ++index) {
        const chain::Part& part = *proposed.parts.part(index);
        self.say(to, consensus::BlockPart{proposal.height, proposal.round, part});
    }
}

}  // namespace steelyard::sim
