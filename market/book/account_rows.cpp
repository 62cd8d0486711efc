#include "market/book/account_rows.h"

#include <algorithm>
#include <bit>

namespace steelyard::market {

/// Where the account stands, or would: accounts are numbered one after the other, and a product
/// with the golden ratio spreads such numbers evenly.
std::size_t AccountHeads::place_of(std::uint64_t account) const {
    const int bits = std::countr_zero(places_.size());
    std::size_t place = (account * 0x9e37'79b9'7f4a'7c15U) >> (64 - bits);
    while (places_[place].is_taken && places_[place].account != account) {
        place = (place + 1) % places_.size();
    }
    return place;
}

std::uint32_t& AccountHeads::of(std::uint64_t account) {
    std::size_t place = place_of(account);
    if (!places_[place].is_taken) {
        if (2 * (taken_ + 1) > places_.size()) {
            grow();
            place = place_of(account);
        }
        places_[place] = {.account = account, .is_taken = true};
        ++taken_;
    }
    return places_[place].head;
}

std::uint32_t AccountHeads::find(std::uint64_t account) const {
    return places_[place_of(account)].head;
}

/// Accounts that have no rows any more lose their places; where that is half of them, it is enough.
void AccountHeads::grow() {
    std::vector<Place> before = std::move(places_);
    const auto alive = static_cast<std::size_t>(std::ranges::count_if(before, [](const Place& one) {
        return one.head != AccountLinks::none;
    }));
    places_.assign(4 * alive > before.size() ? 2 * before.size() : before.size(), {});
    taken_ = alive;
    for (const Place& one : before) {
        if (one.head != AccountLinks::none) {
            places_[place_of(one.account)] = one;
        }
    }
}

}  // namespace steelyard::market
