#include "tests/support/consensus_driver.h"

#include "base/check.h"

#include <algorithm>

namespace steelyard::test {

using namespace consensus;  // NOLINT: a test's tool speaks its language
using chain::SignedMsgType;

namespace {

const chain::ChainId the_chain = chain_id("driver-chain");

/// When others vote: after every block here.
constexpr std::int64_t vote_seconds = 500;

template <typename E>
bool holds(const Effects& effects, const auto& matches) {
    return std::ranges::any_of(effects, [&](const Effect& effect) {
        const E* typed = std::get_if<E>(&effect);
        return typed && matches(*typed);
    });
}

bool schedules(const Effects& effects, TimeoutKind kind) {
    return holds<ScheduleTimeout>(effects, [&](const ScheduleTimeout& effect) {
        return effect.timeout.kind == kind;
    });
}

bool asks_for(const Effects& effects, SignedMsgType type, bool nil) {
    return holds<SignVote>(effects, [&](const SignVote& effect) {
        return effect.vote.type == type && effect.vote.block_id.has_value() != nil;
    });
}

bool has_quorum(const VoteSet* votes, const VoteValue& value) {
    return votes && votes->has_quorum_for(value);
}

}  // namespace

ConsensusDriver::ConsensusDriver() : ConsensusDriver(Options()) {
}

ConsensusDriver::ConsensusDriver(Options options)
    : options_(std::move(options)),
      set_(validators_with_power(options_.powers)),
      start_(first_height()),
      state_(Config{.chain_id = the_chain, .skip_commit_wait = options_.skip_commit_wait}),
      rotation_(set_.validators) {
    if (options_.proposes_in) {
        us_ = proposer(*options_.proposes_in);
        state_.config.address = set_.validators[*us_].address();
    }
    for (chain::ValidatorIndex index = 0; index < set_.validators.size(); ++index) {
        if (index != us_) {
            others_.push_back(index);
        }
    }
}

void ConsensusDriver::input(Event event) {
    answers_.push_back(std::move(event));
    while (!answers_.empty()) {
        const Input next{time_after(++clock_), std::move(answers_.front())};
        answers_.pop_front();
        take_step(next);
    }
}

void ConsensusDriver::receive(Message message, PeerId from) {
    input(Received{from, std::move(message)});
}

void ConsensusDriver::elapse(TimeoutKind kind) {
    input(TimeoutElapsed{{kind, now().height, now().machine.round}});
}

void ConsensusDriver::start_height() {
    input(start_);
}

void ConsensusDriver::start() {
    start_height();
    elapse(TimeoutKind::commit);
}

void ConsensusDriver::next_height() {
    const auto decisions = all<Decide>();
    CHECK(!decisions.empty());
    const Decide& decision = decisions.back();
    start_.height = decision.block->header.height.next();
    start_.last_validators = set_.validators;
    start_.last_commit = decision.commit;
    input(start_);
}

StartHeight ConsensusDriver::first_height() const {
    StartHeight start{
        .height = options_.height,
        .validators = set_.validators,
        .block_size_max = options_.block_size_max,
    };
    if (options_.height > chain::Height(1)) {
        const chain::CommitTarget target{the_chain, options_.height.previous(), block_id(0)};
        std::string votes(set_.keys.size(), 'c');
        votes.back() = 'a';
        start.last_validators = set_.validators;
        start.last_commit = sign_commit(set_, target, votes);
    }
    return start;
}

ProposedBlock ConsensusDriver::block(int number, std::size_t tx_size) {
    return block_of_round(0, number, tx_size);
}

ProposedBlock ConsensusDriver::block_of_round(int round, int number, std::size_t tx_size) {
    chain::Block block{
        .header = header(the_chain, start_.height, set_.validators, number),
        .txs = {Bytes(tx_size, static_cast<std::uint8_t>(number))},
    };
    if (const auto& commit = start_.last_commit) {
        block.header.last_block_id = commit->block_id();
        block.last_commit = commit;
    }
    block.header.proposer_address = set_.validators[proposer(round)].address();
    chain::seal_contents(block);
    chain::PartSet parts = chain::make_part_set(block);
    const chain::BlockId id = chain::block_id(block.header, parts);
    return {std::make_shared<const chain::Block>(std::move(block)), std::move(parts), id};
}

chain::Proposal ConsensusDriver::proposal(
    const ProposedBlock& block, int round, std::optional<int> pol_round
) {
    chain::Proposal proposal{
        .height = start_.height,
        .round = chain::Round(round),
        .block_id = block.id,
        .timestamp = time_after(round),
    };
    if (pol_round) {
        proposal.pol_round = chain::Round(*pol_round);
    }
    proposal.signature = set_.keys[proposer(round)].sign(sign_bytes(proposal, the_chain));
    return proposal;
}

BlockPart ConsensusDriver::part(const ProposedBlock& block, int round, std::uint32_t index) const {
    return {start_.height, chain::Round(round), *block.parts.part(index)};
}

chain::Vote ConsensusDriver::sign(chain::Vote vote) const {
    vote.validator_address = set_.validators[vote.validator_index].address();
    vote.signature = set_.keys[vote.validator_index].sign(sign_bytes(vote, the_chain));
    return vote;
}

chain::Vote ConsensusDriver::prevote(chain::ValidatorIndex by, int round, VoteValue value) const {
    return sign({
        .type = SignedMsgType::prevote,
        .height = start_.height,
        .round = chain::Round(round),
        .block_id = value,
        .timestamp = time_after(vote_seconds + round),
        .validator_index = by,
    });
}

chain::Vote ConsensusDriver::precommit(chain::ValidatorIndex by, int round, VoteValue value) const {
    chain::Vote vote = prevote(by, round, value);
    vote.type = SignedMsgType::precommit;
    return sign(std::move(vote));
}

chain::Vote ConsensusDriver::late_precommit(chain::ValidatorIndex by) const {
    const chain::Commit& last = *start_.last_commit;
    chain::Vote vote = precommit(by, last.round().value(), last.block_id());
    vote.height = last.height();
    return sign(std::move(vote));
}

chain::Commit ConsensusDriver::certificate(const ProposedBlock& block, std::string_view votes)
    const {
    const auto timely = chain::checked_add(block.block->header.time, std::chrono::seconds(1));
    CHECK(timely);
    return sign_commit(set_, {the_chain, start_.height, block.id}, votes, *timely);
}

void ConsensusDriver::receive_parts(const ProposedBlock& block, int round) {
    for (std::uint32_t index = 0; index < block.parts.header().total; ++index) {
        receive(part(block, round, index));
    }
}

void ConsensusDriver::propose(const ProposedBlock& block, int round, std::optional<int> pol_round) {
    receive(proposal(block, round, pol_round));
    receive_parts(block, round);
}

void ConsensusDriver::prevotes(int round, VoteValue value, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        receive(prevote(others_.at(i), round, value));
    }
}

