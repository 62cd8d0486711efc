#include "consensus/engine/key_file.h"

#include "base/check.h"

#include <gtest/gtest.h>

namespace steelyard::engine {
namespace {

using crypto::KeyType;
using crypto::PrivateKey;

// Published test keys: of xpla's simulations (ed25519), of Tendermint's manual (ed25519, before
// the state had a file of its own), of a local network's settings (secp256k1).
constexpr std::string_view xpla_file = R"({
  "address": "3C5042645BAD50A98F0A7D567F862E1A861C23C5",
  "pub_key": {
    "type": "tendermint/PubKeyEd25519",
    "value": "/0bCEBBwUIrjqYr+pKfzHly+SBMjkA/hcCR9oswxnrk="
  },
  "priv_key": {
    "type": "tendermint/PrivKeyEd25519",
    "value": "iks74YM/Di06VI4JPZ3zOxrKfQ0iwwgXhNa6aIzaduf/RsIQEHBQiuOpiv6kp/MeXL5IEyOQD+FwJH2izDGeuQ=="
  }
})";

constexpr std::string_view secp256k1_file = R"({
  "address": "B0CCBF7CCFAC74122A4AA8624CAD53E335B9DC80",
  "pub_key": {
    "type": "tendermint/PubKeySecp256k1",
    "value": "A0ADzY/h+js7mkX8Da25jkMe2DjjIpkfqpUwD5tvr1xW"
  },
  "priv_key": {
    "type": "tendermint/PrivKeySecp256k1",
    "value": "2WRBho3VAEA5M8L1OEgWJNhWXRgBgHCZ2BX/+RuykpQ="
  }
})";

TEST(KeyFile, reads_and_prints_what_stock_nodes_write) {
    for (const std::string_view text : {xpla_file, secp256k1_file}) {
        const auto key = parse_key_file(text);
        ASSERT_TRUE(key) << key.error().message();
        EXPECT_EQ(as_text(print_key_file(*key).view()), text);
    }
    EXPECT_EQ(parse_key_file(xpla_file)->type(), KeyType::ed25519);
    EXPECT_EQ(parse_key_file(secp256k1_file)->type(), KeyType::secp256k1);
}

TEST(KeyFile, reads_any_order_and_white_space) {
    const auto key = parse_key_file(
        R"( {"priv_key":{"value":"2WRBho3VAEA5M8L1OEgWJNhWXRgBgHCZ2BX/+RuykpQ=",
             "type":"tendermint/PrivKeySecp256k1"},"pub_key":{"type":"tendermint/PubKeySecp256k1",
             "value":"A0ADzY/h+js7mkX8Da25jkMe2DjjIpkfqpUwD5tvr1xW"},
             "address":"b0ccbf7ccfac74122a4aa8624cad53e335b9dc80"} )"
    );

    ASSERT_TRUE(key) << key.error().message();
}

std::string replaced(std::string_view text, std::string_view from, std::string_view to) {
    std::string out(text);
    const std::size_t at = out.find(from);
    CHECK(at != out.npos);
    return out.replace(at, from.size(), to);
}

TEST(KeyFile, refuses_what_does_not_belong_together_and_quotes_no_secret) {
    const std::string_view other_address = "0000000000000000000000000000000000000000";
    const std::vector<std::pair<std::string, std::string_view>> cases = {
        {"", "line 1"},
        {"[]", "no object"},
        {std::string(key_file_size_max + 1, ' '), "limit"},
        {replaced(xpla_file, "3C5042645BAD50A98F0A7D567F862E1A861C23C5", other_address),
         "address is not the key's, 3C50"},
        {replaced(xpla_file, "\"3C5042645BAD50A98F0A7D567F862E1A861C23C5\"", "7"), "no string"},
        {replaced(xpla_file, "/0bCE", "/1bCE"), "pub_key does not belong"},
        {replaced(xpla_file, "PubKeyEd25519", "PubKeySecp256k1"), "pub_key does not belong"},
        {replaced(xpla_file, "PubKeyEd25519", "PubKeyBls12_381"), "is unknown"},
        {replaced(xpla_file, "PrivKeyEd25519", "PrivKeySecp256k1"), ""},
        {replaced(xpla_file, "PrivKeyEd25519", "PrivKeyRemote"), "is unknown"},
        {replaced(xpla_file, "iks74", "iks75"), ""},
        {replaced(xpla_file, "iks74", "iks\\u0034"), "base64"},
        {replaced(xpla_file, "iks7", "i"), ""},
        {replaced(xpla_file, "\"address\"", "\"adress\""), "unknown key \"adress\""},
        {replaced(xpla_file, "\"address\": \"3C5042645BAD50A98F0A7D567F862E1A861C23C5\",", ""),
         "has no address"},
        {replaced(xpla_file, "\"address\"", "\"id\": \"\", \"address\""), "unknown key \"id\""},
        {replaced(xpla_file, "\"address\"", R"("a\nb": "", "address")"), R"(unknown key "a\nb")"},
    };
    for (const auto& [text, why] : cases) {
        const auto key = parse_key_file(text);
        ASSERT_FALSE(key) << text;
        const std::string& message = key.error().message();
        EXPECT_NE(message.find(why), std::string::npos) << message;
        EXPECT_TRUE(message.starts_with("key file: ")) << message;
        EXPECT_EQ(message.find("iks"), std::string::npos) << message;
    }
}

TEST(KeyFile, gives_back_any_key) {
    SeededRandom random(1);
    for (const KeyType type : {KeyType::ed25519, KeyType::secp256k1}) {
        const PrivateKey key = PrivateKey::generate(type, random);

        const auto again = parse_key_file(as_text(print_key_file(key).view()));

        ASSERT_TRUE(again) << again.error().message();
        EXPECT_EQ(again->public_key(), key.public_key());
        EXPECT_TRUE(equal(again->secret().view(), key.secret().view()));
    }
}

}  // namespace
}  // namespace steelyard::engine
