// Blocks with evidence that must not stand there, and with some that may.
#include "tests/sim/strategies/instead.h"
#include "tests/sim/strategies/strategies.h"

namespace steelyard::sim {
namespace {

using chain::Height;

constexpr std::int64_t heights_searched = 20;

/// Two votes of the node in some past round, signed today. True evidence against itself.
std::optional<chain::DuplicateVoteEvidence> confess(Adversary& self, Height height) {
    const auto& blocks = self.cluster().node(self.index()).blocks();
    const auto meta = blocks.load_meta(height);
    const auto* current = current_height(self);
    const chain::Round round(static_cast<std::int32_t>(self.random().below(3)));
    const auto first = make_nil_vote(self, chain::SignedMsgType::prevote, height, round);
    if (!meta || !current || !first) {
        return std::nullopt;
    }
    const chain::Vote second = with_value(self, *first, made_up_block(self));
    auto evidence = chain::make_duplicate_vote_evidence(
        *first, second, current->validators(), meta->header.time
    );
    return evidence ? std::optional(*std::move(evidence)) : std::nullopt;
}

/// The latest piece that a block carries.
std::optional<chain::Evidence> find_punished(const Adversary& self, Height height) {
    const auto& blocks = self.cluster().node(self.index()).blocks();
    for (std::int64_t i = 0; i < heights_searched && height.value() > 0; ++i) {
        const auto block = blocks.load_block(height);
        if (block && !block->evidence.empty()) {
            return block->evidence.front();
        }
        height = height.previous();
    }
    return std::nullopt;
}

/// Two votes of somebody else, with the node's own signatures.
chain::DuplicateVoteEvidence accuse(
    const Adversary& self, chain::DuplicateVoteEvidence evidence, const chain::Address& address
) {
    for (chain::Vote* vote : {&evidence.vote_a, &evidence.vote_b}) {
        vote->validator_address = address;
        *vote = self.signed_vote(*vote);
    }
    return evidence;
}

/// With a third vote in the place of the second.
chain::DuplicateVoteEvidence vary(Adversary& self, chain::DuplicateVoteEvidence evidence) {
    chain::BlockId last;
    last.hash.fill(0xff);
    last.parts = {.total = 1, .hash = made_up_block(self).hash};
    evidence.vote_b = with_value(self, evidence.vote_b, last);
    return evidence;
}

/// The engine's block, with more evidence; nothing if there is no more.
std::optional<Proposed> propose_with(
    Adversary& self,
    const chain::Proposal& proposal,
    const chain::Block* own,
    const std::vector<chain::Evidence>& more
) {
    if (!own || more.empty()) {
        return std::nullopt;
    }
    chain::Block block = *own;
    block.evidence.insert(block.evidence.end(), more.begin(), more.end());
    chain::seal_contents(block);
    return propose_instead(self, proposal, block);
}

class FalseEvidence final : public Instead {
protected:
    std::optional<Proposed> other_than(Adversary& self, const chain::Proposal& proposal) override {
        const chain::Block* own = find_block(self, proposal.block_id);
        const auto list = own && proposal.height.value() > 2
                              ? choose(self, proposal.height.previous())
                              : std::vector<chain::Evidence>{};
        return propose_with(self, proposal, own, list);
    }

private:
    static std::vector<chain::Evidence> choose(Adversary& self, Height tip) {
        const auto age =
            static_cast<std::int64_t>(self.random().below(static_cast<std::uint64_t>(tip.value())));
        auto truth = confess(self, Height(tip.value() - age));
        const auto punished = find_punished(self, tip);
        if (!truth) {
            return {};
        }
        switch (self.random().below(8)) {
            case 0: {
                const NodeIndex victim = victim_at(self, tip);
                const auto& key = self.cluster().node(victim).public_key();
                return {accuse(self, *truth, key.address())};
            }
            case 1:
                truth->validator_power += 1;
                truth->total_voting_power += 1;
                return {*truth};
            case 2:
                truth->timestamp = {};
                return {*truth};
            case 3:
                return {*truth, *truth};
            case 4:
                return {*truth, vary(self, *truth)};
            case 5:
                truth->vote_b.signature[0] ^= 1;
                return {*truth};
            case 6:
                return punished ? std::vector{*punished} : std::vector<chain::Evidence>{*truth};
            default:
                return {*truth};
        }
    }
};

/// What a proposer that tells evidence apart by its bytes makes of a third vote, and of a fourth.
class ThirdVotes final : public Instead {
protected:
    std::optional<Proposed> other_than(Adversary& self, const chain::Proposal& proposal) override {
        const chain::Block* own = find_block(self, proposal.block_id);
        if (proposal.height.value() <= 2) {
            return std::nullopt;
        }
        const Height tip = proposal.height.previous();
        std::vector<chain::Evidence> list;
        const bool is_old = told_ && tip.value() - told_->vote_a.height.value() > told_heights_max;
        if (!told_ || is_old) {
            told_ = confess(self, tip);
            if (!told_) {
                return std::nullopt;
            }
            list.emplace_back(*told_);
        }
        for (std::uint64_t i = self.random().below(3) + (list.empty() ? 1 : 0); i > 0; --i) {
            list.emplace_back(vary(self, *told_));
        }
        return propose_with(self, proposal, own, list);
    }

private:
    /// Fewer than evidence lasts.
    static constexpr std::int64_t told_heights_max = 4;

    std::optional<chain::DuplicateVoteEvidence> told_;
};

/// The engine's block, but said to have had a polka.
class FalsePolkas final : public Instead {
protected:
    std::optional<Proposed> other_than(Adversary& self, const chain::Proposal& proposal) override {
        auto other = propose_another(self, proposal);
        if (!other) {
            return std::nullopt;
        }
        const auto round = static_cast<std::uint64_t>(proposal.round.value());
        const bool is_past = round > 0 && self.random().below(4) != 0;
        const auto pol_round =
            is_past ? self.random().below(round) : round + self.random().below(3);
        if (!is_past && self.random().below(4) != 0) {
            return std::nullopt;
        }
        other->proposal.pol_round = chain::Round(static_cast<std::int32_t>(pol_round));
        other->proposal = self.signed_proposal(other->proposal);
        return other;
    }
};

}  // namespace

std::unique_ptr<Strategy> make_false_evidence() {
    return std::make_unique<FalseEvidence>();
}

std::unique_ptr<Strategy> make_third_votes() {
    return std::make_unique<ThirdVotes>();
}

std::unique_ptr<Strategy> make_false_polkas() {
    return std::make_unique<FalsePolkas>();
}

}  // namespace steelyard::sim
