// Programs as doc/spec/vm.md says them: read from SVM1, run with every value kept.
#pragma once

#include "tests/oracle/operators.h"

#include <span>
#include <string>

namespace steelyard::oracle {

enum class FaultKind : std::uint8_t { out_of_bound, bad_index };

struct Fault {
    FaultKind kind = FaultKind::out_of_bound;
    std::uint64_t step = 0;
    std::uint64_t element = 0;

    bool operator==(const Fault&) const = default;
};

struct Run {
    std::optional<Fault> fault{};
    std::uint64_t steps = 0;        ///< that were begun
    std::vector<Tensor> outputs{};  ///< none after a fault
    std::string error{};            ///< why the program cannot be read or run; else empty
};

/// Of a program that is right, and inputs of its types.
Run run(std::span<const std::uint8_t> program, const std::vector<Tensor>& inputs);

}  // namespace steelyard::oracle
