// ConsensusDriver: one consensus core, its host, and the other validators in the hands of a test.
#pragma once

#include "consensus/core/step.h"
#include "tests/support/chain_builders.h"

#include <deque>
#include <set>

namespace steelyard::test {

/// A block that anyone may propose, in its parts.
struct ProposedBlock {
    std::shared_ptr<const chain::Block> block;
    chain::PartSet parts;
    chain::BlockId id{};
};

/// What is seen of a state from outside: replaying the log must give the same again.
struct Observed {
    consensus::RoundState machine{};
    std::optional<chain::Proposal> proposal{};
    std::optional<consensus::Decided> decided{};
    std::vector<chain::Vote> votes{};
    consensus::PeerStatus status{};

    bool operator==(const Observed&) const = default;
};

/// Feeds inputs to `step`, answers for the host, keeps the log, and checks after every step what
/// must always hold. The validators have equal powers unless told otherwise.
class ConsensusDriver {
public:
    struct Options {
        std::vector<chain::VotingPower> powers{1, 1, 1, 1};

        /// We are the validator that proposes in this round; nothing: a node that looks on.
        std::optional<int> proposes_in = 3;

        chain::Height height{1};  ///< from 2 on there is a last commit, by all but the last one
        bool skip_commit_wait = false;
        std::size_t block_size_max = chain::block_size_max;
    };

    /// What the host does of its own accord.
    struct Host {
        bool builds = true;  ///< a block made from `next_block`
        bool checks = true;
        bool signs = true;
        int next_block = 100;
        std::set<chain::BlockId> invalid{};  ///< the verdict about these
    };

    explicit ConsensusDriver(Options options);
    ConsensusDriver();

    /// A peer that relays for everybody.
    static constexpr consensus::PeerId peer = 1;

    // Inputs. Each takes one step, and those that the host's answers lead to.
    void input(consensus::Event event);
    void receive(consensus::Message message, consensus::PeerId from = peer);
    void elapse(consensus::TimeoutKind kind);  ///< of the current round
    void start_height();
    void start();        ///< start_height, and the pause is over
    void next_height();  ///< after a decision; still in the pause

    // Messages of others, signed.
    ProposedBlock block(int number, std::size_t tx_size = 10);  ///< of round 0's proposer
    ProposedBlock block_of_round(int round, int number, std::size_t tx_size = 10);
    chain::Proposal proposal(
        const ProposedBlock& block, int round, std::optional<int> pol_round = {}
    );
    consensus::BlockPart part(const ProposedBlock& block, int round, std::uint32_t index) const;
    chain::Vote prevote(chain::ValidatorIndex by, int round, consensus::VoteValue value) const;
    chain::Vote precommit(chain::ValidatorIndex by, int round, consensus::VoteValue value) const;
    chain::Vote late_precommit(chain::ValidatorIndex by) const;  ///< of the height before
    chain::Commit certificate(const ProposedBlock& block, std::string_view votes) const;

    void receive_parts(const ProposedBlock& block, int round);
    void propose(const ProposedBlock& block, int round, std::optional<int> pol_round = {});

    /// Votes of the first `count` validators other than us.
    void prevotes(int round, consensus::VoteValue value, std::size_t count = 3);
    void precommits(int round, consensus::VoteValue value, std::size_t count = 3);

    chain::ValidatorIndex proposer(int round);
    const std::vector<chain::ValidatorIndex>& others() const { return others_; }
    std::optional<chain::ValidatorIndex> us() const { return us_; }
    const SigningSet& set() const { return set_; }

    // What came of it, since the last `clear`.
    const consensus::Effects& effects() const { return effects_; }
    void clear() { effects_.clear(); }

    template <typename E>
    std::vector<E> all() const {
        std::vector<E> found;
        for (const consensus::Effect& effect : effects_) {
            if (const auto* typed = std::get_if<E>(&effect)) {
                found.push_back(*typed);
            }
        }
        return found;
    }

    /// Published or sent, of one kind.
    template <typename M>
    std::vector<M> said() const {
        std::vector<M> found;
        for (const consensus::Effect& effect : effects_) {
            const auto* published = std::get_if<consensus::Publish>(&effect);
            const auto* sent = std::get_if<consensus::Send>(&effect);
            const consensus::Message* message = published ? &published->message
                                                : sent    ? &sent->message
                                                          : nullptr;
            if (const M* typed = message ? std::get_if<M>(message) : nullptr) {
                found.push_back(*typed);
            }
        }
        return found;
    }

    /// "prevote 0 nil", "precommit 2 block": our votes, as published.
    std::vector<std::string> votes_said() const;

    const consensus::HeightState& now() const { return *state_.current; }
    const consensus::State& state() const { return state_; }
    Observed observed() const { return observe(state_); }

    /// The start of the height and the appended inputs: what a restart replays.
    const std::vector<consensus::Input>& log() const { return log_; }

    /// Every input, as it was given.
    const std::vector<consensus::Input>& inputs() const { return inputs_; }

    /// A core of the same configuration that has taken these inputs; its effects are dropped.
    consensus::State replay(const std::vector<consensus::Input>& inputs) const;
    static Observed observe(const consensus::State& state);

    /// What did not hold after some step. Empty, if all is well.
    const std::vector<std::string>& violations() const { return violations_; }

    /// The rules that have fired, as far as can be told from outside.
    const std::set<consensus::Rule>& fired() const { return fired_; }

    Host host{};

private:
    void take_step(const consensus::Input& input);
    void answer(const consensus::Effect& effect);
    void note_appended(const consensus::Input& input, const consensus::Effects& effects);
    void check_barrier(const consensus::Input& input, const consensus::Effects& effects);
    void check_votes(const consensus::RoundState& before, const consensus::Effects& effects);
    void check_machine(const consensus::RoundState& before);
    void note_rules(
        const consensus::RoundState& before,
        const consensus::Input& input,
        const consensus::Effects& effects
    );
    chain::Vote sign(chain::Vote vote) const;
    consensus::StartHeight first_height() const;

    Options options_;
    SigningSet set_;
    std::optional<chain::ValidatorIndex> us_{};
    std::vector<chain::ValidatorIndex> others_{};
    consensus::StartHeight start_;
    consensus::State state_;
    consensus::ProposerRotation rotation_;
    consensus::Effects effects_{};
    std::deque<consensus::Event> answers_{};
    std::vector<consensus::Input> log_{};
    std::vector<consensus::Input> inputs_{};
    std::set<std::pair<chain::Round, chain::SignedMsgType>> asked_to_sign_{};
    std::vector<std::string> violations_{};
    std::set<consensus::Rule> fired_{};
    std::int64_t clock_ = 1'000;
};

}  // namespace steelyard::test
