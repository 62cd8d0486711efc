#include "crypto/ics23.h"

#include "base/base64.h"
#include "base/protowire.h"
#include "tests/support/hex_bytes.h"

#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <fstream>
#include <iterator>

namespace steelyard::crypto {
namespace {

namespace json = boost::json;

json::object read_vectors(const char* name) {
    std::ifstream file(std::string(STEELYARD_SOURCE_DIR "/tests/vectors/ics23/") + name);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return json::parse(text).as_object();
}

/// A case of proofs.json.
struct Vector {
    ProofSpec spec;
    Bytes key;
    Bytes value;  ///< none where the key is absent
    Bytes encoded;
    CommitmentProof proof;
    Hash256 root;
};

Vector read_vector(std::string_view name, const json::object& fields) {
    const auto field = [&](const char* field_name) {
        return hex_bytes(fields.at(field_name).as_string());
    };
    const Bytes encoded = field("proof");
    Result<CommitmentProof> proof = decode_commitment_proof(encoded);
    CHECK(proof);
    return {
        .spec = name.starts_with("iavl") ? ProofSpec::iavl : ProofSpec::tendermint,
        .key = field("key"),
        .value = field("value"),
        .encoded = encoded,
        .proof = *std::move(proof),
        .root = hex_array<32>(fields.at("root").as_string()),
    };
}

Vector read_vector(const char* name) {
    return read_vector(name, read_vectors("proofs.json").at(name).as_object());
}

Result<void> verify(const Vector& vector) {
    if (vector.value.empty()) {
        return verify_non_membership(vector.spec, vector.root, vector.proof, vector.key);
    }
    return verify_membership(vector.spec, vector.root, vector.proof, vector.key, vector.value);
}

ExistenceProof& existence(Vector& vector) {
    return std::get<ExistenceProof>(vector.proof);
}

NonExistenceProof& absence(Vector& vector) {
    return std::get<NonExistenceProof>(vector.proof);
}

/// Makes the vector's root the one that its steps lead to, so that only a rule can refuse it.
void adopt_root(Vector& vector) {
    const Result<Hash256> root = calculate_root(existence(vector));
    CHECK(root);
    vector.root = *root;
}

TEST(Ics23, verifies_the_published_proofs) {
    int count = 0;
    for (const auto& [name, fields] : read_vectors("proofs.json")) {
        const Vector vector = read_vector(name, fields.as_object());

        const Result<void> verified = verify(vector);

        EXPECT_TRUE(verified) << name << ": " << (verified ? "" : verified.error().message());
        EXPECT_EQ(encode_commitment_proof(vector.proof), vector.encoded) << name;
        ++count;
    }
    EXPECT_EQ(count, 12);
}

TEST(Ics23, refuses_the_published_proofs_for_anything_else) {
    for (const auto& [name, fields] : read_vectors("proofs.json")) {
        const Vector vector = read_vector(name, fields.as_object());
        SCOPED_TRACE(std::string(name));

        Vector other_root = vector;
        other_root.root[31] ^= 1;
        EXPECT_FALSE(verify(other_root));
        Vector other_key = vector;
        other_key.key.back() ^= 1;
        EXPECT_FALSE(verify(other_key));
        Vector other_spec = vector;
        other_spec.spec = vector.spec == ProofSpec::iavl ? ProofSpec::tendermint : ProofSpec::iavl;
        EXPECT_FALSE(verify(other_spec));
        Vector other_value = vector;
        other_value.value.push_back(1);
        EXPECT_FALSE(verify(other_value));
        EXPECT_FALSE(verify_membership(vector.spec, vector.root, vector.proof, vector.key, {}));
    }
}

TEST(Ics23, refuses_every_proof_with_one_flipped_bit) {
    for (const char* name : {"iavl/nonexist_middle", "tendermint/exist_middle"}) {
        const Vector vector = read_vector(name);
        for (std::size_t bit = 0; bit < vector.encoded.size() * 8; ++bit) {
            Bytes encoded = vector.encoded;
            encoded[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
            Result<CommitmentProof> proof = decode_commitment_proof(encoded);
            if (proof) {
                Vector damaged = vector;
                damaged.proof = *std::move(proof);
                ASSERT_FALSE(verify(damaged)) << name << " bit " << bit;
            }
        }
    }
}

LeafOp read_leaf(const json::object& fields) {
    const auto number = [&](const char* name) {
        return fields.contains(name) ? static_cast<std::uint8_t>(fields.at(name).as_int64()) : 0;
    };
    LeafOp op{
        .hash = HashOp(number("hash")),
        .prehash_key = HashOp(number("prehash_key")),
        .prehash_value = HashOp(number("prehash_value")),
        .length = LengthOp(number("length")),
        .prefix = {},
    };
    if (fields.contains("prefix")) {
        op.prefix = *from_base64(fields.at("prefix").as_string());
    }
    return op;
}

InnerOp read_inner(const json::object& fields) {
    InnerOp op{.hash = HashOp(fields.at("hash").as_int64()), .prefix = {}, .suffix = {}};
    if (fields.contains("prefix")) {
        op.prefix = *from_base64(fields.at("prefix").as_string());
    }
    if (fields.contains("suffix")) {
        op.suffix = *from_base64(fields.at("suffix").as_string());
    }
    return op;
}

Bytes read_base64(const json::object& fields, const char* name) {
    return *from_base64(fields.at(name).as_string());
}

/// An empty hash stands for an error, as in the vectors.
Bytes hash_or_nothing(const Result<Hash256>& hash) {
    return hash ? to_bytes(*hash) : Bytes{};
}

TEST(Ics23, calculates_the_published_steps) {
    const json::object vectors = read_vectors("ops.json");
    for (const auto& [name, value] : vectors.at("leaf").as_object()) {
        const json::object& fields = value.as_object();
        const LeafOp op = read_leaf(fields.at("op").as_object());
        EXPECT_EQ(
            hash_or_nothing(apply_op(op, read_base64(fields, "key"), read_base64(fields, "value"))),
            read_base64(fields, "expected")
        ) << name;
    }
    for (const auto& [name, value] : vectors.at("inner").as_object()) {
        const json::object& fields = value.as_object();
        const InnerOp op = read_inner(fields.at("op").as_object());
        EXPECT_EQ(
            hash_or_nothing(apply_op(op, read_base64(fields, "child"))),
            read_base64(fields, "expected")
        ) << name;
    }
    for (const auto& [name, value] : vectors.at("existence").as_object()) {
        const json::object& fields = value.as_object();
        ExistenceProof proof{
            .key = read_base64(fields, "key"),
            .value = read_base64(fields, "value"),
            .leaf = read_leaf(fields.at("leaf").as_object()),
            .path = {},
        };
        for (const json::value& op : fields.at("path").as_array()) {
            proof.path.push_back(read_inner(op.as_object()));
        }
        EXPECT_EQ(hash_or_nothing(calculate_root(proof)), read_base64(fields, "expected")) << name;
    }
}

TEST(Ics23, checks_specs_as_published_or_more_strictly) {
    const json::object vectors = read_vectors("ops.json");
    for (const auto& [name, value] : vectors.at("spec").as_object()) {
        const json::object& fields = value.as_object();
        Vector vector = read_vector("iavl/exist_left");
        existence(vector).leaf = read_leaf(fields.at("leaf").as_object());
        existence(vector).path.clear();
        for (const json::value& op : fields.at("path").as_array()) {
            existence(vector).path.push_back(read_inner(op.as_object()));
        }
        if (const Result<Hash256> root = calculate_root(existence(vector))) {
            vector.root = *root;
        }
        const bool expected = fields.at("accepted").as_bool() && !fields.contains("refused_by_us");
        EXPECT_EQ(verify(vector).has_value(), expected) << name;
    }
}

TEST(Ics23, takes_128_steps_and_no_more) {
    Vector vector = read_vector("iavl/exist_left");
    std::vector<InnerOp>& path = existence(vector).path;
    path.clear();
    for (std::int64_t height = 1; height <= 128; ++height) {
        InnerOp& op = path.emplace_back();
        op.hash = HashOp::sha256;
        append_zigzag(op.prefix, height);
        append_zigzag(op.prefix, height + 1);
        append_zigzag(op.prefix, 1);
        op.prefix.push_back(32);
        op.suffix = Bytes(33, 32);
    }
    adopt_root(vector);
    EXPECT_TRUE(verify(vector));
    EXPECT_TRUE(decode_commitment_proof(encode_commitment_proof(vector.proof)));

    InnerOp last = path.back();
    last.prefix = {0x82, 2, 0x84, 2, 2, 32};  // height 129, size 130
    path.push_back(last);
    adopt_root(vector);

    EXPECT_FALSE(verify(vector));
    EXPECT_FALSE(decode_commitment_proof(encode_commitment_proof(vector.proof)));
}

/// Damages a proof in a way that leaves its hashes right for some root.
struct Forgery {
    const char* name;
    const char* vector;
    void (*damage)(ExistenceProof&);
};

void PrintTo(const Forgery& forgery, std::ostream* out) {
    *out << forgery.name;
}

class Ics23Forgery : public testing::TestWithParam<Forgery> {};

TEST_P(Ics23Forgery, is_refused) {
    Vector vector = read_vector(GetParam().vector);
    ASSERT_TRUE(verify(vector));

    GetParam().damage(existence(vector));
    vector.key = existence(vector).key;
    vector.value = existence(vector).value;
    adopt_root(vector);

    const Result<void> verified = verify(vector);
    ASSERT_FALSE(verified);
    EXPECT_EQ(verified.error().code(), ErrorCode::denied) << verified.error().message();
}

constexpr Forgery forgeries[] = {
    {"leaf_of_height_1", "iavl/exist_left", [](auto& p) { p.leaf.prefix[0] = 2; }},
    {"leaf_of_size_2", "iavl/exist_left", [](auto& p) { p.leaf.prefix[1] = 4; }},
    {"leaf_of_negative_version", "iavl/exist_left", [](auto& p) { p.leaf.prefix[2] = 3; }},
    {"leaf_prefix_that_eats_the_key", "iavl/exist_left", [](auto& p) { p.leaf.prefix.push_back(1); }
    },
    {"simple_leaf_prefix_that_eats_the_key",
     "tendermint/exist_left",
     [](auto& p) { p.leaf.prefix.push_back(1); }},
    {"leaf_without_lengths", "iavl/exist_left", [](auto& p) { p.leaf.length = LengthOp::no_prefix; }
    },
    {"leaf_of_a_hashed_key", "iavl/exist_left", [](auto& p) { p.leaf.prehash_key = HashOp::sha256; }
    },
    {"leaf_of_a_bare_value",
     "iavl/exist_left",
     [](auto& p) { p.leaf.prehash_value = HashOp::no_hash; }},
    {"step_of_negative_height", "iavl/exist_left", [](auto& p) { p.path[0].prefix[0] = 5; }},
    {"step_of_negative_size", "iavl/exist_left", [](auto& p) { p.path[0].prefix[1] = 7; }},
    {"step_of_negative_version", "iavl/exist_left", [](auto& p) { p.path[0].prefix[2] = 1; }},
    {"step_of_height_0", "iavl/exist_left", [](auto& p) { p.path[0].prefix[0] = 0; }},
    {"step_no_higher_than_the_one_below",
     "iavl/exist_left",
     [](auto& p) { p.path[1].prefix[0] = p.path[0].prefix[0]; }},
    {"step_no_larger_than_the_one_below",
     "iavl/exist_left",
     [](auto& p) { p.path[1].prefix[1] = p.path[0].prefix[1]; }},
    {"step_with_a_longer_varint",
     "iavl/exist_left",
     [](auto& p) { p.path[0].prefix = {4, 0x86, 0, 2, 32}; }},
    {"step_with_a_13_byte_prefix",
     "iavl/exist_left",
     [](auto& p) {
         p.path[0].prefix = {4, 6, 0x82, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 1, 32};
     }},
    {"step_with_one_child", "iavl/exist_left", [](auto& p) { p.path[0].suffix.clear(); }},
    {"step_with_three_children",
     "iavl/exist_left",
     [](auto& p) { p.path[0].suffix.insert(p.path[0].suffix.end(), 33, 32); }},
    {"step_with_a_sibling_on_each_side",
     "iavl/exist_right",
     [](auto& p) { p.path[0].suffix.assign(33, 32); }},
    {"step_with_a_short_suffix", "iavl/exist_left", [](auto& p) { p.path[0].suffix.pop_back(); }},
    {"step_whose_sibling_is_no_hash", "iavl/exist_left", [](auto& p) { p.path[0].suffix[0] = 31; }},
    {"step_whose_left_sibling_is_no_hash",
     "iavl/exist_right",
     [](auto& p) { p.path[0].prefix[3] = 31; }},
    {"step_whose_child_is_no_hash", "iavl/exist_left", [](auto& p) { p.path[0].prefix.back() = 31; }
    },
    {"simple_step_that_is_a_leaf", "tendermint/exist_left", [](auto& p) { p.path[0].prefix[0] = 0; }
    },
    {"simple_step_of_another_kind",
     "tendermint/exist_left",
     [](auto& p) { p.path[0].prefix[0] = 2; }},
    {"simple_step_with_one_child",
     "tendermint/exist_left",
     [](auto& p) { p.path[0].suffix.clear(); }},
    {"simple_step_with_two_siblings",
     "tendermint/exist_right",
     [](auto& p) { p.path[0].suffix.assign(32, 1); }},
    {"simple_step_with_no_prefix",
     "tendermint/exist_left",
     [](auto& p) { p.path[0].prefix.clear(); }},
};

INSTANTIATE_TEST_SUITE_P(, Ics23Forgery, testing::ValuesIn(forgeries), [](const auto& param) {
    return std::string(param.param.name);
});

TEST(Ics23, refuses_an_empty_key_or_value) {
    Vector vector = read_vector("iavl/exist_left");
    existence(vector).value.clear();
    EXPECT_FALSE(verify_membership(vector.spec, vector.root, vector.proof, vector.key, {}));
    vector = read_vector("iavl/exist_left");
    existence(vector).key.clear();
    EXPECT_FALSE(verify_membership(vector.spec, vector.root, vector.proof, {}, vector.value));
    vector = read_vector("iavl/nonexist_left");
    absence(vector).key.clear();
    EXPECT_FALSE(verify_non_membership(vector.spec, vector.root, vector.proof, {}));
}

TEST(Ics23, refuses_neighbours_that_leave_room) {
    Vector vector = read_vector("iavl/nonexist_middle");
    ASSERT_TRUE(verify(vector));

    Vector one_sided = vector;
    absence(one_sided).left.reset();
    EXPECT_FALSE(verify(one_sided));
    one_sided = vector;
    absence(one_sided).right.reset();
    EXPECT_FALSE(verify(one_sided));
    absence(one_sided).left.reset();
    EXPECT_FALSE(verify(one_sided));

    Vector swapped = vector;
    std::swap(absence(swapped).left, absence(swapped).right);
    EXPECT_FALSE(verify(swapped));

    Vector doubled = vector;
    absence(doubled).right = absence(doubled).left;
    EXPECT_FALSE(verify(doubled));

    // A present key is not absent between itself and its neighbour.
    Vector present = vector;
    present.key = absence(present).left->key;
    absence(present).key = present.key;
    EXPECT_FALSE(verify(present));
    present.key = absence(present).right->key;
    absence(present).key = present.key;
    EXPECT_FALSE(verify(present));
}

TEST(Ics23, takes_no_sibling_for_an_empty_one) {
    // The two cases of TestEmptyBranchData whose spec has no empty child: zeros are a hash too.
    for (const bool is_left : {true, false}) {
        Vector vector = read_vector("tendermint/exist_left");
        ExistenceProof proof = existence(vector);
        proof.path.assign(1, {.hash = HashOp::sha256, .prefix = {1}, .suffix = {}});
        (is_left ? proof.path[0].prefix : proof.path[0].suffix).resize(is_left ? 33 : 32);
        vector.root = *calculate_root(proof);
        NonExistenceProof absent;
        absent.key = is_left ? Bytes{1} : Bytes{0xff};
        (is_left ? absent.right : absent.left) = proof;

        EXPECT_FALSE(verify_non_membership(vector.spec, vector.root, absent, absent.key));
    }
}

TEST(Ics23, decodes_only_what_it_knows) {
    EXPECT_FALSE(decode_commitment_proof({}));
    EXPECT_EQ(decode_commitment_proof(hex_bytes("1a00")).error().code(), ErrorCode::unsupported);
    EXPECT_EQ(decode_commitment_proof(hex_bytes("2200")).error().code(), ErrorCode::unsupported);
    EXPECT_FALSE(decode_commitment_proof(hex_bytes("0a060a016112016a")));  // no leaf
    EXPECT_TRUE(decode_commitment_proof(hex_bytes("0a080a016112016a1a00")));
    EXPECT_FALSE(decode_commitment_proof(hex_bytes("0a080a016112016a1a001200")));  // two
    EXPECT_TRUE(decode_commitment_proof(hex_bytes("0a0a0a016112016a1a020809")));
    EXPECT_FALSE(decode_commitment_proof(hex_bytes("0a0a0a016112016a1a02080a")));  // no such hash
}

}  // namespace
}  // namespace steelyard::crypto
