// Sequences of operations on a crit-bit tree, against a map and the reference root.
//
// The input is read as operations of a byte each, with their operands after it. Keys are short and
// may be prefixes of each other, which the tree must refuse as the map tells.
#include "base/check.h"
#include "storage/crit_bit_tree.h"
#include "tests/support/reference_tree.h"

using namespace steelyard;
using namespace steelyard::storage;

namespace {

using test::Records;

constexpr std::size_t operations_max = 64;

/// Takes bytes off the input; zeros after its end.
class Input {
public:
    explicit Input(ByteView bytes) : rest_(bytes) {}

    bool empty() const { return rest_.empty(); }

    std::uint8_t byte() {
        if (rest_.empty()) {
            return 0;
        }
        const std::uint8_t value = rest_.front();
        rest_ = rest_.subspan(1);
        return value;
    }

    Bytes key() {
        Bytes bytes(1 + byte() % 3);
        for (std::uint8_t& b : bytes) {
            b = byte();
        }
        return bytes;
    }

private:
    ByteView rest_;
};

bool is_prefix_free(const Records& records) {
    const auto extends = [](const auto& a, const auto& b) {
        return b.first.size() > a.first.size() &&
               equal(ByteView(b.first).first(a.first.size()), a.first);
    };
    return std::adjacent_find(records.begin(), records.end(), extends) == records.end();
}

void update(CritBitTree& tree, std::vector<Records>& versions, Input& input) {
    std::map<Bytes, std::optional<Bytes>> writes;
    for (int i = input.byte() % 8; i >= 0; --i) {
        const Bytes key = input.key();
        const std::uint8_t size = input.byte();
        writes[key] = size == 0 ? std::nullopt : std::optional(Bytes(size, key.front()));
    }
    Records outcome = versions.back();
    std::vector<TreeUpdate> updates;
    for (const auto& [key, value] : writes) {
        updates.push_back({key, value ? std::optional<ByteView>(*value) : std::nullopt});
        if (value) {
            outcome[key] = *value;
        } else {
            outcome.erase(key);
        }
    }
    const Result<void> updated = tree.update(updates);
    CHECK(updated.has_value() == is_prefix_free(outcome));
    if (updated) {
        versions.push_back(std::move(outcome));
    }
}

/// At any version that is kept, presence or absence is told and proven.
void read(const CritBitTree& tree, const std::vector<Records>& versions, Input& input) {
    const std::size_t kept = tree.head() - tree.oldest() + std::size_t{1};
    const std::size_t back = input.byte() % kept;
    const auto version = static_cast<CritBitTree::Version>(tree.head() - back);
    const Records& records = versions[versions.size() - 1 - back];
    const Bytes key = input.key();
    const auto record = records.find(key);
    const std::optional<ByteView> value = tree.get(key, version);
    const auto proof = tree.prove(key, version);
    CHECK(proof.has_value() == !records.empty());
    CHECK(value.has_value() == (record != records.end()));
    const crypto::Hash256& root = tree.root(version);
    if (value) {
        CHECK(equal(*value, record->second));
        CHECK(verify_membership(crypto::ProofSpec::iavl, root, *proof, key, *value));
    } else if (proof) {
        CHECK(verify_non_membership(crypto::ProofSpec::iavl, root, *proof, key));
    }
    const auto cursor = tree.lower_bound(key);
    const auto expected = versions.back().lower_bound(key);
    CHECK(cursor.valid() == (expected != versions.back().end()));
    CHECK(!cursor.valid() || equal(cursor.key(), expected->first));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Input input({data, size});
    CritBitTree tree;
    std::vector<Records> versions(1);
    for (std::size_t i = 0; i < operations_max && !input.empty(); ++i) {
        const bool has_past = tree.head() != tree.oldest();
        switch (input.byte() % 5) {
            case 0:
                if (has_past) {
                    tree.roll_back();
                    versions.pop_back();
                }
                break;
            case 1:
                if (has_past) {
                    tree.forget_oldest();
                }
                break;
            case 2:
                read(tree, versions, input);
                break;
            default:
                update(tree, versions, input);
        }
        CHECK(tree.root() == test::reference_root(versions.back()));
        CHECK(tree.size() == versions.back().size());
    }
    return 0;
}
