// Stopwatch: a backend that notes what takes how long.
#pragma once

#include "vm/backend/backend.h"

#include <map>
#include <string>

namespace steelyard::wallet {

/// Of the processor, of all threads since the process began.
double cpu_seconds();

/// What the nodes of a group took, all together: CPU time.
struct GroupTime {
    std::uint64_t nodes = 0;
    double seconds = 0;
};

/// What nodes have in common: their operator, or their operands' types besides.
enum class Grouping : unsigned char { none, by_operator, by_shape };

/// Passes everything on to another backend, and times it. For one run at a time.
class Stopwatch : public vm::Backend {
public:
    /// `inner` must outlive it.
    Stopwatch(vm::Backend& inner, Grouping grouping) : inner_(inner), grouping_(grouping) {}

    std::string_view name() const override { return inner_.name(); }

    std::optional<std::uint64_t> run(const vm::NodeWork& work, const vm::Parallel& parallel)
        override;

    /// Counts as "bounds".
    std::optional<std::uint64_t> first_out_of_bound(
        const vm::TensorType& type,
        const std::byte* data,
        std::uint32_t bound_bits,
        const vm::Parallel& parallel
    ) override;

    /// By the group's name; and begins anew.
    std::map<std::string, GroupTime> take() { return std::exchange(groups_, {}); }

private:
    std::string group_of(const vm::NodeCall& call) const;

    vm::Backend& inner_;
    Grouping grouping_;
    std::map<std::string, GroupTime> groups_{};
};

}  // namespace steelyard::wallet
