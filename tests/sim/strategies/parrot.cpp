#include "tests/sim/strategies/craft.h"
#include "tests/sim/strategies/strategies.h"

namespace steelyard::sim {
namespace {

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
        const auto other = propose_another(self, proposal);
        for (const NodeIndex node : peers_of(self)) {
            if (other && node % 2 == 1) {
                say_block(self, node, *other);
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
