"""Bugs to plant in consensus, and in what it stands on."""

from mutation import Mutation

CORE = "consensus/core/"
ENGINE = "consensus/engine/"
EVIDENCE = "consensus/evidence/"
SYNC = "consensus/sync/"
GOSSIP = "consensus/gossip/"

CONSENSUS_BUGS = [
    Mutation(
        "a lock is ignored",
        CORE + "round_machine.cpp",
        "if (!locked || locked->block_id == proposed.block_id) {",
        "if (true || !locked || locked->block_id == proposed.block_id) {",
    ),
    Mutation(
        "a lock gives way to any older polka",
        CORE + "round_machine.cpp",
        "return proposed.pol_round && locked->round <= *proposed.pol_round;",
        "return proposed.pol_round.has_value();",
    ),
    Mutation(
        "a precommit does not lock",
        CORE + "round_machine.cpp",
        "    state.locked = polka;\n",
        "",
    ),
    Mutation(
        "two thirds are enough",
        CORE + "quorum.h",
        "return power * 3 > total * 2;",
        "return power * 3 >= total * 2;",
    ),
    Mutation(
        "one third skips a round",
        CORE + "quorum.h",
        "return power * 3 > total;",
        "return power * 3 >= total;",
    ),
    Mutation(
        "no barrier before an own vote",
        CORE + "on_answer.cpp",
        "    emit(SyncLog{});\n    emit(Publish{vote});",
        "    emit(Publish{vote});",
    ),
    Mutation(
        "no barrier before an own proposal",
        CORE + "on_answer.cpp",
        "    emit(SyncLog{});\n    emit(Publish{proposal});",
        "    emit(Publish{proposal});",
    ),
    Mutation(
        "a vote's address is not bound to its index",
        CORE + "on_message.cpp",
        "if (validator.address() != vote.validator_address) {",
        "if (false && validator.address() != vote.validator_address) {",
    ),
    Mutation(
        "signatures of votes are not checked",
        CORE + "on_message.cpp",
        "if (!is_signed_by((*voter)->public_key(), message, vote.signature)) {\n"
        '        report(from, Error(ErrorCode::denied, "vote has',
        "if (false && !is_signed_by((*voter)->public_key(), message, vote.signature)) {\n"
        '        report(from, Error(ErrorCode::denied, "vote has',
    ),
    Mutation(
        "the proposer's signature is not checked",
        CORE + "on_message.cpp",
        "if (!is_signed_by(key, sign_bytes(proposal",
        "if (false && !is_signed_by(key, sign_bytes(proposal",
    ),
    Mutation(
        "a block is voted for before it is judged",
        CORE + "stepper.cpp",
        "if (!candidate || candidate->verdict == Verdict::unknown) {\n        return std::nullopt;",
        "if (!candidate) {\n        return std::nullopt;",
    ),
    Mutation(
        "a fresh block may name any validator as its proposer",
        CORE + "stepper.cpp",
        "return proposal.pol_round || block.header.proposer_address == proposer;",
        "return proposal.pol_round || block.header.proposer_address == proposer || true;",
    ),
    Mutation(
        "untimely precommits decide",
        CORE + "state.cpp",
        "if (is_next_block_time(vote.timestamp, block_time)) {",
        "if (true || is_next_block_time(vote.timestamp, block_time)) {",
    ),
    Mutation(
        "a certificate decides though it dates no next block",
        CORE + "state.cpp",
        "    return !candidate || !candidate->block ||\n",
        "    return true || !candidate || !candidate->block ||\n",
    ),
    Mutation(
        "an application hears of the genesis once only",
        ENGINE + "block_executor.cpp",
        "if (!state || (state->last_height == Height() && info.last_height == Height())) {",
        "if (!state || (false && info.last_height == Height())) {",
    ),
    Mutation(
        "a vote may be as early as its block",
        CORE + "block_rules.cpp",
        "checked_add(*block_time, block_interval_min)",
        "checked_add(*block_time, std::chrono::nanoseconds(0))",
    ),
    Mutation(
        "a deferred message is logged as the input that released it",
        CORE + "stepper.cpp",
        "emit(AppendInput{deferred_});",
        "emit(AppendInput{});",
    ),
    Mutation(
        "no timeout after two thirds of the precommits",
        CORE + "round_machine.cpp",
        "return begun && !state.saw_precommits && facts.precommits_of_quorum;",
        "return begun && !state.saw_precommits && facts.precommits_of_quorum && false;",
    ),
    Mutation(
        "an equal priority goes to the higher address",
        "src/chain/proposer_priority.cpp",
        "a.address() > b.address()",
        "a.address() < b.address()",
    ),
    Mutation(
        "the log is not replayed",
        ENGINE + "engine.cpp",
        "    if (replayable_) {\n",
        "    if (false && replayable_) {\n",
    ),
    Mutation(
        "a block is applied before the log finishes its height",
        ENGINE + "engine.cpp",
        "    TRY(ports_.blocks.save_block(*decide.block, decide.parts, decide.commit));\n"
        "    TRY(wal_->end_height(height));\n",
        "    TRY(wal_->end_height(height));\n"
        "    TRY(ports_.blocks.save_block(*decide.block, decide.parts, decide.commit));\n",
    ),
    Mutation(
        "an application that has committed executes again",
        ENGINE + "block_executor.cpp",
        "if (application_height_ == height) {",
        "if (false && application_height_ == height) {",
    ),
    Mutation(
        "evidence in a proposed block is believed",
        ENGINE + "block_executor.cpp",
        "if (!evidence::is_refusal(evidence.error())) {\n"
        "            return std::unexpected(evidence.error());\n"
        "        }\n"
        "        return Verdict{false, evidence.error().message()};",
        "if (!evidence::is_refusal(evidence.error())) {\n"
        "            return std::unexpected(evidence.error());\n"
        "        }",
    ),
    Mutation(
        "equivocations are not reported",
        ENGINE + "engine.cpp",
        "    ports_.evidence.report(conflict.first, conflict.second);\n",
        "",
    ),
    Mutation(
        "a contradictory vote counts twice in the sum",
        CORE + "vote_set.cpp",
        "    } else if (held.size() == 1) {\n",
        "    } else if (held.size() == 1) {\n        voters_power_ += power;\n",
    ),
    Mutation(
        "a repeated vote counts again",
        CORE + "vote_set.cpp",
        "    if (!wants(vote)) {\n        return {};\n    }\n",
        "",
    ),
    Mutation(
        "the signer signs what conflicts with what it signed",
        ENGINE + "file_signer.cpp",
        "    if (position == state_.position) {\n        return sign_again(std::move(message));\n    }\n",
        "",
    ),
    Mutation(
        "the signer signs what comes before what it signed",
        ENGINE + "file_signer.cpp",
        "if (position < state_.position) {",
        "if (false && position < state_.position) {",
    ),
    Mutation(
        "the signer's state is not durable when it signs",
        ENGINE + "log_file.cpp",
        "    TRY(file->sync());\n",
        "",
    ),
    Mutation(
        "the log is not durable before the signer is asked",
        ENGINE + "engine.cpp",
        "    CHECK(ports_.signer);\n    TRY(wal_->sync());\n",
        "    CHECK(ports_.signer);\n",
    ),
    Mutation(
        "a double vote is punished twice",
        EVIDENCE + "pool.cpp",
        "if (carried) {\n        return invalid(",
        "if (false && carried) {\n        return invalid(",
    ),
    Mutation(
        "evidence expires by either limit alone",
        EVIDENCE + "verify.cpp",
        "return older && tip.height.value()",
        "return older || tip.height.value()",
    ),
    Mutation(
        "block sync verifies no signature of a commit",
        SYNC + "fetch.cpp",
        "chain::verify_commit(target, state.validators, *commit, options_.verify)",
        "chain::verify_commit(target, state.validators, *commit, [](auto) { return std::nullopt; })",
    ),
    Mutation(
        "block sync applies a block that its commit does not name",
        SYNC + "fetch.cpp",
        "    if (id != commit->block_id()) {\n",
        "    if (false && id != commit->block_id()) {\n",
    ),
    Mutation(
        "a claimed height keeps a node from consensus",
        SYNC + "switching.cpp",
        "    return without >= (gets_any",
        "    return peers_.empty() && without >= (gets_any",
    ),
    Mutation(
        "block sync waits for a silent peer for ever",
        SYNC + "peer_table.cpp",
        "    if (now - peer.waits_since >= timeout) {\n",
        "    if (false && now - peer.waits_since >= timeout) {\n",
    ),
    Mutation(
        "a height's first round waits from where the last one ended",
        ENGINE + "pacer.cpp",
        "*last_began_ + interval_ : now",
        "now + interval_ : now",
    ),
    Mutation(
        "transactions that come do not end the pause",
        ENGINE + "engine.cpp",
        "    if (pacer_.wake()) {\n",
        "    if (false && pacer_.wake()) {\n",
    ),
    Mutation(
        "committed evidence goes on waiting",
        EVIDENCE + "pool.cpp",
        "    pending.settle(settled);\n",
        "",
    ),
    Mutation(
        "one signature of a double vote is enough",
        EVIDENCE + "verify.cpp",
        "{signature_of(evidence.vote_a), signature_of(evidence.vote_b)};",
        "{signature_of(evidence.vote_a)};",
    ),
    Mutation(
        "anybody may be accused of an attack on light clients",
        EVIDENCE + "verify.cpp",
        "if (accused[i].address() != guilty[i].address()) {",
        "if (false && accused[i].address() != guilty[i].address()) {",
    ),
    Mutation(
        "evidence is told to whom cannot judge it",
        GOSSIP + "evidence_gossip.cpp",
        "return age > 0 && age <= pool_.params().max_age_num_blocks",
        "return age <= pool_.params().max_age_num_blocks",
    ),
    Mutation(
        "evidence that a peer sent is told back to it",
        GOSSIP + "evidence_gossip.cpp",
        "            peer.knows.insert(id_of);\n",
        "            static_cast<void>(id_of);\n",
    ),
    Mutation(
        "HasVote names the next validator",
        GOSSIP + "announce.cpp",
        "static_cast<std::int32_t>(index);",
        "static_cast<std::int32_t>(index) + 1;",
    ),
    Mutation(
        "HasVote is not listened to",
        GOSSIP + "peer_state.cpp",
        "    if (known) {\n        mark(*known, static_cast<std::size_t>(message.index));\n",
        "    if (false && known) {\n        mark(*known, static_cast<std::size_t>(message.index));\n",
    ),
    Mutation(
        "votes of one type count as those of the other",
        GOSSIP + "peer_state.cpp",
        "return is_prevote ? &prevotes_ : &precommits_;",
        "return is_prevote ? &precommits_ : &prevotes_;",
    ),
    Mutation(
        "who is behind gets another height's commit",
        GOSSIP + "catch_up.cpp",
        "ports_.blocks.load_commit(height);",
        "ports_.blocks.load_commit(height.next());",
    ),
    Mutation(
        "a stock peer that is behind gets no stored votes",
        GOSSIP + "catch_up.cpp",
        "if (vote && !send_vote(peer, *vote)) {",
        "if (vote && peer.speaks_ours && !send_vote(peer, *vote)) {",
    ),
    Mutation(
        "who is about to follow gets no late precommits",
        GOSSIP + "catch_up.cpp",
        "        send_votes(peer, &now.last_commit->precommits, now.last_commit->round);\n        const Time due",
        "        const Time due",
    ),
    Mutation(
        "votes of the last height are not offered",
        GOSSIP + "serve.cpp",
        "if (state.step() == RoundStep::new_height && now.last_commit) {",
        "if (false && state.step() == RoundStep::new_height && now.last_commit) {",
    ),
    Mutation(
        "the polka of an earlier round is not offered",
        GOSSIP + "serve.cpp",
        "    if (state.pol_round()) {\n        send_votes",
        "    if (false && state.pol_round()) {\n        send_votes",
    ),
    Mutation(
        "a peer of an earlier round is left there",
        GOSSIP + "serve.cpp",
        "    if (state.round() < now.machine.round) {\n",
        "    if (false && state.round() < now.machine.round) {\n",
    ),
    Mutation(
        "a part that was sent is not noted",
        GOSSIP + "serve.cpp",
        "    peer.state.set_part(peer.state.height(), peer.state.round(), part.part.index());\n",
        "",
    ),
    Mutation(
        "a part that a peer sent is not noted",
        GOSSIP + "gossip.cpp",
        "        peer.state.set_part(part->height, part->round, part->part.index());\n",
        "        static_cast<void>(part);\n",
    ),
    Mutation(
        "a vote that a peer sent is not noted",
        GOSSIP + "gossip.cpp",
        "        peer.state.set_vote(*vote);\n        if (vote->height == height_",
        "        if (vote->height == height_",
    ),
    Mutation(
        "a block that a peer wants is not noted",
        GOSSIP + "gossip.cpp",
        "handle(Peer& peer, const NewValidBlock& message) {\n    peer.state.apply(message);\n",
        "handle(Peer& peer, const NewValidBlock&) {\n",
    ),
    Mutation(
        "what a peer has is not forgotten at a new round",
        GOSSIP + "peer_state.cpp",
        "    if (new_round) {\n        enter_round();",
        "    if (new_round && new_height) {\n        enter_round();",
    ),
    Mutation(
        "a drained queue is not gone on with",
        GOSSIP + "gossip.cpp",
        "found->second->full.erase(channel) > 0) {",
        "found->second->full.erase(channel) > 1) {",
    ),
    Mutation(
        "any block proves that the chain is ahead",
        SYNC + "switching.cpp",
        "    if (proved) {\n        is_behind_ = true;",
        "    if (proved || gap > 0) {\n        is_behind_ = true;",
    ),
    Mutation(
        "block sync begins consensus while a peer has more",
        SYNC + "switching.cpp",
        "if (!knows_any || !has_all || ",
        "if (!knows_any || (!has_all && !knows_any) || ",
    ),
    Mutation(
        "a proposal is signed after a vote of its round",
        CORE + "on_answer.cpp",
        "now.machine.step == Step::propose;",
        "now.machine.step != Step::decided && now.machine.step != Step::waiting;",
    ),
]
