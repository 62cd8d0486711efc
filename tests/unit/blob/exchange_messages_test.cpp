#include "blob/exchange_messages.h"

#include "base/protowire.h"
#include "steelyard/blob/v1/exchange.pb.h"
#include "tests/support/hex_bytes.h"

#include <gtest/gtest.h>

namespace steelyard::blob {
namespace {

namespace pb = ::steelyard::blob::v1;

Hash256 hash(std::uint8_t number) {
    Hash256 out{};
    out.fill(number);
    return out;
}

TreeMessage some_tree() {
    TreeMessage tree{.id = hash(1)};
    tree.tree.header = {.type = {.dtype = vm::DType::f32, .shape = {2, 300'000}}, .root = hash(2)};
    tree.tree.groups.assign(tree.tree.header.group_count(), hash(3));
    return tree;
}

TEST(ExchangeMessages, come_back_as_they_were) {
    const std::vector<ExchangeMessage> messages{
        Want{{hash(1), hash(2)}, 2},
        Want{{hash(0)}, 0},
        Have{hash(4)},
        Cancel{{hash(1)}},
        GetTree{hash(5)},
        some_tree(),
        GetGroup{hash(6), 0},
        GetGroup{hash(6), groups_max - 1},
        GroupMessage{hash(7), 3, Bytes(group_bytes_max, 9)},
        GroupMessage{hash(7), 0, {}},
        Gone{hash(8)},
    };
    for (const ExchangeMessage& message : messages) {
        const auto decoded = decode_exchange_message(encode_exchange_message(message));

        ASSERT_TRUE(decoded) << decoded.error().message();
        EXPECT_TRUE(*decoded == message) << message.index();
    }
}

TEST(ExchangeMessages, agree_with_protobuf) {
    const TreeMessage tree = some_tree();
    pb::ExchangeMessage message;
    message.mutable_tree()->set_id(tree.id.data(), tree.id.size());
    message.mutable_tree()->set_dtype(1);
    message.mutable_tree()->add_dims(2);
    message.mutable_tree()->add_dims(300'000);
    message.mutable_tree()->set_root(std::string(32, 2));
    message.mutable_tree()->set_hashes(std::string(tree.tree.groups.size() * 32, 3));
    EXPECT_EQ(as_text(encode_exchange_message(tree)), message.SerializeAsString());

    message.mutable_want()->add_ids(std::string(32, 1));
    message.mutable_want()->add_ids(std::string(32, 2));
    message.mutable_want()->set_hops(1);
    EXPECT_EQ(
        as_text(encode_exchange_message(Want{{hash(1), hash(2)}, 1})), message.SerializeAsString()
    );

    message.mutable_group()->set_id(std::string(32, 1));
    message.mutable_group()->set_index(300);
    message.mutable_group()->set_content("abc");
    EXPECT_EQ(
        as_text(encode_exchange_message(GroupMessage{hash(1), 300, {'a', 'b', 'c'}})),
        message.SerializeAsString()
    );

    message.mutable_gone()->set_id(std::string(32, 1));
    EXPECT_EQ(as_text(encode_exchange_message(Gone{hash(1)})), message.SerializeAsString());
}

TEST(ExchangeMessages, have_room_for_the_longest_tree) {
    TreeMessage tree{.id = hash(1)};
    tree.tree.header = {
        .type = {.dtype = vm::DType::u8, .shape = {1, 1, 1, 1, 1, 2, chunks_max / 2, 1024}},
        .root = hash(2)
    };
    tree.tree.groups.assign(groups_max, hash(3));

    const Bytes longest = encode_exchange_message(tree);

    EXPECT_LE(longest.size(), exchange_message_size_max);
    EXPECT_TRUE(decode_exchange_message(longest));
}

TEST(ExchangeMessages, of_more_ids_than_a_message_holds_are_refused) {
    Want want{std::vector<Hash256>(ids_per_message_max), 1};
    EXPECT_TRUE(decode_exchange_message(encode_exchange_message(want)));

    want.ids.emplace_back();

    EXPECT_FALSE(decode_exchange_message(encode_exchange_message(want)));
    EXPECT_FALSE(decode_exchange_message(encode_exchange_message(Want{})));
    EXPECT_FALSE(decode_exchange_message(encode_exchange_message(Cancel{})));
    EXPECT_FALSE(decode_exchange_message(encode_exchange_message(Want{{hash(1)}, hops_max + 1})));
}

TEST(ExchangeMessages, whose_tree_has_another_count_of_hashes_than_its_type_are_refused) {
    TreeMessage tree = some_tree();
    tree.tree.groups.pop_back();

    const auto decoded = decode_exchange_message(encode_exchange_message(tree));

    ASSERT_FALSE(decoded);
    EXPECT_NE(decoded.error().message().find("groups"), std::string::npos);
}

TEST(ExchangeMessages, of_tensors_that_are_no_blobs_are_refused) {
    TreeMessage tree = some_tree();
    tree.tree.header.type.shape = {chunks_max + 1, 600};
    EXPECT_FALSE(decode_exchange_message(encode_exchange_message(tree)));

    tree = some_tree();
    tree.tree.header.type.dtype = static_cast<vm::DType>(14);
    EXPECT_FALSE(decode_exchange_message(encode_exchange_message(tree)));
}

TEST(ExchangeMessages, of_more_content_than_a_group_has_are_refused) {
    EXPECT_FALSE(decode_exchange_message(
        encode_exchange_message(GroupMessage{hash(1), 0, Bytes(group_bytes_max + 1)})
    ));
    EXPECT_FALSE(decode_exchange_message(encode_exchange_message(GetGroup{hash(1), groups_max})));
}

TEST(ExchangeMessages, that_are_none_are_refused) {
    const std::string id = "0a20" + std::string(64, '1');
    for (const std::string& text : std::vector<std::string>{
             "",
             "1200",  // Have without an id
             "12210a1f" + std::string(62, '1'),
             "1222" + id + "00",
             "1224" + id + "1001",       // a field that Have does not have
             "1222" + id + "1222" + id,  // twice
             "2a00",
             "4a22" + id,  // a member that is not known
             "0a2610001222" + id
         }) {
        EXPECT_FALSE(decode_exchange_message(hex_bytes(text))) << text;
    }
    EXPECT_TRUE(decode_exchange_message(hex_bytes("1222" + id)));
}

}  // namespace
}  // namespace steelyard::blob
