// Proposals of what is no block, and bytes that are no message.
#include "consensus/engine/message_codec.h"
#include "tests/sim/strategies/craft.h"
#include "tests/sim/strategies/strategies.h"

namespace steelyard::sim {
namespace {

using consensus::Message;

/// The parts of bytes that are no block, with good proofs.
Proposed propose_rubbish(Adversary& self, const chain::Proposal& proposal) {
    Bytes bytes(1 + self.random().below(3 * chain::part_size));
    self.random().fill(bytes);
    Proposed rubbish{proposal, chain::PartSet::cut(bytes)};
    rubbish.proposal.block_id = made_up_block(self);
    rubbish.proposal.block_id.parts = rubbish.parts.header();
    rubbish.proposal = self.signed_proposal(std::move(rubbish.proposal));
    return rubbish;
}

class Garbage final : public Strategy {
public:
    void on_saying(Adversary& self, std::optional<NodeIndex> to, const Message& message) override {
        if (self.random().below(8) == 0) {
            say_damaged(self, to, message);
        }
        if (const auto* proposal = std::get_if<chain::Proposal>(&message); proposal && !to) {
            propose(self, *proposal);
            return;
        }
        const auto* part = std::get_if<consensus::BlockPart>(&message);
        if (part && !to && spoils_proofs_) {
            consensus::BlockPart spoiled = *part;
            spoiled.part.bytes[0] ^= 1;
            self.say(to, spoiled);
            return;
        }
        self.say(to, message);
    }

private:
    void propose(Adversary& self, const chain::Proposal& proposal) {
        spoils_proofs_ = false;
        chain::Proposal other = proposal;
        switch (self.random().below(6)) {
            case 0:
                say_block(self, std::nullopt, propose_rubbish(self, proposal));
                return;
            case 1:  // a true block under a false name
                other.block_id.hash = made_up_block(self).hash;
                break;
            case 2:  // as many parts as a block can have
                other.block_id.parts.total = chain::parts_max;
                break;
            case 3:  // one set of parts under two names
                self.say(victim_at(self, proposal.height), proposal);
                other.block_id.hash = made_up_block(self).hash;
                break;
            case 4:
                spoils_proofs_ = true;
                break;
            default:
                break;
        }
        self.say(std::nullopt, self.signed_proposal(other));
    }

    /// A message of which one byte is another, or the rest is missing.
    static void say_damaged(Adversary& self, std::optional<NodeIndex> to, const Message& message) {
        Bytes bytes = engine::encode_message(message);
        const std::size_t place = self.random().below(bytes.size());
        if (self.random().below(4) == 0) {
            bytes.resize(place);
        } else {
            bytes[place] = static_cast<std::uint8_t>(self.random().below(256));
        }
        for (const NodeIndex node : to ? std::vector{*to} : peers_of(self)) {
            self.say_bytes(node, bytes);
        }
    }

    bool spoils_proofs_ = false;
};

}  // namespace

std::unique_ptr<Strategy> make_garbage() {
    return std::make_unique<Garbage>();
}

}  // namespace steelyard::sim
