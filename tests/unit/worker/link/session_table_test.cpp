#include "worker/link/session_table.h"

#include "proto/codec.h"
#include "steelyard/worker/v1/link.pb.h"

#include <gmock/gmock.h>

#include <set>

namespace steelyard::worker {
namespace {

using namespace std::chrono_literals;

/// Connections that take everything, but for those that are gone.
class Outside final : public SessionTable::Outside {
public:
    bool send(const Route& route, const Bytes& frame) override {
        if (gone.contains(route)) {
            return false;
        }
        v1::ToWorker message;
        EXPECT_TRUE(read_message(message, frame));
        sent.emplace_back(route, message);
        return true;
    }
    void ask(const QuestionName& name, std::shared_ptr<const v1::ToNode>) override {
        asked.push_back(name);
    }
    void began(const SessionInfo& session) override { began_.push_back(session.id); }
    void ended(const SessionInfo& session, std::string_view why) override {
        ended_.emplace_back(session.id, why);
    }

    /// The last message, which was to go to `route`.
    v1::ToWorker last(const Route& route) const {
        EXPECT_FALSE(sent.empty());
        EXPECT_EQ(sent.empty() ? "" : sent.back().first, route);
        return sent.empty() ? v1::ToWorker() : sent.back().second;
    }

    std::set<Route> gone{};
    std::vector<std::pair<Route, v1::ToWorker>> sent{};
    std::vector<QuestionName> asked{};
    std::vector<SessionId> began_{};
    std::vector<std::pair<SessionId, std::string>> ended_{};
};

CurveKey key(std::uint8_t number) {
    CurveKey out{};
    out.fill(number);
    return out;
}

v1::ToNode hello(std::uint32_t version = link_version) {
    v1::ToNode message;
    message.set_request(1);
    message.mutable_hello()->set_version(version);
    message.mutable_hello()->set_worker("steel1worker");
    return message;
}

v1::ToNode question(std::uint64_t request, std::size_t size = 10) {
    v1::ToNode message;
    message.set_request(request);
    message.mutable_query()->set_method("/q");
    message.mutable_query()->set_request(std::string(size, 'q'));
    return message;
}

Bytes answer_frame(std::uint64_t request) {
    v1::ToWorker message;
    message.set_request(request);
    message.mutable_query()->set_height(4);
    return write_message(message);
}

class SessionTableTest : public testing::Test {
protected:
    void receive(const Route& route, const v1::ToNode& message, LinkTime now, std::uint8_t number) {
        table_.receive(route, key(number), proto::serialize(message), now);
    }
    void receive(const Route& route, const v1::ToNode& message, LinkTime now = 0s) {
        receive(route, message, now, static_cast<std::uint8_t>(route[0]));
    }
    void malformed(const Route& route, LinkTime now = 0s) {
        table_.receive(route, key(static_cast<std::uint8_t>(route[0])), as_bytes("?"), now);
    }

