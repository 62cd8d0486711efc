#include "ledger/state/state_view.h"

#include "base/check.h"

namespace steelyard::ledger {

Bytes after(ByteView key) {
    Bytes next;
    next.reserve(key.size() + 1);
    append(next, key);
    next.push_back(0);
    return next;
}

Outcome<std::optional<Bytes>> StateView::get(Store store, ByteView key) const {
    TRY_ASSIGN(const std::optional<ByteView> value, peek(store, key));
    return value ? std::optional(to_bytes(*value)) : std::nullopt;
}

Outcome<std::optional<ByteView>> StateView::peek(Store store, ByteView key) const {
    const std::optional<ByteView> value = find(store, key);
    TRY(charge(costs_.read, costs_.read_byte, key.size() + (value ? value->size() : 0)));
    return value;
}

Outcome<bool> StateView::contains(Store store, ByteView key) const {
    TRY(charge(costs_.read, costs_.read_byte, key.size()));
    return find(store, key).has_value();
}

Outcome<void> StateView::put(Store store, ByteView key, ByteView value) {
    CHECK(!key.empty() && !value.empty());
    TRY(charge(costs_.write, costs_.write_byte, key.size() + value.size()));
    set(store, key, to_bytes(value));
    return {};
}

Outcome<void> StateView::erase(Store store, ByteView key) {
    TRY(charge(costs_.erase, 0, 0));
    if (find(store, key)) {
        set(store, key, std::nullopt);
    }
    return {};
}

Outcome<std::optional<Record>> StateView::first(Store store, ByteView prefix, ByteView from) const {
    const ByteView start = compare(from, prefix) < 0 ? prefix : from;
    const std::optional<RecordView> found = find_at_or_after(store, start);
    const bool matches = found && found->key.size() >= prefix.size() &&
                         equal(found->key.first(prefix.size()), prefix);
    const std::size_t size = matches ? found->key.size() + found->value.size() : 0;
    TRY(charge(costs_.walk, costs_.read_byte, size));
    if (!matches) {
        return std::optional<Record>();
    }
    return Record{to_bytes(found->key), to_bytes(found->value)};
}

Outcome<void> StateView::walk(
    Store store, ByteView prefix, const std::function<Outcome<bool>(const Record&)>& visit
) const {
    return walk_from(store, prefix, prefix, visit);
}

Outcome<void> StateView::walk_from(
    Store store,
    ByteView prefix,
    ByteView from,
    const std::function<Outcome<bool>(const Record&)>& visit
) const {
    Bytes next = to_bytes(from);
    while (true) {
        TRY_ASSIGN(const std::optional<Record> record, first(store, prefix, next));
        if (!record) {
            return {};
        }
        TRY_ASSIGN(const bool goes_on, visit(*record));
        if (!goes_on) {
            return {};
        }
        next = after(record->key);
    }
}

void StateView::roll_back(Mark mark) {
    const auto size = static_cast<std::size_t>(mark);
    CHECK(size <= undo_.size());
    while (undo_.size() > size) {
        Undo& undo = undo_.back();
        if (undo.before) {
            undo.place->second = std::move(*undo.before);
        } else {
            overlay(undo.store).erase(undo.place);
        }
        undo_.pop_back();
    }
}

void StateView::visit_changes(
    const std::function<void(Store, ByteView, const std::optional<Bytes>&)>& visit
) const {
    for (std::size_t i = 0; i < overlays_.size(); ++i) {
        for (const auto& [key, value] : overlays_[i]) {
            visit(static_cast<Store>(i), key, value);
        }
    }
}

void StateView::visit_changes(
    Store store, const std::function<void(ByteView, const std::optional<Bytes>&)>& visit
) const {
    for (const auto& [key, value] : overlay(store)) {
        visit(key, value);
    }
}

void StateView::clear() {
    for (Overlay& changes : overlays_) {
        changes.clear();
    }
    undo_.clear();
}

Outcome<void> StateView::charge(std::uint64_t flat, std::uint64_t by_byte, std::size_t size) const {
    return meter_ == nullptr ? Outcome<void>() : meter_->use(flat + by_byte * size, "state");
}

std::optional<ByteView> StateView::find(Store store, ByteView key) const {
    const Overlay& changes = overlay(store);
    if (const auto place = changes.find(key); place != changes.end()) {
        return place->second ? std::optional<ByteView>(*place->second) : std::nullopt;
    }
    return below_.get(store, key);
}

std::optional<RecordView> StateView::find_at_or_after(Store store, ByteView key) const {
    const Overlay& changes = overlay(store);
    auto over = changes.lower_bound(key);
    std::optional<RecordView> under = below_.at_or_after(store, key);
    while (true) {
        if (under && over != changes.end() && equal(over->first, under->key)) {
            under = below_.at_or_after(store, after(under->key));
            continue;
        }
        if (over == changes.end() || (under && compare(under->key, over->first) < 0)) {
            return under;
        }
        if (over->second) {
            return RecordView{over->first, *over->second};
        }
        ++over;
    }
}

void StateView::set(Store store, ByteView key, std::optional<Bytes> value) {
    Overlay& changes = overlay(store);
    const auto place = changes.lower_bound(key);
    const bool present = place != changes.end() && equal(place->first, key);
    if (present) {
        undo_.push_back({store, place, std::exchange(place->second, std::move(value))});
    } else {
        const auto added = changes.emplace_hint(place, to_bytes(key), std::move(value));
        undo_.push_back({store, added, std::nullopt});
    }
}

}  // namespace steelyard::ledger
