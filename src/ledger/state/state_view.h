// StateView: the state while a block, a transaction or a query works on it.
//
// Changes lie over the committed state and can be taken back to a mark, so that a message that
// fails leaves nothing behind:
//
//   const auto mark = view.mark();
//   if (auto outcome = execute(message, view); !outcome) {
//       view.roll_back(mark);
//   }
#pragma once

#include "ledger/state/gas_meter.h"
#include "ledger/state/state_reader.h"

#include <array>
#include <functional>
#include <map>
#include <vector>

namespace steelyard::ledger {

/// A record that may outlive changes of the state.
struct Record {
    Bytes key;
    Bytes value;
};

/// For one thread. The reader below must not change while the view is used. Where a meter is set,
/// every use of the state is charged before it happens; without one nothing here fails.
class StateView {
public:
    explicit StateView(const StateReader& below, GasCosts costs = {})
        : below_(below), costs_(costs) {}
    StateView(const StateView&) = delete;
    StateView& operator=(const StateView&) = delete;

    /// The meter outlives its being set; nullptr: none.
    void set_meter(GasMeter* meter) { meter_ = meter; }
    GasMeter* meter() const { return meter_; }

    Outcome<std::optional<Bytes>> get(Store store, ByteView key) const;

    /// The same without a copy. It holds until the next change of the view.
    Outcome<std::optional<ByteView>> peek(Store store, ByteView key) const;

    /// The same without gas: for what is paid for elsewhere, by its size.
    std::optional<ByteView> peek_unmetered(Store store, ByteView key) const {
        return find(store, key);
    }

    Outcome<bool> contains(Store store, ByteView key) const;

    /// Neither key nor value is empty (CHECKed).
    Outcome<void> put(Store store, ByteView key, ByteView value);

    /// Nothing happens where there is no such record.
    Outcome<void> erase(Store store, ByteView key);

    /// The first record whose key begins with `prefix` and is not less than `from`. To go on, ask
    /// from `after(key)`.
    Outcome<std::optional<Record>> first(Store store, ByteView prefix, ByteView from) const;

    /// Calls with each record whose key begins with `prefix`, in key order, until it returns false.
    /// The call may change the state; records that it adds behind the walk are visited.
    Outcome<void> walk(
        Store store, ByteView prefix, const std::function<Outcome<bool>(const Record&)>& visit
    ) const;

    /// The same with the records that are not less than `from`.
    Outcome<void> walk_from(
        Store store,
        ByteView prefix,
        ByteView from,
        const std::function<Outcome<bool>(const Record&)>& visit
    ) const;

    /// A place in the sequence of changes. It holds until the view is rolled back before it.
    enum class Mark : std::size_t {};
    Mark mark() const { return Mark{undo_.size()}; }

    /// Takes back all changes since. Gas stays used.
    void roll_back(Mark mark);

    /// Calls with each change against what lies below, by store and key; nothing: erased.
    void visit_changes(
        const std::function<void(Store, ByteView key, const std::optional<Bytes>&)>& visit
    ) const;

    /// The changes of one store.
    void visit_changes(
        Store store, const std::function<void(ByteView key, const std::optional<Bytes>&)>& visit
    ) const;

    /// Forgets all changes and marks: what lies below has them, or nobody wants them.
    void clear();

private:
    struct ByBytes {
        using is_transparent = void;
        bool operator()(ByteView a, ByteView b) const { return compare(a, b) < 0; }
    };

    /// A key's value over what lies below; nothing: erased.
    using Overlay = std::map<Bytes, std::optional<Bytes>, ByBytes>;

    /// What the overlay had before a change; nothing: the key was not in it. Places stay good:
    /// only taking back the change that made one ends it.
    struct Undo {
        Store store;
        Overlay::iterator place;
        std::optional<std::optional<Bytes>> before;
    };

    Overlay& overlay(Store store) { return overlays_[static_cast<std::size_t>(store)]; }
    const Overlay& overlay(Store store) const { return overlays_[static_cast<std::size_t>(store)]; }

    Outcome<void> charge(std::uint64_t flat, std::uint64_t by_byte, std::size_t size) const;
    std::optional<ByteView> find(Store store, ByteView key) const;
    std::optional<RecordView> find_at_or_after(Store store, ByteView key) const;
    void set(Store store, ByteView key, std::optional<Bytes> value);

    const StateReader& below_;
    GasCosts costs_;
    GasMeter* meter_ = nullptr;
    std::array<Overlay, store_names.size()> overlays_;
    std::vector<Undo> undo_;
};

/// The least key after this one: the key and a zero byte.
Bytes after(ByteView key);

}  // namespace steelyard::ledger
