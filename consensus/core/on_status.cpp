// Help for peers that are behind, and the call for help: messages may be lost, progress may not.
#include "consensus/core/stepper.h"

#include <algorithm>

namespace steelyard::consensus {
namespace {

/// What a peer lacks of a round's votes: all of those that make a quorum, since it may have another
/// vote of a validator that voted twice, and of the others those of voters that it has not heard.
std::vector<chain::Vote> missing_votes(const VoteSet* votes, const chain::BitArray& heard) {
    if (!votes) {
        return {};
    }
    if (votes->quorum()) {
        return votes->votes_for(*votes->quorum());
    }
    std::vector<chain::Vote> missing = votes->all();
    std::erase_if(missing, [&](const chain::Vote& vote) {
        return heard.test(vote.validator_index);
    });
    return missing;
}

}  // namespace

/// Nothing moved for a while. Says again what we said in this round, and where we stand.
void Stepper::resend() {
    const HeightState& now = current();
    if (now.machine.step == Step::waiting || now.machine.step == Step::decided) {
        return;
    }
    const auto& address = state_.config.address;
    const auto index = address ? now.validators().index_of(*address) : std::nullopt;
    if (index) {
        for (const VoteSet* votes :
             {now.votes.prevotes(now.machine.round), now.votes.precommits(now.machine.round)}) {
            if (const chain::Vote* vote = votes ? votes->vote(*index) : nullptr) {
                emit(Publish{*vote});
            }
        }
    }
    emit(Publish{status_of(now)});
    schedule(TimeoutKind::resend);
}

/// A peer votes on a later height already: the pause after our height has passed for it, so we have
/// missed something. It may lie, and so may the next.
void Stepper::ask_for_help(PeerId peer) {
    HeightState& now = current();
    const bool may_ask = now.machine.step != Step::decided && now.asked.size() < helpers_max &&
                         std::ranges::find(now.asked, peer) == now.asked.end();
    if (may_ask) {
        now.asked.push_back(peer);
        emit(Send{peer, status_of(now)});
    }
}

/// The parts of a decided block come some at a time: asks for the next ones when those have come,
/// not when nothing moves.
void Stepper::ask_for_more(PeerId peer) {
    const auto decided = current().decided();
    const Candidate* candidate = decided ? current().candidates.find(decided->block_id) : nullptr;
    const bool gathers = candidate && !candidate->parts.is_complete();
    if (gathers && candidate->parts.present().count() % parts_per_answer_max == 0) {
        emit(Send{peer, status_of(current())});
    }
}

void Stepper::on_message(PeerId from, const PeerStatus& status) {
    const HeightState& now = current();
    if (status.height > now.height && now.machine.step != Step::decided) {
        emit(Send{from, status_of(now)});  // it is further: let it see what we lack
    }
    if (status.height != now.height) {
        return;
    }
    const auto send_votes = [&](std::vector<chain::Vote> votes) {
        for (chain::Vote& vote : votes) {
            emit(Send{from, std::move(vote)});
        }
    };
    const auto& votes = now.votes;
    const auto decided = now.decided();
    if (auto commit = decided ? now.make_commit(*decided) : std::nullopt) {
        emit(Send{from, *std::move(commit)});
    } else if (decided) {
        send_votes(missing_votes(votes.precommits(decided->round), {}));
    }
    if (now.machine.step != Step::decided && status.round <= now.machine.round) {
        const bool same_round = status.round == now.machine.round;
        if (same_round && now.proposal && !status.has_proposal) {
            emit(Send{from, *now.proposal});
        }
        send_votes(missing_votes(votes.prevotes(status.round), status.prevotes));
        send_votes(missing_votes(votes.precommits(status.round), status.precommits));
        if (!same_round) {
            send_votes(missing_votes(votes.prevotes(now.machine.round), {}));
            send_votes(missing_votes(votes.precommits(now.machine.round), {}));
        }
        if (now.proposal && now.proposal->pol_round) {
            send_votes(missing_votes(votes.prevotes(*now.proposal->pol_round), {}));
        }
    }
    send_parts(from, status);
}

/// Some parts of the block that the peer wants; else of the one that is proposed or decided.
void Stepper::send_parts(PeerId to, const PeerStatus& status) {
    const HeightState& now = current();
    std::optional<chain::BlockId> id = status.block_id;
    if (const auto decided = now.decided()) {
        id = decided->block_id;
    } else if (!id && now.proposal && status.round == now.machine.round) {
        id = now.proposal->block_id;
    }
    const Candidate* candidate = id ? now.candidates.find(*id) : nullptr;
    if (!candidate) {
        return;
    }
    const bool same_block = status.block_id == id;
    std::size_t sent = 0;
    for (std::uint32_t index = 0; index < id->parts.total; ++index) {
        const auto& part = candidate->parts.part(index);
        const bool has_it = same_block && status.parts.test(index);
        if (part && !has_it && sent < parts_per_answer_max) {
            emit(Send{to, BlockPart{now.height, status.round, *part}});
            ++sent;
        }
    }
}

}  // namespace steelyard::consensus
