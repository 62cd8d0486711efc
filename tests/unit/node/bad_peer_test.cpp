// What a whole node does with a peer that breaks the rules: tables of wrong things to send.
#include "consensus/gossip/reactor_message.h"
#include "consensus/sync/messages.h"
#include "mempool/gossip_messages.h"
#include "node/node.h"
#include "p2p/pex_message.h"
#include "tests/bench/load/http.h"
#include "tests/support/test_homes.h"
#include "tests/unit/node/raw_peer.h"

#include <gtest/gtest.h>
#include <unistd.h>
#include <fstream>
#include <thread>

#ifdef __SANITIZE_ADDRESS__
/// The sanitizer keeps a quarter of a gigabyte of what was freed; here memory is measured.
extern "C" const char* __asan_default_options() {
    return "quarantine_size_mb=16";
}
#endif

namespace steelyard::node {
namespace {

using namespace std::chrono_literals;
using test::RawPeer;

constexpr auto patience = 10s;
constexpr std::size_t memory_growth_max = std::size_t{96} << 20;

std::string field(const std::string& json, const std::string& name) {
    const std::size_t at = json.find("\"" + name + "\":\"");
    if (at == std::string::npos) {
        return {};
    }
    const std::size_t begin = at + name.size() + 4;
    return json.substr(begin, json.find('"', begin) - begin);
}

/// What this process has in memory.
std::size_t resident_bytes() {
    std::ifstream file("/proc/self/statm");
    std::size_t pages = 0;
    file >> pages >> pages;
    return pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE));
}

/// Two validators, of which neither can do without the other; the bad peers go to the first.
class BadPeer : public testing::Test {
protected:
    static void SetUpTestSuite() {
        homes_ = std::make_unique<steelyard::test::TestHomes>(2, "bad-peers");
        for (std::size_t index = 0; index < 2; ++index) {
            Config config = homes_->config(index);
            config.mempool.size = 2'000;
            config.instrumentation.prometheus = true;
            config.instrumentation.prometheus_listen_addr = "127.0.0.1:0";
            if (index > 0) {
                const NodeAddresses first = nodes_[0]->addresses();
                config.p2p.persistent_peers = {
                    fmt::format("{}@127.0.0.1:{}", first.id, first.p2p_port)
                };
            }
            auto node =
                Node::start(config, [](const Error& error) { ADD_FAILURE() << error.message(); });
            ASSERT_TRUE(node) << node.error().message();
            nodes_.push_back(*std::move(node));
        }
    }

    static void TearDownTestSuite() {
        nodes_.clear();
        homes_.reset();
    }

    void SetUp() override { ASSERT_TRUE(reaches(2)); }

    static std::string get(std::size_t index, const std::string& target) {
        load::HttpConnection http({"127.0.0.1", nodes_[index]->addresses().rpc_ports.front()});
        return http.get(target);
    }

    static std::int64_t height(std::size_t index = 0) {
        const std::string text = field(get(index, "/status"), "latest_block_height");
        return text.empty() ? 0 : std::stoll(text);
    }

    template <typename Condition>
    static bool eventually(Condition condition) {
        const auto end = std::chrono::steady_clock::now() + patience;
        while (!condition()) {
            if (std::chrono::steady_clock::now() > end) {
                return false;
            }
            std::this_thread::sleep_for(5ms);
        }
        return true;
    }

    static bool reaches(std::int64_t wanted) {
        return eventually([&] { return height(0) >= wanted && height(1) >= wanted; });
    }

    /// How many connections of the first node have ended for this reason.
    static std::int64_t dropped(const std::string& reason) {
        load::HttpConnection http({"127.0.0.1", nodes_[0]->addresses().rpc_ports.back()});
        const std::string text = http.get("/metrics");
        const std::string name = "steelyard_p2p_peers_dropped_total{";
        for (std::size_t at = text.find(name); at != std::string::npos;
             at = text.find(name, at + 1)) {
            const std::string line = text.substr(at, text.find('\n', at) - at);
            if (line.find("reason=\"" + reason + "\"") != std::string::npos) {
                return std::stoll(line.substr(line.rfind(' ') + 1));
            }
        }
        return 0;
    }

    static std::unique_ptr<RawPeer> connect() {
        auto peer = std::make_unique<RawPeer>(nodes_[0]->addresses().p2p_port, "bad-peers");
        EXPECT_TRUE(peer->is_up());
        return peer;
    }

    /// The other validator stays, and a transaction is committed, which takes both.
    static void expect_the_chain_goes_on() {
        static int number = 0;
        EXPECT_NE(get(0, "/net_info").find(nodes_[1]->addresses().id), std::string::npos);
        std::string answer;
        EXPECT_TRUE(eventually([&] {  // a pool that others filled has room again after a block
            answer = get(1, fmt::format("/broadcast_tx_commit?tx=\"on{}=1\"", ++number));
            return !field(answer, "height").empty() && field(answer, "height") != "0";
        })) << answer;
        const std::string at = field(answer, "height");
        EXPECT_TRUE(reaches(at.empty() ? 1 : std::stoll(at)));
    }

