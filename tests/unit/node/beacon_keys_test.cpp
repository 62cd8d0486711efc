#include "node/beacon_keys.h"

#include "base/base64.h"
#include "consensus/engine/key_file.h"
#include "crypto/sha256.h"
#include "node/beacon_check.h"
#include "steelyard/beacon/v1/query.pb.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace steelyard::node {
namespace {

namespace fs = std::filesystem;
using crypto::KeyType;
using crypto::PrivateKey;
using testing::HasSubstr;

constexpr fs::perms mine = fs::perms::owner_read | fs::perms::owner_write;

PrivateKey key_of(std::string_view name, KeyType type = KeyType::secp256k1) {
    SeededRandom random(name.size());
    return PrivateKey::generate(type, random);
}

ByteArray<33> point_of(const PrivateKey& key) {
    return to_array<33>(key.public_key().bytes().first<33>());
}

/// Knows which keys are registered.
class Registry final : public abci::Application {
public:
    Result<abci::QueryResult> query(const abci::QueryRequest& request) override {
        if (!has_blocks) {
            return abci::QueryResult{.code = 18};
        }
        EXPECT_EQ(request.path, "/steelyard.beacon.v1.Query/Keys");
        EXPECT_TRUE(request.data.empty());
        const std::string text = registered.SerializeAsString();
        return abci::QueryResult{.value = to_bytes(as_bytes(text))};
    }

    Result<abci::ApplicationInfo> info() override { return abci::ApplicationInfo{}; }
    Result<abci::GenesisOutcome> init_chain(const chain::GenesisDoc&) override {
        return abci::GenesisOutcome{};
    }
    Result<abci::CheckTxResult> check_tx(ByteView, abci::CheckType) override {
        return abci::CheckTxResult{};
    }
    Result<abci::PreparedTxs> prepare_proposal(const abci::ProposalRequest&) override {
        return std::vector<Bytes>();
    }
    Result<bool> process_proposal(const chain::Block&) override { return true; }
    Result<abci::BlockResults>
    finalize_block(const chain::Block&, const std::optional<chain::VerifiedCommit>&) override {
        return abci::BlockResults{};
    }
    Result<void> commit() override { return {}; }

    bool has_blocks = true;
    steelyard::beacon::v1::QueryKeysResponse registered{};
};

class BeaconKeysTest : public testing::Test {
protected:
    BeaconKeysTest() { fs::create_directories(home / "config"); }
    ~BeaconKeysTest() override { fs::remove_all(home); }

    void write(std::string_view name, std::string_view text, fs::perms mode = mine) {
        std::ofstream(home / name) << text;
        fs::permissions(home / name, mode);
    }

    void write_key(std::string_view name, const PrivateKey& key, fs::perms mode = mine) {
        const crypto::SecretBytes text = engine::print_key_file(key);
        write(name, as_text(text.view()), mode);
    }

    std::string doubt() { return doubt_about_beacon_keys(registry, keys).value_or(""); }

    const fs::path home =
        fs::path(testing::TempDir()) /
        ("beacon_keys_" + std::string(testing::UnitTest::GetInstance()->current_test_info()->name())
        );
    const BeaconKeys keys{home};
    Registry registry;
};

TEST_F(BeaconKeysTest, prove_under_the_key_of_the_file) {
    const PrivateKey key = key_of("a");
    write_key(beacon_key_file, key);

    const auto proof = keys.prove(point_of(key), as_bytes("alpha"));

    ASSERT_TRUE(proof) << proof.error().message();
    EXPECT_TRUE(crypto::vrf::verify(point_of(key), as_bytes("alpha"), *proof));
}

TEST_F(BeaconKeysTest, prove_under_whichever_of_two_keys_is_in_force) {
    const PrivateKey key = key_of("a");
    const PrivateKey next = key_of("bb");
    write_key(beacon_key_file, key);
    write_key(next_beacon_key_file, next);

    EXPECT_TRUE(keys.prove(point_of(key), {}));
    EXPECT_TRUE(keys.prove(point_of(next), {}));
    EXPECT_EQ(keys.public_keys()->size(), 2U);
}

TEST_F(BeaconKeysTest, say_which_key_is_wanted_and_what_helps) {
    const PrivateKey key = key_of("a");
    const PrivateKey other = key_of("bb");

    const auto missing = keys.prove(point_of(key), {});
    write_key(beacon_key_file, other);
    const auto wrong = keys.prove(point_of(key), {});

    for (const auto& refused : {missing, wrong}) {
        ASSERT_FALSE(refused);
        EXPECT_THAT(refused.error().message(), HasSubstr(to_base64(point_of(key))));
        EXPECT_THAT(refused.error().message(), HasSubstr("config/beacon_key.json"));
    }
    EXPECT_THAT(missing.error().message(), HasSubstr("is not there: put the file of that key"));
    EXPECT_THAT(wrong.error().message(), HasSubstr("holds another: put the file of that key"));
}

TEST_F(BeaconKeysTest, need_no_restart_to_be_found) {
    const PrivateKey key = key_of("a");
    EXPECT_FALSE(keys.prove(point_of(key), {}));

    write_key(beacon_key_file, key);

    EXPECT_TRUE(keys.prove(point_of(key), {}));
}

TEST_F(BeaconKeysTest, are_refused_where_others_can_read_or_write_them) {
    for (const fs::perms wide :
         {fs::perms::group_read, fs::perms::others_read, fs::perms::group_write}) {
        write_key(beacon_key_file, key_of("a"), mine | wide);

        const auto refused = keys.public_keys();

        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code(), ErrorCode::denied);
        EXPECT_THAT(refused.error().message(), HasSubstr("beacon_key.json"));
        EXPECT_FALSE(keys.prove(point_of(key_of("a")), {}));
    }
}

TEST_F(BeaconKeysTest, are_refused_where_the_file_is_no_key_of_this_kind) {
    write_key(beacon_key_file, key_of("a", KeyType::ed25519));
    EXPECT_THAT(
        keys.public_keys().error().message(), HasSubstr("is of type ed25519, must be secp256k1")
    );
    write(beacon_key_file, "{}");
    EXPECT_THAT(keys.public_keys().error().message(), HasSubstr("beacon_key.json: key file: "));
    write(beacon_key_file, std::string(engine::key_file_size_max + 1, ' '));
    EXPECT_EQ(keys.public_keys().error().code(), ErrorCode::too_large);
}

TEST_F(BeaconKeysTest, are_doubted_where_there_is_none) {
    EXPECT_THAT(doubt(), HasSubstr("config/beacon_key.json is not there"));
}

TEST_F(BeaconKeysTest, are_doubted_where_no_validator_has_registered_them) {
    const PrivateKey key = key_of("a");
    write_key(beacon_key_file, key);
    registry.registered.add_keys()->set_current(
        std::string(as_text(key_of("bb").public_key().bytes()))
    );

    EXPECT_THAT(doubt(), HasSubstr(to_base64(point_of(key))));
    registry.registered.mutable_keys(0)->set_next(std::string(as_text(key.public_key().bytes())));
    EXPECT_EQ(doubt(), "");
}

TEST_F(BeaconKeysTest, are_not_doubted_before_there_are_blocks) {
    write_key(beacon_key_file, key_of("a"));
    registry.has_blocks = false;

    EXPECT_EQ(doubt(), "");
}

}  // namespace
}  // namespace steelyard::node
