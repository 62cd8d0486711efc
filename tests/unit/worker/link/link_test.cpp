#include "base/random.h"
#include "tests/unit/worker/link/link_fixture.h"

namespace steelyard::worker {
namespace {

using namespace std::chrono_literals;

TEST_F(LinkTest, carries_questions_answers_and_news) {
    const auto client = start_client();
    std::atomic<int> news = 0;
    client->on_news([&] { ++news; });
    ASSERT_TRUE(is_open(*client));
    EXPECT_EQ(ask(*client), "");

    v1::ToWorker block;
    block.mutable_block()->set_height(12);
    block.mutable_block()->mutable_time()->set_seconds(1'700'000'000);
    block.mutable_block()->mutable_time()->set_nanos(5'000'000);
    const int before = news;
    server_->tell(block);

    ASSERT_TRUE(eventually([&] { return news > before; }));
    EXPECT_EQ(
        client->moment(),
        (ChainMoment{.chain_id = "test-1", .height = 12, .unix_ms = 1'700'000'000'005})
    );
    EXPECT_EQ(server_->sessions().at(0).worker, "steel1worker");
}

TEST_F(LinkTest, says_what_the_node_refuses) {
    const auto client = start_client();
    ASSERT_TRUE(is_open(*client));
    v1::Report message;

    const auto result = client->query("/refused", message, message);

    ASSERT_FALSE(result);
    EXPECT_EQ(result.error(), Error(ErrorCode::not_found, "no such job"));
}

TEST_F(LinkTest, lets_nobody_in_whose_key_it_does_not_know) {
    const auto client = start_client(client_options(), generate_curve_key());

    EXPECT_TRUE(complains(*client, "the node does not know this worker's key"));
    EXPECT_EQ(server_->stats().sessions, 0U);
}

TEST_F(LinkTest, tells_nothing_to_who_is_not_the_node) {
    auto options = client_options();
    options.node_key = generate_curve_key().public_key;
    const auto client = start_client(options, worker_key_);

    EXPECT_TRUE(complains(*client, "handshake failed") || complains(*client, "closed"));
    EXPECT_FALSE(client->moment());
    EXPECT_EQ(node_.asked(), 0U);
}

TEST_F(LinkTest, has_no_session_where_nobody_listens) {
    const std::string address = address_;
    server_.reset();
    auto options = client_options();
    options.address = address;
    const auto client = start_client(options, worker_key_);

    EXPECT_TRUE(complains(*client, "cannot connect"));
}

TEST_F(LinkTest, is_refused_between_versions) {
    RawWorker old = raw_worker();
    old.hello(2);
    EXPECT_EQ(old.read().refused().code(), "unsupported");

    const RawNode node(node_key_, 2);
    auto options = client_options();
    options.address = node.address();
    const auto client = start_client(options, worker_key_);
    EXPECT_TRUE(complains(*client, "the node speaks version 2"));
}

TEST_F(LinkTest, has_one_session_for_a_key) {
    const auto first = start_client();
    ASSERT_TRUE(is_open(*first));
    const auto second = start_client();

    EXPECT_TRUE(complains(*second, "in_use"));
    EXPECT_EQ(ask(*first), "");
}

TEST_F(LinkTest, says_that_another_has_its_session_once_that_is_sure) {
    const auto first = start_client();
    ASSERT_TRUE(is_open(*first));
    std::atomic<int> told = 0;
    auto options = client_options();
    options.times.retry_first = 10ms;
    options.times.retry_max = 10ms;
    options.times.in_use_max = 100ms;
    options.on_in_use = [&] { ++told; };
    const auto second = start_client(options, worker_key_);

    EXPECT_TRUE(eventually([&] { return told > 0; }));
    EXPECT_FALSE(second->moment());
    EXPECT_EQ(ask(*first), "");
}

TEST_F(LinkTest, does_not_say_so_where_the_session_ends_first) {
    auto first = start_client();
    ASSERT_TRUE(is_open(*first));
    std::atomic<int> told = 0;
    auto options = client_options();
    options.times.retry_first = 10ms;
    options.times.retry_max = 10ms;
    options.times.in_use_max = 1h;
    options.on_in_use = [&] { ++told; };
    const auto second = start_client(options, worker_key_);
    ASSERT_TRUE(complains(*second, "in_use"));

    first.reset();

    EXPECT_TRUE(is_open(*second));
    EXPECT_EQ(told, 0);
}

TEST_F(LinkTest, lets_a_worker_come_again_at_once) {
    for (int i = 0; i < 3; ++i) {
        const auto client = start_client();
        ASSERT_TRUE(is_open(*client));
        EXPECT_EQ(ask(*client), "");
    }
}

TEST_F(LinkTest, goes_on_after_the_node_was_restarted) {
    const auto client = start_client();
    ASSERT_TRUE(is_open(*client));
    std::string complaint;
    std::thread asker([&] { complaint = ask(*client, "/slow"); });
    ASSERT_TRUE(eventually([&] { return node_.held() == 1; }));
    const std::string address = address_;

    server_.reset();
    asker.join();
    EXPECT_TRUE(complaint.contains("the session with the node is over: the connection is closed"))
        << complaint;
    EXPECT_FALSE(ask(*client).empty());
    node_.release_one();  // an answer that nobody waits for
    start_node(address);

    ASSERT_TRUE(is_open(*client));
    EXPECT_EQ(ask(*client), "");
}

TEST_F(LinkTest, forgets_a_worker_that_is_silent) {
    node_times_.silence_max = 300ms;
    server_.reset();
    start_node();
    RawWorker worker = raw_worker();
    worker.hello();
    ASSERT_TRUE(worker.read().has_welcome());

    EXPECT_TRUE(eventually([&] { return server_->stats().sessions == 0; }));

    v1::ToNode late;
    late.mutable_heartbeat();
    ASSERT_TRUE(worker.send(late.SerializeAsString()));
    EXPECT_EQ(worker.read().refused().code(), "no_session");
}

TEST_F(LinkTest, looks_for_a_node_that_is_silent) {
    worker_times_.silence_max = 300ms;
    const RawNode node(node_key_, link_version);
    auto options = client_options();
    options.address = node.address();
    options.times = worker_times_;
    const auto client = start_client(options, worker_key_);
    ASSERT_TRUE(is_open(*client));

    EXPECT_TRUE(complains(*client, "nothing is heard of the node"));
    EXPECT_TRUE(eventually([&] { return node.welcomes() > 1; }));
}

TEST_F(LinkTest, stays_while_both_have_nothing_to_say) {
    node_times_ = {.heartbeat = 50ms, .silence_max = 2s};
    worker_times_.heartbeat = 50ms;
    worker_times_.silence_max = 2s;
    server_.reset();
    start_node();
    const auto client = start_client();
    ASSERT_TRUE(is_open(*client));
    const SessionId session = server_->sessions().at(0).id;

    std::this_thread::sleep_for(3s);

    EXPECT_TRUE(client->moment());
    EXPECT_EQ(server_->sessions().at(0).id, session);
}

TEST_F(LinkTest, gives_up_questions_that_a_node_does_not_answer) {
    worker_times_.answer = 200ms;
    const auto client = start_client();
    ASSERT_TRUE(is_open(*client));

    EXPECT_EQ(ask(*client, "/slow"), "no answer in time");
    EXPECT_EQ(ask(*client), "");  // the session goes on
}

TEST_F(LinkTest, is_told_by_a_node_that_gives_up) {
    node_times_.answer = 200ms;
    server_.reset();
    start_node();
    const auto client = start_client();
    ASSERT_TRUE(is_open(*client));

    EXPECT_EQ(ask(*client, "/slow"), "timeout: no answer in time");
    EXPECT_EQ(server_->stats().timeouts, 1U);
}

TEST_F(LinkTest, has_at_most_32_questions_under_way) {
    constexpr std::size_t askers_count = unanswered_max + 3;
    const auto client = start_client();
    ASSERT_TRUE(is_open(*client));
    std::vector<std::thread> askers;
    std::atomic<std::size_t> good = 0;
    for (std::size_t i = 0; i < askers_count; ++i) {
        askers.emplace_back([&] { good += ask(*client, "/slow").empty() ? 1 : 0; });
    }
    ASSERT_TRUE(eventually([&] { return node_.held() == unanswered_max; }));

    for (std::size_t i = 0; i < askers_count; ++i) {
        ASSERT_TRUE(eventually([&] { return node_.held() > 0; }));
        EXPECT_LE(node_.held(), unanswered_max);
        node_.release_one();
    }

    for (std::thread& asker : askers) {
        asker.join();
    }
    EXPECT_EQ(good, askers_count);
    EXPECT_EQ(node_.asked(), askers_count);
    EXPECT_EQ(server_->stats().refused, 0U);
}

TEST_F(LinkTest, ends_the_session_of_who_sends_rubbish) {
    RawWorker worker = raw_worker();
    worker.hello();
    ASSERT_TRUE(worker.read().has_welcome());
    for (std::size_t i = 0; i + 1 < malformed_max; ++i) {
        ASSERT_TRUE(worker.send("rubbish"));
        EXPECT_EQ(worker.read().refused().code(), "invalid");
    }
    EXPECT_EQ(server_->stats().sessions, 1U);

    ASSERT_TRUE(worker.send_two_frames());

    EXPECT_EQ(worker.read().refused().code(), "invalid");
    EXPECT_EQ(worker.read().refused().code(), "no_session");
    EXPECT_TRUE(eventually([&] { return server_->stats().sessions == 0; }));
}

TEST_F(LinkTest, does_not_read_frames_over_the_limit) {
    RawWorker worker = raw_worker();
    worker.hello();
    ASSERT_TRUE(worker.read().has_welcome());

    worker.send(std::string(message_size_max + 1, 'x'));

    // The connection is cut; another one is as good as the first.
    const auto client = start_client();
    EXPECT_TRUE(is_open(*client));
}

TEST_F(LinkTest, carries_blobs_of_several_mebibytes_over_a_restart) {
    std::string blob(5 * piece_size_max + 12'345, '\0');
    SeededRandom(1).fill(std::span(reinterpret_cast<std::uint8_t*>(blob.data()), blob.size()));
    const auto client = start_client();
    ASSERT_TRUE(is_open(*client));
    const Hash256 id{};
    std::uint64_t offset = 0;
    bool is_whole = false;
    for (int piece = 0; !is_whole; ++piece) {
        if (piece == 2) {
            const std::string address = address_;
            server_.reset();
            start_node(address);
            ASSERT_TRUE(eventually([&] { return ask(*client).empty(); }));
            offset = 0;  // the worker does not know how far it came
        }
        const auto bytes = as_bytes(std::string_view(blob).substr(offset, piece_size_max));
        const auto written = client->write_blob(id, offset, blob.size(), bytes);
        ASSERT_TRUE(written) << written.error().message();
        offset = written->offset;
        is_whole = written->is_whole;
    }

    std::string read;
    while (read.size() < blob.size()) {
        const auto piece = client->read_blob(id, read.size(), piece_size_max);
        ASSERT_TRUE(piece) << piece.error().message();
        read += as_text(*piece);
    }
    EXPECT_EQ(read, blob);
}

TEST_F(LinkTest, serves_others_while_somebody_floods_it) {
    const CurveKeyPair flooder = generate_curve_key();
    server_.reset();
    LinkServer::Options options{
        .address = "tcp://127.0.0.1:*", .authorized = {worker_key_.public_key, flooder.public_key}
    };
    auto server = LinkServer::start(
        std::move(options),
        node_key_,
        clock_,
        [this](std::shared_ptr<const v1::ToNode> question, LinkAnswer answer) {
            node_.handle(question, answer);
        }
    );
    ASSERT_TRUE(server);
    server_ = *std::move(server);
    address_ = server_->address();
    std::atomic<bool> is_over = false;
    std::thread flood([&] {
        RawWorker worker(address_, node_key_.public_key, flooder);
        worker.hello();
        v1::ToNode question;
        question.mutable_query()->set_method("/slow");
        question.mutable_query()->set_request(std::string(100'000, 'x'));
        for (std::uint64_t number = 2; !is_over; ++number) {
            question.set_request(number);
            worker.send(question.SerializeAsString());  // and never reads an answer
        }
    });
    ASSERT_TRUE(eventually([&] { return server_->stats().refused > 100; }));

    const auto client = start_client();
    ASSERT_TRUE(is_open(*client));
    for (int i = 0; i < 20; ++i) {
        EXPECT_EQ(ask(*client), "");
    }

    is_over = true;
    flood.join();
    EXPECT_LE(node_.held(), unanswered_max);
}

TEST_F(LinkTest, ends_calls_that_wait_when_the_worker_stops) {
    auto client = start_client();
    ASSERT_TRUE(is_open(*client));
    EXPECT_FALSE(LinkClient::start({.address = "nowhere"}, worker_key_, clock_));
    EXPECT_FALSE(client->read_blob({}, 0, piece_size_max + 1));
    EXPECT_FALSE(client->broadcast({}));

    client.reset();

    EXPECT_TRUE(eventually([&] { return server_->stats().sessions == 0; }));
}

}  // namespace
}  // namespace steelyard::worker