    static inline std::unique_ptr<steelyard::test::TestHomes> homes_{};
    static inline std::vector<std::unique_ptr<Node>> nodes_{};
};

struct Misdeed {
    std::string name{};
    std::string reason{};  ///< under which the end of the connection is counted
    std::function<void(RawPeer&)> commit{};
};

void PrintTo(const Misdeed& misdeed, std::ostream* out) {
    *out << misdeed.name;
}

class Dropped : public BadPeer, public testing::WithParamInterface<Misdeed> {};

TEST_P(Dropped, and_counted_while_the_chain_goes_on) {
    const std::int64_t before = dropped(GetParam().reason);
    const std::int64_t gone_before = dropped("remote");
    const auto peer = connect();

    GetParam().commit(*peer);

    EXPECT_TRUE(peer->is_hung_up(patience));
    EXPECT_TRUE(eventually([&] { return dropped(GetParam().reason) > before; }));
    EXPECT_EQ(dropped("remote"), gone_before);
    expect_the_chain_goes_on();
}

std::function<void(RawPeer&)> message(ChannelId channel, Bytes bytes) {
    return [channel, bytes = std::move(bytes)](RawPeer& peer) { peer.send(channel, bytes); };
}

/// Pieces until the node has had enough.
std::function<void(RawPeer&)> endless_message(ChannelId channel) {
    return [channel](RawPeer& peer) {
        constexpr std::size_t sent_max = 160 << 20;
        const Bytes piece(1024, 1);
        for (std::size_t sent = 0; sent < sent_max && peer.send_piece(channel, piece);) {
            sent += piece.size();
        }
    };
}

std::vector<Misdeed> misdeeds() {
    std::vector<Misdeed> out{
        {"unknown_channel", "protocol", message(0x77, Bytes(10, 1))},
        {"frame_that_is_none", "protocol", [](RawPeer& peer) { peer.send_socket(Bytes(1044)); }},
        {"packet_that_is_none", "protocol", [](RawPeer& peer) { peer.send_stream(Bytes(64, 0xff)); }
        },
        {"packet_too_large",
         "protocol",
         [](RawPeer& peer) { peer.send_stream(Bytes{0x80, 0x80, 0x80, 0x01}); }},
        {"empty_message", "protocol", message(channel::mempool, {})},
    };
    const std::vector<std::pair<ChannelId, std::string>> channels{
        {channel::pex, "pex"},
        {channel::consensus_state, "invalid"},
        {channel::consensus_data, "invalid"},
        {channel::consensus_vote, "invalid"},
        {channel::consensus_vote_set_bits, "invalid"},
        {channel::consensus_help, "invalid"},
        {channel::mempool, "invalid"},
        {channel::evidence, "invalid"},
        {channel::block_sync, "invalid"},
        {channel::mempool_announce, "invalid"},
        {channel::blob, "invalid"},
    };
    for (const auto& [id, reason] : channels) {
        out.push_back({fmt::format("garbage_{:02x}", id), reason, message(id, Bytes(100, 0xff))});
        out.push_back({fmt::format("endless_{:02x}", id), "protocol", endless_message(id)});
    }
    return out;
}

std::string name_of(const testing::TestParamInfo<Misdeed>& test) {
    return test.param.name;
}

INSTANTIATE_TEST_SUITE_P(Bytes, Dropped, testing::ValuesIn(misdeeds()), name_of);

Bytes pex(const p2p::PexMessage& message) {
    return p2p::encode_pex(message);
}

Bytes txs(const Bytes& tx, std::size_t count) {
    const std::vector<ByteView> many(count, ByteView(tx));
    return mempool::encode_txs(many);
}

/// Well-formed messages that no honest peer sends.
std::vector<Misdeed> lies() {
    return {
        {"addresses_unasked", "pex", message(channel::pex, pex(p2p::PexAddresses{}))},
        {"addresses_asked_too_often",
         "pex",
         [](RawPeer& peer) {
             for (int i = 0; i < 4 && peer.send(channel::pex, pex(p2p::PexRequest{})); ++i) {
             }
         }},
        {"block_unasked",
         "invalid",
         message(channel::block_sync, sync::encode_message(sync::BlockResponse{Bytes(1000, 7)}))},
        {"transactions_that_fail",
         "invalid",
         [](RawPeer& peer) {
             for (std::uint32_t i = 0; i < 5'000; ++i) {
                 const std::string text = fmt::format("no pair {}", i);
                 if (!peer.send(channel::mempool, txs(to_bytes(as_bytes(text)), 1))) {
                     break;
                 }
             }
         }},
    };
}

INSTANTIATE_TEST_SUITE_P(Lies, Dropped, testing::ValuesIn(lies()), name_of);

/// What may be sent, but not so much of it: the node may hang up or take no notice, and stays as it
/// is.
class Flood : public BadPeer, public testing::WithParamInterface<Misdeed> {};

