// Forged commit certificates, and statuses of somebody who is elsewhere.
#include "tests/sim/strategies/craft.h"
#include "tests/sim/strategies/strategies.h"

namespace steelyard::sim {
namespace {

using chain::CommitSig;
using chain::Height;
using chain::Round;

class Liar final : public Strategy {
public:
    void on_started(Adversary& self) override { lie_again(self); }

private:
    static void lie_again(Adversary& self) {
        const Time pause =
            between(self.random(), std::chrono::milliseconds(50), std::chrono::milliseconds(1'500));
        self.after(pause, [&self] {
            if (const auto* current = current_height(self)) {
                const auto peers = peers_of(self);
                const NodeIndex to = peers[self.random().below(peers.size())];
                self.say(to, status(self, *current));
                say_certificate(self, to, *current);
            }
            lie_again(self);
        });
    }

    static chain::BitArray bits(Adversary& self) {
        chain::BitArray bits(self.random().below(10));
        for (std::size_t i = 0; i < bits.size(); ++i) {
            bits.set(i, self.random().below(2) == 0);
        }
        return bits;
    }

    static consensus::PeerStatus status(Adversary& self, const consensus::HeightState& current) {
        const std::int64_t height = current.height.value() + between(self.random(), -5, 5);
        const auto round = static_cast<std::int32_t>(self.random().below(5));
        const auto step = static_cast<consensus::Step>(self.random().below(5));
        consensus::PeerStatus status{
            .height = Height(std::max<std::int64_t>(1, height)),
            .round = Round(round),
            .step = step,
            .has_proposal = self.random().below(2) == 0,
            .prevotes = bits(self),
            .precommits = bits(self),
        };
        if (self.random().below(2) == 0) {
            status.block_id = made_up_block(self);
            status.parts = chain::BitArray(1);
        }
        return status;
    }

    /// All signatures of the last commit under another height; or its own, again and again; or its
    /// own alone.
    static void say_certificate(
        Adversary& self, NodeIndex to, const consensus::HeightState& current
    ) {
        const auto own = make_nil_vote(
            self, chain::SignedMsgType::precommit, current.height, current.machine.round
        );
        if (!own) {
            return;
        }
        const chain::BlockId block =
            current.proposal ? current.proposal->block_id : made_up_block(self);
        const chain::Vote vote = with_value(self, *own, block);
        const CommitSig good(
            chain::BlockIdFlag::commit, vote.validator_address, vote.timestamp, vote.signature
        );
        const chain::ValidatorSet& validators = current.validators();
        std::vector<CommitSig> signatures(validators.size());
        const auto kind = self.random().below(3);
        for (chain::ValidatorIndex i = 0; i < signatures.size(); ++i) {
            if (kind == 1) {
                signatures[i] = good;
            } else if (kind == 2) {
                const chain::Address& address = validators[i].address();
                signatures[i] = {good.flag(), address, good.timestamp(), good.signature()};
            }
        }
        signatures[vote.validator_index] = good;
        if (const auto commit =
                chain::Commit::make(current.height, vote.round, block, std::move(signatures))) {
            self.say(to, *commit);
        }
    }
};

}  // namespace

std::unique_ptr<Strategy> make_liar() {
    return std::make_unique<Liar>();
}

}  // namespace steelyard::sim
