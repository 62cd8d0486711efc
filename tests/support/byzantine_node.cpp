// byzantine_node: the dishonest half of a validator that signs two prevotes at its turn.
//
//   byzantine_node KEY_FILE NETWORK PEER...     a priv_validator_key.json; id@host:port each
//
// It joins as a peer beside an honest node with the same key. When a proposal of that key comes
// along, and then the honest prevote for it, it signs another prevote of the same round, for
// nothing, and sends it to all peers, which thereby have two of one validator. It says so on
// standard output, once for each, and ends when its standard input does.
#include "base/log.h"
#include "base/random.h"
#include "consensus/engine/key_file.h"
#include "consensus/gossip/reactor_message.h"
#include "p2p/switch.h"

#include <cstdio>
#include <fstream>
#include <iostream>
#include <iterator>
#include <limits>
#include <map>
#include <set>

namespace steelyard {
namespace {

class Equivocator final : public p2p::Reactor {
public:
    Equivocator(crypto::PrivateKey key, chain::ChainId chain_id)
        : key_(std::move(key)), chain_id_(std::move(chain_id)) {}

    void use(PeerLink& link) { link_ = &link; }

    std::vector<p2p::ChannelDescriptor> channels() const override {
        return {
            {.id = channel::consensus_state, .priority = 6},
            {.id = channel::consensus_data, .priority = 10},
            {.id = channel::consensus_vote, .priority = 7},
            {.id = channel::consensus_vote_set_bits, .priority = 1},
        };
    }

    void on_peer_up(const p2p::PeerInfo& peer) override { peers_.insert(peer.id); }
    void on_peer_down(PeerId peer) override { peers_.erase(peer); }
    void on_drained(PeerId, ChannelId) override {}

    void on_message(p2p::Inbound inbound) override {
        const auto message = gossip::decode_reactor_message(inbound.channel, inbound.bytes);
        if (!message) {
            return;
        }
        if (const auto* step = std::get_if<gossip::NewRoundStep>(&*message)) {
            // Where a peer thinks us to be, there it sends us what we seem to lack.
            send(inbound.from, *step);
        } else if (const auto* own = std::get_if<consensus::Message>(&*message)) {
            hear(*own);
        }
    }

private:
    using Place = std::pair<chain::Height, chain::Round>;

    void hear(const consensus::Message& message) {
        if (const auto* proposal = std::get_if<chain::Proposal>(&message)) {
            if (chain::verify_proposal(*proposal, chain_id_, key_.public_key())) {
                turns_.insert({proposal->height, proposal->round});
                betray();
            }
        } else if (const auto* vote = std::get_if<chain::Vote>(&message)) {
            if (vote->type == chain::SignedMsgType::prevote && vote->block_id &&
                vote->validator_address == key_.public_key().address()) {
                honest_.insert_or_assign({vote->height, vote->round}, *vote);
                betray();
            }
        }
    }

    void betray() {
        for (const auto& [place, vote] : honest_) {
            if (!turns_.contains(place) || !done_.insert(place).second) {
                continue;
            }
            chain::Vote other = vote;
            other.block_id.reset();
            other.signature = key_.sign(chain::sign_bytes(other, chain_id_));
            for (const PeerId peer : peers_) {
                send(peer, consensus::Message(other));
            }
            std::cout << "equivocated at height " << place.first.value() << std::endl;
        }
        while (honest_.size() > places_max) {
            honest_.erase(honest_.begin());
        }
        while (turns_.size() > places_max) {
            turns_.erase(turns_.begin());
        }
    }

    void send(PeerId to, const gossip::ReactorMessage& message) {
        link_->send(to, gossip::channel_of(message), gossip::encode_reactor_message(message));
    }

    static constexpr std::size_t places_max = 100;

    const crypto::PrivateKey key_;
    const chain::ChainId chain_id_;
    PeerLink* link_ = nullptr;
    std::set<PeerId> peers_;
    std::set<Place> turns_;
    std::map<Place, chain::Vote> honest_;
    std::set<Place> done_;
};

Result<void> run(std::span<char*> arguments) {
    std::ifstream file(arguments[0]);
    const std::string text(std::istreambuf_iterator<char>(file), {});
    TRY_ASSIGN(crypto::PrivateKey key, engine::parse_key_file(text));
    TRY_ASSIGN(const auto chain_id, chain::ChainId::parse(arguments[1]));
    Equivocator equivocator(std::move(key), chain_id);
    SystemRandom random;
    p2p::SwitchConfig config{.laddr = "", .addr_book_strict = false, .pex = false};
    for (const char* peer : arguments.subspan(2)) {
        config.persistent_peers.emplace_back(peer);
    }
    TRY_ASSIGN(
        const auto peers,
        p2p::Switch::create(
            std::move(config),
            p2p::NodeKey::generate(random),
            {.network = chain_id.text(), .version = "0.38.0", .moniker = "byzantine"},
            random
        )
    );
    equivocator.use(*peers);
    peers->add_reactor(equivocator);
    TRY(peers->start());
    std::cin.ignore(std::numeric_limits<std::streamsize>::max(), std::cin.widen('\0'));
    peers->stop();
    return {};
}

}  // namespace
}  // namespace steelyard

int main(int argc, char** argv) {
    if (argc < 4) {
        std::fprintf(stderr, "usage: byzantine_node KEY_FILE NETWORK PEER...\n");
        return 2;
    }
    const auto ran = steelyard::run(std::span(argv, static_cast<std::size_t>(argc)).subspan(1));
    if (!ran) {
        std::fprintf(stderr, "byzantine_node: %s\n", ran.error().message().c_str());
        return 1;
    }
    return 0;
}
