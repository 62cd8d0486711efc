#include "client/keyring.h"

#include "client/money.h"
#include "tests/support/temporary_home.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <fstream>

namespace steelyard::client {
namespace {

constexpr crypto::ScryptCost cheap{.n = 2, .r = 1, .p = 1};

class KeyringTest : public testing::TestWithParam<KeyringBackend> {
protected:
    crypto::PrivateKey new_key() {
        return crypto::PrivateKey::generate(crypto::KeyType::secp256k1, random_);
    }

    Result<KeyEntry> add(std::string_view name, const crypto::PrivateKey& key) {
        return keyring_.add(name, key, password_, cheap, random_);
    }

    testing_support::TemporaryHome home_;
    SeededRandom random_{1};
    Keyring keyring_{home_.path(), GetParam()};
    const Bytes password_ = to_bytes(as_bytes("correct horse"));
};

TEST_P(KeyringTest, gives_back_what_was_added) {
    const auto key = new_key();
    ASSERT_TRUE(add("alice", key));

    const KeyEntry entry = keyring_.find("alice").value();

    EXPECT_EQ(open_entry(entry, password_).value().public_key(), key.public_key());
    const std::string address = address_text(account_prefix, entry.address());
    EXPECT_EQ(keyring_.find(address).value().name, "alice");
    EXPECT_EQ(keyring_.find("bob").error().code(), ErrorCode::not_found);
}

TEST_P(KeyringTest, lists_by_name_and_removes) {
    EXPECT_TRUE(keyring_.list().value().empty());
    ASSERT_TRUE(add("carol", new_key()));
    ASSERT_TRUE(add("alice", new_key()));
    ASSERT_TRUE(keyring_.add_public("bob", new_key().public_key()));

    std::vector<std::string> names;
    const auto entries = keyring_.list().value();
    for (const KeyEntry& entry : entries) {
        names.push_back(entry.name);
    }
    EXPECT_EQ(names, (std::vector<std::string>{"alice", "bob", "carol"}));

    ASSERT_TRUE(keyring_.remove("alice"));
    EXPECT_EQ(keyring_.remove("alice").error().code(), ErrorCode::not_found);
    EXPECT_EQ(keyring_.list().value().size(), 2U);
}

TEST_P(KeyringTest, overwrites_nothing) {
    const auto key = new_key();
    ASSERT_TRUE(add("alice", key));

    EXPECT_EQ(add("alice", new_key()).error().code(), ErrorCode::denied);
    EXPECT_EQ(add("again", key).error().code(), ErrorCode::denied);
    EXPECT_EQ(keyring_.add_public("alice", key.public_key()).error().code(), ErrorCode::denied);
    EXPECT_FALSE(add("no/name", new_key()));
    EXPECT_EQ(
        open_entry(keyring_.find("alice").value(), password_)->public_key(), key.public_key()
    );
}

TEST_P(KeyringTest, is_for_its_owner_only) {
    ASSERT_TRUE(add("alice", new_key()));
    const auto file = keyring_.folder() / "alice.json";
    struct stat status{};

    ASSERT_EQ(::stat(keyring_.folder().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0700U);
    ASSERT_EQ(::stat(file.c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 0777, 0600U);
    ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
    EXPECT_EQ(keyring_.find("alice").error().code(), ErrorCode::denied);
}

TEST_P(KeyringTest, tells_which_file_is_damaged) {
    ASSERT_TRUE(add("alice", new_key()));
    const auto file = keyring_.folder() / "alice.json";
    std::filesystem::rename(file, keyring_.folder() / "bob.json");
    EXPECT_NE(
        keyring_.list().error().message().find("bob.json holds the key \"alice\""),
        std::string::npos
    );

    std::ofstream(keyring_.folder() / "bob.json") << "{}";

    EXPECT_NE(keyring_.find("bob").error().message().find("bob.json"), std::string::npos);
}

TEST_P(KeyringTest, has_no_secret_of_public_keys) {
    ASSERT_TRUE(keyring_.add_public("bob", new_key().public_key()));

    EXPECT_EQ(
        open_entry(keyring_.find("bob").value(), password_).error().code(), ErrorCode::unsupported
    );
}

INSTANTIATE_TEST_SUITE_P(
    Backends,
    KeyringTest,
    testing::Values(KeyringBackend::file, KeyringBackend::test),
    [](const auto& one) { return one.param == KeyringBackend::file ? "file" : "test"; }
);

using FileKeyringTest = KeyringTest;

TEST_P(FileKeyringTest, opens_under_its_password_alone) {
    EXPECT_FALSE(keyring_.has_password().value());
    EXPECT_TRUE(keyring_.check_password(as_bytes("any")));
    ASSERT_TRUE(add("alice", new_key()));

    EXPECT_TRUE(keyring_.has_password().value());
    EXPECT_TRUE(keyring_.check_password(password_));
    EXPECT_EQ(keyring_.check_password(as_bytes("wrong")).error().code(), ErrorCode::denied);
    EXPECT_EQ(
        open_entry(keyring_.find("alice").value(), as_bytes("wrong")).error().code(),
        ErrorCode::denied
    );
}

TEST_P(FileKeyringTest, holds_no_key_in_clear) {
    const auto key = new_key();
    ASSERT_TRUE(add("alice", key));
    std::ifstream file(keyring_.folder() / "alice.json");
    const std::string text(std::istreambuf_iterator<char>(file), {});

    EXPECT_NE(text.find("\"format\":\"steelyard-keystore\""), std::string::npos);
    EXPECT_EQ(text.find("private_key"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(Backends, FileKeyringTest, testing::Values(KeyringBackend::file));

}  // namespace
}  // namespace steelyard::client
