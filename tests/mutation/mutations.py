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
GOSSIP = "consensus/gossip/"
MEMPOOL = "src/mempool/"
P2P = "src/p2p/"
NODE = "src/node/"
LEDGER = "src/ledger/"

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
        "the mempool takes a transaction as often as it comes",
        MEMPOOL + "pool.cpp",
        "               !seen_.insert(tx->key)) {",
        "               (seen_.insert(tx->key), false)) {",
    ),
    Mutation(
        "the mempool does not remember what a block held",
        MEMPOOL + "pool.cpp",
        "            seen_.insert(keys[i]);\n",
        "",
    ),
    Mutation(
        "the mempool takes what a block held while it was checked",
        MEMPOOL + "pool.cpp",
        "            checking_.erase(keys[i]);\n",
        "",
    ),
    Mutation(
        "the mempool rechecks nothing without a sender",
        MEMPOOL + "pool.cpp",
        "plain_due_ = config_.recheck && !plain_.empty();",
        "plain_due_ = false && config_.recheck && !plain_.empty();",
    ),
    Mutation(
        "the mempool keeps what fails a recheck",
        MEMPOOL + "pool.cpp",
        "if (check.result.code == 0 &&\n",
        "if ((check.result.code == 0 || stats_.rechecked > 0) &&\n",
    ),
    Mutation(
        "fresh transactions are checked before a sender's older ones",
        MEMPOOL + "mempool.cpp",
        "while (pool_.has_senders_to_recheck() && recheck_some()) {",
        "while (false && pool_.has_senders_to_recheck() && recheck_some()) {",
    ),
    Mutation(
        "a sender's transactions follow one that did not fit",
        MEMPOOL + "pool.cpp",
        "        walk.advance(fits);\n",
        "        walk.advance(true);\n",
    ),
    Mutation(
        "a transaction is sent back to whom it came from",
        MEMPOOL + "gossip.cpp",
        "            if (is_new && peer.slot) {\n",
        "            if (false && is_new && peer.slot) {\n",
    ),
    Mutation(
        "a transaction that is not sent is asked of nobody else",
        MEMPOOL + "gossip_requests.cpp",
        "            announcers.insert(announcers.begin(), peer);\n",
        "",
    ),
    Mutation(
        "transactions go to peers that are far behind",
        MEMPOOL + "gossip_send.cpp",
        "return peer.height && tx.height > peer.height->next();",
        "return false && peer.height && tx.height > peer.height->next();",
    ),
    Mutation(
        "every packet ends a message",
        P2P + "message_receiver.cpp",
        "    if (packet.last) {\n        if (size",
        "    if (packet.last || size > 0) {\n        if (size",
    ),
    Mutation(
        "a message may be of any size",
        P2P + "message_receiver.cpp",
        "if (size > channel->size_max) {",
        "if (packet.data.size() > channel->size_max) {",
    ),
    Mutation(
        "priorities of channels mean nothing",
        P2P + "send_queues.cpp",
        "(best == nullptr || less(channel, *best))",
        "(best == nullptr || (false && less(channel, *best)))",
    ),
    Mutation(
        "a peer need not have the key that it names",
        P2P + "secret_connection.cpp",
        "if (!key->verify(challenge_, signature)) {",
        "if (false && !key->verify(challenge_, signature)) {",
    ),
    Mutation(
        "blocks are removed that evidence may be about",
        NODE + "pruner.cpp",
        "if (!is_beyond_evidence(params.evidence, meta.header, last.header)) {",
        "if (false && !is_beyond_evidence(params.evidence, meta.header, last.header)) {",
    ),
    Mutation(
        "one block too many is removed",
        NODE + "pruner.cpp",
        "range.tip.value() - parts_.retain_blocks + 1;",
        "range.tip.value() - parts_.retain_blocks + 2;",
    ),
    Mutation(
        "a block fewer is searched for own signatures",
        NODE + "double_sign_check.cpp",
        "range.tip.value() - count + 1)",
        "range.tip.value() - count + 2)",
    ),
    Mutation(
        "who has voted is named as silent",
        NODE + "stall_report.cpp",
        "if (votes && votes->vote(index)) {",
        "if (votes && !votes->vote(index)) {",
    ),
    Mutation(
        "a proposal is signed after a vote of its round",
        CORE + "on_answer.cpp",
        "now.machine.step == Step::propose;",
        "now.machine.step != Step::decided && now.machine.step != Step::waiting;",
    ),
    Mutation(
        "a beacon key is in force one block late",
        LEDGER + "beacon/beacon.cpp",
        "return next && next_mature <= height ?",
        "return next && next_mature < height ?",
    ),
    Mutation(
        "a beacon key is mature after one epoch",
        LEDGER + "beacon/beacon.cpp",
        "now.value() + 2 * context.params.beacon.epoch_blocks",
        "now.value() + context.params.beacon.epoch_blocks",
    ),
    Mutation(
        "a beacon key may be replaced when it is nearly in force",
        LEDGER + "beacon/beacon.cpp",
        "if (keys.next && keys.next_mature.value() - now.value() < epoch_blocks) {",
        "if (false && keys.next && keys.next_mature.value() - now.value() < epoch_blocks) {",
    ),
    Mutation(
        "two validators may have one beacon key",
        LEDGER + "beacon/beacon.cpp",
        "    if (known) {\n",
        "    if (false && known) {\n",
    ),
    Mutation(
        "one value of the beacon too few is kept",
        LEDGER + "beacon/beacon.cpp",
        "> height.value() - history) {",
        "> height.value() - history + 1) {",
    ),
    Mutation(
        "a beacon may hold something else",
        LEDGER + "block/beacon_tx.cpp",
        "    if (!equal(tx, make_beacon_tx(proof))) {",
        "    if (false && !equal(tx, make_beacon_tx(proof))) {",
    ),
    Mutation(
        "a beacon is taken under another validator's key",
        LEDGER + "block/check_beacon.cpp",
        "beacon::key_in_force(state, *number, height)",
        "beacon::key_in_force(state, ledger::ValidatorNumber{0}, height)",
    ),
    Mutation(
        "two thirds change the parameters",
        LEDGER + "proposals/proposals.cpp",
        "return 3 * in_favour > 2 * all;",
        "return 3 * in_favour >= 2 * all;",
    ),
    Mutation(
        "half of the power changes the parameters",
        LEDGER + "proposals/proposals.cpp",
        "return 3 * in_favour > 2 * all;",
        "return 2 * in_favour > all;",
    ),
    Mutation(
        "approvals outlive their proposal",
        LEDGER + "proposals/proposals.cpp",
        "TRY(state.erase(Store::params, record.key));",
        "TRY(state.erase(Store::auth, record.key));",
    ),
    Mutation(
        "an approval of other parameters counts",
        LEDGER + "proposals/proposals.cpp",
        "    if (!equal(hash, params_hash)) {",
        "    if (false && !equal(hash, params_hash)) {",
    ),
    Mutation(
        "a settled delegation keeps its starting info",
        LEDGER + "distribution/rewards.cpp",
        "    TRY(erase_starting_info(state, validator, delegator.number));\n",
        "",
    ),
    Mutation(
        "a period that ended keeps its reference",
        LEDGER + "distribution/rewards.cpp",
        "    TRY(drop_reference(state, validator, before));\n",
        "",
    ),
    Mutation(
        "a slash leaves the stake that earns as it was",
        LEDGER + "distribution/rewards.cpp",
        "const Dec kept = minus(Dec(1), event.fraction);",
        "const Dec kept = Dec(1);",
    ),
    Mutation(
        "a slashed stake is rounded up",
        LEDGER + "distribution/rewards.cpp",
        "walk.stake = multiply(walk.stake, kept, Rounding::truncate).value();",
        "walk.stake = multiply(walk.stake, kept, Rounding::up).value();",
    ),
    Mutation(
        "what a token earned is rounded up",
        LEDGER + "distribution/rewards.cpp",
        "divide(rewards, whole(tokens), Rounding::truncate)",
        "divide(rewards, whole(tokens), Rounding::up)",
    ),
    Mutation(
        "rewards that nobody can earn stay with the validator",
        LEDGER + "distribution/rewards.cpp",
        "        TRY(give_to_pool(state, validator, current.rewards));\n",
        "",
    ),
    Mutation(
        "fractions of rewards stay with the validator",
        LEDGER + "distribution/rewards.cpp",
        "    TRY(give_to_pool(state, validator, minus(earned, whole(paid))));\n",
        "",
    ),
    Mutation(
        "a validator's part is rounded to the nearest",
        LEDGER + "distribution/funds.cpp",
        "divide(Dec(share.power), Dec(total), chain::Rounding::truncate)",
        "divide(Dec(share.power), Dec(total))",
    ),
    Mutation(
        "what must be signed is rounded down",
        LEDGER + "slashing/slashing.cpp",
        "to_amount(*signed_min, Rounding::up)",
        "to_amount(*signed_min, Rounding::truncate)",
    ),
    Mutation(
        "a new validator is judged a block early",
        LEDGER + "slashing/slashing.cpp",
        "> params.signed_blocks_window;",
        ">= params.signed_blocks_window;",
    ),
    Mutation(
        "who is in jail is judged",
        LEDGER + "slashing/slashing.cpp",
        "if (!member || member->validator.jailed) {",
        "if (!member) {",
    ),
    Mutation(
        "a window of another length goes on",
        LEDGER + "slashing/slashing.cpp",
        "if (info.window != context.params.slashing.signed_blocks_window) {",
        "if (info.window == 0) {",
    ),
    Mutation(
        "downtime is punished a block too late",
        LEDGER + "slashing/slashing.cpp",
        "distribution_height(context.block.height, 2)",
        "distribution_height(context.block.height, 1)",
    ),
    Mutation(
        "a double vote is punished at its own height",
        LEDGER + "slashing/slashing.cpp",
        "distribution_height(height, 1)",
        "distribution_height(height, 0)",
    ),
    Mutation(
        "evidence is too old by either limit",
        LEDGER + "slashing/slashing.cpp",
        "blocks > params.max_age_num_blocks && (",
        "blocks > params.max_age_num_blocks || (",
    ),
    Mutation(
        "a double vote is punished as often as it is told",
        LEDGER + "slashing/slashing.cpp",
        "    if (info.tombstoned) {\n",
        "    if (false) {\n",
    ),
    Mutation(
        "the tombstoned may leave jail",
        LEDGER + "slashing/slashing.cpp",
        "if (info && info->tombstoned) {",
        "if (false) {",
    ),
    Mutation(
        "a message that fails leaves what the ones before did",
        LEDGER + "pipeline/run_tx.cpp",
        "        context.state.roll_back(mark);\n",
        "        static_cast<void>(mark);\n",
    ),
    Mutation(
        "a transaction may make any number of events",
        LEDGER + "pipeline/run_tx.cpp",
        "if (context.events.size() > ExecTxResult::events_max) {",
        "if (false && context.events.size() > ExecTxResult::events_max) {",
    ),
    Mutation(
        "a signature is good for ever",
        LEDGER + "pipeline/admit.cpp",
        "        ++signer.account.sequence;\n",
        "",
    ),
    Mutation(
        "any sequence will do",
        LEDGER + "pipeline/admit.cpp",
        "        if (expected != got) {",
        "        if (false && expected != got) {",
    ),
    Mutation(
        "only the first signer's signature is verified",
        LEDGER + "pipeline/admit.cpp",
        "        if (!verifier(statements)) {",
        "        if (i == 0 && !verifier(statements)) {",
    ),
    Mutation(
        "anybody's key signs for an account without one",
        LEDGER + "pipeline/admit.cpp",
        "        if (tx::address_of(*key) != address) {",
        "        if (signer.account.key && tx::address_of(*key) != address) {",
    ),
    Mutation(
        "a signature for another chain is good",
        LEDGER + "pipeline/admit.cpp",
        ".chain_id = chain_id,",
        ".chain_id = chain_id.text().empty() ? chain_id : *chain::ChainId::parse(\"other\"),",
    ),
    Mutation(
        "the fee may be one too small",
        LEDGER + "pipeline/admit.cpp",
        "chain::Rounding::up",
        "chain::Rounding::truncate",
    ),
    Mutation(
        "the first signer pays another payer's fee",
        LEDGER + "pipeline/admit.cpp",
        "const auto place = std::ranges::find(tx.signers, tx.payer);",
        "const auto place = tx.signers.begin();",
    ),
    Mutation(
        "the whole fee is burned",
        LEDGER + "pipeline/admit.cpp",
        "bank::burn(context, payer, burned_,",
        "bank::burn(context, payer, whole_,",
    ),
    Mutation(
        "the fee's records cost gas",
        LEDGER + "pipeline/admit.cpp",
        "        const Unmetered unmetered(context.state);\n        Fee(tx, context.params).take",
        "        Fee(tx, context.params).take",
    ),
    Mutation(
        "a simulation has less gas than its transaction",
        LEDGER + "pipeline/admit.cpp",
        "missing_size(tx.decoded.signers[i]) : 0;",
        "missing_size(tx.decoded.signers[i]) / 2 : 0;",
    ),
    Mutation(
        "a transaction is good a block longer than it says",
        LEDGER + "pipeline/admit.cpp",
        "static_cast<std::uint64_t>(block.height.value()) > timeout",
        "static_cast<std::uint64_t>(block.height.value()) > timeout + 1",
    ),
    Mutation(
        "the payer of the fee need not sign",
        LEDGER + "pipeline/read_tx.cpp",
        "        add_signer(tx.payer, tx.signers);\n",
        "",
    ),
    Mutation(
        "extension options are passed over",
        LEDGER + "pipeline/read_tx.cpp",
        "if (decoded->has_extension_options) {",
        "if (false && decoded->has_extension_options) {",
    ),
    Mutation(
        "a module's account can be paid",
        LEDGER + "messages/bank.cpp",
        "if (auth::is_module_address(address)) {",
        "if (false && auth::is_module_address(address)) {",
    ),
    Mutation(
        "outputs may be more than the input",
        LEDGER + "messages/bank.cpp",
        "    if (spent != received) {",
        "    if (received < spent) {",
    ),
    Mutation(
        "a page begins behind its key",
        LEDGER + "queries/pages.cpp",
        "from_(std::move(from)) {}",
        "from_(ledger::after(from)) {}",
    ),
    Mutation(
        "a change that is taken back stays where there was a value",
        LEDGER + "state/state_view.cpp",
        "            undo.place->second = std::move(*undo.before);\n",
        "",
    ),
    Mutation(
        "an operator is jailed who has just enough left",
        LEDGER + "staking/stake.cpp",
        "return tokens < validator.min_self_delegation;",
        "return tokens <= validator.min_self_delegation;",
    ),
    Mutation(
        "what left at the height of an offence is not slashed",
        LEDGER + "staking/penalties.cpp",
        "return entry.creation_height >= since &&",
        "return entry.creation_height > since &&",
    ),
    Mutation(
        "what is just mature is slashed",
        LEDGER + "staking/penalties.cpp",
        "entry.completion_time > context.block.time;",
        "entry.completion_time >= context.block.time;",
    ),
    Mutation(
        "a redelegation of which a part left pays its whole fraction again",
        LEDGER + "staking/penalties.cpp",
        "multiply_divide(shares, less(due, paid), due);",
        "multiply_divide(shares, due, due);",
    ),
    Mutation(
        "others pay what a slashed entry has not",
        LEDGER + "staking/penalties.cpp",
        "std::min(less(due, left.due), validator->tokens);",
        "std::min(less(due, left.burned), validator->tokens);",
    ),
    Mutation(
        "rewards hear of a slash that is rounded down",
        LEDGER + "staking/penalties.cpp",
        "divide(part, all, Rounding::up)",
        "divide(part, all, Rounding::truncate)",
    ),
    Mutation(
        "what left the destination before a redelegation is slashed for it",
        LEDGER + "staking/penalties.cpp",
        "slash_what_moved_on(context, route, entry.creation_height, due)",
        "slash_what_moved_on(context, route, offence.height, due)",
    ),
    Mutation(
        "a validator without a beacon key is drawn",
        LEDGER + "staking/end_block.cpp",
        "ready = key.has_value();",
        "ready = key.has_value() || true;",
    ),
    Mutation(
        "the active set gets empty",
        LEDGER + "staking/end_block.cpp",
        "    if (drawn.empty()) {",
        "    if (false && drawn.empty()) {",
    ),
    Mutation(
        "what is just mature waits",
        LEDGER + "staking/end_block.cpp",
        "waiting->time > context.block.time",
        "waiting->time >= context.block.time",
    ),
    Mutation(
        "a cancelled unbonding is slashed as if it were whole",
        LEDGER + "staking/operations.cpp",
        "    entry->initial_balance = *checked_sub(entry->initial_balance, amount);\n",
        "",
    ),
    Mutation(
        "an unbonding has no place in the queue",
        LEDGER + "staking/delegation.cpp",
        "move_in_queue(state, waiting, times_of(before), times_of(unbonding))",
        "move_in_queue(state, waiting, times_of(before), times_of(before))",
    ),
    Mutation(
        "a jailed validator keeps its place in the order of powers",
        LEDGER + "staking/validator.cpp",
        "if (member.validator.jailed || power < 1) {",
        "if (power < 1) {",
    ),
    Mutation(
        "a validator without shares is removed while it is unbonding",
        LEDGER + "staking/stake.cpp",
        "    if (validator.shares.is_zero() && validator.status == Status::unbonded) {",
        "    if (validator.shares.is_zero() && validator.status != Status::bonded) {",
    ),
    Mutation(
        "checks wait for a block's commit",
        LEDGER + "app/application.cpp",
        "    const std::lock_guard lock(check_mutex_);\n    if (has_failed_) {",
        "    TRY_ASSIGN(const auto pass, enter());\n"
        "    const std::lock_guard lock(check_mutex_);\n    if (has_failed_) {",
    ),
    Mutation(
        "a beacon is proposed where it does not fit",
        LEDGER + "app/application.cpp",
        "if (request.txs_size_max < block::size_in_block(*beacon)) {",
        "if (request.txs_size_max < 0) {",
    ),
    Mutation(
        "a block may have any number of events",
        LEDGER + "block/execute.cpp",
        "    clip_events(results.events);\n",
        "    static_cast<void>(&clip_events);\n",
    ),
    Mutation(
        "a block may be too small for its evidence and a beacon",
        LEDGER + "params/params.cpp",
        "    if (size - rest_min < evidence.max_bytes) {",
        "    if (size < evidence.max_bytes) {",
    ),
    Mutation(
        "the queue is walked from its beginning for each that ends",
        LEDGER + "staking/end_block.cpp",
        "        last = waiting;\n",
        "        last.reset();\n",
    ),
]
