#include "vm/check/first_fit.h"

#include "base/check.h"

#include <algorithm>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t endless = std::uint64_t{1} << 63;
constexpr std::uint64_t block_bytes_max = std::uint64_t{1} << 62;
constexpr std::size_t page_gaps_max = 512;

}  // namespace

FirstFit::FirstFit() {
    pages_.push_back({.gaps = {{.offset = 0, .size = endless}}});
    largest_.push_back(endless);
}

std::uint64_t FirstFit::take(std::uint64_t size) {
    CHECK(size % arena_alignment == 0 && size < block_bytes_max);
    if (size == 0) {
        return 0;
    }
    const auto roomy =
        std::ranges::find_if(largest_, [&](std::uint64_t largest) { return largest >= size; });
    CHECK(roomy != largest_.end());
    const auto page = static_cast<std::size_t>(roomy - largest_.begin());
    auto& gaps = pages_[page].gaps;
    const auto gap =
        std::ranges::find_if(gaps, [&](const Gap& found) { return found.size >= size; });
    const std::uint64_t offset = gap->offset;
    highest_end_ = std::max(highest_end_, offset + size);
    if (gap->size == size) {
        erase({page, static_cast<std::size_t>(gap - gaps.begin())});
        return offset;
    }
    gap->offset += size;
    // The last gap has no end, however much is taken of it.
    if (gap->size != endless) {
        const std::uint64_t before = gap->size;
        gap->size -= size;
        measure_less(page, before);
    }
    return offset;
}

void FirstFit::give_back(std::uint64_t offset, std::uint64_t size) {
    if (size == 0) {
        return;
    }
    const Position after = first_after(offset);
    Gap& next = pages_[after.page].gaps[after.index];
    CHECK(offset + size <= next.offset);
    const bool joins_next = offset + size == next.offset;
    if (after.page > 0 || after.index > 0) {
        const Position before =
            after.index > 0 ? Position{after.page, after.index - 1}
                            : Position{after.page - 1, pages_[after.page - 1].gaps.size() - 1};
        Gap& previous = pages_[before.page].gaps[before.index];
        CHECK(previous.offset + previous.size <= offset);
        if (previous.offset + previous.size == offset) {
            previous.size += size;
            if (joins_next) {
                previous.size = next.size == endless ? endless : previous.size + next.size;
            }
            largest_[before.page] = std::max(largest_[before.page], previous.size);
            if (joins_next) {
                erase(after);
            }
            return;
        }
    }
    if (joins_next) {
        next.offset = offset;
        next.size = next.size == endless ? endless : next.size + size;
        largest_[after.page] = std::max(largest_[after.page], next.size);
        return;
    }
    insert(after, {.offset = offset, .size = size});
}

/// The first gap behind an offset that is in none: there is one, the last.
FirstFit::Position FirstFit::first_after(std::uint64_t offset) const {
    const auto page = std::ranges::partition_point(pages_, [&](const Page& candidate) {
        return candidate.gaps.back().offset < offset;
    });
    CHECK(page != pages_.end());
    const auto gap = std::ranges::partition_point(page->gaps, [&](const Gap& candidate) {
        return candidate.offset < offset;
    });
    return {
        static_cast<std::size_t>(page - pages_.begin()),
        static_cast<std::size_t>(gap - page->gaps.begin())
    };
}

void FirstFit::insert(Position at, Gap gap) {
    auto& gaps = pages_[at.page].gaps;
    gaps.insert(gaps.begin() + static_cast<std::ptrdiff_t>(at.index), gap);
    if (gaps.size() > page_gaps_max) {
        const auto middle = gaps.begin() + static_cast<std::ptrdiff_t>(page_gaps_max / 2);
        Page upper{.gaps = {middle, gaps.end()}};
        gaps.erase(middle, gaps.end());
        const auto next = static_cast<std::ptrdiff_t>(at.page) + 1;
        pages_.insert(pages_.begin() + next, std::move(upper));
        largest_.insert(largest_.begin() + next, 0);
        measure(at.page);
        measure(at.page + 1);
    } else {
        largest_[at.page] = std::max(largest_[at.page], gap.size);
    }
}

void FirstFit::erase(Position at) {
    auto& gaps = pages_[at.page].gaps;
    const std::uint64_t size = gaps[at.index].size;
    gaps.erase(gaps.begin() + static_cast<std::ptrdiff_t>(at.index));
    if (gaps.empty()) {
        pages_.erase(pages_.begin() + static_cast<std::ptrdiff_t>(at.page));
        largest_.erase(largest_.begin() + static_cast<std::ptrdiff_t>(at.page));
        return;
    }
    measure_less(at.page, size);
}

void FirstFit::measure_less(std::size_t page, std::uint64_t size) {
    if (size == largest_[page]) {
        measure(page);
    }
}

void FirstFit::measure(std::size_t page) {
    largest_[page] = std::ranges::max(pages_[page].gaps, {}, &Gap::size).size;
}

}  // namespace steelyard::vm