TEST_P(Flood, costs_bounded_memory_and_the_chain_goes_on) {
    const auto peer = connect();
    const std::size_t before = resident_bytes();

    GetParam().commit(*peer);

    expect_the_chain_goes_on();
    EXPECT_LT(resident_bytes(), before + memory_growth_max);
    RecordProperty("hung_up", peer->is_hung_up(0ms) ? "yes" : "no");
}

chain::BlockId some_block(std::uint32_t seed) {
    chain::BlockId id;
    id.hash[0] = static_cast<std::uint8_t>(seed);
    id.hash[1] = 1;
    id.parts.total = 3;
    id.parts.hash = id.hash;
    return id;
}

/// For heights and rounds around and far from where the chain is.
template <typename Make>
std::function<void(RawPeer&)> many(Make make, std::uint32_t count = 20'000) {
    return [make, count](RawPeer& peer) {
        const std::int64_t tip = 10;
        for (std::uint32_t i = 0; i < count; ++i) {
            const gossip::ReactorMessage message = make(chain::Height(tip + i % 200), i);
            const Bytes bytes = gossip::encode_reactor_message(message);
            if (!peer.send(gossip::channel_of(message), bytes)) {
                return;
            }
        }
    };
}

chain::Round round_of(std::uint32_t number) {
    return chain::Round(static_cast<std::int32_t>(number % 1'000'000));
}

gossip::ReactorMessage false_vote(chain::Height height, std::uint32_t i) {
    chain::Vote vote;
    vote.type = i % 2 == 0 ? chain::SignedMsgType::prevote : chain::SignedMsgType::precommit;
    vote.height = height;
    vote.round = round_of(i);
    vote.block_id = some_block(i);
    vote.validator_index = i % 2;
    vote.validator_address[0] = 1;
    vote.signature.fill(static_cast<std::uint8_t>(i));
    return consensus::Message(vote);
}

gossip::ReactorMessage false_part(chain::Height height, std::uint32_t i) {
    consensus::BlockPart part;
    part.height = height;
    part.part.bytes = Bytes(500, static_cast<std::uint8_t>(i));
    part.part.proof.total = 1;
    part.part.proof.leaf_hash[0] = 1;
    return consensus::Message(part);
}

std::vector<Misdeed> floods() {
    return {
        {"votes_of_far_rounds", "", many(false_vote)},
        {"parts_with_false_proofs", "", many(false_part)},
        {"claims_of_votes", "", many([](chain::Height height, std::uint32_t i) {
             return gossip::HasVote{height, round_of(i), chain::SignedMsgType::prevote, 1};
         })},
        {"claims_of_quorums", "", many([](chain::Height height, std::uint32_t i) {
             return gossip::VoteSetMaj23{
                 height, round_of(i), chain::SignedMsgType::prevote, some_block(i)
             };
         })},
        {"steps_to_and_fro", "", many([](chain::Height height, std::uint32_t i) {
             return gossip::NewRoundStep{
                 height, round_of(i), gossip::RoundStep::prevote, 1, chain::Round(0)
             };
         })},
        {"a_height_far_ahead",
         "",
         [](RawPeer& peer) {
             const gossip::NewRoundStep step{
                 chain::Height(1'000'000'000'000),
                 chain::Round(0),
                 gossip::RoundStep::propose,
                 1,
                 chain::Round(0)
             };
             peer.send(channel::consensus_state, gossip::encode_reactor_message(step));
             const sync::StatusResponse status{1'000'000'000'000, 1};
             peer.send(channel::block_sync, sync::encode_message(status));
         }},
        {"requests_of_blocks",
         "",
         [](RawPeer& peer) {
             for (std::int64_t i = 0; i < 20'000; ++i) {
                 if (!peer.send(
                         channel::block_sync, sync::encode_message(sync::BlockRequest{1 + i % 3})
                     )) {
                     return;
                 }
             }
         }},
        {"requests_of_status",
         "",
         [](RawPeer& peer) {
             for (int i = 0; i < 20'000; ++i) {
                 if (!peer.send(channel::block_sync, sync::encode_message(sync::StatusRequest{}))) {
                     return;
                 }
             }
         }},
        {"transactions",
         "",
         [](RawPeer& peer) {
             for (std::uint32_t i = 0; i < 20'000; ++i) {
                 const std::string text = fmt::format("flood{}={}", i, std::string(200, 'x'));
                 if (!peer.send(channel::mempool, txs(to_bytes(as_bytes(text)), 1))) {
                     return;
                 }
             }
         }},
        {"announcements",
         "",
         [](RawPeer& peer) {
             for (std::uint64_t i = 0; i < 500; ++i) {
                 mempool::Announce announce;
                 for (std::uint64_t j = 0; j < mempool::ids_per_message_max; ++j) {
                     announce.ids.push_back((i << 32) + j);
                 }
                 if (!peer.send(
                         channel::mempool_announce, mempool::encode_announce_message(announce)
                     )) {
                     return;
                 }
             }
         }},
    };
}

INSTANTIATE_TEST_SUITE_P(Messages, Flood, testing::ValuesIn(floods()), name_of);

}  // namespace
}  // namespace steelyard::node
