// Writes proofs of a whole state, and some lies, for a verifier that others wrote.
//
// Lines of words in base64: "app HASH", then "store NAME ROOT PROOF", "exist KEY VALUE PROOF",
// "absent KEY PROOF" under that root, and "lax NAME ROOT KEY VALUE PROOF": proofs that our verifier
// refuses (CHECKed here) though their steps lead to the root.
#include "base/base64.h"
#include "base/protowire.h"
#include "base/random.h"
#include "storage/memory_store.h"
#include "storage/state_tree.h"

#include <fmt/os.h>

#include <set>

namespace steelyard {
namespace {

using chain::Height;
using crypto::CommitmentProof;
using crypto::ExistenceProof;
using crypto::InnerOp;
using crypto::ProofSpec;

constexpr std::size_t key_count = 20'000;
constexpr std::size_t key_size = 20;
constexpr storage::StoreId market = 1;
constexpr Height height(1);

using Key = ByteArray<key_size>;

template <typename T>
T check_ok(Result<T> result) {
    CHECK(result);
    return *std::move(result);
}

std::string proof_text(const CommitmentProof& proof) {
    return to_base64(crypto::encode_commitment_proof(proof));
}

std::set<Key> random_keys(RandomSource& random) {
    // Its fifth byte is the number of bytes that follow: see `cut_key`.
    Key sly = {'s', 'l', 'y', '/', key_size - 5, 'a', 'b', 's', 'e', 'n', 't'};
    std::set<Key> keys = {sly};
    while (keys.size() < key_count) {
        Key key;
        random.fill(key);
        keys.insert(key);
    }
    return keys;
}

/// The next key in order, or nothing after the last.
std::optional<Key> after(Key key) {
    for (auto byte = key.rbegin(); byte != key.rend(); ++byte) {
        if (++*byte != 0) {
            return key;
        }
    }
    return std::nullopt;
}

/// Claims a shorter key that the state does not hold: a longer prefix eats the start of the true
/// one. The steps and the root are true.
ExistenceProof cut_key(ExistenceProof proof) {
    append(proof.leaf.prefix, Bytes{key_size});
    append(proof.leaf.prefix, ByteView(proof.key).first(4));
    proof.key.erase(proof.key.begin(), proof.key.begin() + 5);
    return proof;
}

InnerOp step(std::int64_t step_height, std::int64_t size) {
    InnerOp op{.hash = crypto::HashOp::sha256, .prefix = {}, .suffix = Bytes(33, 32)};
    append_zigzag(op.prefix, step_height);
    append_zigzag(op.prefix, size);
    append_zigzag(op.prefix, 1);
    op.prefix.push_back(32);
    return op;
}

struct Lie {
    const char* name;
    ExistenceProof proof;
};

std::vector<Lie> lies(const ExistenceProof& sly) {
    std::vector<Lie> out = {{"cut_key", cut_key(sly)}};
    ExistenceProof proof = sly;
    proof.path = {step(-1, 2)};
    out.push_back({"negative_height", proof});
    proof.path = {step(2, 3), step(1, 5)};
    out.push_back({"falling_height", proof});
    proof.path = {step(1, -3)};
    out.push_back({"negative_size", proof});
    proof.path = {step(1, 2)};
    proof.path[0].suffix.assign(33, 31);
    out.push_back({"sibling_of_31_bytes", proof});
    proof.path.clear();
    for (std::int64_t i = 1; i <= 200; ++i) {
        proof.path.push_back(step(i, i + 1));
    }
    out.push_back({"path_of_200_steps", proof});
    proof.path = {step(1, 2)};
    proof.leaf.prefix = {2, 4, 2};
    proof.leaf.prefix.insert(proof.leaf.prefix.begin(), 0);
    out.push_back({"leaf_of_size_2", proof});
    return out;
}

int run(const char* path) {
    SeededRandom random(1);
    const std::set<Key> keys = random_keys(random);
    storage::MemoryStore disk;
    storage::StateTreeOptions options;
    options.stores = {"bank", "market", "staking"};
    const auto state = check_ok(storage::StateTree::open(disk, options));
    storage::StateWrites writes;
    for (const Key& key : keys) {
        Bytes value(1 + random.below(200));
        random.fill(value);
        writes.put(market, key, value);
    }
    const crypto::Hash256 app_hash = check_ok(state->prepare(writes));
    CHECK(state->commit(height, {}));
    const crypto::Hash256 root = state->head()->stores[market].root;

    auto out = fmt::output_file(path);
    const auto of_store = check_ok(state->prove_store(market, height));
    out.print("app {}\n", to_base64(app_hash));
    out.print(
        "store {} {} {}\n", to_base64(as_bytes("market")), to_base64(root), proof_text(of_store)
    );
    const auto write_absent = [&](const Key& key) {
        const auto proof = check_ok(state->prove(market, key, height)).in_store;
        CHECK(verify_non_membership(ProofSpec::iavl, root, proof, key));
        out.print("absent {} {}\n", to_base64(key), proof_text(proof));
    };
    write_absent(Key{});
    for (const Key& key : keys) {
        const auto value = *check_ok(state->get(market, key));
        const auto proof = check_ok(state->prove(market, key, height)).in_store;
        CHECK(verify_membership(ProofSpec::iavl, root, proof, key, value));
        out.print("exist {} {} {}\n", to_base64(key), to_base64(value), proof_text(proof));
        const std::optional<Key> gap = after(key);
        CHECK(gap && !keys.contains(*gap));
        write_absent(*gap);
    }
    const Key sly = *keys.lower_bound(Key{'s', 'l', 'y', '/'});
    const auto sly_proof = check_ok(state->prove(market, sly, height)).in_store;
    for (const auto& [name, proof] : lies(std::get<ExistenceProof>(sly_proof))) {
        const crypto::Hash256 own_root = check_ok(crypto::calculate_root(proof));
        CHECK(!verify_membership(ProofSpec::iavl, own_root, proof, proof.key, proof.value));
        out.print(
            "lax {} {} {} {} {}\n",
            to_base64(as_bytes(name)),
            to_base64(own_root),
            to_base64(proof.key),
            to_base64(proof.value),
            proof_text(proof)
        );
    }
    return 0;
}

}  // namespace
}  // namespace steelyard

int main(int argc, char** argv) {
    if (argc != 2) {
        fmt::print(stderr, "usage: write_state_proofs FILE\n");
        return 2;
    }
    return steelyard::run(argv[1]);
}
