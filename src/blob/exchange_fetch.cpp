#include "blob/exchange_fetch.h"

#include "base/check.h"

#include <algorithm>

namespace steelyard::blob {

GroupLedger::GroupLedger(std::uint32_t count, std::span<const std::uint32_t> missing)
    : missing_(count), missing_count_(static_cast<std::uint32_t>(missing.size())) {
    for (const std::uint32_t group : missing) {
        CHECK(group < count && !missing_[group]);
        missing_[group] = true;
    }
}

std::uint32_t GroupLedger::there() const {
    return count() - missing_count_ - static_cast<std::uint32_t>(in_flight());
}

std::optional<std::uint32_t> GroupLedger::next() {
    if (missing_count_ == 0) {
        return std::nullopt;
    }
    while (!missing_[first_missing_]) {
        ++first_missing_;
    }
    return first_missing_;
}

void GroupLedger::miss(std::uint32_t group) {
    missing_[group] = true;
    ++missing_count_;
    first_missing_ = std::min(first_missing_, group);
}

void GroupLedger::ask(std::uint32_t group, PeerId peer) {
    CHECK(group < count() && missing_[group]);
    missing_[group] = false;
    --missing_count_;
    asked_[group] = peer;
}

void GroupLedger::take_back(std::uint32_t group, PeerId peer) {
    const auto found = asked_.find(group);
    if (found != asked_.end() && found->second == peer) {
        asked_.erase(found);
        miss(group);
    }
}

bool GroupLedger::begin_write(std::uint32_t group) {
    if (asked_.erase(group) == 0) {
        if (!missing_[group]) {
            return false;
        }
        missing_[group] = false;
        --missing_count_;
    }
    ++written_;
    return true;
}

void GroupLedger::end_write(std::uint32_t group, bool is_there) {
    CHECK(written_ > 0);
    --written_;
    if (!is_there) {
        miss(group);
    }
}

/// Whoever says that he has it is given time to show it.
Exchange::Time Fetch::far_at() const {
    CHECK(asked_at.has_value());
    const bool has_source = std::ranges::any_of(sources, [](const auto& source) {
        return source.second.has_it && source.second.strikes < strikes_max;
    });
    return has_source && near_at ? *near_at + answer_timeout : *asked_at + near_patience;
}

}  // namespace steelyard::blob