void ConsensusDriver::precommits(int round, VoteValue value, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) {
        receive(precommit(others_.at(i), round, value));
    }
}

chain::ValidatorIndex ConsensusDriver::proposer(int round) {
    const auto& address = rotation_.proposer(chain::Round(round)).address();
    return *set_.validators.index_of(address);
}

std::vector<std::string> ConsensusDriver::votes_said() const {
    std::vector<std::string> said_votes;
    for (const chain::Vote& vote : said<chain::Vote>()) {
        if (vote.validator_index == us_) {
            const bool is_prevote = vote.type == SignedMsgType::prevote;
            said_votes.push_back(fmt::format(
                "{} {} {}",
                is_prevote ? "prevote" : "precommit",
                vote.round,
                vote.block_id ? "block" : "nil"
            ));
        }
    }
    return said_votes;
}

State ConsensusDriver::replay(const std::vector<Input>& inputs) const {
    State fresh(state_.config);
    for (const Input& input : inputs) {
        step(fresh, input);
    }
    return fresh;
}

Observed ConsensusDriver::observe(const State& state) {
    const HeightState& current = *state.current;
    Observed seen{
        .machine = current.machine,
        .proposal = current.proposal,
        .decided = current.decided(),
        .status = status_of(current),
    };
    // Votes of rounds further ahead are logged when they are of use.
    for (int round = 0; round <= current.machine.round.value() + 1; ++round) {
        for (const VoteSet* votes :
             {current.votes.prevotes(chain::Round(round)),
              current.votes.precommits(chain::Round(round))}) {
            if (votes) {
                std::ranges::copy(votes->all(), std::back_inserter(seen.votes));
            }
        }
    }
    return seen;
}

