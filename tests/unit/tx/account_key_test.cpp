#include "tx/account_key.h"

#include "base/protowire.h"
#include "crypto/bech32.h"
#include "proto/codec.h"
#include "tests/unit/tx/samples.h"

#include <google/protobuf/any.pb.h>
#include <gtest/gtest.h>

namespace steelyard::tx {
namespace {

std::string address_text(const AccountKey& key) {
    return crypto::encode_address("yard", address_of(key)).value();
}

TEST(AccountKey, has_the_addresses_that_cosmjs_gives) {
    EXPECT_EQ(address_text(sample_keys()[0]), "yard19rl4cm2hmr8afy4kldpxz3fka4jguq0a6nz3fd");
    EXPECT_EQ(address_text(sample_multisig()), "yard1h0zphzxl239fh3wtr5v6q6ljvs36vy2kqas0uq");
}

TEST(AccountKey, the_order_of_members_is_part_of_the_address) {
    MultisigKey other = sample_multisig();
    std::swap(other.members[0], other.members[1]);

    EXPECT_NE(address_of(other), address_of(sample_multisig()));
}

TEST(AccountKey, comes_back_from_an_any) {
    for (const AccountKey& key : {AccountKey(sample_keys()[1]), AccountKey(sample_multisig())}) {
        EXPECT_EQ(unpack_account_key(pack_account_key(key)).value(), key);
    }
}

TEST(AccountKey, has_the_bytes_of_its_any) {
    for (const AccountKey& key : {AccountKey(sample_keys()[1]), AccountKey(sample_multisig())}) {
        const Bytes bytes = encode_account_key(key);

        EXPECT_EQ(bytes, proto::serialize(pack_account_key(key)));
        EXPECT_EQ(decode_known_account_key(bytes).value(), key);
    }
}

TEST(AccountKey, that_is_known_has_one_encoding) {
    const Bytes bytes = encode_account_key(sample_keys()[0]);
    for (std::size_t i = 0; i < bytes.size() - 33; ++i) {
        Bytes other = bytes;
        other[i] ^= 1;
        EXPECT_FALSE(decode_known_account_key(other)) << i;
    }
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_FALSE(decode_known_account_key(ByteView(bytes).first(size))) << size;
    }
    Bytes longer = bytes;
    longer.push_back(0);
    EXPECT_FALSE(decode_known_account_key(longer));
}

TEST(AccountKey, refuses_other_types_and_encodings) {
    google::protobuf::Any any = pack_account_key(sample_keys()[0]);
    any.set_type_url("/cosmos.crypto.ed25519.PubKey");
    EXPECT_EQ(unpack_account_key(any).error().code(), ErrorCode::unsupported);

    any = pack_account_key(sample_keys()[0]);
    any.mutable_value()->append("\x12\x01x");
    EXPECT_FALSE(unpack_account_key(any));

    any.set_value(std::string("\x0a\x02xy"));
    EXPECT_FALSE(unpack_account_key(any));
}

TEST(AccountKey, refuses_thresholds_and_members_out_of_range) {
    MultisigKey key = sample_multisig();
    key.threshold = 0;
    EXPECT_FALSE(unpack_account_key(pack_account_key(key)));
    key.threshold = 4;
    EXPECT_FALSE(unpack_account_key(pack_account_key(key)));
    key.threshold = 1;
    key.members.clear();
    EXPECT_FALSE(unpack_account_key(pack_account_key(key)));
    key.members.assign(multisig_members_max + 1, sample_keys()[0]);
    EXPECT_FALSE(unpack_account_key(pack_account_key(key)));
}

TEST(AccountKey, refuses_a_multisig_key_in_another) {
    google::protobuf::Any inner = pack_account_key(sample_multisig());
    google::protobuf::Any outer = pack_account_key(sample_multisig());
    // Field 2 of the outer key is an Any; this one names the type of the outer key itself.
    std::string value = "\x08\x01";
    const std::string member = inner.SerializeAsString();
    Bytes size;
    append_uvarint(size, member.size());
    value += "\x12" + std::string(size.begin(), size.end()) + member;
    outer.set_value(value);

    EXPECT_EQ(unpack_account_key(outer).error().code(), ErrorCode::unsupported);
}

}  // namespace
}  // namespace steelyard::tx
