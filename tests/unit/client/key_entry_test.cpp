#include "client/key_entry.h"

#include "base/hex.h"
#include "client/tx_files.h"

#include <gtest/gtest.h>

namespace steelyard::client {
namespace {

constexpr std::string_view plain =
    R"({"format":"steelyard-plain-key","version":1,"name":"alice",)"
    R"("address":"yard19rl4cm2hmr8afy4kldpxz3fka4jguq0a6nz3fd",)"
    R"("private_key":"c4a48e2fce1481cd3294b4490f6678090ea98d3d0e5cd984558ab0968741b104"})"
    "\n";

std::string text_of(const KeyEntry& entry) {
    return std::string(as_text(print_key_entry(entry).view()));
}

std::string replaced(std::string_view from, std::string_view to) {
    std::string text(plain);
    text.replace(text.find(from), from.size(), to);
    return text;
}

TEST(KeyEntry, keeps_a_plain_key) {
    const KeyEntry entry = parse_key_entry(plain).value();

    EXPECT_EQ(entry.name, "alice");
    EXPECT_EQ(text_of(entry), plain);
}

TEST(KeyEntry, keeps_public_keys) {
    const auto single =
        parse_account_key("024f4e2ad99c34d60b9ba6283c9431a8418af8673212961f97a77b6377fcd05b62")
            .value();
    const tx::MultisigKey multisig{
        .threshold = 1, .members = {std::get<crypto::PublicKey>(single)}
    };
    for (const tx::AccountKey& key : {single, tx::AccountKey(multisig)}) {
        const KeyEntry entry{.name = "us", .key = key, .secret = NoSecret{}};

        const KeyEntry read = parse_key_entry(text_of(entry)).value();

        EXPECT_EQ(read.key, key);
        EXPECT_TRUE(std::holds_alternative<NoSecret>(read.secret));
    }
}

TEST(KeyEntry, that_is_damaged_is_refused_and_no_secret_told) {
    const std::vector<std::string> wrong = {
        "",
        "[]",
        std::string(plain.substr(0, 40)),
        replaced("steelyard-plain-key", "x"),
        replaced("\"version\":1", "\"version\":2"),
        replaced("\"name\"", "\"nam\""),
        replaced("alice", "../alice"),
        replaced("alice", ""),
        replaced("yard19rl", "yard19rm"),
        replaced("c4a48e2f", "c4a48e2g"),
        replaced("c4a48e2f", "c4a48e20"),
        replaced(
            "c4a48e2fce1481cd3294b4490f6678090ea98d3d0e5cd984558ab0968741b104", std::string(64, '0')
        ),
        replaced("\"version\"", "\"more\":1,\"version\""),
        std::string(key_entry_size_max + 1, ' '),
    };
    for (const std::string& text : wrong) {
        const auto entry = parse_key_entry(text);
        ASSERT_FALSE(entry) << text;
        EXPECT_EQ(entry.error().message().find("1481cd3294b4"), std::string::npos) << text;
    }
}

TEST(KeyName, is_a_name_of_a_file_in_its_folder) {
    for (const std::string_view good : {"a", "Alice-2", "7.x_y"}) {
        EXPECT_TRUE(check_key_name(good)) << good;
    }
    for (const std::string_view bad : {"", ".", "..", "-a", "a/b", "a b", "\u00e9", "a\n"}) {
        EXPECT_FALSE(check_key_name(bad)) << bad;
    }
    EXPECT_FALSE(check_key_name(std::string(65, 'a')));
}

}  // namespace
}  // namespace steelyard::client
