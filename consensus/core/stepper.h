// Stepper: one call of `step`, with the state that it changes and the effects that it gathers.
//
// Private to this folder. The handlers are in on_message.cpp, on_answer.cpp and on_status.cpp; what
// follows from them is in stepper.cpp.
#pragma once

#include "consensus/core/step.h"

namespace steelyard::consensus {

class Stepper {
public:
    Stepper(State& state, const Input& input) : state_(state), now_(input.now) {}

    void handle(const Event& event);

    Effects take_effects() { return std::move(effects_); }

private:
    // Inputs: stepper.cpp.
    void on(const StartHeight& start);
    void on(const TimeoutElapsed& elapsed);
    void on(const Received& received);

    // Messages of peers: on_message.cpp. Those of other heights are sorted out before.
    void on_message(PeerId from, const chain::Proposal& proposal);
    void on_message(PeerId from, const BlockPart& part);
    void on_message(PeerId from, const chain::Vote& vote);
    void on_message(PeerId from, const chain::Commit& commit);
    void on_late_precommit(PeerId from, const chain::Vote& vote);
    void count(const chain::Vote& vote);
    void log_near_votes();

    // Messages about where a peer stands: on_status.cpp.
    void on_message(PeerId from, const PeerStatus& status);
    void ask_for_help(PeerId peer);
    void ask_for_more(PeerId peer);
    void send_parts(PeerId to, const PeerStatus& status);
    void resend();

    // Answers of the host: on_answer.cpp.
    void on(const BlockBuilt& built);
    void on(const BlockChecked& checked);
    void on(const VoteSigned& vote);
    void on(const ProposalSigned& proposal);

    // What follows: stepper.cpp.
    void advance(std::optional<TimeoutKind> elapsed = {});
    void halt_on_invalid_decision();
    Facts facts();
    std::optional<Facts::Proposed> proposed();
    bool names_proposer(const chain::Proposal& proposal, const chain::Block& block);
    void perform(const Action& action);
    void cast(const CastVote& vote);
    void skip_commit_wait();
    void begin_round();
    void retain_candidates();
    void propose();
    void decide(const Decided& decided);
    void use_deferred();

    // Blocks: stepper.cpp.
    void gather(const chain::BlockId& id);
    void check(const chain::BlockId& id);

    void schedule(TimeoutKind kind);
    void defer(const Received& received);
    void append();
    void report(PeerId peer, Error error);
    bool is_signed_by(
        const crypto::PublicKey& key, Bytes message, const chain::Signature& signature
    ) const;

    template <typename E>
    void emit(E effect) {
        effects_.emplace_back(std::move(effect));
    }

    HeightState& current() { return *state_.current; }
    const HeightState& current() const { return *state_.current; }

    State& state_;
    chain::Timestamp now_;
    Effects effects_{};
    std::optional<Received> deferred_{};     ///< the deferred message that is being handled
    std::optional<chain::Vote> far_vote_{};  ///< that is being handled, and not logged yet
    std::vector<PeerId> reported_{};         ///< in this step
    bool may_use_deferred_ = false;          ///< something began that deferred messages wait for
};

}  // namespace steelyard::consensus
