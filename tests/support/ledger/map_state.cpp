#include "tests/support/ledger/map_state.h"

#include "crypto/ics23.h"
#include "crypto/merkle.h"

namespace steelyard::test {

std::optional<ByteView> MapState::get(ledger::Store store, ByteView key) const {
    const auto found = records(store).find(to_bytes(key));
    return found == records(store).end() ? std::nullopt : std::optional<ByteView>(found->second);
}

std::optional<ledger::RecordView> MapState::at_or_after(ledger::Store store, ByteView key) const {
    const auto found = records(store).lower_bound(to_bytes(key));
    if (found == records(store).end()) {
        return std::nullopt;
    }
    return ledger::RecordView{found->first, found->second};
}

void MapState::apply(const ledger::StateView& view) {
    view.visit_changes([&](ledger::Store store, ByteView key, const std::optional<Bytes>& value) {
        Records& records = stores_[static_cast<std::size_t>(store)];
        if (value) {
            records.insert_or_assign(to_bytes(key), *value);
        } else {
            records.erase(to_bytes(key));
        }
    });
}

crypto::Hash256 MapState::app_hash() const {
    std::vector<Bytes> leaves;
    for (std::size_t store = 0; store < stores_.size(); ++store) {
        const crypto::Hash256 root = reference_root(stores_[store]);
        leaves.push_back(crypto::simple_map_leaf(as_bytes(ledger::store_names[store]), root));
    }
    return crypto::merkle_root(leaves);
}

}  // namespace steelyard::test
