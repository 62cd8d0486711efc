#include "market/book/listings.h"

#include "base/check.h"

#include <algorithm>
#include <vector>

namespace steelyard::market {
namespace {

using ledger::Store;

constexpr std::array<Store, 2> listed_stores = {Store::book, Store::job};

template <typename T>
T known(Result<T> decoded) {
    CHECK(decoded.has_value());
    return *std::move(decoded);
}

Listed ask_of(ByteView key, ByteView value) {
    const AskKey ask = known(decode_ask_key(key));
    return {
        .kind = Listed::Kind::ask,
        .owned = {known(decode_ask(value)).provider, {.order = ask.id}},
        .is_open = true,
        .ask = ask,
    };
}

Listed order_of(ByteView key, ByteView value) {
    const Order order = known(decode_order(value));
    const OrderId id{ledger::KeyReader(key).number8()};
    return {
        .kind = Listed::Kind::order,
        .owned = {order.user, {.order = id}},
        .is_open = !order.is_final,
    };
}

std::optional<Listed> job_of(ByteView key, ByteView value) {
    const Job job = known(decode_job(value));
    if (!job.match) {
        return std::nullopt;
    }
    ledger::KeyReader reader(key);
    JobId id;
    id.order = OrderId{reader.number8()};
    id.task = reader.number4();
    return Listed{
        .kind = Listed::Kind::job,
        .owned = {job.match->provider, id},
        .is_open = !is_final(job.state),
    };
}

}  // namespace

std::optional<Listed> listed_in(Store store, ByteView key, ByteView value) {
    const char letter = static_cast<char>(key[0]);
    if (store == Store::book && letter == 'a') {
        return ask_of(key, value);
    }
    if (store == Store::job && letter == 'o') {
        return order_of(key, value);
    }
    if (store == Store::job && letter == 'j') {
        return job_of(key, value);
    }
    return std::nullopt;
}

std::vector<ListingChange> listing_changes(
    const StateView& changes, const ledger::StateReader& below
) {
    std::vector<ListingChange> list;
    for (const Store store : listed_stores) {
        changes.visit_changes(store, [&](ByteView key, const std::optional<Bytes>& value) {
            const auto before = below.get(store, key);
            const ListingChange change{
                .before = before ? listed_in(store, key, *before) : std::nullopt,
                .after = value ? listed_in(store, key, *value) : std::nullopt,
            };
            if (change.before != change.after) {
                list.push_back(change);
            }
        });
    }
    return list;
}

void Listings::rebuild(const StateView& state) {
    *this = {};
    // Rows come by their ids and listings are by owner: sorted at once, each goes to the end.
    std::vector<Listed> rows;
    for (const auto& [store, letter] :
         {std::pair{Store::book, 'a'}, std::pair{Store::job, 'o'}, std::pair{Store::job, 'j'}}) {
        const auto walked = state.walk(
            store,
            ledger::Key(letter),
            [&, store = store](const ledger::Record& record) -> Outcome<bool> {
                if (const auto row = listed_in(store, record.key, record.value)) {
                    rows.push_back(*row);
                }
                return true;
            }
        );
        CHECK(walked.has_value());
        std::ranges::sort(rows, {}, &Listed::owned);
        std::ranges::for_each(rows, [this](const Listed& row) { add(row); });
        rows.clear();
    }
}

void Listings::follow(std::span<const ListingChange> changes) {
    for (const ListingChange& change : changes) {
        if (change.before) {
            remove(*change.before);
        }
    }
    for (const ListingChange& change : changes) {
        if (change.after) {
            add(*change.after);
        }
    }
}

void Listings::add(const Listed& row) {
    switch (row.kind) {
        case Listed::Kind::ask:
            asks_.emplace_hint(asks_.end(), row.owned, row.ask);
            return;
        case Listed::Kind::order:
            orders_.insert(orders_.end(), row.owned);
            if (row.is_open) {
                open_orders_.insert(open_orders_.end(), row.owned);
            }
            return;
        case Listed::Kind::job:
            jobs_.insert(jobs_.end(), row.owned);
            if (row.is_open) {
                live_jobs_.insert(live_jobs_.end(), row.owned);
            }
            return;
    }
}

void Listings::remove(const Listed& row) {
    switch (row.kind) {
        case Listed::Kind::ask:
            asks_.erase(row.owned);
            return;
        case Listed::Kind::order:
            orders_.erase(row.owned);
            open_orders_.erase(row.owned);
            return;
        case Listed::Kind::job:
            jobs_.erase(row.owned);
            live_jobs_.erase(row.owned);
            return;
    }
}

}  // namespace steelyard::market
