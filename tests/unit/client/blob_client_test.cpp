// A client and the server that it talks to, over blobs in memory.
#include "client/blob_client.h"

#include "client/blob_check.h"
#include "rpc/server.h"
#include "tests/unit/rpc/fake_blobs.h"
#include "vm/files/npy.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>
#include <thread>

namespace steelyard::client {
namespace {

using namespace std::chrono_literals;

class BlobClientTest : public testing::Test {
protected:
    BlobClientTest() {
        std::filesystem::create_directories(folder_);
        rpc::ServerConfig config;
        config.listen_addresses = {"tcp://127.0.0.1:0"};
        auto server = rpc::Server::start(
            std::move(config), rpc::MethodTable("1"), {.blobs = &blobs_, .blob_token = "a token"}
        );
        EXPECT_TRUE(server);
        server_ = *std::move(server);
        for (std::size_t i = 0; i < data_.size(); ++i) {
            data_[i] = static_cast<std::uint8_t>(i * i >> 3);
        }
    }
    ~BlobClientTest() override { std::filesystem::remove_all(folder_); }

    BlobNode node() const {
        return {
            .endpoint = {.host = "127.0.0.1", .port = server_->ports().at(0)},
            .timeout = 10s,
            .attempts_max = 3,
            .pause = 1ms,
        };
    }

    Bytes file() const { return vm::write_npy(type_, data_); }

    blob::Hash256 id() {
        auto id = BlobClient(node()).put(type_, data_);
        EXPECT_TRUE(id);
        return id.value_or(blob::Hash256{});
    }

    static std::string contents(const std::filesystem::path& path) {
        std::ifstream stream(path, std::ios::binary);
        std::stringstream out;
        out << stream.rdbuf();
        return out.str();
    }

