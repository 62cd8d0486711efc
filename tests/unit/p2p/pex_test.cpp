#include "p2p/pex.h"

#include "base/hex.h"
#include "tests/unit/p2p/node_ids.h"

#include <gmock/gmock.h>

namespace steelyard::p2p {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr Clock::Wall wall{std::chrono::seconds(1'700'000'000)};

TEST(PexMessage, has_cometbfts_encoding) {
    const PexAddresses one{{{.id = "1", .ip = "127.0.0.1", .port = 9090}}};

    EXPECT_EQ(to_hex(encode_pex(PexRequest{})), "0a00");
    EXPECT_EQ(to_hex(encode_pex(one)), "12130a110a013112093132372e302e302e31188247");
    EXPECT_EQ(decode_pex(*from_hex("0a00")), PexMessage(PexRequest{}));
    EXPECT_EQ(decode_pex(*from_hex("12130a110a013112093132372e302e302e31188247")), PexMessage(one));
}

TEST(PexMessage, refuses_what_breaks_the_format) {
    for (const std::string_view hex :
         {"", "0a01", "0a000a00", "0a001200", "1a00", "0a0208", "12020a05", "0800", "12041a020801"
         }) {
        EXPECT_FALSE(decode_pex(*from_hex(hex))) << hex;
    }
}

TEST(PexMessage, refuses_more_addresses_than_the_limit) {
    PexAddresses list;
    list.addresses.assign(selection_size_max, {.id = "1", .ip = "1.1.1.1", .port = 1});
    EXPECT_TRUE(decode_pex(encode_pex(list)));

    list.addresses.push_back(list.addresses.front());
    const auto decoded = decode_pex(encode_pex(list));

    ASSERT_FALSE(decoded);
    EXPECT_THAT(decoded.error().message(), HasSubstr("addrs"));
}

struct SentMessage {
    PeerId to;
    PexMessage message;
};

struct RecordingLink final : PeerLink {
    bool send(PeerId to, ChannelId channel, Bytes message) override {
        EXPECT_EQ(channel, channel::pex);
        if (full) {
            return false;
        }
        sent.push_back({to, *decode_pex(message)});
        return true;
    }
    void drop(PeerId, const Error&) override { FAIL(); }

    bool full = false;
    std::vector<SentMessage> sent{};
};

struct PexTest : testing::Test {
    SeededRandom random{5};
    AddressBook book{true, AddressBook::new_key(random), random};
    RecordingLink link{};
    Pex pex{false, book, link, random};
    Bytes request = encode_pex(PexRequest{});
    Bytes answer = encode_pex(PexAddresses{{to_pex(address_number(50, "1.2.3.4"))}});

    void add_outbound(PeerId id, Moment now) {
        pex.add_peer(id, address_number(static_cast<int>(id), "8.8.8.8"), true, wall, now);
    }
};

TEST_F(PexTest, asks_whom_it_dialled_and_learns) {
    add_outbound(1, 0s);
    ASSERT_EQ(link.sent.size(), 1U);
    EXPECT_EQ(link.sent[0].message, PexMessage(PexRequest{}));

    EXPECT_EQ(pex.receive(1, answer, wall, 1s), Pex::Outcome::learned);

    EXPECT_TRUE(book.contains(node_number(50)));
    EXPECT_EQ(book.find(node_number(50))->source.id, node_number(1));
}

TEST_F(PexTest, takes_an_inbound_peer_at_its_word_and_asks_it_nothing) {
    pex.add_peer(1, address_number(7, "8.8.8.8"), false, wall, 0s);

    EXPECT_TRUE(book.contains(node_number(7)));
    EXPECT_TRUE(link.sent.empty());
}

TEST_F(PexTest, refuses_answers_that_it_did_not_ask_for) {
    add_outbound(1, 0s);
    EXPECT_TRUE(pex.receive(1, answer, wall, 1s));

    const auto second = pex.receive(1, answer, wall, 2s);
    ASSERT_FALSE(second);
    EXPECT_THAT(second.error().message(), HasSubstr("not asked"));

    pex.add_peer(2, std::nullopt, false, wall, 0s);
    EXPECT_FALSE(pex.receive(2, answer, wall, 1s));
    EXPECT_EQ(book.size(), 1U);
}

TEST_F(PexTest, refuses_addresses_that_no_correct_node_sends) {
    for (const PexAddress& wrong :
         {PexAddress{.id = "", .ip = "example.org", .port = 1},
          PexAddress{.id = "", .ip = "1.1.1.1", .port = 65'536}}) {
        pex.remove_peer(1);
        add_outbound(1, 0s);
        EXPECT_FALSE(pex.receive(1, encode_pex(PexAddresses{{wrong}}), wall, 0s));
    }
}

TEST_F(PexTest, skips_addresses_without_a_proper_id) {
    add_outbound(1, 0s);

    const auto outcome = pex.receive(
        1, encode_pex(PexAddresses{{{.id = "1", .ip = "1.1.1.1", .port = 1}}}), wall, 0s
    );

    EXPECT_EQ(outcome, Pex::Outcome::nothing);
    EXPECT_EQ(book.size(), 0U);
}

TEST_F(PexTest, answers_requests_at_the_rate_of_the_network) {
    book.add(address_number(50, "1.2.3.4"), address_number(51, "1.2.3.5"), wall);
    pex.add_peer(1, std::nullopt, false, wall, 0s);

    EXPECT_TRUE(pex.receive(1, request, wall, 1s));  // two are free
    EXPECT_TRUE(pex.receive(1, request, wall, 1s));
    EXPECT_TRUE(pex.receive(1, request, wall, 11s));
    const auto too_soon = pex.receive(1, request, wall, 20s);

    ASSERT_FALSE(too_soon);
    EXPECT_THAT(too_soon.error().message(), HasSubstr("9000 ms"));
    ASSERT_EQ(link.sent.size(), 3U);
    EXPECT_EQ(std::get<PexAddresses>(link.sent[0].message).addresses.size(), 1U);
}

TEST_F(PexTest, asks_whom_it_dialled_again_soon_and_then_every_thirty_seconds) {
    add_outbound(1, 0s);
    EXPECT_TRUE(pex.receive(1, answer, wall, 0s));
    std::vector<Moment> asked{0s};
    std::optional<Moment> wake = Moment(0);
    for (Moment now = 0s; now < 10min; now += 1s) {
        if (wake && now >= *wake) {
            const std::size_t before = link.sent.size();
            wake = pex.tick(now);
            if (link.sent.size() > before) {
                asked.push_back(now);
                EXPECT_TRUE(pex.receive(1, answer, wall, now));
                wake = pex.tick(now);
            }
        }
    }

    ASSERT_GE(asked.size(), 10U);
    EXPECT_EQ(asked[1], 5s);
    for (std::size_t i = 2; i < asked.size(); ++i) {
        EXPECT_GE(asked[i] - asked[i - 1], 30s);
        EXPECT_LE(asked[i] - asked[i - 1], 60s);
    }
}

TEST_F(PexTest, sleeps_when_there_is_nobody_to_ask) {
    EXPECT_EQ(pex.tick(1s), std::nullopt);
}

TEST_F(PexTest, a_full_queue_is_no_question) {
    link.full = true;
    add_outbound(1, 0s);
    EXPECT_FALSE(pex.receive(1, answer, wall, 0s));
}

TEST_F(PexTest, a_seed_answers_once_and_hangs_up) {
    Pex seed(true, book, link, random);
    seed.add_peer(1, address_number(7, "8.8.8.8"), false, wall, 0s);

    EXPECT_EQ(seed.receive(1, request, wall, 1s), Pex::Outcome::hang_up);
    EXPECT_EQ(seed.receive(1, request, wall, 1s), Pex::Outcome::nothing);
    EXPECT_EQ(link.sent.size(), 1U);

    seed.add_peer(2, address_number(8, "8.8.8.9"), true, wall, 0s);
    EXPECT_EQ(seed.receive(2, answer, wall, 1s), Pex::Outcome::hang_up);
}

}  // namespace
}  // namespace steelyard::p2p
