#include "bin/steelyard/vm_stopwatch.h"

#include <fmt/format.h>

#include <ctime>

namespace steelyard::wallet {

namespace {

void count(GroupTime& group, double start) {
    group.seconds += cpu_seconds() - start;
    ++group.nodes;
}

}  // namespace

double cpu_seconds() {
    std::timespec now{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::optional<std::uint64_t> Stopwatch::run(
    const vm::NodeWork& work, const vm::Parallel& parallel
) {
    const double start = cpu_seconds();
    const auto bad_index = inner_.run(work, parallel);
    count(groups_[group_of(work.call)], start);
    return bad_index;
}

std::optional<std::uint64_t> Stopwatch::first_out_of_bound(
    const vm::TensorType& type,
    const std::byte* data,
    std::uint32_t bound_bits,
    const vm::Parallel& parallel
) {
    const double start = cpu_seconds();
    const auto beyond = inner_.first_out_of_bound(type, data, bound_bits, parallel);
    count(groups_["bounds"], start);
    return beyond;
}

std::string Stopwatch::group_of(const vm::NodeCall& call) const {
    std::string out(vm::to_string(call.op));
    if (grouping_ == Grouping::by_shape) {
        for (const vm::TensorType& operand : call.operands) {
            out += fmt::format(" {}", operand.text());
        }
        out += fmt::format(" -> {}", call.output.text());
    }
    return out;
}

}  // namespace steelyard::wallet