    const std::filesystem::path folder_ =
        std::filesystem::path(testing::TempDir()) /
        ("blob_client." + std::to_string(reinterpret_cast<std::uintptr_t>(this)));
    rpc::FakeBlobs blobs_{};
    std::unique_ptr<rpc::Server> server_{};
    vm::TensorType type_{.dtype = vm::DType::f32, .shape = {3, 1'000'001}};  // 12 MB
    Bytes data_ = Bytes(static_cast<std::size_t>(type_.bytes()));
};

TEST_F(BlobClientTest, brings_a_tensor_in_pieces_and_gets_it_back) {
    BlobClient client(node());
    std::vector<std::uint64_t> steps;
    const auto id = client.put(type_, data_, [&](std::uint64_t done, std::uint64_t all) {
        EXPECT_EQ(all, file().size());
        steps.push_back(done);
    });
    ASSERT_TRUE(id) << id.error().message();
    EXPECT_EQ(steps, (std::vector<std::uint64_t>{4 << 20, 8 << 20, file().size()}));

    const auto path = folder_ / "x.npy";
    const auto got = client.get(*id, path);
    ASSERT_TRUE(got) << got.error().message();
    EXPECT_TRUE(contents(path) == as_text(file()));
    EXPECT_FALSE(std::filesystem::exists(folder_ / "x.npy.part"));
    EXPECT_EQ(server_->stats().connections, 1U);
}

TEST_F(BlobClientTest, takes_much_with_each_call) {
    const blob::Hash256 known = id();
    std::size_t calls = 0;
    const auto count = [&](std::uint64_t, std::uint64_t) { ++calls; };
    ASSERT_TRUE(BlobClient(node()).get(known, folder_ / "x.npy", {}, count));
    EXPECT_LT(calls, file().size() / 8'192);
}

TEST_F(BlobClientTest, sends_nothing_twice) {
    const blob::Hash256 known = id();
    const std::uint64_t sent = server_->stats().blob_bytes_received;
    EXPECT_EQ(sent, file().size());

    ASSERT_TRUE(BlobClient(node()).put(type_, data_));
    EXPECT_EQ(server_->stats().blob_bytes_received, sent);

    blobs_.remove(known);
    ASSERT_TRUE(blobs_.append(known, 0, file().size(), ByteView(file()).first(9 << 20)));
    ASSERT_TRUE(BlobClient(node()).put(type_, data_));
    EXPECT_EQ(server_->stats().blob_bytes_received, sent + file().size() - (9 << 20));
}

TEST_F(BlobClientTest, asks_for_nothing_twice) {
    const blob::Hash256 known = id();
    const auto path = folder_ / "x.npy";
    std::ofstream(folder_ / "x.npy.part", std::ios::binary)
        << as_text(ByteView(file()).first(9 << 20));

    ASSERT_TRUE(BlobClient(node()).get(known, path));
    EXPECT_TRUE(contents(path) == as_text(file()));
    EXPECT_EQ(server_->stats().body_bytes_sent, file().size() - (9 << 20));

    // One that is whole but for its name is not asked for at all.
    std::filesystem::rename(path, folder_ / "x.npy.part");
    ASSERT_TRUE(BlobClient(node()).get(known, path));
    EXPECT_EQ(server_->stats().body_bytes_sent, file().size() - (9 << 20));
}

TEST_F(BlobClientTest, refuses_what_is_not_the_blob) {
    const blob::Hash256 known = id();
    Bytes wrong = file();
    wrong.back() ^= 1;
    ASSERT_TRUE(blobs_.put(known, wrong));

    const auto got = BlobClient(node()).get(known, folder_ / "x.npy");
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), ErrorCode::corrupt);
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(BlobClientTest, tells_what_is_there) {
    BlobClient client(node());
    const blob::Hash256 known = id();
    EXPECT_TRUE(client.head(known)->is_whole);
    EXPECT_EQ(client.head(known)->file_bytes, file().size());
    blob::Hash256 other{};
    ASSERT_TRUE(blobs_.append(other, 0, 1000, Bytes(100)));
    EXPECT_EQ(client.head(other)->offset, 100U);
    const auto page = client.list();
    ASSERT_TRUE(page) << page.error().message();
    EXPECT_EQ(page->blobs.size(), 2U);
    EXPECT_FALSE(page->next);
    EXPECT_EQ(client.list(known)->blobs.size(), 0U);
}

TEST_F(BlobClientTest, waits_as_long_as_it_may) {
    const auto path = folder_ / "x.npy";
    const auto none = BlobClient(node()).get(blob::Hash256{}, path);
    ASSERT_FALSE(none);
    EXPECT_EQ(none.error().code(), ErrorCode::not_found);

    const blob::Hash256 known = id();
    blobs_.remove(known);
    std::thread found([&] {
        while (blobs_.fetches() == 0) {
            std::this_thread::sleep_for(1ms);
        }
        ASSERT_TRUE(blobs_.put(known, file()));
        blobs_.answer_fetches();
    });
    const auto got = BlobClient(node()).get(known, path, 100s);
    found.join();
    EXPECT_TRUE(got) << got.error().message();
    EXPECT_EQ(blobs_.patience(), 60s);
}

TEST_F(BlobClientTest, gives_up_after_some_attempts) {
    const BlobNode there = node();
    server_->stop();

    const auto put = BlobClient(there).put(type_, data_);
    ASSERT_FALSE(put);
    EXPECT_EQ(put.error().code(), ErrorCode::io);
    const auto got = BlobClient(there).get(blob::Hash256{}, folder_ / "x.npy");
    ASSERT_FALSE(got);
    EXPECT_EQ(got.error().code(), ErrorCode::io);
    EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(BlobClientTest, leaves_a_file_to_one_writer) {
    const blob::Hash256 known = id();
    blobs_.remove(known);
    const auto path = folder_ / "x.npy";
    std::thread first([&] { EXPECT_TRUE(BlobClient(node()).get(known, path, 60s)); });
    while (blobs_.fetches() == 0) {
        std::this_thread::sleep_for(1ms);
    }

    const auto second = BlobClient(node()).get(known, path);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code(), ErrorCode::denied);

    ASSERT_TRUE(blobs_.put(known, file()));
    blobs_.answer_fetches();
    first.join();
    EXPECT_TRUE(contents(path) == as_text(file()));
}

}  // namespace
}  // namespace steelyard::client
