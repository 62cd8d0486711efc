#include "p2p/peer_manager.h"

#include "tests/unit/p2p/node_ids.h"

#include <gmock/gmock.h>

namespace steelyard::p2p {
namespace {

using namespace std::chrono_literals;

constexpr Clock::Wall wall{std::chrono::seconds(1'700'000'000)};

struct PeerManagerTest : testing::Test {
    SeededRandom random{11};
    AddressBook book{false, AddressBook::new_key(random), random};
    PeerManagerOptions options{.self = node_number(100)};
    std::optional<PeerManager> manager{};
    PeerId next_peer = 0;

    PeerManager& make() { return manager.emplace(options, book, random); }

    std::vector<NodeId> dialled(Moment now) {
        std::vector<NodeId> ids;
        for (const NetAddress& address : manager->plan(wall, now).dials) {
            ids.push_back(address.id);
        }
        return ids;
    }

    Admission come(int number, bool outbound, Moment now, std::string ip = "") {
        if (ip.empty()) {
            ip = fmt::format("10.{}.{}.1", number / 250, number % 250);
        }
        return manager->admit(
            ++next_peer,
            {.id = node_number(number), .ip = *parse_ip(ip), .outbound = outbound},
            wall,
            now
        );
    }
};

TEST_F(PeerManagerTest, dials_persistent_peers_for_ever_with_growing_pauses) {
    options.persistent = {address_number(1, "1.2.3.4")};
    options.discover = false;
    make();
    std::vector<Moment> dials;
    std::optional<Moment> wake = Moment(0);
    for (Moment now = 0s; now < 3h; now += 100ms) {
        if (!wake || now < *wake) {
            continue;
        }
        const DialPlan plan = manager->plan(wall, now);
        wake = plan.wake_at;
        if (!plan.dials.empty()) {
            EXPECT_EQ(plan.dials, options.persistent);
            EXPECT_TRUE(manager->plan(wall, now).dials.empty()) << "it is being dialled";
            dials.push_back(now);
            manager->dial_failed(node_number(1), false, now);
            wake = now;
        }
    }

    ASSERT_GT(dials.size(), 300U);
    EXPECT_LE(dials[1] - dials[0], 1200ms);
    for (std::size_t i = 8; i < dials.size(); ++i) {
        EXPECT_GE(dials[i] - dials[i - 1], 15s);
        EXPECT_LE(dials[i] - dials[i - 1], 31s);
    }
}

TEST_F(PeerManagerTest, a_persistent_peer_that_is_connected_is_left_alone) {
    options.persistent = {address_number(1, "1.2.3.4")};
    options.discover = false;
    make();

    EXPECT_TRUE(come(1, false, 0s).persistent);  // it dialled us
    const DialPlan idle = manager->plan(wall, 1h);
    EXPECT_TRUE(idle.dials.empty());
    EXPECT_FALSE(idle.wake_at);

    manager->closed(1, 1h);
    EXPECT_TRUE(dialled(1h).empty());
    EXPECT_EQ(dialled(1h + 1s), std::vector{node_number(1)});
}

TEST_F(PeerManagerTest, limits_count_neither_persistent_nor_unconditional_peers) {
    options.persistent = {address_number(1, "1.2.3.4")};
    options.unconditional = {node_number(2)};
    options.inbound_max = 3;
    options.outbound_max = 2;
    make();

    for (const bool outbound : {false, true}) {
        const int first = outbound ? 20 : 10;
        const int max = outbound ? 2 : 3;
        for (int i = 0; i < max; ++i) {
            EXPECT_FALSE(come(first + i, outbound, 0s).refused);
        }
        EXPECT_EQ(
            come(first + max, outbound, 0s).refused,
            outbound ? Refusal::outbound_full : Refusal::inbound_full
        );
    }
    EXPECT_FALSE(come(1, false, 0s).refused);
    EXPECT_FALSE(come(2, false, 0s).refused);
    EXPECT_EQ(manager->inbound(), 5U);
    EXPECT_EQ(manager->outbound(), 2U);

    manager->closed(1, 1s);
    EXPECT_FALSE(come(15, false, 1s).refused);
}

TEST_F(PeerManagerTest, limits_hold_whatever_happens) {
    options.inbound_max = 5;
    options.outbound_max = 4;
    options.unconditional = {node_number(3)};
    options.allow_duplicate_ip = true;
    for (int i = 0; i < 40; ++i) {
        book.add(address_number(i, fmt::format("1.{}.1.1", i)), address_number(i, "9.9.9.9"), wall);
    }
    make();
    SeededRandom events(4);
    std::map<PeerId, bool> up;  // by whether it is outbound
    std::vector<NodeId> dialling;
    for (int step = 0; step < 20'000; ++step) {
        const Moment now = step * 300ms;
        for (const NodeId& id : dialled(now)) {
            dialling.push_back(id);
        }
        ASSERT_LE(dialling.size() + manager->outbound(), 4U + 1U);
        switch (events.below(4)) {
            case 0:
                if (!dialling.empty()) {
                    manager->dial_failed(dialling.back(), false, now);
                    dialling.pop_back();
                }
                break;
            case 1: {
                const bool outbound = !dialling.empty() && events.below(2) == 0;
                const NodeId id =
                    outbound ? dialling.back() : node_number(static_cast<int>(events.below(60)));
                if (outbound) {
                    dialling.pop_back();
                }
                const Admission admission =
                    manager->admit(++next_peer, {.id = id, .outbound = outbound}, wall, now);
                if (admission.replaces) {
                    up.erase(*admission.replaces);
                }
                if (!admission.refused) {
                    up[next_peer] = outbound;
                }
                break;
            }
            default:
                if (!up.empty() && events.below(3) == 0) {
                    manager->closed(up.begin()->first, now);
                    up.erase(up.begin());
                }
        }
        ASSERT_EQ(manager->inbound() + manager->outbound(), up.size());
        ASSERT_LE(manager->inbound(), 5U + 1U);  // one of them is unconditional
        ASSERT_LE(manager->outbound(), 4U + 1U);
        ASSERT_EQ(manager->dialling(), dialling.size());
    }
}

TEST_F(PeerManagerTest, of_two_simultaneous_dials_both_sides_keep_the_same) {
    // Every order in which the two connections (dialled by 1, by 2) come up at the two nodes.
    for (const int first_at_1 : {1, 2}) {
        for (const int first_at_2 : {1, 2}) {
            std::map<int, int> kept;  // node -> who dialled the connection that it keeps
            for (const int self : {1, 2}) {
                options.self = node_number(self);
                make();
                const int other = 3 - self;
                const int first = self == 1 ? first_at_1 : first_at_2;
                EXPECT_FALSE(come(other, first == self, 0s).refused);
                const Admission second = come(other, first != self, 1s);
                EXPECT_NE(second.refused.has_value(), second.replaces.has_value());
                kept[self] = second.refused ? first : 3 - first;
                EXPECT_EQ(manager->inbound() + manager->outbound(), 1U);
            }
            EXPECT_EQ(kept[1], kept[2]);
        }
    }
}

TEST_F(PeerManagerTest, refuses_a_second_connection_unless_the_first_is_silent) {
    make();
    come(1, false, 0s);

    EXPECT_EQ(come(1, false, 1s).refused, Refusal::duplicate_id);
    EXPECT_EQ(come(1, true, 1min).refused, Refusal::duplicate_id);
    const Admission fresh =
        manager->admit(50, {.id = node_number(1), .rival_idle = 30s}, wall, 1min);

    EXPECT_FALSE(fresh.refused);
    EXPECT_EQ(fresh.replaces, PeerId{1});
    EXPECT_EQ(manager->connected(node_number(1)), PeerId{50});
    manager->closed(1, 2min);  // the replaced one is gone already
    EXPECT_EQ(manager->connected(node_number(1)), PeerId{50});
}

TEST_F(PeerManagerTest, refuses_a_second_peer_of_a_host_if_told_to) {
    options.persistent = {address_number(3, "7.7.7.7")};
    make();
    come(1, false, 0s, "7.7.7.7");
    EXPECT_EQ(come(2, false, 0s, "7.7.7.7").refused, Refusal::duplicate_ip);
    EXPECT_FALSE(come(3, false, 0s, "7.7.7.7").refused);

    options.allow_duplicate_ip = true;
    make();
    come(1, false, 0s, "7.7.7.7");
    EXPECT_FALSE(come(2, false, 0s, "7.7.7.7").refused);
}

TEST_F(PeerManagerTest, bans_grow_and_end) {
    make();
    Moment now = 0s;
    Moment last_time = 0s;
    for (int offence = 0; offence < 4; ++offence) {
        ASSERT_FALSE(come(1, false, now, "127.0.0.1").refused);
        const auto until = manager->misbehaved(next_peer, true, now);
        ASSERT_TRUE(until);
        manager->closed(next_peer, now);
        EXPECT_GE(*until - now, last_time * 4);
        last_time = *until - now;
        EXPECT_EQ(manager->banned(now), 1U);
        EXPECT_EQ(come(1, false, now, "127.0.0.1").refused, Refusal::banned);
        now = *until;
    }
    EXPECT_EQ(last_time, 30s * 64);
    EXPECT_FALSE(come(1, false, now, "127.0.0.1").refused);
}

TEST_F(PeerManagerTest, old_offences_are_forgotten) {
    BanList bans;
    const Moment first = bans.ban(node_number(1), std::nullopt, 0s);
    bans.ban(node_number(1), std::nullopt, first);

    EXPECT_EQ(bans.ban(node_number(1), std::nullopt, 72h), 72h + ban_time_first);
}

TEST_F(PeerManagerTest, what_is_not_proved_bans_briefly) {
    make();
    for (Moment now = 0s; now < 1h; now += 1min) {
        ASSERT_FALSE(come(1, false, now).refused);
        EXPECT_EQ(manager->misbehaved(next_peer, false, now), now + ban_time_first);
        manager->closed(next_peer, now);
    }
}

TEST_F(PeerManagerTest, does_not_ban_whom_the_operator_named) {
    options.persistent = {address_number(1, "1.2.3.4")};
    options.unconditional = {node_number(2)};
    make();
    for (const int number : {1, 2}) {
        come(number, false, 0s);
        EXPECT_FALSE(manager->misbehaved(next_peer, true, 0s));
        manager->closed(next_peer, 0s);
        EXPECT_FALSE(come(number, false, 1s).refused);
    }
}

TEST_F(PeerManagerTest, a_host_of_many_offenders_is_banned_itself) {
    make();
    const IpAddress host = *parse_ip("5.5.5.5");
    for (int i = 0; i < static_cast<int>(banned_ids_per_host); ++i) {
        EXPECT_TRUE(manager->admits_socket(host, 0s));
        come(i, false, 0s, "5.5.5.5");
        manager->misbehaved(next_peer, true, 0s);
        manager->closed(next_peer, 0s);
    }
    EXPECT_FALSE(manager->admits_socket(host, 0s));
    EXPECT_FALSE(manager->admits_socket(host, 29s));
    EXPECT_TRUE(manager->admits_socket(host, 30s));
}

TEST_F(PeerManagerTest, bans_are_bounded) {
    BanList bans;
    for (int i = 0; i < 3 * static_cast<int>(ban_entries_max); ++i) {
        bans.ban(node_number(i), parse_ip(fmt::format("5.{}.{}.1", i / 250, i % 250)).value(), 0s);
    }
    EXPECT_LE(bans.count(0s), 2 * ban_entries_max);
    EXPECT_GE(bans.count(0s), ban_entries_max);
}

TEST_F(PeerManagerTest, spares_the_handshake_when_nobody_could_be_let_in) {
    options.inbound_max = 1;
    make();
    come(1, false, 0s);
    EXPECT_FALSE(manager->admits_socket(*parse_ip("5.5.5.5"), 0s));

    options.unconditional = {node_number(9)};
    make();
    come(1, false, 0s);
    EXPECT_TRUE(manager->admits_socket(*parse_ip("5.5.5.5"), 0s));
}

TEST_F(PeerManagerTest, fills_the_outbound_places_from_the_book) {
    options.outbound_max = 3;
    for (int i = 0; i < 30; ++i) {
        book.add(address_number(i, fmt::format("1.{}.1.1", i)), address_number(i, "9.9.9.9"), wall);
    }
    make();

    const auto first = dialled(0s);

    EXPECT_EQ(first.size(), 3U);
    EXPECT_TRUE(dialled(0s).empty());
    manager->dial_failed(first[0], false, 0s);
    const auto second = dialled(0s);
    ASSERT_EQ(second.size(), 1U);
    EXPECT_NE(second[0], first[0]) << "it failed a moment ago";
}

TEST_F(PeerManagerTest, forgets_an_address_where_somebody_else_answers) {
    book.add(address_number(1, "1.2.3.4"), address_number(1, "1.2.3.4"), wall);
    make();
    ASSERT_EQ(dialled(0s).size(), 1U);

    manager->dial_failed(node_number(1), true, 0s);

    EXPECT_EQ(book.size(), 0U);
}

TEST_F(PeerManagerTest, asks_a_seed_only_when_the_book_offers_nobody) {
    options.seeds = {address_number(90, "1.1.1.1"), address_number(100, "1.1.1.2")};  // 100 is us
    make();
    EXPECT_EQ(dialled(0s), std::vector{node_number(90)});
    ASSERT_FALSE(come(90, true, 0s).refused);
    book.add(address_number(5, "1.2.3.4"), address_number(90, "1.1.1.1"), wall);
    manager->closed(next_peer, 1s);

    EXPECT_EQ(dialled(1s), std::vector{node_number(5)});
    manager->dial_failed(node_number(5), false, 1s);
    EXPECT_TRUE(dialled(1s).empty());
    EXPECT_EQ(dialled(45s), std::vector{node_number(5)});
    come(5, true, 45s);
    EXPECT_EQ(dialled(60s), std::vector{node_number(90)});
}

TEST_F(PeerManagerTest, dials_on_request) {
    options.discover = false;
    make();

    EXPECT_TRUE(manager->request_dial(address_number(1, "1.2.3.4"), false));
    EXPECT_TRUE(manager->request_dial(address_number(2, "1.2.3.5"), true));
    EXPECT_FALSE(manager->request_dial(address_number(100, "1.2.3.6"), false));

    EXPECT_EQ(dialled(0s).size(), 2U);
    manager->dial_failed(node_number(1), false, 0s);
    manager->dial_failed(node_number(2), false, 0s);
    EXPECT_EQ(dialled(10s), std::vector{node_number(2)});
}

TEST_F(PeerManagerTest, a_seed_lets_nobody_stay) {
    options.seed_mode = true;
    options.persistent = {address_number(1, "1.2.3.4")};
    make();
    come(1, false, 0s);
    come(2, false, 0s);

    EXPECT_TRUE(manager->plan(wall, 4min).hang_up.empty());
    EXPECT_EQ(manager->plan(wall, 5min).hang_up, std::vector{PeerId{2}});
}

}  // namespace
}  // namespace steelyard::p2p
