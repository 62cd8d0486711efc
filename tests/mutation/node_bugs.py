"""Bugs to plant in the node: mempool, peers, wiring."""

from mutation import Mutation

MEMPOOL = "src/mempool/"
P2P = "src/p2p/"
NODE = "src/node/"

NODE_BUGS = [
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
        "a peer that shares an address is told of at every dial",
        P2P + "switch_peers.cpp",
        "    told_of_shared_ip_.insert(id);\n",
        "",
    ),
]
