"""The bugs that are planted, one at a time: an edit of one place in one file each.

`before` must stand in the file exactly once; if the code has changed, so must the table.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    name: str
    file: str
    before: str
    after: str


CORE = "consensus/core/"
ENGINE = "consensus/engine/"
EVIDENCE = "consensus/evidence/"
SYNC = "consensus/sync/"

MUTATIONS = [
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
        "is_new |= named.insert(offence).second && !block;",
        "is_new |= named.insert(offence).second || !block;",
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
]
