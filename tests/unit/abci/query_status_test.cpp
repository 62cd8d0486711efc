#include "abci/query_status.h"

#include <gtest/gtest.h>

namespace steelyard::abci {
namespace {

TEST(QueryStatus, has_the_texts_that_clients_look_for) {
    const QueryResult absent = refused_query(GrpcCode::not_found, "no account yard1x");
    EXPECT_EQ(absent.code, 22U);
    EXPECT_EQ(absent.codespace, "sdk");
    EXPECT_EQ(absent.log, "rpc error: code = NotFound desc = no account yard1x: key not found");

    const QueryResult bad = refused_query(GrpcCode::invalid_argument, "empty address");
    EXPECT_EQ(bad.code, 18U);
    EXPECT_EQ(bad.log, "rpc error: code = InvalidArgument desc = empty address: invalid request");
}

TEST(QueryStatus, is_read_back) {
    for (int number = 1; number <= 16; ++number) {
        const auto code = static_cast<GrpcCode>(number);
        const QueryResult refused = refused_query(code, "why: so");
        EXPECT_EQ(grpc_code(refused), code) << to_string(code);
        EXPECT_EQ(grpc_message(refused), "why: so");
    }
    EXPECT_EQ(grpc_code({}), GrpcCode::ok);
    EXPECT_EQ(grpc_message({.log = "out of gas: out of gas"}), "out of gas: out of gas");
    EXPECT_EQ(
        grpc_message({.log = "rpc error: code = Odd desc = x"}), "rpc error: code = Odd desc = x"
    );
}

TEST(QueryStatus, of_an_answer_without_such_a_log_is_what_its_code_stands_for) {
    const auto code = [](std::uint32_t number, std::string codespace, std::string log = "") {
        return grpc_code({.code = number, .log = std::move(log), .codespace = std::move(codespace)}
        );
    };

    EXPECT_EQ(code(38, "sdk"), GrpcCode::not_found);
    EXPECT_EQ(code(18, "sdk"), GrpcCode::invalid_argument);
    EXPECT_EQ(code(4, "sdk"), GrpcCode::unauthenticated);
    EXPECT_EQ(code(6, "sdk", "unknown query path"), GrpcCode::unimplemented);
    EXPECT_EQ(code(22, "sdk"), GrpcCode::not_found);
    EXPECT_EQ(code(26, "sdk"), GrpcCode::invalid_argument);
    EXPECT_EQ(code(37, "sdk"), GrpcCode::unimplemented);
    EXPECT_EQ(code(11, "sdk"), GrpcCode::unknown);  // out of gas
    EXPECT_EQ(code(38, "bank"), GrpcCode::unknown);
    EXPECT_EQ(code(1, "", "rpc error: code = Nonsense desc = x"), GrpcCode::unknown);
}

}  // namespace
}  // namespace steelyard::abci
