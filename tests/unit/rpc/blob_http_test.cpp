// Blobs over HTTP as clients on loopback see them.
#include "base/hex.h"
#include "fake_blobs.h"
#include "rpc/body_source.h"
#include "server_fixture.h"

namespace steelyard::rpc {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;
using testing::Not;
using testing_support::ask;
using testing_support::get_request;
using testing_support::HttpResponse;
using testing_support::read_response;
using testing_support::TcpClient;

BlobId id_of(std::uint8_t number) {
    BlobId id{};
    id.fill(number);
    return id;
}

std::string path_of(std::uint8_t number) {
    return "/blobs/" + to_hex(id_of(number));
}

std::string request(
    std::string_view method,
    std::string_view target,
    std::string_view headers,
    std::string_view body
) {
    return fmt::format(
        "{} {} HTTP/1.1\r\nHost: a\r\n{}Content-Length: {}\r\n\r\n{}",
        method,
        target,
        headers,
        body.size(),
        body
    );
}

std::string piece(std::uint8_t number, std::string_view range, std::string_view body) {
    return request("PUT", path_of(number), fmt::format("Content-Range: bytes {}\r\n", range), body);
}

class BlobHttpTest : public testing::Test {
protected:
    void start(ServerConfig config = {}) {
        config.listen_addresses = {"tcp://127.0.0.1:0"};
        MethodTable table("1.2.3");
        auto server = Server::start(
            std::move(config), std::move(table), {.blobs = &blobs_, .blob_token = "a secret"}
        );
        ASSERT_TRUE(server) << server.error().message();
        server_ = *std::move(server);
        port_ = server_->ports().at(0);
    }

    HttpResponse get(std::uint8_t number, std::string_view headers = "") {
        return ask(port_, get_request(path_of(number), headers));
    }

    /// Headers only: HEAD has no body.
    std::string head(std::string_view target) {
        TcpClient client(port_);
        client.send(request("HEAD", target, "", ""));
        return client.read_until("\r\n\r\n");
    }

    void put(std::uint8_t number, std::string_view bytes) {
        ASSERT_TRUE(blobs_.put(id_of(number), as_bytes(bytes)));
    }

