#include "crypto/ics23.h"

#include "base/check.h"
#include "base/protowire.h"
#include "crypto/sha256.h"

#include <bit>

namespace steelyard::crypto {
namespace {

constexpr std::uint8_t hash_size = sizeof(Hash256);

// What stands before the child in an IAVL inner node: three varints and a length byte.
constexpr std::size_t iavl_prefix_size_min = 4;
constexpr std::size_t iavl_prefix_size_max = 12;

template <typename... Args>
std::unexpected<Error> refuse(fmt::format_string<Args...> format, Args&&... args) {
    return fail(ErrorCode::denied, format, std::forward<Args>(args)...);
}

/// What a step tells about the tree: which child the path came from and, in IAVL, the node's
/// height and size, which grow on the way up.
struct Node {
    bool is_right_child = false;
    std::uint64_t height = 0;
    std::uint64_t size = 0;
};

Result<std::uint64_t> take_natural_zigzag(ByteView& in) {
    const Result<std::uint64_t> zigzag = take_uvarint(in);
    if (!zigzag) {
        return refuse("a number in a node's prefix: {}", zigzag.error().message());
    }
    if ((*zigzag & 1) != 0) {
        return refuse("a number in a node's prefix is negative");
    }
    return *zigzag / 2;
}

/// The height, size and version at the start of an IAVL node; the version may be any.
Result<Node> take_iavl_head(ByteView& in) {
    TRY_ASSIGN(const std::uint64_t height, take_natural_zigzag(in));
    TRY_ASSIGN(const std::uint64_t size, take_natural_zigzag(in));
    TRY(take_natural_zigzag(in));
    return Node{.is_right_child = false, .height = height, .size = size};
}

/// Refuses every leaf step but the spec's own, so that key and value cannot be cut another way.
Result<Node> parse_leaf(ProofSpec spec, const LeafOp& op) {
    LeafOp expected = leaf_op(spec);
    Node node{.is_right_child = false, .height = 0, .size = 1};
    if (spec == ProofSpec::iavl) {
        ByteView rest = op.prefix;
        TRY_ASSIGN(node, take_iavl_head(rest));
        if (node.height != 0 || node.size != 1 || !rest.empty()) {
            return refuse("the leaf's prefix is not that of an IAVL leaf");
        }
        expected.prefix = op.prefix;
    }
    if (op != expected) {
        return refuse("the leaf step is not the spec's");
    }
    return node;
}

/// An inner node has two children: the path's own, and the sibling before or after it.
Result<Node> parse_inner(ProofSpec spec, const InnerOp& op, const Node& child) {
    if (op.hash != HashOp::sha256) {
        return refuse("an inner step does not hash with SHA-256");
    }
    const bool is_iavl = spec == ProofSpec::iavl;
    const std::size_t child_size = is_iavl ? 1 + hash_size : hash_size;
    Node node;
    node.is_right_child = op.suffix.empty();
    if (!node.is_right_child && op.suffix.size() != child_size) {
        return refuse("an inner step has a suffix of {} bytes", op.suffix.size());
    }
    const std::size_t sibling_size = node.is_right_child ? child_size : 0;
    if (op.prefix.size() <= sibling_size) {
        return refuse("an inner step has a prefix of {} bytes", op.prefix.size());
    }
    const std::size_t own_size = op.prefix.size() - sibling_size;
    if (!is_iavl) {
        if (own_size != 1 || op.prefix[0] != 1) {
            return refuse("an inner step's prefix is not that of a Tendermint node");
        }
        return node;
    }
    if (own_size < iavl_prefix_size_min || own_size > iavl_prefix_size_max) {
        return refuse("an inner step has a prefix of {} bytes", op.prefix.size());
    }
    ByteView rest = op.prefix;
    const bool is_right_child = node.is_right_child;
    TRY_ASSIGN(node, take_iavl_head(rest));
    node.is_right_child = is_right_child;
    if (node.height <= child.height || node.size <= child.size) {
        return refuse("an inner step is not above the step before it");
    }
    // Each child hash has its length before it.
    const ByteView suffix = op.suffix;
    if (rest.size() != 1 + sibling_size || rest.front() != hash_size || rest.back() != hash_size ||
        (!suffix.empty() && suffix.front() != hash_size)) {
        return refuse("an inner step's children are not hashes");
    }
    return node;
}

/// The sides of a path that obeys the spec, from the leaf up: true where it came from the right.
Result<std::vector<bool>> parse_path(ProofSpec spec, const ExistenceProof& proof) {
    if (proof.path.size() > ics23_depth_max) {
        return refuse("the path has {} steps, limit {}", proof.path.size(), ics23_depth_max);
    }
    TRY_ASSIGN(Node node, parse_leaf(spec, proof.leaf));
    std::vector<bool> is_right_child;
    for (const InnerOp& op : proof.path) {
        TRY_ASSIGN(node, parse_inner(spec, op, node));
        is_right_child.push_back(node.is_right_child);
    }
    return is_right_child;
}

/// The sides of the path, once the proof is known to lead to the root.
Result<std::vector<bool>> verify_existence(
    ProofSpec spec, const Hash256& root, const ExistenceProof& proof
) {
    TRY_ASSIGN(std::vector<bool> sides, parse_path(spec, proof));
    TRY_ASSIGN(const Hash256 calculated, calculate_root(proof));
    if (calculated != root) {
        return refuse("the proof leads to another root");
    }
    return sides;
}

/// Whether the first `count` steps from the leaf all come from the given side. Neither spec has
/// empty children, so that this makes the record the last or first one below.
bool all_come_from(const std::vector<bool>& sides, std::size_t count, bool right) {
    return std::all_of(
        sides.begin(),
        sides.begin() + static_cast<std::ptrdiff_t>(count),
        [&](bool side) { return side == right; }
    );
}

/// Whether no record can stand between two proven ones: above the node where their paths part the
/// steps are the same, there they come from its left and right child, and below they keep to the
/// inside.
bool are_neighbours(
    const ExistenceProof& left,
    const std::vector<bool>& left_sides,
    const ExistenceProof& right,
    const std::vector<bool>& right_sides
) {
    std::size_t left_count = left.path.size();
    std::size_t right_count = right.path.size();
    while (left_count > 0 && right_count > 0 &&
           left.path[left_count - 1] == right.path[right_count - 1]) {
        --left_count;
        --right_count;
    }
    if (left_count == 0 || right_count == 0) {
        return false;
    }
    --left_count;
    --right_count;
    return !left_sides[left_count] && right_sides[right_count] &&
           all_come_from(left_sides, left_count, true) &&
           all_come_from(right_sides, right_count, false);
}

}  // namespace

LeafOp leaf_op(ProofSpec spec) {
    return {
        .hash = HashOp::sha256,
        .prehash_key = HashOp::no_hash,
        .prehash_value = HashOp::sha256,
        .length = LengthOp::var_proto,
        .prefix = spec == ProofSpec::iavl ? Bytes{0, 2, 2} : Bytes{0},
    };
}

ExistenceProof simple_map_proof(ByteView key, ByteView value, const MerkleProof& proof) {
    CHECK(merkle_proof_root(proof));
    ExistenceProof result{
        .key = to_bytes(key),
        .value = to_bytes(value),
        .leaf = leaf_op(ProofSpec::tendermint),
        .path = {},
    };
    // From the root down, each aunt is on the other side of where the index lies.
    auto total = static_cast<std::uint64_t>(proof.total);
    auto index = static_cast<std::uint64_t>(proof.index);
    for (auto aunt = proof.aunts.rbegin(); aunt != proof.aunts.rend(); ++aunt) {
        const std::uint64_t left_total = std::bit_floor(total - 1);
        InnerOp& op = result.path.emplace_back();
        op.hash = HashOp::sha256;
        op.prefix = {1};
        if (index < left_total) {
            op.suffix = to_bytes(*aunt);
            total = left_total;
        } else {
            append(op.prefix, *aunt);
            total -= left_total;
            index -= left_total;
        }
    }
    std::ranges::reverse(result.path);
    return result;
}

Result<void> verify_membership(
    ProofSpec spec, const Hash256& root, const CommitmentProof& proof, ByteView key, ByteView value
) {
    const auto* exist = std::get_if<ExistenceProof>(&proof);
    if (exist == nullptr) {
        return refuse("the proof is not one of existence");
    }
    if (!equal(exist->key, key) || !equal(exist->value, value)) {
        return refuse("the proof is of another key or value");
    }
    TRY(verify_existence(spec, root, *exist));
    return {};
}

Result<void> verify_non_membership(
    ProofSpec spec, const Hash256& root, const CommitmentProof& proof, ByteView key
) {
    const auto* nonexist = std::get_if<NonExistenceProof>(&proof);
    if (nonexist == nullptr) {
        return refuse("the proof is not one of absence");
    }
    const auto& [proven_key, left, right] = *nonexist;
    if (key.empty() || !equal(proven_key, key)) {
        return refuse("the proof is of another key");
    }
    std::vector<bool> left_sides;
    std::vector<bool> right_sides;
    if (left) {
        TRY_ASSIGN(left_sides, verify_existence(spec, root, *left));
        if (compare(left->key, key) >= 0) {
            return refuse("the left neighbour does not sort before the key");
        }
    }
    if (right) {
        TRY_ASSIGN(right_sides, verify_existence(spec, root, *right));
        if (compare(key, right->key) >= 0) {
            return refuse("the right neighbour does not sort after the key");
        }
    }
    if (left && right) {
        if (!are_neighbours(*left, left_sides, *right, right_sides)) {
            return refuse("the two records are not neighbours");
        }
    } else if (left) {
        if (!all_come_from(left_sides, left_sides.size(), true)) {
            return refuse("the left neighbour is not the last record");
        }
    } else if (right) {
        if (!all_come_from(right_sides, right_sides.size(), false)) {
            return refuse("the right neighbour is not the first record");
        }
    } else {
        return refuse("the proof names no neighbour");
    }
    return {};
}

Result<Hash256> apply_op(const LeafOp& op, ByteView key, ByteView value) {
    if (key.empty() || value.empty()) {
        return refuse("a leaf has no key or no value");
    }
    if (op.hash != HashOp::sha256 || op.prehash_key > HashOp::sha256 ||
        op.prehash_value > HashOp::sha256 || op.length > LengthOp::var_proto) {
        return refuse("the leaf step has an unknown operation");
    }
    Bytes preimage = op.prefix;
    const auto append_part = [&](ByteView part, HashOp prehash) {
        const Hash256 hash = sha256(part);
        const ByteView data = prehash == HashOp::sha256 ? ByteView(hash) : part;
        if (op.length == LengthOp::var_proto) {
            append_uvarint(preimage, data.size());
        }
        append(preimage, data);
    };
    append_part(key, op.prehash_key);
    append_part(value, op.prehash_value);
    return sha256(preimage);
}

Result<Hash256> apply_op(const InnerOp& op, ByteView child) {
    if (op.hash != HashOp::sha256) {
        return refuse("an inner step does not hash with SHA-256");
    }
    if (child.empty()) {
        return refuse("an inner step has no child");
    }
    return sha256({op.prefix, child, op.suffix});
}

Result<Hash256> calculate_root(const ExistenceProof& proof) {
    TRY_ASSIGN(Hash256 hash, apply_op(proof.leaf, proof.key, proof.value));
    for (const InnerOp& op : proof.path) {
        TRY_ASSIGN(hash, apply_op(op, hash));
    }
    return hash;
}

}  // namespace steelyard::crypto
