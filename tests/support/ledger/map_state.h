// MapState: a ledger's state as plain maps, the slow reference for the state tree.
#pragma once

#include "ledger/state/state_view.h"
#include "tests/support/reference_tree.h"

namespace steelyard::test {

class MapState final : public ledger::StateReader {
public:
    std::optional<ByteView> get(ledger::Store store, ByteView key) const override;
    std::optional<ledger::RecordView> at_or_after(ledger::Store store, ByteView key) const override;

    /// Takes the view's changes over.
    void apply(const ledger::StateView& view);

    /// As doc/spec/storage.md computes it, from the records alone.
    crypto::Hash256 app_hash() const;

    const Records& records(ledger::Store store) const {
        return stores_[static_cast<std::size_t>(store)];
    }

    bool operator==(const MapState& other) const { return stores_ == other.stores_; }

private:
    std::array<Records, ledger::store_names.size()> stores_{};
};

}  // namespace steelyard::test
