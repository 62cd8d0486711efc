// FirstFit: the arena's allocator: every block goes to the lowest offset at which it fits.
#pragma once

#include <cstdint>
#include <vector>

namespace steelyard::vm {

/// What a block's size is rounded up to.
constexpr std::uint64_t arena_alignment = 64;

/// Gives out [offset, offset + size) of an endless arena. The answers are a function of the calls
/// alone: how gaps are kept does not show. A call looks at no more than a few thousand words,
/// whatever came before, for up to 2^21 blocks.
class FirstFit {
public:
    FirstFit();

    /// The lowest offset with `size` free bytes (CHECKed: a multiple of 64, below 2^62). An empty
    /// block is at 0.
    std::uint64_t take(std::uint64_t size);

    /// Frees a block that `take` gave and that is taken.
    void give_back(std::uint64_t offset, std::uint64_t size);

    /// The highest end of any block so far.
    std::uint64_t highest_end() const { return highest_end_; }

private:
    struct Gap {
        std::uint64_t offset = 0;
        std::uint64_t size = 0;
    };

    /// Neighbouring gaps, ascending; never empty. The last gap of all has no end.
    struct Page {
        std::vector<Gap> gaps{};
    };

    /// A gap's place.
    struct Position {
        std::size_t page = 0;
        std::size_t index = 0;
    };

    Position first_after(std::uint64_t offset) const;
    void insert(Position at, Gap gap);
    void erase(Position at);
    void measure(std::size_t page);

    /// After a gap of `size` bytes became smaller.
    void measure_less(std::size_t page, std::uint64_t size);

    std::vector<Page> pages_{};
    std::vector<std::uint64_t> largest_{};  ///< the largest gap of each page
    std::uint64_t highest_end_ = 0;
};

}  // namespace steelyard::vm
