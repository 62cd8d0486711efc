#include "tests/sim/cluster.h"
#include "tests/sim/oracles/judge.h"
#include "tests/sim/oracles/oracles.h"

#include <tuple>

namespace steelyard::sim {
namespace {

/// Nodes also pass on what others have signed; nobody but its owner is first to send a signature.
class SingleSignatures final : public Oracle {
public:
    std::string_view name() const override { return "single signatures"; }

    Finding on_sent(const Cluster& cluster, const Sent& sent) override {
        if (!cluster.is_correct(sent.from)) {
            return {};
        }
        if (const auto* vote = std::get_if<chain::Vote>(&sent.message)) {
            return on_vote(cluster, sent.from, *vote);
        }
        if (const auto* proposal = std::get_if<chain::Proposal>(&sent.message)) {
            return on_proposal(cluster, sent.from, *proposal);
        }
        return {};
    }

private:
    Finding on_vote(const Cluster& cluster, NodeIndex node, const chain::Vote& vote) {
        const crypto::PublicKey& key = cluster.node(node).public_key();
        if (vote.validator_address != key.address() || !is_signed(cluster, vote, key)) {
            return {};
        }
        const auto step = static_cast<int>(vote.type);
        const auto& first =
            votes_.try_emplace({node, vote.height, vote.round, step}, vote).first->second;
        if (first != vote) {
            return fmt::format(
                "node {} signed two votes of type {} at height {}, round {}",
                node,
                step,
                vote.height,
                vote.round
            );
        }
        return {};
    }

    Finding on_proposal(const Cluster& cluster, NodeIndex node, const chain::Proposal& proposal) {
        const chain::SignatureCheck check{
            cluster.node(node).public_key(),
            chain::sign_bytes(proposal, cluster.genesis().chain_id),
            proposal.signature
        };
        if (cluster.verifier()(std::span(&check, 1))) {
            return {};
        }
        const auto& first =
            proposals_.try_emplace({node, proposal.height, proposal.round}, proposal).first->second;
        if (first != proposal) {
            return fmt::format(
                "node {} signed two proposals at height {}, round {}",
                node,
                proposal.height,
                proposal.round
            );
        }
        return {};
    }

    std::map<std::tuple<NodeIndex, chain::Height, chain::Round, int>, chain::Vote> votes_;
    std::map<std::tuple<NodeIndex, chain::Height, chain::Round>, chain::Proposal> proposals_;
};

}  // namespace

std::unique_ptr<Oracle> make_single_signatures() {
    return std::make_unique<SingleSignatures>();
}

}  // namespace steelyard::sim
