#include "vm/backend/cpu/number_loops.h"

namespace steelyard::vm::cpu::avx2 {

namespace {

/// Of this file alone, and so is all that is made with it.
struct File {};

}  // namespace

const NumberRows& number_rows(DType type) {
    return NumberTable<File>::rows[static_cast<std::size_t>(type)];
}

}  // namespace steelyard::vm::cpu::avx2