    Outside outside_{};
    SessionTable table_{
        {.chain_id = "test-1", .sessions_max = 3, .owed_bytes_max = 10'000}, outside_
    };
};

TEST_F(SessionTableTest, welcomes_a_worker_and_tells_it_where_the_chain_is) {
    v1::ToWorker news;
    news.mutable_block()->set_height(77);
    table_.tell(news, 0s);

    receive("a", hello());

    ASSERT_EQ(outside_.sent.size(), 2U);
    const v1::ToWorker& welcome = outside_.sent[0].second;
    EXPECT_EQ(welcome.request(), 1U);
    EXPECT_EQ(welcome.welcome().version(), 1U);
    EXPECT_EQ(welcome.welcome().chain_id(), "test-1");
    EXPECT_EQ(welcome.welcome().height(), 77);
    EXPECT_EQ(outside_.sent[1].second.block().height(), 77);
    EXPECT_EQ(outside_.began_.size(), 1U);
    EXPECT_EQ(table_.stats().sessions, 1U);
}

TEST_F(SessionTableTest, refuses_another_version) {
    receive("a", hello(2));

    EXPECT_EQ(outside_.last("a").refused().code(), "unsupported");
    EXPECT_EQ(outside_.last("a").request(), 1U);
    EXPECT_EQ(table_.stats().sessions, 0U);
}

TEST_F(SessionTableTest, refuses_a_second_session_of_a_key_while_the_first_is_alive) {
    receive("a", hello(), 0s, 5);
    receive("b", hello(), 9s, 5);

    EXPECT_EQ(outside_.last("b").refused().code(), refused_in_use);
    EXPECT_EQ(table_.stats().sessions, 1U);

    table_.tick(10s);
    receive("b", hello(), 10s, 5);
    EXPECT_TRUE(outside_.last("b").has_welcome());
}

TEST_F(SessionTableTest, takes_a_second_session_at_once_if_the_first_connection_is_closed) {
    receive("a", hello(), 0s, 5);
    outside_.gone = {"a"};

    receive("b", hello(), 1s, 5);

    EXPECT_TRUE(outside_.last("b").has_welcome());
    EXPECT_THAT(outside_.ended_, testing::SizeIs(1));
    EXPECT_EQ(table_.stats().sessions, 1U);
}

TEST_F(SessionTableTest, has_room_for_so_many_sessions) {
    for (const char* route : {"a", "b", "c", "d"}) {
        receive(route, hello());
    }

    EXPECT_EQ(outside_.last("d").refused().code(), "busy");
    EXPECT_EQ(table_.stats().sessions, 3U);
}

TEST_F(SessionTableTest, answers_nothing_without_a_session) {
    receive("a", question(8));

    EXPECT_EQ(outside_.last("a").refused().code(), "no_session");
    EXPECT_EQ(outside_.last("a").request(), 8U);
    EXPECT_TRUE(outside_.asked.empty());
}

TEST_F(SessionTableTest, hands_questions_on_and_answers_back) {
    receive("a", hello());
    receive("a", question(2));
    ASSERT_EQ(outside_.asked.size(), 1U);

    table_.answer(outside_.asked[0], answer_frame(2), 1s);

    EXPECT_EQ(outside_.last("a").query().height(), 4);
    const std::size_t count = outside_.sent.size();
    table_.answer(outside_.asked[0], answer_frame(2), 1s);
    EXPECT_EQ(outside_.sent.size(), count);  // only once
}

TEST_F(SessionTableTest, refuses_what_is_beyond_32_questions) {
    receive("a", hello());
    for (std::uint64_t i = 0; i < unanswered_max; ++i) {
        receive("a", question(2 + i));
    }
    receive("a", question(99));

    EXPECT_EQ(outside_.asked.size(), unanswered_max);
    EXPECT_EQ(outside_.last("a").refused().code(), "busy");
    table_.answer(outside_.asked[3], answer_frame(5), 0s);
    receive("a", question(99));
    EXPECT_EQ(outside_.asked.size(), unanswered_max + 1);
}

TEST_F(SessionTableTest, bounds_the_bytes_of_all_questions) {
    receive("a", hello());
    receive("b", hello());
    receive("a", question(2, 6'000));
    receive("b", question(2, 6'000));

    EXPECT_EQ(outside_.asked.size(), 1U);
    EXPECT_EQ(outside_.last("b").refused().code(), "busy");

    // What a session owes is forgotten with it.
    table_.tick(5s);
    receive("b", hello(), 9s);
    table_.tick(10s);
    receive("b", question(3, 6'000), 10s);
    EXPECT_EQ(outside_.asked.size(), 2U);
}

TEST_F(SessionTableTest, gives_up_questions_after_half_a_minute) {
    receive("a", hello());
    receive("a", question(2));
    v1::ToNode heartbeat;
    heartbeat.mutable_heartbeat();
    for (LinkTime now = 1s; now < 30s; now += 1s) {
        receive("a", heartbeat, now);
        table_.tick(now);
    }
    EXPECT_EQ(table_.stats().timeouts, 0U);

    table_.tick(30s);

    EXPECT_EQ(outside_.last("a").refused().code(), "timeout");
    EXPECT_EQ(outside_.last("a").request(), 2U);
    const std::size_t count = outside_.sent.size();
    table_.answer(outside_.asked[0], answer_frame(2), 30s);
    EXPECT_EQ(outside_.sent.size(), count);
}

TEST_F(SessionTableTest, ends_a_session_at_the_sixteenth_malformed_message) {
    receive("a", hello());
    for (std::size_t i = 1; i < malformed_max; ++i) {
        malformed("a");
        EXPECT_EQ(outside_.last("a").refused().code(), "invalid");
    }
    EXPECT_TRUE(outside_.ended_.empty());

    malformed("a");

    EXPECT_EQ(outside_.last("a").refused().code(), "no_session");
    EXPECT_EQ(outside_.last("a").request(), 0U);
    EXPECT_EQ(outside_.ended_.size(), 1U);
    EXPECT_EQ(table_.stats().malformed, malformed_max);
}

TEST_F(SessionTableTest, takes_no_second_hello_and_no_number_twice) {
    receive("a", hello());
    receive("a", hello());
    EXPECT_EQ(outside_.last("a").refused().code(), "invalid");
    receive("a", question(2));
    receive("a", question(2));
    EXPECT_EQ(outside_.last("a").refused().code(), "invalid");
    EXPECT_EQ(outside_.asked.size(), 1U);
    EXPECT_EQ(table_.stats().malformed, 2U);
}

TEST_F(SessionTableTest, sends_heartbeats_and_forgets_who_is_silent) {
    receive("a", hello());
    EXPECT_EQ(table_.deadline(), 2s);
    table_.tick(1s);
    EXPECT_EQ(outside_.sent.size(), 1U);

    table_.tick(2s);
    EXPECT_TRUE(outside_.last("a").has_heartbeat());
    for (LinkTime now = 4s; now < 10s; now += 2s) {
        table_.tick(now);
    }
    EXPECT_EQ(table_.stats().sessions, 1U);
    EXPECT_EQ(table_.deadline(), 10s);

    table_.tick(10s);
    EXPECT_EQ(table_.stats().sessions, 0U);
    EXPECT_FALSE(table_.deadline());
}

TEST_F(SessionTableTest, ends_sessions_whose_connection_takes_nothing) {
    receive("a", hello());
    receive("b", hello());
    outside_.gone = {"a"};

    v1::ToWorker news;
    news.mutable_block()->set_height(5);
    table_.tell(news, 0s);

    EXPECT_EQ(table_.stats().sessions, 1U);
    EXPECT_EQ(outside_.last("b").block().height(), 5);
}

TEST_F(SessionTableTest, ends_all_sessions_when_the_node_stops) {
    receive("a", hello());
    receive("b", hello());

    table_.end_all("the node stops");

    EXPECT_EQ(outside_.ended_.size(), 2U);
    EXPECT_EQ(table_.stats().sessions, 0U);
}

}  // namespace
}  // namespace steelyard::worker
