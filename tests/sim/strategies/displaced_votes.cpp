// Votes in the wrong places: of other rounds and heights, under other names, at other times.
#include "tests/sim/strategies/craft.h"
#include "tests/sim/strategies/strategies.h"

namespace steelyard::sim {
namespace {

using chain::Height;
using chain::Round;
using chain::SignedMsgType;
using consensus::Message;

/// Does something more, or else, with the votes that the engine casts now.
class OwnVotes : public Strategy {
public:
    void on_saying(Adversary& self, std::optional<NodeIndex> to, const Message& message) final {
        const auto* vote = std::get_if<chain::Vote>(&message);
        if (vote && is_own(self, *vote)) {
            on_vote(self, to, *vote);
        } else {
            self.say(to, message);
        }
    }

protected:
    virtual void on_vote(Adversary& self, std::optional<NodeIndex> to, const chain::Vote& vote) = 0;
};

class Astray final : public OwnVotes {
protected:
    void on_vote(Adversary& self, std::optional<NodeIndex> to, const chain::Vote& vote) override {
        self.say(to, vote);
        chain::Vote stray = vote;
        const std::int64_t height = vote.height.value();
        const std::int32_t round = vote.round.value();
        switch (self.random().below(8)) {
            case 0:
                stray.round = Round(std::max(0, round - 1));
                break;
            case 1:
                stray.round =
                    Round(round + 1 + static_cast<std::int32_t>(self.random().below(300)));
                break;
            case 2:
                stray.round = Round(round + 100'000);
                break;
            case 3:
                stray.round = Round(Round::foreign_max);
                break;
            case 4:
                stray.height = Height(std::max<std::int64_t>(1, height - 1));
                break;
            case 5:
                stray.height = Height(height + between(self.random(), 1, 3));
                break;
            case 6:
                stray.height = Height(Height::foreign_max);
                break;
            default:
                stray.type = SignedMsgType::precommit;
                stray.height = Height(std::max<std::int64_t>(1, height - 1));
                break;
        }
        self.say(to, with_value(self, stray, made_up_block(self)));
        propose_ahead(self, stray);
    }

private:
    static void propose_ahead(Adversary& self, const chain::Vote& stray) {
        const chain::Proposal proposal{
            .height = stray.height,
            .round = stray.round,
            .block_id = made_up_block(self),
            .timestamp = stray.timestamp,
        };
        Bytes bytes(64);
        self.random().fill(bytes);
        const auto parts = chain::PartSet::cut(bytes);
        self.say(std::nullopt, self.signed_proposal(proposal));
        self.say(std::nullopt, consensus::BlockPart{stray.height, stray.round, *parts.part(0)});
    }
};

class Hasty final : public OwnVotes {
protected:
    void on_vote(Adversary& self, std::optional<NodeIndex> to, const chain::Vote& vote) override {
        self.say(to, vote);
        Round round = vote.round;
        for (int i = 0; i < 3; ++i) {
            round = round.next();
            for (const auto type : {SignedMsgType::prevote, SignedMsgType::precommit}) {
                if (const auto next = make_nil_vote(self, type, vote.height, round)) {
                    self.say(to, *next);
                }
            }
        }
    }
};

class Impostor final : public OwnVotes {
protected:
    void on_vote(Adversary& self, std::optional<NodeIndex> to, const chain::Vote& vote) override {
        self.say(to, vote);
        const auto* current = current_height(self);
        if (!current) {
            return;
        }
        const chain::ValidatorSet& validators = current->validators();
        const auto other =
            static_cast<chain::ValidatorIndex>(self.random().below(validators.size()));
        chain::Vote stolen = vote;
        if (self.random().below(2) == 0) {
            stolen.validator_index = other;
        }
        if (self.random().below(2) == 0) {
            stolen.validator_address = validators[other].address();
        }
        self.say(to, with_value(self, stolen, made_up_block(self)));
        if (current->proposal) {  // and it takes the turn of whoever may propose next
            chain::Proposal proposal = *current->proposal;
            proposal.round = proposal.round.next();
            self.say(to, self.signed_proposal(proposal));
        }
    }
};

class TimeTravel final : public OwnVotes {
protected:
    void on_vote(Adversary& self, std::optional<NodeIndex> to, const chain::Vote& vote) override {
        chain::Vote moved = vote;
        moved.timestamp = another_time(self, vote.timestamp);
        self.say(to, self.signed_vote(moved));
    }

private:
    static chain::Timestamp another_time(Adversary& self, chain::Timestamp time) {
        using std::chrono::hours;
        switch (self.random().below(6)) {
            case 0:
                return {};
            case 1:
                return chain::Timestamp::from_unix(chain::Timestamp::seconds_max).value_or(time);
            case 2:
                return chain::checked_add(time, hours(5)).value_or(time);
            case 3:
                return chain::checked_add(time, -hours(5)).value_or(time);
            case 4:
                return chain::checked_add(time, -std::chrono::milliseconds(500)).value_or(time);
            default:
                return chain::checked_add(time, hours(24 * 365 * 200)).value_or(time);
        }
    }
};

class Selective final : public OwnVotes {
protected:
    void on_vote(Adversary& self, std::optional<NodeIndex> to, const chain::Vote& vote) override {
        const NodeIndex victim = victim_at(self, vote.height);
        if (to.value_or(victim) == victim) {
            self.say(victim, vote);
        }
    }
};

class Late final : public OwnVotes {
protected:
    void on_vote(Adversary& self, std::optional<NodeIndex> to, const chain::Vote& vote) override {
        // About when the others' timeouts of this step end.
        const Time delay = between(
            self.random(), std::chrono::milliseconds(800), std::chrono::milliseconds(4'000)
        );
        self.after(delay, [&self, to, vote] { self.say(to, vote); });
    }
};

/// Towards the victim for the block, towards all others nil: of one type of vote.
class OneSided final : public OwnVotes {
public:
    explicit OneSided(SignedMsgType type) : type_(type) {}

protected:
    void on_vote(Adversary& self, std::optional<NodeIndex> to, const chain::Vote& vote) override {
        if (vote.type != type_) {
            const bool helps = type_ == SignedMsgType::precommit;
            self.say(to, helps ? vote : with_value(self, vote, std::nullopt));
            return;
        }
        const NodeIndex victim = victim_at(self, vote.height);
        for (const NodeIndex node : to ? std::vector{*to} : peers_of(self)) {
            self.say(node, node == victim ? vote : with_value(self, vote, std::nullopt));
        }
    }

private:
    SignedMsgType type_;
};

}  // namespace

std::unique_ptr<Strategy> make_astray() {
    return std::make_unique<Astray>();
}

std::unique_ptr<Strategy> make_hasty() {
    return std::make_unique<Hasty>();
}

std::unique_ptr<Strategy> make_impostor() {
    return std::make_unique<Impostor>();
}

std::unique_ptr<Strategy> make_time_travel() {
    return std::make_unique<TimeTravel>();
}

std::unique_ptr<Strategy> make_selective() {
    return std::make_unique<Selective>();
}

std::unique_ptr<Strategy> make_late() {
    return std::make_unique<Late>();
}

std::unique_ptr<Strategy> make_hidden_lock() {
    return std::make_unique<OneSided>(SignedMsgType::prevote);
}

std::unique_ptr<Strategy> make_lone_decision() {
    return std::make_unique<OneSided>(SignedMsgType::precommit);
}

}  // namespace steelyard::sim
