// Nodes that say one thing here and another there.
#include "tests/sim/strategies/craft.h"
#include "tests/sim/strategies/strategies.h"

namespace steelyard::sim {
namespace {

using consensus::Message;

bool is_first_half(NodeIndex node) {
    return node % 2 == 0;
}

class TwoBlocks final : public Strategy {
public:
    void on_saying(Adversary& self, std::optional<NodeIndex> to, const Message& message) override {
        if (const auto* proposal = std::get_if<chain::Proposal>(&message); proposal && !to) {
            other_ = propose_another(self, *proposal);
        }
        const bool is_block = std::holds_alternative<chain::Proposal>(message) ||
                              std::holds_alternative<consensus::BlockPart>(message);
        if (to || !is_block || !other_) {
            self.say(to, message);
            return;
        }
        for (const NodeIndex node : peers_of(self)) {
            if (is_first_half(node)) {
                self.say(node, message);
            } else if (std::holds_alternative<chain::Proposal>(message)) {
                say_block(self, node, *other_);
            }
        }
    }

private:
    std::optional<Proposed> other_;
};

class TwoVotes final : public Strategy {
public:
    enum class Audience : std::uint8_t { halves, everybody };

    TwoVotes(std::set<chain::SignedMsgType> types, Audience audience)
        : types_(std::move(types)), audience_(audience) {}

    void on_saying(Adversary& self, std::optional<NodeIndex> to, const Message& message) override {
        const auto* vote = std::get_if<chain::Vote>(&message);
        if (!vote || !is_own(self, *vote) || !types_.contains(vote->type)) {
            self.say(to, message);
            return;
        }
        const chain::Vote& other = other_than(self, *vote);
        if (audience_ == Audience::everybody) {
            self.say(to, *vote);
            self.say(to, other);
            if (self.random().below(4) == 0) {
                self.say(to, with_value(self, *vote, made_up_block(self)));
            }
            return;
        }
        for (const NodeIndex node : to ? std::vector{*to} : peers_of(self)) {
            self.say(node, is_first_half(node) ? *vote : other);
        }
    }

private:
    using Slot = std::tuple<chain::Height, chain::Round, chain::SignedMsgType>;

    static constexpr std::size_t others_max = 16;

    /// The same again where the vote is said again.
    const chain::Vote& other_than(Adversary& self, const chain::Vote& vote) {
        const Slot slot{vote.height, vote.round, vote.type};
        if (const auto found = others_.find(slot); found != others_.end()) {
            return found->second;
        }
        if (others_.size() == others_max) {
            others_.clear();
        }
        return others_.emplace(slot, with_value(self, vote, other_value(self, vote))).first->second;
    }

    /// For what was proposed instead of nil; instead of a block for nil or for what is none.
    static std::optional<chain::BlockId> other_value(Adversary& self, const chain::Vote& vote) {
        const auto* current = current_height(self);
        if (!vote.block_id && current && current->proposal) {
            return current->proposal->block_id;
        }
        if (vote.block_id && self.random().below(2) == 0) {
            return std::nullopt;
        }
        return made_up_block(self);
    }

    std::set<chain::SignedMsgType> types_;
    Audience audience_;
    std::map<Slot, chain::Vote> others_;
};

std::unique_ptr<Strategy> make_two_votes(
    std::set<chain::SignedMsgType> types, TwoVotes::Audience audience
) {
    return std::make_unique<TwoVotes>(std::move(types), audience);
}

}  // namespace

std::unique_ptr<Strategy> make_two_blocks() {
    return std::make_unique<TwoBlocks>();
}

std::unique_ptr<Strategy> make_two_prevotes() {
    return make_two_votes({chain::SignedMsgType::prevote}, TwoVotes::Audience::halves);
}

std::unique_ptr<Strategy> make_two_precommits() {
    return make_two_votes({chain::SignedMsgType::precommit}, TwoVotes::Audience::halves);
}

std::unique_ptr<Strategy> make_shameless() {
    return make_two_votes(
        {chain::SignedMsgType::prevote, chain::SignedMsgType::precommit},
        TwoVotes::Audience::everybody
    );
}

}  // namespace steelyard::sim