void ConsensusDriver::take_step(const Input& input) {
    const bool had_height = state_.current.has_value();
    const RoundState before = had_height ? state_.current->machine : RoundState();
    inputs_.push_back(input);
    Effects effects = step(state_, input);
    note_appended(input, effects);
    if (!std::holds_alternative<StartHeight>(input.event) && had_height) {
        check_barrier(input, effects);
        check_votes(before, effects);
        check_machine(before);
        note_rules(before, input, effects);
    }
    for (Effect& effect : effects) {
        answer(effect);
        effects_.push_back(std::move(effect));
    }
}

void ConsensusDriver::answer(const Effect& effect) {
    if (const auto* build = std::get_if<BuildBlock>(&effect); build && host.builds) {
        const auto built = block_of_round(build->round.value(), host.next_block++);
        answers_.push_back(BlockBuilt{build->round, *built.block});
    } else if (const auto* check = std::get_if<CheckBlock>(&effect); check && host.checks) {
        answers_.push_back(
            BlockChecked{start_.height, check->block_id, !host.invalid.contains(check->block_id)}
        );
    } else if (const auto* ask = std::get_if<SignVote>(&effect); ask && host.signs) {
        answers_.push_back(VoteSigned{sign(ask->vote)});
    } else if (const auto* offer = std::get_if<SignProposal>(&effect); offer && host.signs) {
        chain::Proposal proposal = offer->proposal;
        proposal.signature = set_.keys[*us_].sign(sign_bytes(proposal, the_chain));
        answers_.push_back(ProposalSigned{proposal});
    }
}

void ConsensusDriver::note_appended(const Input& input, const Effects& effects) {
    if (std::holds_alternative<StartHeight>(input.event)) {
        log_ = {input};
        asked_to_sign_.clear();
    }
    for (const Effect& effect : effects) {
        if (const auto* append = std::get_if<AppendInput>(&effect)) {
            log_.push_back(append->deferred ? Input{input.now, *append->deferred} : input);
        }
    }
}

/// What we say for the first time is in the log, and the log durable, before it is said.
void ConsensusDriver::check_barrier(const Input& input, const Effects& effects) {
    const auto* answer = std::get_if<VoteSigned>(&input.event);
    bool appended = false;
    bool durable = false;
    for (const Effect& effect : effects) {
        appended = appended || std::holds_alternative<AppendInput>(effect);
        durable = durable || (appended && std::holds_alternative<SyncLog>(effect));
        const auto* published = std::get_if<Publish>(&effect);
        if (!published) {
            continue;
        }
        const auto* vote = std::get_if<chain::Vote>(&published->message);
        const bool is_new = (vote && answer && *vote == answer->vote) ||
                            std::holds_alternative<chain::Proposal>(published->message);
        if (is_new && !durable) {
            violations_.push_back("said something before the log was durable");
        }
        const bool is_logged = std::ranges::any_of(log_, [&](const Input& logged) {
            const auto* earlier = std::get_if<VoteSigned>(&logged.event);
            return vote && earlier && earlier->vote == *vote;
        });
        if (vote && vote->validator_index == us_ && !is_logged) {
            violations_.push_back("said a vote that the log does not hold");
        }
    }
}

