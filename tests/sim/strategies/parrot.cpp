#include "chain/block.h"
#include "tests/sim/cluster.h"
#include "tests/sim/strategies/strategies.h"

namespace steelyard::sim {
namespace {

/// A block as it travels: a proposal and parts.
struct Proposed {
    chain::Proposal proposal{};
    chain::PartSet parts;
};

/// Another block in the place of the one that is proposed: with one transaction more.
std::optional<Proposed> other_block(const Adversary& self, const chain::Proposal& proposal) {
    const engine::Engine* engine = self.engine();
    const auto* candidate =
        engine ? engine->state().current->candidates.find(proposal.block_id) : nullptr;
    if (!candidate || !candidate->block) {
        return std::nullopt;
    }
    chain::Block block = *candidate->block;
    block.txs.push_back(to_bytes(as_bytes("tx of the other block")));
    chain::seal_contents(block);
    Proposed other{proposal, chain::make_part_set(block)};
    other.proposal.block_id = chain::block_id(block.header, other.parts);
    other.proposal = self.signed_proposal(std::move(other.proposal));
    return other;
}

class Parrot final : public Strategy {
public:
    void on_saying(Adversary& self, std::optional<NodeIndex> to, const consensus::Message& message)
        override {
        if (std::holds_alternative<chain::Vote>(message)) {
            return;
        }
        const auto* proposal = std::get_if<chain::Proposal>(&message);
        const auto* part = std::get_if<consensus::BlockPart>(&message);
        if (to || (!proposal && !part)) {
            self.say(to, message);
            return;
        }
        if (proposal) {
            say_other(self, *proposal);
        }
        for (NodeIndex node = 0; node < self.cluster().size(); node += 2) {
            if (node != self.index()) {
                self.say(node, message);
            }
        }
    }

    bool on_hearing(Adversary& self, NodeIndex from, const consensus::Message& message) override {
        const auto* heard = std::get_if<chain::Vote>(&message);
        if (heard && self.engine()->state().current && self.cluster().is_correct(from)) {
            agree(self, from, *heard);
        }
        return true;
    }

private:
    static void say_other(Adversary& self, const chain::Proposal& proposal) {
        const auto other = other_block(self, proposal);
        for (NodeIndex node = 1; other && node < self.cluster().size(); node += 2) {
            if (node == self.index()) {
                continue;
            }
            self.say(node, other->proposal);
            for (std::uint32_t index = 0; index < other->parts.header().total; ++index) {
                const chain::Part& part = *other->parts.part(index);
                self.say(node, consensus::BlockPart{proposal.height, proposal.round, part});
            }
        }
    }

    static void agree(Adversary& self, NodeIndex with, chain::Vote vote) {
        const consensus::HeightState& current = *self.engine()->state().current;
        const chain::Address address = self.key().public_key().address();
        const auto index = current.validators().index_of(address);
        if (index && vote.height == current.height && vote.validator_address != address) {
            vote.validator_address = address;
            vote.validator_index = *index;
            self.say(with, self.signed_vote(std::move(vote)));
        }
    }
};

}  // namespace

std::unique_ptr<Strategy> make_parrot() {
    return std::make_unique<Parrot>();
}

}  // namespace steelyard::sim
