#include "worker/link/link_messages.h"

#include "chain/tx.h"
#include "proto/codec.h"
#include "steelyard/worker/v1/link.pb.h"
#include "worker/link/rules.h"
#include "worker/node_port.h"

#include <gtest/gtest.h>

namespace steelyard::worker {
namespace {

/// What the reader says of a message; "" if it takes it.
template <typename Message>
std::string complaint(const Message& message) {
    Message read;
    const auto result = read_message(read, proto::serialize(message));
    if (!result) {
        EXPECT_EQ(read.sum_case(), Message::SUM_NOT_SET);
        return result.error().message();
    }
    EXPECT_EQ(proto::serialize(read), proto::serialize(message));
    return "";
}

v1::ToNode question() {
    v1::ToNode message;
    message.set_request(7);
    return message;
}

v1::ToNode piece(std::size_t size) {
    v1::ToNode message = question();
    message.mutable_write_blob()->set_id(std::string(32, 'i'));
    message.mutable_write_blob()->set_bytes(std::string(size, 'b'));
    return message;
}

TEST(LinkMessages, that_a_worker_sends_are_read) {
    v1::ToNode hello = question();
    hello.mutable_hello()->set_version(1);
    hello.mutable_hello()->set_worker("steel1worker");
    v1::ToNode heartbeat;
    heartbeat.mutable_heartbeat();
    v1::ToNode query = question();
    query.mutable_query()->set_method("/steelyard.market.v1.Query/Jobs");
    v1::ToNode keep = question();
    keep.mutable_keep_blobs()->set_order_id(1);

    EXPECT_EQ(complaint(hello), "");
    EXPECT_EQ(complaint(heartbeat), "");
    EXPECT_EQ(complaint(query), "");
    EXPECT_EQ(complaint(keep), "");
    EXPECT_EQ(complaint(piece(piece_size_max)), "");
}

TEST(LinkMessages, over_a_limit_are_refused_and_their_number_is_known) {
    v1::ToNode tx = question();
    tx.mutable_broadcast()->set_tx(std::string(chain::tx_size_max + 1, 't'));
    v1::ToNode read = question();
    read.mutable_read_blob()->set_id(std::string(32, 'i'));
    read.mutable_read_blob()->set_size(piece_size_max + 1);
    v1::ToNode report = question();
    report.mutable_report()->set_line(std::string(line_size_max + 1, 'l'));

    EXPECT_EQ(complaint(piece(piece_size_max + 1)), "a piece has 1048577 bytes, limit 1048576");
    EXPECT_EQ(complaint(tx), "a transaction has 1048577 bytes, limit 1048576");
    EXPECT_EQ(complaint(read), "a piece has 1048577 bytes, limit 1048576");
    EXPECT_EQ(complaint(report), "a line has 1025 bytes, limit 1024");
    v1::ToNode out;
    ASSERT_FALSE(read_message(out, proto::serialize(report)));
    EXPECT_EQ(out.request(), 7U);
}

TEST(LinkMessages, with_too_many_ids_are_not_even_parsed) {
    v1::ToNode keep = question();
    for (std::size_t i = 0; i <= kept_blobs_max; ++i) {
        keep.mutable_keep_blobs()->add_ids(std::string(32, 'i'));
    }
    EXPECT_EQ(complaint(keep), "a job keeps 1025 blobs, limit 1024");

    for (std::size_t i = 0; i < kept_blobs_max; ++i) {
        keep.mutable_keep_blobs()->add_ids("");
    }
    EXPECT_NE(complaint(keep), "");
}

TEST(LinkMessages, of_wrong_shape_are_refused) {
    v1::ToNode nothing = question();
    v1::ToNode unnumbered;
    unnumbered.mutable_fetch_blob()->set_id(std::string(32, 'i'));
    v1::ToNode numbered = question();
    numbered.mutable_heartbeat();
    v1::ToNode short_id = question();
    short_id.mutable_fetch_blob()->set_id("short");
    v1::ToNode empty_tx = question();
    empty_tx.mutable_broadcast();

    EXPECT_EQ(complaint(nothing), "a message says nothing");
    EXPECT_EQ(complaint(unnumbered), "request 0 of a question");
    EXPECT_EQ(complaint(numbered), "request 7 of what is no question");
    EXPECT_EQ(complaint(short_id), "a blob's id has 5 bytes, not 32");
    EXPECT_EQ(complaint(empty_tx), "a transaction is empty");
}

TEST(LinkMessages, to_a_worker_are_read_within_limits) {
    v1::ToWorker block;
    block.mutable_block()->set_height(9);
    block.mutable_block()->mutable_time()->set_seconds(1'700'000'000);
    EXPECT_EQ(complaint(block), "");

    block.mutable_block()->mutable_time()->set_seconds(std::int64_t{1} << 60);
    EXPECT_NE(complaint(block), "");

    v1::ToWorker answer;
    answer.set_request(3);
    answer.mutable_read_blob()->set_bytes(std::string(piece_size_max + 1, 'b'));
    EXPECT_EQ(complaint(answer), "a piece has 1048577 bytes, limit 1048576");
}

TEST(LinkMessages, that_would_be_too_large_become_refusals) {
    v1::ToWorker answer;
    answer.set_request(3);
    answer.mutable_query()->set_answer(std::string(message_size_max, 'a'));

    v1::ToWorker read;
    ASSERT_TRUE(read_message(read, write_message(answer)));

    EXPECT_EQ(read.request(), 3U);
    EXPECT_EQ(read.refused().code(), "too_large");
}

TEST(LinkMessages, refusals_keep_their_codes) {
    EXPECT_EQ(error_of_refusal("not_found", "no blob"), Error(ErrorCode::not_found, "no blob"));
    EXPECT_EQ(error_of_refusal("insufficient", "x").code(), ErrorCode::insufficient);
    EXPECT_EQ(error_of_refusal("busy", "too many"), Error(ErrorCode::io, "busy: too many"));
}

TEST(LinkMessages, shortened_texts_end_between_characters) {
    EXPECT_EQ(shortened("abc", 3), "abc");
    EXPECT_EQ(shortened("abcd", 3), "abc");
    EXPECT_EQ(shortened("ab\u00e4", 3), "ab");
    EXPECT_EQ(shortened("\u00e4", 0), "");
}

}  // namespace
}  // namespace steelyard::worker
