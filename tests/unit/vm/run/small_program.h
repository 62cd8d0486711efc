// The program that the tests of probes and proofs share.
#pragma once

#include "base/check.h"
#include "vm/build/builder.h"

namespace steelyard::vm::test {

/// x [12, 300] times w [8, 300], turned round three times by a loop: rows of more than a chunk,
/// packed rows, carries.
inline Program small_program() {
    Builder builder;
    const ValueRef x = *builder.input("x", {DType::f32, {12, 300}});
    const ValueRef w = *builder.input("w", {DType::f32, {8, 300}});
    const ValueRef y = *builder.add(OpCode::gemm_f32, {x, w}, {0, 1});
    const LoopStart loop = *builder.begin_loop(3, std::vector{y});
    const ValueRef both = *builder.add(OpCode::concat, {loop.carries[0], loop.carries[0]}, {0});
    const ValueRef next = *builder.add(OpCode::slice, {both}, {5, 1, 12, 0, 1, 8});
    const std::vector<ValueRef> results = *builder.end_loop(std::vector{next});
    CHECK(builder.output("turned", results[0]).has_value());
    CHECK(builder.output("product", y).has_value());
    return std::move(builder).finish();
}

}  // namespace steelyard::vm::test
