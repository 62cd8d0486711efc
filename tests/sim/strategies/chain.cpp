// Strategies one after the other: each changes what the one before it says.
#include "tests/sim/strategies/strategies.h"

namespace steelyard::sim {
namespace {

using consensus::Message;

class Chain;

/// The node as one link sees it: what it says goes through the links after it.
class Link final : public Adversary {
public:
    Link(Chain& chain, std::size_t position) : chain_(chain), position_(position) {}

    void stand_for(Adversary& node) { node_ = &node; }

    NodeIndex index() const override { return node_->index(); }
    const Cluster& cluster() const override { return node_->cluster(); }
    const engine::SigningKey& key() const override { return node_->key(); }
    RandomSource& random() override { return node_->random(); }
    const engine::Engine* engine() const override { return node_->engine(); }
    chain::Vote signed_vote(chain::Vote vote) const override {
        return node_->signed_vote(std::move(vote));
    }
    chain::Proposal signed_proposal(chain::Proposal proposal) const override {
        return node_->signed_proposal(std::move(proposal));
    }
    void say(std::optional<NodeIndex> to, const Message& message) override;
    void say_bytes(NodeIndex to, Bytes bytes) override { node_->say_bytes(to, std::move(bytes)); }
    void hear(NodeIndex from, Message message) override { node_->hear(from, std::move(message)); }
    void after(Time delay, std::function<void()> action) override {
        node_->after(delay, std::move(action));
    }
    void crash(Time down) override { node_->crash(down); }

private:
    Chain& chain_;
    std::size_t position_;
    Adversary* node_ = nullptr;
};

class Chain final : public Strategy {
public:
    explicit Chain(std::vector<std::unique_ptr<Strategy>> links) : strategies_(std::move(links)) {
        for (std::size_t i = 0; i < strategies_.size(); ++i) {
            links_.push_back(std::make_unique<Link>(*this, i));
        }
    }

    void on_started(Adversary& self) override {
        each(self, [](Strategy& strategy, Adversary& link) { strategy.on_started(link); });
    }

    void on_saying(Adversary& self, std::optional<NodeIndex> to, const Message& message) override {
        say_from(0, self, to, message);
    }

    bool on_hearing(Adversary& self, NodeIndex from, const Message& message) override {
        bool hears = true;
        each(self, [&](Strategy& strategy, Adversary& link) {
            hears = strategy.on_hearing(link, from, message) && hears;
        });
        return hears;
    }

    void on_prepared(Adversary& self, std::vector<Bytes>& txs) override {
        each(self, [&](Strategy& strategy, Adversary& link) { strategy.on_prepared(link, txs); });
    }

    void on_processed(Adversary& self, const chain::Block& block, bool& accepts) override {
        each(self, [&](Strategy& strategy, Adversary& link) {
            strategy.on_processed(link, block, accepts);
        });
    }

    void on_finalized(Adversary& self, abci::BlockResults& results) override {
        each(self, [&](Strategy& strategy, Adversary& link) {
            strategy.on_finalized(link, results);
        });
    }

    bool forgets() const override {
        return std::ranges::any_of(strategies_, [](const auto& one) { return one->forgets(); });
    }

    /// What passes all links leaves the node.
    void say_from(
        std::size_t position, Adversary& node, std::optional<NodeIndex> to, const Message& message
    ) {
        if (position == strategies_.size()) {
            node.say(to, message);
            return;
        }
        links_[position]->stand_for(node);
        strategies_[position]->on_saying(*links_[position], to, message);
    }

private:
    template <typename Action>
    void each(Adversary& node, const Action& action) {
        for (std::size_t i = 0; i < strategies_.size(); ++i) {
            links_[i]->stand_for(node);
            action(*strategies_[i], *links_[i]);
        }
    }

    std::vector<std::unique_ptr<Strategy>> strategies_;
    std::vector<std::unique_ptr<Link>> links_;
};

void Link::say(std::optional<NodeIndex> to, const Message& message) {
    chain_.say_from(position_ + 1, *node_, to, message);
}

}  // namespace

std::unique_ptr<Strategy> make_chain(std::vector<std::unique_ptr<Strategy>> links) {
    return std::make_unique<Chain>(std::move(links));
}

}  // namespace steelyard::sim
