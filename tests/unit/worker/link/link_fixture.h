// Both ends of the link in one process, on loopback.
#pragma once

#include "tests/unit/worker/link/raw_peers.h"
#include "worker/link/link_client.h"
#include "worker/link/link_server.h"

#include <gtest/gtest.h>

#include <functional>
#include <mutex>
#include <thread>

namespace steelyard::worker {

inline bool eventually(const std::function<bool()>& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
    }
    return true;
}

/// A node's answers: queries are echoed, or kept until they are released; one blob is kept.
class TestNode {
public:
    void handle(const std::shared_ptr<const v1::ToNode>& question, const LinkAnswer& answer) {
        const std::lock_guard lock(mutex_);
        ++asked_;
        if (question->has_query() && question->query().method() == "/slow") {
            held_.emplace_back(question, answer);
        } else if (question->has_query() && question->query().method() == "/refused") {
            answer.refuse(Error(ErrorCode::not_found, "no such job"));
        } else if (question->has_query()) {
            echo(*question, answer);
        } else if (question->has_write_blob()) {
            write(question->write_blob(), answer);
        } else if (question->has_read_blob()) {
            v1::ToWorker out;
            const auto& read = question->read_blob();
            out.mutable_read_blob()->set_bytes(blob_.substr(read.offset(), read.size()));
            answer.give(out);
        } else {
            answer.refuse("unsupported", "not in this test");
        }
    }

    void release_one() {
        const std::lock_guard lock(mutex_);
        ASSERT_FALSE(held_.empty());
        echo(*held_.front().first, held_.front().second);
        held_.erase(held_.begin());
    }
    std::size_t held() const {
        const std::lock_guard lock(mutex_);
        return held_.size();
    }
    std::size_t asked() const {
        const std::lock_guard lock(mutex_);
        return asked_;
    }

private:
    static void echo(const v1::ToNode& question, const LinkAnswer& answer) {
        v1::ToWorker out;
        out.mutable_query()->set_answer(question.query().request());
        answer.give(out);
    }

    void write(const v1::WriteBlob& piece, const LinkAnswer& answer) {
        if (piece.offset() == blob_.size()) {
            blob_ += piece.bytes();
        }
        v1::ToWorker out;
        out.mutable_write_blob()->set_offset(blob_.size());
        out.mutable_write_blob()->set_is_whole(blob_.size() == piece.file_bytes());
        answer.give(out);
    }

    mutable std::mutex mutex_{};
    std::vector<std::pair<std::shared_ptr<const v1::ToNode>, LinkAnswer>> held_{};
    std::size_t asked_ = 0;
    std::string blob_{};
};

class LinkTest : public testing::Test {
protected:
    void SetUp() override { start_node(); }

    void start_node(const std::string& address = "tcp://127.0.0.1:*") {
        LinkServer::Options options{.address = address, .authorized = {worker_key_.public_key}};
        options.sessions.chain_id = "test-1";
        options.sessions.times = node_times_;
        auto server = LinkServer::start(
            std::move(options),
            node_key_,
            clock_,
            [this](std::shared_ptr<const v1::ToNode> question, LinkAnswer answer) {
                node_.handle(question, answer);
            }
        );
        ASSERT_TRUE(server) << server.error().message();
        server_ = *std::move(server);
        address_ = server_->address();
    }

    LinkClient::Options client_options() const {
        return {
            .address = address_,
            .node_key = node_key_.public_key,
            .worker = "steel1worker",
            .software = "test",
            .times = worker_times_,
        };
    }

    std::unique_ptr<LinkClient> start_client(
        const LinkClient::Options& options, const CurveKeyPair& key
    ) {
        auto client = LinkClient::start(options, key, clock_);
        EXPECT_TRUE(client) << client.error().message();
        return *std::move(client);
    }
    std::unique_ptr<LinkClient> start_client() {
        return start_client(client_options(), worker_key_);
    }
    RawWorker raw_worker() { return RawWorker(address_, node_key_.public_key, worker_key_); }

    static bool is_open(const LinkClient& client) {
        return eventually([&] { return client.moment().has_value(); });
    }

    /// Asks for an echo; what went wrong, or "".
    static std::string ask(LinkClient& client, const std::string& method = "/echo") {
        v1::Report request;
        request.set_line("hello");
        v1::Report answer;
        const auto result = client.query(method, request, answer);
        if (!result) {
            return result.error().message();
        }
        return answer.line() == "hello" ? "" : "a wrong answer";
    }

    static bool complains(LinkClient& client, std::string_view what) {
        return eventually([&] { return ask(client).contains(what); });
    }

    SystemClock clock_{};
    const CurveKeyPair node_key_ = generate_curve_key();
    const CurveKeyPair worker_key_ = generate_curve_key();
    using Ms = std::chrono::milliseconds;
    LinkTimes node_times_{.heartbeat = Ms(100), .silence_max = Ms(20'000)};
    LinkTimes worker_times_{
        .heartbeat = Ms(100),
        .silence_max = Ms(20'000),
        .retry_first = Ms(10),
        .retry_max = Ms(100),
    };
    TestNode node_{};
    std::string address_{};
    std::unique_ptr<LinkServer> server_{};
};

}  // namespace steelyard::worker
