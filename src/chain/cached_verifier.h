// CachedVerifier: checks signatures on several threads, and each good one only once.
#pragma once

#include "base/thread_pool.h"
#include "chain/commit_verifier.h"
#include "chain/verdict_cache.h"

#include <atomic>

namespace steelyard::chain {

/// A precommit that was verified when it came is not verified again as part of the next block's
/// last commit. Answers as verify_one_by_one does. Thread-safe.
class CachedVerifier {
public:
    struct Stats {
        std::uint64_t hits = 0;      ///< signatures that were known to be good
        std::uint64_t verified = 0;  ///< signatures that were computed
    };

    /// The pool outlives the verifier. `capacity`: of good signatures remembered; a few heights of
    /// the validator set.
    CachedVerifier(ThreadPool& pool, std::size_t capacity);

    /// The index of the first bad signature, or nothing.
    std::optional<std::size_t> verify(std::span<const SignatureCheck> checks);

    /// `verify` as the function that others take; the verifier outlives it.
    SignatureVerifier function();

    Stats stats() const;

private:
    ThreadPool& pool_;
    VerdictCache cache_;
    std::atomic<std::uint64_t> hits_ = 0;
    std::atomic<std::uint64_t> verified_ = 0;
};

}  // namespace steelyard::chain
