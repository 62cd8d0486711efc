// One key in two places: the engine talks to the one half of the nodes, a second core to the other.
#include "tests/sim/strategies/craft.h"
#include "tests/sim/strategies/strategies.h"

#include <deque>

namespace steelyard::sim {
namespace {

using consensus::Message;

class Twin final : public Strategy {
public:
    void on_started(Adversary&) override { twin_.reset(); }

    void on_saying(Adversary& self, std::optional<NodeIndex> to, const Message& message) override {
        for (const NodeIndex node : to ? std::vector{*to} : peers_of(self)) {
            if (!is_of_twin(node)) {
                self.say(node, message);
            }
        }
    }

    bool on_hearing(Adversary& self, NodeIndex from, const Message& message) override {
        meet(self);
        if (!is_of_twin(from)) {
            return true;
        }
        handle(self, consensus::Received{Node::peer_id(from), message});
        const bool is_one_sided = std::holds_alternative<chain::Proposal>(message) ||
                                  std::holds_alternative<chain::Vote>(message);
        return !is_one_sided;
    }

private:
    static constexpr Time block_delay = std::chrono::milliseconds(100);

    static bool is_of_twin(NodeIndex node) { return node % 2 == 1; }

    /// At the beginning of a height the twins are one: the second goes on from the engine's state.
    void meet(Adversary& self) {
        const auto* current = current_height(self);
        if (!current || (twin_ && twin_->current->height >= current->height)) {
            return;
        }
        twin_ = self.engine()->state();
        const consensus::RoundState& machine = current->machine;
        for (const auto kind :
             {consensus::TimeoutKind::commit,
              consensus::TimeoutKind::propose,
              consensus::TimeoutKind::resend}) {
            const Time after = twin_->config.timeouts.duration(kind, machine.round);
            schedule(self, {{kind, current->height, machine.round}, after});
        }
    }

    void schedule(Adversary& self, const consensus::ScheduleTimeout& effect) {
        self.after(effect.after, [this, &self, timeout = effect.timeout] {
            if (twin_ && twin_->current->height == timeout.height) {
                handle(self, consensus::TimeoutElapsed{timeout});
            }
        });
    }

    void handle(Adversary& self, consensus::Event event) {
        events_.push_back(std::move(event));
        while (twin_ && !events_.empty()) {
            const NodeClock& clock = self.cluster().node(self.index()).clock();
            const auto now = chain::Timestamp::from_wall(clock.wall_now());
            const consensus::Input input{now, std::move(events_.front())};
            events_.pop_front();
            for (const consensus::Effect& effect : consensus::step(*twin_, input)) {
                std::visit([&](const auto& typed) { carry_out(self, typed); }, effect);
            }
        }
        events_.clear();
    }

    void carry_out(Adversary& self, const consensus::Publish& publish) {
        for (const NodeIndex node : peers_of(self)) {
            if (is_of_twin(node)) {
                self.say(node, publish.message);
            }
        }
    }

    void carry_out(Adversary& self, const consensus::Send& send) {
        self.say(Node::node_of(send.to), send.message);
    }

    void carry_out(Adversary& self, const consensus::ScheduleTimeout& effect) {
        schedule(self, effect);
    }

    /// The twin has no application: it makes another block of the one that the engine proposes.
    void carry_out(Adversary& self, const consensus::BuildBlock& build) {
        self.after(block_delay, [this, &self, build] {
            const auto* current = current_height(self);
            const auto* block = current && current->proposal
                                    ? find_block(self, current->proposal->block_id)
                                    : nullptr;
            if (block && block->header.height == build.height) {
                chain::Block other = *block;
                other.txs.push_back(to_bytes(as_bytes("tx of the twin")));
                chain::seal_contents(other);
                handle(self, consensus::BlockBuilt{build.round, std::move(other)});
            }
        });
    }

    void carry_out(Adversary&, const consensus::CheckBlock& check) {
        events_.push_back(consensus::BlockChecked{check.block->header.height, check.block_id, true}
        );
    }

    void carry_out(Adversary& self, const consensus::SignVote& sign) {
        events_.push_back(consensus::VoteSigned{self.signed_vote(sign.vote)});
    }

    void carry_out(Adversary& self, const consensus::SignProposal& sign) {
        events_.push_back(consensus::ProposalSigned{self.signed_proposal(sign.proposal)});
    }

    /// The engine learns what the other half decided.
    void carry_out(Adversary& self, const consensus::Decide& decide) {
        const NodeIndex from = victim_at(self, decide.commit.height());
        self.hear(from, decide.commit);
        for (std::uint32_t index = 0; index < decide.parts.header().total; ++index) {
            const chain::Part& part = *decide.parts.part(index);
            self.hear(from, consensus::BlockPart{decide.commit.height(), {}, part});
        }
    }

    // Its log, its evidence and its peers do not matter to it.
    void carry_out(Adversary&, const consensus::AppendInput&) {}
    void carry_out(Adversary&, const consensus::SyncLog&) {}
    void carry_out(Adversary&, const consensus::CancelTimeouts&) {}
    void carry_out(Adversary&, const consensus::ReportConflict&) {}
    void carry_out(Adversary&, const consensus::ReportPeer&) {}
    void carry_out(Adversary&, const consensus::Halt&) {}

    std::optional<consensus::State> twin_;
    std::deque<consensus::Event> events_;
};

}  // namespace

std::unique_ptr<Strategy> make_twin() {
    return std::make_unique<Twin>();
}

}  // namespace steelyard::sim
