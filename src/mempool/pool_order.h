// The ways through a Pool: from the first to leave, and from the first to give way.
#pragma once

#include "mempool/pool.h"

namespace steelyard::mempool {

/// All in the order in which they leave. Where one is passed over, so are those of its sender that
/// come after it.
class Pool::Walk {
public:
    explicit Walk(const Pool& pool)
        : pool_(pool), plain_(pool.plain_.begin()), heads_(pool.heads_.begin()) {}

    /// The next one, or nothing.
    Entry* peek() const;

    /// Goes on; `taken`: the sender's next one may come too.
    void advance(bool taken);

private:
    const Pool& pool_;
    Line::const_iterator plain_;
    Line::const_iterator heads_;
    Line followers_{};  ///< whose forerunners were taken
};

/// Those that may give way, the least first: the last of each sender before the one before it.
class Pool::WalkBack {
public:
    /// `spared`: a sender whose transactions are passed over.
    WalkBack(const Pool& pool, std::string_view spared)
        : pool_(pool),
          spared_(spared),
          plain_(pool.plain_.rbegin()),
          tails_(pool.tails_.rbegin()) {}

    /// The next one, or nothing.
    Entry* next();

private:
    const Pool& pool_;
    std::string_view spared_;
    Line::const_reverse_iterator plain_;
    Line::const_reverse_iterator tails_;
    Line forerunners_{};  ///< whose followers have gone
};

}  // namespace steelyard::mempool
