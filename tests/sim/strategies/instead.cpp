#include "tests/sim/strategies/instead.h"

namespace steelyard::sim {

void Instead::on_saying(
    Adversary& self, std::optional<NodeIndex> to, const consensus::Message& message
) {
    if (const auto* proposal = std::get_if<chain::Proposal>(&message); proposal && !to) {
        other_ = other_than(self, *proposal);
        own_ = proposal->block_id;
        if (other_) {
            say_block(self, std::nullopt, *other_);
        }
    }
    const auto* vote = std::get_if<chain::Vote>(&message);
    if (other_ && vote && is_own(self, *vote) && vote->block_id == own_) {
        self.say(to, with_value(self, *vote, other_->proposal.block_id));
        return;
    }
    const bool is_block = std::holds_alternative<chain::Proposal>(message) ||
                          std::holds_alternative<consensus::BlockPart>(message);
    if (!other_ || to || !is_block) {
        self.say(to, message);
    }
}

}  // namespace steelyard::sim
