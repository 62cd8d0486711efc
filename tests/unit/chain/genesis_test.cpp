// The genesis document. The tables are those of CometBFT v0.38 types/genesis_test.go, and more.
#include "chain/genesis.h"

#include "chain/json_text.h"
#include "crypto/sha256.h"
#include "samples.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

namespace steelyard::chain {
namespace {

using testing::HasSubstr;

std::string file(const std::string& name) {
    std::ifstream in(std::string(STEELYARD_SOURCE_DIR) + "/tests/vectors/genesis/" + name);
    std::stringstream text;
    text << in.rdbuf();
    EXPECT_FALSE(text.str().empty()) << name;
    return text.str();
}

GenesisDoc parsed(const std::string& text) {
    auto doc = parse_genesis(text);
    EXPECT_TRUE(doc) << error_of(doc);
    return doc ? *std::move(doc) : GenesisDoc{};
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
    const std::size_t at = text.find(from);
    EXPECT_NE(at, std::string::npos) << from;
    return text.replace(at, from.size(), to);
}

/// The error for the sample file with one text in it replaced.
std::string refusal(std::string_view from, std::string_view to) {
    return error_of(parse_genesis(replaced(file("secp256k1_with_state.json"), from, to)));
}

TEST(Genesis, reads_a_file_that_comet_wrote) {
    const GenesisDoc doc = parsed(file("comet_ed25519.json"));

    EXPECT_EQ(to_string(doc.genesis_time), "2023-11-02T13:38:42.103456789Z");
    EXPECT_EQ(doc.chain_id.text(), "test-chain-QDKdJr");
    EXPECT_EQ(doc.initial_height, Height(1));
    ConsensusParams params;
    params.validator.pub_key_types = {crypto::KeyType::ed25519};
    EXPECT_EQ(doc.consensus_params, params);
    ASSERT_EQ(doc.validators.size(), 1U);
    EXPECT_EQ(doc.validators[0].public_key.type(), crypto::KeyType::ed25519);
    EXPECT_EQ(doc.validators[0].power, 10);
    EXPECT_TRUE(doc.app_hash.empty());
    EXPECT_EQ(doc.app_state, "");
    EXPECT_EQ(initial_validators(doc)->size(), 1U);
}

TEST(Genesis, keeps_the_application_state_as_it_is_written) {
    const std::string text = file("secp256k1_with_state.json");
    const GenesisDoc doc = parsed(text);

    EXPECT_THAT(doc.app_state, HasSubstr("{ \"supply\" : [ {\"denom\""));
    EXPECT_THAT(text, HasSubstr("\"app_state\": " + doc.app_state + "\n}"));
    EXPECT_EQ(doc.initial_height, Height(1000));
    EXPECT_EQ(doc.consensus_params.version.app, 1U);
    EXPECT_EQ(doc.validators[0].name, "the \"first\" — yard");
    EXPECT_EQ(to_hex(doc.app_hash.view()), to_hex(crypto::sha256(ByteView())));
    EXPECT_EQ(
        to_hex_upper(initial_validators(doc)->hash()),
        "36AB261A1851098F29842EA1266024E2031C9986F33236B7F0A9E0DA1BAFA930"
    );
}

TEST(Genesis, prints_the_file_that_it_read) {
    const std::string text = file("secp256k1_with_state.json");
    EXPECT_EQ(print_genesis(parsed(text)), text);
}

TEST(Genesis, prints_what_it_reads_again) {
    for (const std::string name : {"comet_ed25519.json", "secp256k1_with_state.json"}) {
        const GenesisDoc doc = parsed(file(name));
        EXPECT_EQ(parsed(print_genesis(doc)), doc);
        EXPECT_EQ(parsed(json_compact(print_genesis(doc))).validators, doc.validators);
    }
    const GenesisDoc bare = parsed(R"({"genesis_time":"2026-01-01T00:00:00Z","chain_id":"a"})");
    EXPECT_EQ(bare.consensus_params, ConsensusParams());
    EXPECT_TRUE(bare.validators.empty());
    EXPECT_EQ(parsed(print_genesis(bare)), bare);
    EXPECT_FALSE(initial_validators(bare));
}

TEST(Genesis, hash_covers_every_token_but_no_white_space) {
    const std::string text = file("secp256k1_with_state.json");
    const Hash256 hash = genesis_hash(parsed(text));

    EXPECT_EQ(hash, crypto::sha256(as_bytes(json_compact(text))));
    EXPECT_EQ(genesis_hash(parsed(json_compact(text))), hash);
    for (const auto& [from, to] : std::vector<std::pair<std::string, std::string>>{
             {"01-01T", "01-02T"},
             {"steelyard-1", "steelyard-2"},
             {"\"1000\"", "\"1001\""},
             {"\"10\"", "\"11\""},
             {"first", "last"},
             {"E3B0", "E3B1"},
             {"1000000", "1000001"},
             {"a } in", "a  } in"},
         }) {
        EXPECT_NE(genesis_hash(parsed(replaced(text, from, to))), hash) << to;
    }
}

// Computed in Python from the files: json.dumps without white space, hashlib.sha256.
TEST(Genesis, has_the_hash_that_another_program_computes) {
    EXPECT_EQ(
        to_hex(genesis_hash(parsed(file("secp256k1_with_state.json")))),
        "bf5d0940a7e2a9befb58381b431bc61be33870366cad36b2e9ebac8caa053693"
    );
    EXPECT_EQ(  // with the address filled in and the initial height 1
        to_hex(genesis_hash(parsed(file("comet_ed25519.json")))),
        "5f0e2ec3f45380127499ff354a31b1f885f376f404d959a67f4e14083dca1698"
    );
}

// TestGenesisBad.
TEST(Genesis, refuses_the_published_bad_files) {
    const std::string validator =
        R"({"pub_key":{"type":"tendermint/PubKeyEd25519",)"
        R"("value":"AT/+aaL1eB0477Mud9JMm8Sh8BIvOYlPGC9KkIUmFaE="},"power":"10","name":""})";
    const std::string time = R"("genesis_time":"2026-01-01T00:00:00Z",)";
    const auto error = [](const std::string& text) { return error_of(parse_genesis(text)); };

    EXPECT_THAT(error(""), HasSubstr("line 1"));
    EXPECT_THAT(error("\x01\x01\x01\x01\x01"), HasSubstr("line 1"));
    EXPECT_THAT(error("{}"), HasSubstr("genesis_time: is missing"));
    EXPECT_THAT(
        error("{" + time + R"("chain_id":"mychain","validators":[{}]})"),
        HasSubstr("genesis.validators[0].pub_key: is missing")
    );
    EXPECT_THAT(
        error("{" + time + R"("chain_id":"chain","initial_height":"-1"})"),
        HasSubstr("genesis.initial_height: -1 is negative")
    );
    EXPECT_THAT(
        error(
            "{" + time + R"("chain_id":"c","validators":[)" +
            replaced(validator, R"("type":"tendermint/PubKeyEd25519",)", "") + "]}"
        ),
        HasSubstr("genesis.validators[0].pub_key.type: is missing")
    );
    EXPECT_THAT(
        error("{" + time + R"("validators":[)" + validator + "]}"),
        HasSubstr("genesis.chain_id: is missing")
    );
    EXPECT_THAT(
        error("{" + time + R"("chain_id":"Lorem-ipsum-dolor-sit-amet,-consectetuer-adipiscing"})"),
        HasSubstr("genesis.chain_id: chain id has 51 characters")
    );
    EXPECT_THAT(
        error(
            "{" + time + R"("chain_id":"c","validators":[)" +
            replaced(validator, R"({"pub)", R"({"address":"A","pub)") + "]}"
        ),
        HasSubstr("genesis.validators[0].address")
    );
    EXPECT_THAT(
        error(
            "{" + time + R"("chain_id":"c","consensus_params":{"validator":)" +
            R"({"pub_key_types":["secp256k1"]}},"validators":[)" + validator + "]}"
        ),
        HasSubstr("genesis.validators[0].pub_key: ed25519 is not among")
    );
}

TEST(Genesis, refuses_unknown_keys_and_names_the_nearest) {
    EXPECT_THAT(
        refusal("\"chain_id\"", "\"chainid\""),
        HasSubstr("genesis: unknown key \"chainid\", did you mean \"chain_id\"?")
    );
    EXPECT_THAT(
        refusal("\"max_gas\"", "\"maxgas\""),
        HasSubstr("genesis.consensus_params.block: unknown key \"maxgas\", did you mean")
    );
    const std::string far = refusal("\"power\"", "\"xyzzyxyzzy\"");
    EXPECT_THAT(far, HasSubstr("genesis.validators[0]: unknown key \"xyzzyxyzzy\""));
    EXPECT_THAT(refusal("\"power\"", R"("po\nwer")"), HasSubstr(R"(unknown key "po\nwer")"));
    EXPECT_THAT(far, Not(HasSubstr("did you mean")));
}

TEST(Genesis, refuses_keys_that_stand_twice_anywhere) {
    EXPECT_THAT(refusal("\"app_hash\"", "\"chain_id\""), HasSubstr("\"chain_id\" stands twice"));
    EXPECT_THAT(refusal("\"note\"", "\"bank\""), HasSubstr("\"bank\" stands twice"));
}

TEST(Genesis, wants_64_bit_numbers_in_strings) {
    EXPECT_THAT(refusal("\"1000\"", "1000"), HasSubstr("stand in strings"));
    EXPECT_THAT(refusal("\"1000\"", "\"01000\""), HasSubstr("genesis.initial_height"));
    EXPECT_THAT(refusal("\"1000\"", "\"1e3\""), HasSubstr("genesis.initial_height"));
    EXPECT_THAT(refusal("\"1000\"", "\"-0\""), HasSubstr("genesis.initial_height"));
    EXPECT_THAT(
        refusal("\"1000\"", "\"9223372036854775808\""), HasSubstr("not a signed 64-bit number")
    );
    EXPECT_THAT(refusal("\"1000\"", "null"), HasSubstr("is not a string"));
}

TEST(Genesis, refuses_values_that_break_the_rules) {
    EXPECT_THAT(refusal("2026-01-01", "0001-01-01"), HasSubstr("genesis_time: is not set"));
    EXPECT_THAT(refusal("2026-01-01", "2026-13-01"), HasSubstr("genesis.genesis_time"));
    EXPECT_THAT(refusal("\"steelyard-1\"", "\"\""), HasSubstr("genesis.chain_id"));
    EXPECT_THAT(refusal("\"10\"", "\"0\""), HasSubstr("power: 0 is not in"));
    EXPECT_THAT(refusal("\"10\"", "\"-5\""), HasSubstr("power: -5 is not in"));
    EXPECT_THAT(
        refusal("\"10\"", "\"1152921504606846976\""), HasSubstr("power: 1152921504606846976")
    );
    EXPECT_THAT(refusal("7C2BB42A", "7C2BB42B"), HasSubstr("is not the key's, 7C2BB42A"));
    EXPECT_THAT(refusal("PubKeySecp256k1", "PubKeyBls12381"), HasSubstr("is unknown"));
    EXPECT_THAT(refusal("PubKeySecp256k1", "PubKeyEd25519"), HasSubstr("validators[0].pub_key"));
    EXPECT_THAT(refusal("\"secp256k1\",", "\"sr25519\","), HasSubstr("pub_key_types[0]"));
    EXPECT_THAT(refusal("\"secp256k1\",", "\"ed25519\","), HasSubstr("pub_key_types"));
    EXPECT_THAT(refusal("\"4194304\"", "\"0\""), HasSubstr("block.max_bytes"));
    EXPECT_THAT(refusal("height\": \"0\"", "height\": \"1\""), HasSubstr("vote extensions"));
    EXPECT_THAT(refusal("\"max_gas\": \"75000000\"", "\"max_gas\": true"), HasSubstr("max_gas"));
    EXPECT_THAT(
        refusal(",\n      \"max_gas\": \"75000000\"", ""), HasSubstr("max_gas: is missing")
    );
    EXPECT_THAT(refusal("E3B0", "E3B"), HasSubstr("genesis.app_hash"));
    EXPECT_THAT(refusal("E3B0", "E3B0E3"), HasSubstr("genesis.app_hash"));
}

TEST(Genesis, refuses_validators_that_are_no_set) {
    const GenesisDoc good = parsed(file("secp256k1_with_state.json"));
    GenesisDoc doc = good;
    doc.validators.push_back(good.validators[0]);
    EXPECT_THAT(error_of(validate(doc)), HasSubstr("genesis.validators: validator 7C2B"));
    EXPECT_THAT(error_of(parse_genesis(print_genesis(doc))), HasSubstr("twice"));

    const GenesisDoc other = parsed(file("comet_ed25519.json"));
    doc = good;
    doc.validators[0].power = total_voting_power_max;
    EXPECT_TRUE(validate(doc));
    doc.validators.push_back(other.validators[0]);
    EXPECT_THAT(error_of(validate(doc)), HasSubstr("total voting power is over"));
}

TEST(Genesis, bounds_size_and_depth) {
    EXPECT_THAT(
        error_of(parse_genesis(std::string(genesis_size_max + 1, ' '))), HasSubstr("limit")
    );
    const auto nested = [](std::size_t depth) {
        return R"({"genesis_time":"2026-01-01T00:00:00Z","chain_id":"a","app_state":)" +
               std::string(depth, '[') + std::string(depth, ']') + "}";
    };
    EXPECT_TRUE(parse_genesis(nested(genesis_depth_max - 1)));
    EXPECT_FALSE(parse_genesis(nested(genesis_depth_max)));
}

}  // namespace
}  // namespace steelyard::chain