/// Algorithm 1's conditions on what we vote for, from the votes alone.
void ConsensusDriver::check_votes(const RoundState& before, const Effects& effects) {
    for (const Effect& effect : effects) {
        const auto* ask = std::get_if<SignVote>(&effect);
        if (!ask) {
            continue;
        }
        const chain::Vote& vote = ask->vote;
        if (!asked_to_sign_.insert({vote.round, vote.type}).second) {
            violations_.push_back("asked to sign twice in one step of a round");
        }
        const Candidate* voted = vote.block_id ? now().candidates.find(*vote.block_id) : nullptr;
        if (vote.block_id && !(voted && voted->is_valid()) && now().machine.round == vote.round) {
            violations_.push_back("voted for a block that is not known to be valid");
        }
        if (vote.type == SignedMsgType::precommit) {
            if (vote.block_id && !has_quorum(now().votes.prevotes(vote.round), vote.block_id)) {
                violations_.push_back("precommitted without a polka");
            }
            continue;
        }
        const auto& locked = before.locked;
        if (vote.block_id && locked && locked->block_id != *vote.block_id) {
            const auto pol = now().proposal ? now().proposal->pol_round : std::nullopt;
            const bool may = pol && locked->round <= *pol && *pol < vote.round &&
                             has_quorum(now().votes.prevotes(*pol), vote.block_id);
            if (!may) {
                violations_.push_back("prevoted against the lock");
            }
        }
    }
}

void ConsensusDriver::check_machine(const RoundState& before) {
    const RoundState& after = now().machine;
    if (after.round < before.round || (after.round == before.round && after.step < before.step)) {
        violations_.push_back("went back");
    }
    if (before.locked && !after.locked) {
        violations_.push_back("forgot its lock");
    }
    if (after.locked && (!after.valid || after.valid->round < after.locked->round)) {
        violations_.push_back("is locked later than its valid block");
    }
    const bool moved_lock = after.locked && after.locked != before.locked;
    if (moved_lock &&
        !has_quorum(now().votes.prevotes(after.locked->round), after.locked->block_id)) {
        violations_.push_back("locked without a polka");
    }
    for (const auto& polka : {after.locked, after.valid}) {
        const Candidate* kept = polka ? now().candidates.find(polka->block_id) : nullptr;
        if (polka && !(kept && kept->block && kept->is_valid())) {
            violations_.push_back("dropped a block that it is locked on or may propose again");
        }
    }
    const auto decided = now().decided();
    if (decided && !now().candidates.find(decided->block_id) && !state_.halted) {
        violations_.push_back("does not gather the block that is decided");
    }
}

void ConsensusDriver::note_rules(
    const RoundState& before, const Input& input, const Effects& effects
) {
    const auto* elapsed = std::get_if<TimeoutElapsed>(&input.event);
    const auto is = [&](TimeoutKind kind) { return elapsed && elapsed->timeout.kind == kind; };
    const RoundState& after = now().machine;
    const auto note = [&](Rule rule, bool fired) {
        if (fired) {
            fired_.insert(rule);
        }
    };
    const bool prevoted = asks_for(effects, SignedMsgType::prevote, false) ||
                          asks_for(effects, SignedMsgType::prevote, true);
    const bool by_clock = is(TimeoutKind::propose);
    const bool has_pol = now().proposal && now().proposal->pol_round;
    note(Rule::L22, prevoted && !by_clock && !has_pol);
    note(Rule::L28, prevoted && !by_clock && has_pol);
    note(Rule::L57, prevoted && by_clock);
    note(Rule::L34, schedules(effects, TimeoutKind::prevote));
    note(Rule::L36, after.valid != before.valid);
    const bool gave_up = asks_for(effects, SignedMsgType::precommit, true);
    note(Rule::L44, gave_up && !is(TimeoutKind::prevote));
    note(Rule::L61, gave_up && is(TimeoutKind::prevote));
    note(Rule::L47, schedules(effects, TimeoutKind::precommit));
    note(Rule::L49, holds<Decide>(effects, [](const Decide&) { return true; }));
    const bool moved = after.round != before.round;
    note(Rule::L65, moved && is(TimeoutKind::precommit));
    note(Rule::L55, moved && !elapsed);
}

}  // namespace steelyard::test