    FakeBlobs blobs_{};
    std::unique_ptr<Server> server_{};
    std::uint16_t port_ = 0;
};

TEST_F(BlobHttpTest, sends_a_file_that_never_changes) {
    start();
    put(7, "0123456789");

    const HttpResponse all = get(7);
    EXPECT_EQ(all.status, 200);
    EXPECT_EQ(all.body, "0123456789");
    EXPECT_THAT(all.head, HasSubstr("Content-Type: application/octet-stream\r\n"));
    EXPECT_THAT(all.head, HasSubstr("ETag: \"" + to_hex(id_of(7)) + "\"\r\n"));
    EXPECT_THAT(all.head, HasSubstr("Cache-Control: public, max-age=31536000, immutable\r\n"));
    EXPECT_THAT(all.head, HasSubstr("Accept-Ranges: bytes\r\n"));

    const HttpResponse known = get(7, "If-None-Match: \"x\", \"" + to_hex(id_of(7)) + "\"\r\n");
    EXPECT_EQ(known.status, 304);
    EXPECT_EQ(known.body, "");
    EXPECT_EQ(get(7, "If-None-Match: \"x\"\r\n").status, 200);
}

TEST_F(BlobHttpTest, sends_one_range) {
    start();
    put(7, "0123456789");

    const HttpResponse part = get(7, "Range: bytes=2-4\r\n");
    EXPECT_EQ(part.status, 206);
    EXPECT_EQ(part.body, "234");
    EXPECT_THAT(part.head, HasSubstr("Content-Range: bytes 2-4/10\r\n"));
    EXPECT_EQ(get(7, "Range: bytes=8-\r\n").body, "89");
    EXPECT_EQ(get(7, "Range: bytes=-3\r\n").body, "789");
    EXPECT_EQ(get(7, "Range: bytes=1-2,4-5\r\n").body, "0123456789");
    const HttpResponse behind = get(7, "Range: bytes=10-\r\n");
    EXPECT_EQ(behind.status, 416);
    EXPECT_THAT(behind.head, HasSubstr("Content-Range: bytes */10\r\n"));
    const std::string tag = "If-Range: \"" + to_hex(id_of(7)) + "\"\r\n";
    EXPECT_EQ(get(7, "Range: bytes=8-\r\n" + tag).status, 206);
    EXPECT_EQ(get(7, "Range: bytes=8-\r\nIf-Range: \"x\"\r\n").body, "0123456789");
}

TEST_F(BlobHttpTest, tells_of_a_file_without_sending_it) {
    start();
    put(7, "0123456789");
    ASSERT_EQ(ask(port_, piece(8, "0-3/9", "abcd")).status, 202);

    EXPECT_THAT(head(path_of(7)), HasSubstr(" 200 OK\r\n"));
    EXPECT_THAT(head(path_of(7)), HasSubstr("Content-Length: 10\r\n"));
    EXPECT_THAT(head(path_of(8)), HasSubstr(" 404 Not Found\r\n"));
    EXPECT_THAT(head(path_of(8)), HasSubstr("Upload-Offset: 4\r\n"));
    EXPECT_THAT(head(path_of(9)), Not(HasSubstr("Upload-Offset")));
    EXPECT_EQ(blobs_.reads, 0U);
}

TEST_F(BlobHttpTest, sends_large_files_piece_by_piece_on_a_kept_connection) {
    start();
    std::string large;
    while (large.size() < 5 * body_piece_bytes + 17) {
        large += std::to_string(large.size());
    }
    put(7, large);
    put(8, "small");
    TcpClient client(port_);

    for (int i = 0; i < 3; ++i) {
        client.send(get_request(path_of(7)) + get_request(path_of(8)) + get_request("/livez"));
        EXPECT_TRUE(read_response(client).body == large);
        EXPECT_TRUE(read_response(client).body == "small");
        EXPECT_EQ(read_response(client).status, 200);
    }
    EXPECT_EQ(server_->stats().body_bytes_sent, 3 * (large.size() + 5));
}

TEST_F(BlobHttpTest, reads_no_further_ahead_than_a_piece_for_a_client_that_does_not) {
    start({.write_timeout = 300ms});
    put(7, std::string(64 * body_piece_bytes, 'x'));
    TcpClient client(port_);

    client.send(get_request(path_of(7)));
    EXPECT_TRUE(comes_true([&] { return blobs_.reads >= 2; }));
    EXPECT_TRUE(comes_true([&] { return server_->stats().timeouts == 1; }));

    EXPECT_LT(blobs_.reads, 32U);  // what the sockets' buffers hold, and two
    EXPECT_TRUE(comes_true([&] { return server_->stats().open_connections == 0; }));
}

TEST_F(BlobHttpTest, breaks_off_when_a_file_goes_away) {
    start();
    put(7, std::string(64 * body_piece_bytes, 'x'));
    TcpClient client(port_);

    client.send(get_request(path_of(7)));
    client.read_until("\r\n\r\n");
    blobs_.remove(id_of(7));

    EXPECT_TRUE(client.closed_by_peer());
    EXPECT_EQ(get(7).status, 404);
}

TEST_F(BlobHttpTest, takes_files_whole_and_in_pieces) {
    start();

    EXPECT_EQ(ask(port_, request("PUT", path_of(1), "", "whole")).status, 201);
    EXPECT_EQ(get(1).body, "whole");
    EXPECT_EQ(ask(port_, request("PUT", path_of(1), "", "again")).status, 200);

    const HttpResponse first = ask(port_, piece(2, "0-2/7", "abc"));
    EXPECT_EQ(first.status, 202);
    EXPECT_THAT(first.head, HasSubstr("Upload-Offset: 3\r\n"));
    const HttpResponse gap = ask(port_, piece(2, "4-6/7", "efg"));
    EXPECT_EQ(gap.status, 409);
    EXPECT_THAT(gap.head, HasSubstr("Upload-Offset: 3\r\n"));
    EXPECT_EQ(ask(port_, piece(2, "3-6/7", "defg")).status, 201);
    EXPECT_EQ(get(2).body, "abcdefg");
    EXPECT_EQ(server_->stats().blob_bytes_received, 20U);
}

TEST_F(BlobHttpTest, says_what_is_wrong_with_an_upload) {
    start();
    blobs_.room = 100;

    EXPECT_EQ(ask(port_, request("PUT", path_of(1), "", "!wrong")).status, 422);
    EXPECT_EQ(ask(port_, piece(2, "0-1/2", "!x")).status, 422);
    EXPECT_EQ(get(2).status, 404);
    EXPECT_EQ(ask(port_, piece(2, "0-1/101", "ab")).status, 507);
    EXPECT_EQ(ask(port_, piece(2, "0-2/9", "ab")).status, 400);
    EXPECT_EQ(ask(port_, piece(2, "2-1/9", "ab")).status, 400);
    EXPECT_EQ(ask(port_, request("PUT", "/blobs/12", "", "a")).status, 404);
    EXPECT_EQ(ask(port_, request("PUT", "/blobs", "", "a")).status, 404);
    EXPECT_EQ(ask(port_, request("DELETE", path_of(1), "", "")).status, 405);
    TcpClient chunked(port_);
    chunked.send("PUT " + path_of(1) + " HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n");
    EXPECT_EQ(read_response(chunked).status, 411);
}

TEST_F(BlobHttpTest, takes_larger_bodies_for_blobs_alone) {
    start({.max_body_bytes = 1000});
    const std::string most(blob_body_bytes_max, 'x');

    EXPECT_EQ(ask(port_, request("PUT", path_of(1), "", most)).status, 201);
    EXPECT_TRUE(get(1).body == most);
    EXPECT_EQ(ask(port_, request("PUT", path_of(2), "", most + "x")).status, 413);
    EXPECT_EQ(ask(port_, request("GET", path_of(1), "", std::string(1001, 'x'))).status, 400);
    EXPECT_EQ(ask(port_, request("PUT", "/status", "", std::string(1001, 'x'))).status, 400);
    TcpClient announced(port_);
    announced.send(
        "PUT " + path_of(2) + " HTTP/1.1\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n"
    );
    EXPECT_EQ(announced.read_until("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
    announced.send("12345678");
    EXPECT_EQ(read_response(announced).status, 201);
}

TEST_F(BlobHttpTest, asks_those_who_are_elsewhere_for_the_token) {
    start();
    put(1, "there");
    const auto upload = [&](std::string_view headers) {
        return ask(port_, request("PUT", path_of(2), headers, "x")).status;
    };

    for (const char* mark :
         {"X-Forwarded-For: 127.0.0.1\r\n",
          "Forwarded: for=127.0.0.1\r\n",
          "Via: 1.1 a\r\n",
          "X-Real-IP: ::1\r\n",
          "Origin: https://a.example\r\n"}) {
        EXPECT_EQ(upload(mark), 403) << mark;
    }
    const std::string far = "Via: 1.1 a\r\n";
    EXPECT_EQ(upload(far + "Authorization: Bearer a secre\r\n"), 403);
    EXPECT_EQ(upload(far + "Authorization: Bearer a secrets\r\n"), 403);
    EXPECT_EQ(upload(far + "Authorization: Basic a secret\r\n"), 403);
    EXPECT_EQ(ask(port_, get_request("/blobs", far)).status, 403);
    EXPECT_EQ(ask(port_, get_request(path_of(2) + "?wait=1", far)).status, 403);
    EXPECT_EQ(get(1, far).body, "there");
    EXPECT_EQ(get(2, far).status, 404);
    EXPECT_EQ(upload(far + "Authorization: Bearer a secret\r\n"), 201);
}

TEST_F(BlobHttpTest, refuses_an_upload_before_its_body_comes) {
    start();
    TcpClient client(port_);

    client.send("PUT " + path_of(1) + " HTTP/1.1\r\nVia: 1.1 a\r\nContent-Length: 5000000\r\n\r\n");
    EXPECT_EQ(read_response(client).status, 403);
}

TEST_F(BlobHttpTest, waits_for_a_blob_to_be_fetched) {
    start();
    TcpClient found(port_);
    TcpClient lost(port_);

    found.send(get_request(path_of(1) + "?wait=60"));
    lost.send(get_request(path_of(2) + "?wait=0"));
    ASSERT_TRUE(comes_true([&] { return blobs_.fetches() == 2; }));
    put(1, "fetched");
    blobs_.answer_fetches();

    EXPECT_EQ(read_response(found).body, "fetched");
    const HttpResponse none = read_response(lost);
    EXPECT_EQ(none.status, 404);
    EXPECT_THAT(none.head, HasSubstr("Retry-After: 1\r\n"));
    for (const char* wait : {"61", "-1", "x", "1.5"}) {
        EXPECT_EQ(ask(port_, get_request(path_of(2) + "?wait=" + wait)).status, 400) << wait;
    }
    EXPECT_EQ(ask(port_, get_request(path_of(1) + "?wait=5")).body, "fetched");
}

TEST_F(BlobHttpTest, may_be_gone_before_a_fetch_ends) {
    start();
    TcpClient client(port_);
    client.send(get_request(path_of(1) + "?wait=60"));
    ASSERT_TRUE(comes_true([&] { return blobs_.fetches() == 1; }));

    server_->stop(10ms);
    server_.reset();
    blobs_.answer_fetches();

    EXPECT_TRUE(client.closed_by_peer());
}

TEST_F(BlobHttpTest, lists_what_is_there_page_by_page) {
    start();
    for (int i = 0; i < 1001; ++i) {
        BlobId id{};
        id[0] = static_cast<std::uint8_t>(i / 256);
        id[1] = static_cast<std::uint8_t>(i % 256);
        ASSERT_TRUE(blobs_.put(id, as_bytes("12")));
    }

    const std::string first = ask(port_, get_request("/blobs")).body;
    const std::string last = "03e7" + std::string(60, '0');
    EXPECT_THAT(
        first,
        testing::StartsWith(
            R"({"blobs":[{"id":")" + std::string(64, '0') +
            R"(","type":"u8[1]","size":"2","whole":true},)"
        )
    );
    EXPECT_THAT(first, testing::EndsWith(R"(],"next":")" + last + R"("})"));
    EXPECT_EQ(
        ask(port_, get_request("/blobs?after=" + last)).body,
        R"({"blobs":[{"id":"03e8)" + std::string(60, '0') +
            R"(","type":"u8[1]","size":"2","whole":true}]})"
    );
    EXPECT_EQ(ask(port_, get_request("/blobs?after=x")).status, 400);
}

TEST_F(BlobHttpTest, is_not_there_without_blobs) {
    ServerConfig config;
    config.listen_addresses = {"tcp://127.0.0.1:0"};
    const auto server = Server::start(std::move(config), MethodTable("1"), ServerPorts{});
    ASSERT_TRUE(server);

    EXPECT_EQ(ask((*server)->ports().at(0), get_request(path_of(1))).status, 404);
    EXPECT_EQ(ask((*server)->ports().at(0), request("PUT", path_of(1), "", "x")).status, 404);
}

}  // namespace
}  // namespace steelyard::rpc
