#include "mempool/gossip.h"

#include "tests/support/hex_bytes.h"

#include <gtest/gtest.h>
#include <map>

namespace steelyard::mempool {
namespace {

using namespace std::chrono_literals;

constexpr PeerId ours = 1;
constexpr PeerId other = 2;
constexpr PeerId stock = 3;

class Link final : public PeerLink {
public:
    bool send(PeerId to, ChannelId channel, Bytes message) override {
        if (is_full) {
            return false;
        }
        sent.emplace_back(to, channel, std::move(message));
        return true;
    }

    void drop(PeerId peer, const Error& error) override { dropped[peer] = error.message(); }

    struct Message {
        PeerId to;
        ChannelId channel;
        Bytes bytes;
    };

    bool is_full = false;
    std::vector<Message> sent;
    std::map<PeerId, std::string> dropped;
};

class Sink final : public TxGossip::Sink {
public:
    void receive_txs(PeerId from, std::vector<TxRef> list) override {
        for (TxRef& tx : list) {
            txs.emplace_back(from, std::move(tx));
        }
    }

    std::vector<std::pair<PeerId, TxRef>> txs;
};

TxRef tx(std::string_view text) {
    return make_tx(to_bytes(as_bytes(text)));
}

class Gossip : public testing::Test {
protected:
    Gossip() {
        gossip_.add_peer(ours, true, 0s);
        gossip_.add_peer(other, true, 0s);
        gossip_.add_peer(stock, false, 0s);
    }

    void admit(std::string_view text, PeerId source = 0, std::int64_t height = 0) {
        const Admitted admitted{tx(text), chain::Height(height), source};
        gossip_.admitted({&admitted, 1});
    }

    void remove(std::string_view text, bool committed) {
        const TxKey key = tx(text)->key;
        gossip_.removed({&key, 1}, committed);
    }

    void receive(PeerId from, const std::vector<std::string>& texts, TxGossip::Time now = 0s) {
        std::vector<ByteView> views;
        for (const std::string& text : texts) {
            views.push_back(as_bytes(text));
        }
        gossip_.receive(from, channel::mempool, encode_txs(views), now);
    }

    void receive_names(PeerId from, const AnnounceMessage& message, TxGossip::Time now = 0s) {
        gossip_.receive(from, channel::mempool_announce, encode_announce_message(message), now);
    }

    void judge(PeerId from, std::string_view text, Outcome outcome, TxGossip::Time now = 0s) {
        const Verdict verdict{.tx = tx(text), .outcome = outcome};
        gossip_.checked(from, {&verdict, 1}, now);
    }

    static ShortId id(std::string_view text) { return short_id(tx(text)->key); }

    /// What was sent to a peer since the last call: "text" in full, "?text" wanted, "!text"
    /// announced; `names` are the texts that can be told from their names.
    std::string sent_to(PeerId peer, const std::vector<std::string>& names = {"a", "b", "c"}) {
        std::string joined;
        std::erase_if(link_.sent, [&](const Link::Message& message) {
            if (message.to != peer) {
                return false;
            }
            if (message.channel == channel::mempool) {
                const auto txs = decode_txs(message.bytes);
                for (const ByteView view : *txs) {
                    joined += std::string(as_text(view)) + " ";
                }
                return true;
            }
            const auto decoded = *decode_announce_message(message.bytes);
            const auto* const want = std::get_if<Want>(&decoded);
            for (const ShortId each : want ? want->ids : std::get<Announce>(decoded).ids) {
                for (const std::string& name : names) {
                    joined += each == id(name) ? (want ? "?" : "!") + name + " " : "";
                }
            }
            return true;
        });
        return joined;
    }

