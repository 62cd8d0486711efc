// The calls that vm_rows_bench measures.
#pragma once

#include "vm/ops/operator.h"

#include <string>
#include <vector>

namespace steelyard::vm::bench {

struct RowsCase {
    std::string name{};
    OpCode op = OpCode::reshape;
    std::vector<TensorType> operands{};
    std::vector<std::int64_t> attributes{};
    std::size_t index_operand = 8;  ///< which operand holds indices; 8: none
    std::uint64_t limit = 0;        ///< indices are below
    bool has_slow_rule = false;     ///< each element of the output looks at all indices
};

/// Most have 16 MiB of elements, beyond the caches of one core.
std::vector<RowsCase> rows_cases();

RowsCase product_case();

}  // namespace steelyard::vm::bench
