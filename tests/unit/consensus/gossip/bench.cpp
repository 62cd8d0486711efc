#include "bench.h"

namespace steelyard::gossip {

using consensus::TimeoutKind;

GossipBench::GossipBench(test::ConsensusDriver::Options options)
    : driver(std::move(options)), gossip({}, {*this, *this, *this}) {
}

void GossipBench::start() {
    driver.start();
    follow();
}

void GossipBench::follow() {
    const consensus::Effects& effects = driver.effects();
    for (; effects_seen_ < effects.size(); ++effects_seen_) {
        const consensus::Effect& effect = effects[effects_seen_];
        if (const auto* published = std::get_if<consensus::Publish>(&effect)) {
            gossip.publish(published->message);
        } else if (const auto* reply = std::get_if<consensus::Send>(&effect)) {
            gossip.send(reply->to, reply->message);
        } else if (const auto* report = std::get_if<consensus::ReportPeer>(&effect)) {
            gossip.report(report->peer, report->error);
        } else if (const auto* decide = std::get_if<consensus::Decide>(&effect)) {
            decided_.emplace(
                decide->block->header.height.value(),
                Decided{
                    chain::make_block_meta(*decide->block, decide->parts),
                    decide->parts,
                    decide->commit
                }
            );
        }
    }
    gossip.state_changed(driver.state(), now);
}

void GossipBench::pass(Time time) {
    const Time until = now + time;
    for (auto next = gossip.next_tick(); next && *next <= until; next = gossip.next_tick()) {
        now = std::max(now, *next);
        gossip.tick(now);
    }
    now = until;
}

test::ProposedBlock GossipBench::decide(int number, std::size_t tx_size) {
    if (driver.now().machine.step == consensus::Step::waiting) {
        driver.elapse(TimeoutKind::commit);
    }
    const test::ProposedBlock block = driver.block(number, tx_size);
    driver.propose(block, 0);
    driver.prevotes(0, block.id);
    driver.precommits(0, block.id);
    follow();
    driver.next_height();
    follow();
    return block;
}

void GossipBench::join(PeerId peer) {
    gossip.add_peer(peer, peer == ours, now);
}

void GossipBench::join_at(PeerId peer, std::int64_t height, int round) {
    join(peer);
    step(peer, height, round);
}

void GossipBench::say(PeerId peer, const ReactorMessage& message) {
    gossip.receive(peer, channel_of(message), encode_reactor_message(message), now);
}

void GossipBench::step(PeerId peer, std::int64_t height, int round, RoundStep step) {
    const auto last = height > 1 ? std::optional(chain::Round(0)) : std::nullopt;
    say(peer, NewRoundStep{chain::Height(height), chain::Round(round), step, 0, last});
}

std::size_t GossipBench::count(PeerId to) const {
    return static_cast<std::size_t>(std::ranges::count(sent_, to, &SentMessage::to));
}

bool GossipBench::send(PeerId to, ChannelId channel, Bytes message) {
    if (full.contains(channel)) {
        return false;
    }
    auto read = decode_reactor_message(channel, message);
    EXPECT_TRUE(read) << "sent what no peer reads";
    if (read) {
        sent_.push_back({to, *std::move(read)});
    }
    return true;
}

storage::BlockRange GossipBench::range() const {
    return {chain::Height(1), chain::Height(static_cast<std::int64_t>(decided_.size()))};
}

Result<chain::BlockMeta> GossipBench::load_meta(chain::Height height) const {
    if (pruned.contains(height.value())) {
        return fail(ErrorCode::not_found, "pruned");
    }
    return decided_.at(height.value()).meta;
}

Result<chain::Part> GossipBench::load_part(chain::Height height, std::uint32_t index) const {
    return *decided_.at(height.value()).parts.part(index);
}

Result<chain::Commit> GossipBench::load_commit(chain::Height height) const {
    return decided_.at(height.value()).commit;
}

void GossipBench::on_message(PeerId from, consensus::Message message) {
    heard.push_back(message);
    driver.receive(std::move(message), from);
    follow();
}

}  // namespace steelyard::gossip
