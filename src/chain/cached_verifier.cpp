#include "chain/cached_verifier.h"

namespace steelyard::chain {

CachedVerifier::CachedVerifier(ThreadPool& pool, std::size_t capacity)
    : pool_(pool), cache_(capacity) {
}

std::optional<std::size_t> CachedVerifier::verify(std::span<const SignatureCheck> checks) {
    struct Unknown {
        std::size_t index;
        Hash256 name;
    };
    std::vector<Unknown> unknown;
    for (std::size_t i = 0; i < checks.size(); ++i) {
        const Hash256 name = signature_name(checks[i].key, checks[i].message, checks[i].signature);
        if (!cache_.contains(name)) {
            unknown.push_back({i, name});
        }
    }
    hits_ += checks.size() - unknown.size();
    verified_ += unknown.size();
    std::vector<std::uint8_t> good(unknown.size());
    pool_.parallel_for(unknown.size(), [&](std::size_t i) {
        const SignatureCheck& check = checks[unknown[i].index];
        good[i] = check.key.verify(check.message, check.signature) ? 1 : 0;
    });
    std::optional<std::size_t> bad;
    for (std::size_t i = 0; i < unknown.size(); ++i) {
        if (good[i] != 0) {
            cache_.insert(unknown[i].name);
        } else if (!bad) {
            bad = unknown[i].index;
        }
    }
    return bad;
}

SignatureVerifier CachedVerifier::function() {
    return [this](std::span<const SignatureCheck> checks) { return verify(checks); };
}

CachedVerifier::Stats CachedVerifier::stats() const {
    return {hits_, verified_};
}

}  // namespace steelyard::chain