    Link link_;
    Sink sink_;
    TxGossip gossip_{{}, link_, sink_};
};

TEST_F(Gossip, pushes_what_was_submitted_here_to_all) {
    admit("a");

    EXPECT_EQ(sent_to(ours), "a ");
    EXPECT_EQ(sent_to(other), "a ");
    EXPECT_EQ(sent_to(stock), "a ");
}

TEST_F(Gossip, announces_what_a_peer_sent_to_ours_and_floods_others) {
    receive(ours, {"a"});
    admit("a", ours);

    EXPECT_EQ(sent_to(ours), "");
    EXPECT_EQ(sent_to(other), "!a ");
    EXPECT_EQ(sent_to(stock), "a ");
}

TEST_F(Gossip, announces_nothing_to_who_has_it) {
    receive(ours, {"a"});
    receive(stock, {"a"});
    receive_names(other, Announce{{id("a")}});

    admit("a", ours);

    EXPECT_TRUE(link_.sent.empty());
    EXPECT_EQ(sink_.txs.size(), 1U);
    EXPECT_EQ(gossip_.stats().txs_received_twice, 1U);
}

TEST_F(Gossip, sends_many_in_one_message_up_to_its_size) {
    std::vector<Admitted> list;
    for (int i = 0; i < 100; ++i) {
        list.push_back({make_tx(Bytes(1'000, static_cast<std::uint8_t>(i))), {}, 0});
    }

    gossip_.admitted(list);

    EXPECT_EQ(link_.sent.size(), 2U * 3);
    for (const Link::Message& message : link_.sent) {
        EXPECT_LE(message.bytes.size(), (64U << 10) + 300);
    }
}

TEST_F(Gossip, sends_a_long_one_alone) {
    admit(std::string(500'000, 'x'));

    EXPECT_EQ(link_.sent.size(), 3U);
    EXPECT_LE(link_.sent[0].bytes.size(), txs_message_size_max({.max_tx_bytes = 500'000}));
}

/// Tags and lengths count too, and a node takes no message longer than its longest transaction's.
TEST_F(Gossip, sends_no_longer_message_than_a_node_with_its_limits_takes) {
    const GossipConfig config{.max_tx_bytes = 2'000};
    TxGossip gossip(config, link_, sink_);
    gossip.add_peer(stock, false, 0s);
    std::vector<Admitted> list;
    for (int i = 0; i < 2'000; ++i) {
        list.push_back({tx(fmt::format("{:03x}", i)), {}, 0});
    }
    list.push_back({make_tx(Bytes(2'000, 'x')), {}, 0});

    gossip.admitted(list);

    std::size_t count = 0;
    for (const Link::Message& message : link_.sent) {
        EXPECT_LE(message.bytes.size(), txs_message_size_max(config));
        count += decode_txs(message.bytes)->size();
    }
    EXPECT_EQ(count, list.size());
}

TEST_F(Gossip, answers_wants_in_messages_that_are_not_too_long) {
    const std::string small(60'000, 's');
    const std::string large(1 << 20, 'l');
    admit(small, ours);
    admit(large, ours);
    link_.sent.clear();

    receive_names(other, Want{{id(small), id(large)}});

    ASSERT_EQ(link_.sent.size(), 2U);
    for (const Link::Message& message : link_.sent) {
        EXPECT_LE(message.bytes.size(), txs_message_size_max({}));
    }
}

TEST_F(Gossip, answers_who_wants_once) {
    admit("a", ours);
    link_.sent.clear();

    receive_names(other, Want{{id("a"), id("b")}});
    receive_names(other, Want{{id("a")}});

    EXPECT_EQ(sent_to(other), "a ");
}

TEST_F(Gossip, waits_for_the_push_before_it_asks) {
    receive_names(ours, Announce{{id("a"), id("b")}}, 1s);
    EXPECT_EQ(gossip_.deadline(), 1s + 50ms);
    gossip_.tick(1s + 49ms);
    receive(other, {"a"}, 1s + 49ms);

    gossip_.tick(1s + 50ms);

    EXPECT_EQ(sent_to(ours), "?b ");
    EXPECT_EQ(sent_to(other), "");
}

TEST_F(Gossip, asks_another_after_a_time_out) {
    receive_names(ours, Announce{{id("a")}});
    receive_names(other, Announce{{id("a")}});

    gossip_.tick(50ms);
    EXPECT_EQ(sent_to(ours), "?a ");
    gossip_.tick(2'049ms);
    EXPECT_EQ(sent_to(other), "");
    gossip_.tick(2'050ms);
    EXPECT_EQ(sent_to(other), "?a ");
    gossip_.tick(5s);

    EXPECT_EQ(gossip_.stats().requests_expired, 2U);
    EXPECT_EQ(gossip_.stats().requests, 0U);
    EXPECT_FALSE(gossip_.deadline());
}

TEST_F(Gossip, asks_nobody_who_has_gone) {
    receive_names(ours, Announce{{id("a")}});
    receive_names(other, Announce{{id("a")}});
    gossip_.remove_peer(ours);

    gossip_.tick(1s);

    EXPECT_EQ(sent_to(ours), "");
    EXPECT_EQ(sent_to(other), "?a ");
}

TEST_F(Gossip, asks_for_nothing_that_a_block_held) {
    remove("a", true);
    receive_names(ours, Announce{{id("a")}});
    receive(other, {"a"});
    admit("a", other);

    gossip_.tick(1s);

    EXPECT_TRUE(link_.sent.empty());
    EXPECT_TRUE(sink_.txs.empty());
    EXPECT_EQ(gossip_.stats().txs, 0U);
}

TEST_F(Gossip, takes_again_what_gave_way) {
    receive(ours, {"a"});
    judge(ours, "a", Outcome::full);
    receive(ours, {"a"});
    admit("a", ours);
    remove("a", false);
    receive(ours, {"a"});

    EXPECT_EQ(sink_.txs.size(), 3U);
}

TEST_F(Gossip, goes_on_where_it_was_when_there_is_room_again) {
    admit("a", ours);
    link_.sent.clear();
    link_.is_full = true;
    receive_names(other, Want{{id("a")}});
    admit("b");
    admit("c", ours);
    link_.is_full = false;
    EXPECT_EQ(sent_to(other), "");

    gossip_.drained(other, channel::mempool);
    EXPECT_EQ(sent_to(other), "a b ");
    gossip_.drained(other, channel::mempool_announce);
    EXPECT_EQ(sent_to(other), "!c ");
    gossip_.drained(other, channel::mempool);
    EXPECT_EQ(sent_to(other), "");
}

TEST_F(Gossip, sends_what_found_no_room_later) {
    link_.is_full = true;
    admit("a");
    receive(ours, {"b"});
    admit("b", ours);
    link_.is_full = false;

    for (const ChannelId channel : {channel::mempool, channel::mempool_announce}) {
        gossip_.drained(other, channel);
        gossip_.drained(stock, channel);
    }

    EXPECT_EQ(sent_to(other), "a !b ");
    EXPECT_EQ(sent_to(stock), "a b ");
}

TEST_F(Gossip, does_not_send_again_what_was_pushed) {
    admit("a");
    receive_names(other, Want{{id("a")}});

    EXPECT_EQ(sent_to(other), "a ");
}

TEST_F(Gossip, sends_what_waits_to_a_new_peer) {
    admit("a");
    admit("b", ours);
    admit("c");
    remove("c", true);
    link_.sent.clear();

    gossip_.add_peer(10, true, 0s);
    gossip_.add_peer(11, false, 0s);

    EXPECT_EQ(sent_to(10), "a !b ");
    EXPECT_EQ(sent_to(11), "a b ");
}

TEST_F(Gossip, forgets_what_a_peer_had_when_it_goes) {
    receive(ours, {"a"});
    admit("a", ours);
    gossip_.remove_peer(ours);
    link_.sent.clear();

    gossip_.add_peer(10, false, 0s);

    EXPECT_EQ(sent_to(10), "a ");
}

TEST_F(Gossip, waits_for_a_peer_that_is_behind) {
    gossip_.set_peer_height(stock, chain::Height(5));
    admit("a", 0, 6);
    admit("b", 0, 7);

    EXPECT_EQ(sent_to(stock), "a ");
    EXPECT_EQ(sent_to(ours), "a b ");
    gossip_.set_peer_height(stock, chain::Height(6));
    EXPECT_EQ(sent_to(stock), "b ");
}

TEST_F(Gossip, rests_while_the_node_is_far_behind) {
    gossip_.set_active(false);
    receive(ours, {"a"});
    receive_names(ours, Announce{{id("b")}});
    admit("c");
    EXPECT_TRUE(sink_.txs.empty() && link_.sent.empty() && !gossip_.deadline());

    gossip_.set_active(true);

    EXPECT_EQ(sent_to(ours), "c ");
}

TEST_F(Gossip, takes_and_does_not_give_where_nothing_is_to_be_broadcast) {
    TxGossip quiet({.broadcast = false}, link_, sink_);
    quiet.add_peer(ours, true, 0s);
    quiet.add_peer(stock, false, 0s);
    const Admitted admitted{tx("a"), chain::Height(0), 0};
    quiet.admitted({&admitted, 1});
    quiet.receive(stock, channel::mempool, encode_txs(std::vector<ByteView>{as_bytes("b")}), 0s);

    EXPECT_TRUE(link_.sent.empty());
    EXPECT_EQ(sink_.txs.size(), 1U);
}

TEST_F(Gossip, drops_who_sends_garbage) {
    gossip_.receive(ours, channel::mempool, hex_bytes("ff"), 0s);
    gossip_.receive(other, channel::mempool_announce, hex_bytes("0a00"), 0s);
    receive_names(stock, Announce{{1}});

    EXPECT_EQ(link_.dropped.size(), 3U);
}

TEST_F(Gossip, drops_who_sends_too_much_that_is_refused) {
    for (int i = 0; i < 2'000; ++i) {
        judge(ours, "bad", Outcome::invalid);
    }
    EXPECT_TRUE(link_.dropped.empty());
    judge(ours, "dup", Outcome::duplicate);
    judge(ours, "full", Outcome::full);
    EXPECT_TRUE(link_.dropped.empty());

    judge(ours, "bad", Outcome::invalid);

    EXPECT_TRUE(link_.dropped.contains(ours));
}

TEST_F(Gossip, forgives_in_time) {
    for (int i = 0; i < 4'000; ++i) {
        judge(ours, "bad", Outcome::invalid, i * 10ms);
    }

    EXPECT_TRUE(link_.dropped.empty());
}

TEST_F(Gossip, ignores_messages_over_the_rate) {
    const std::string megabyte(1 << 20, 'x');
    for (int i = 0; i < 20; ++i) {
        receive(ours, {megabyte + std::to_string(i)});
    }
    EXPECT_EQ(sink_.txs.size(), 15U);
    EXPECT_EQ(gossip_.stats().rate_limited, 5U);

    receive(ours, {megabyte}, 1s);

    EXPECT_EQ(sink_.txs.size(), 16U);
}

TEST_F(Gossip, bounds_its_requests) {
    for (int message = 0; message < 20; ++message) {
        Announce announce;
        for (ShortId i = 0; i < ids_per_message_max; ++i) {
            announce.ids.push_back(static_cast<ShortId>(message) << 32 | i);
        }
        receive_names(message % 2 == 0 ? ours : other, announce);
    }

    EXPECT_EQ(gossip_.stats().requests, 40'000U);
}

}  // namespace
}  // namespace steelyard::mempool
