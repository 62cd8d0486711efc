// A gateway before an application that remembers what it was asked.
#pragma once

#include "proto/codec.h"
#include "rpc/rest/gateway.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace steelyard::rest {

class GatewayTest : public testing::Test {
protected:
    rpc::HttpReply send(rpc::HttpRequest request) {
        const std::size_t question = request.path.find('?');
        if (question != std::string::npos) {
            request.query = request.path.substr(question + 1);
            request.path.resize(question);
        }
        rpc::HttpReply reply;
        int replies = 0;
        gateway_.handle(std::move(request), [&](rpc::HttpReply given) {
            reply = std::move(given);
            ++replies;
        });
        EXPECT_EQ(replies, 1);
        return reply;
    }

    rpc::HttpReply get(std::string_view target) {
        return send({.method = "GET", .path = std::string(target)});
    }

    rpc::HttpReply post(std::string_view target, std::string_view body) {
        return send({.method = "POST", .path = std::string(target), .body = std::string(body)});
    }

    /// What the application is to answer.
    void answer_with(const google::protobuf::Message& message) {
        answer_ =
            abci::QueryResult{.value = proto::serialize(message), .height = chain::Height(42)};
    }

    /// What it was asked last, as the text of a message.
    template <typename Request>
    std::string asked() {
        Request request;
        EXPECT_TRUE(request.ParseFromString(std::string(as_text(asked_.data))));
        return request.ShortDebugString();
    }

    abci::QueryRequest asked_{};
    Result<abci::QueryResult> answer_{};
    Gateway gateway_{[this](const abci::QueryRequest& request, auto done) {
        asked_ = request;
        done(answer_);
    }};
};

}  // namespace steelyard::rest
