// ResizeLoops: weighted sums of rows and of elements, for files of one instruction set.
#pragma once

#include "vm/backend/cpu/row_functions.h"
#include "vm/ops/rule.h"

namespace steelyard::vm::cpu {

/// `P`, `Lanes`: of the including file alone, so that nothing here is shared between files.
template <typename P, typename Lanes>
struct ResizeLoops {
    template <std::uint32_t taps>
    VM_RULE static void combine_taps(const WeightedRows& rows) {
        const std::uint64_t count = rows.count;
        const float* __restrict a = rows.row[0];
        const float* __restrict b = rows.row[1];
        const float* __restrict c = rows.row[2];
        const float* __restrict d = rows.row[3];
        const float* weight = rows.taps->weight;
        const float w0 = weight[0];
        const float w1 = weight[1];
        const float w2 = weight[2];
        const float w3 = weight[3];
        float* __restrict out = rows.out;
        for (std::uint64_t i = 0; i < count; ++i) {
            float sum = w0 * a[i];
            sum = taps > 1 ? P::fma(w1, b[i], sum) : sum;
            sum = taps > 2 ? P::fma(w2, c[i], sum) : sum;
            out[i] = taps > 3 ? P::fma(w3, d[i], sum) : sum;
        }
    }

    static void combine(const WeightedRows& rows) {
        switch (rows.taps->count) {
            case 1:
                return combine_taps<1>(rows);
            case 2:
                return combine_taps<2>(rows);
            case 3:
                return combine_taps<3>(rows);
            default:
                return combine_taps<4>(rows);
        }
    }

    template <typename Load>
    VM_RULE static void pick(
        const WeightedTaps* taps, std::uint64_t count, float* __restrict out, Load load
    ) {
        for (std::uint64_t column = 0; column < count; ++column) {
            const WeightedTaps& at = taps[column];
            float sum = at.count == 0 ? 0.0F : at.weight[0] * load(at.index[0]);
            for (std::uint32_t tap = 1; tap < at.count; ++tap) {
                sum = P::fma(at.weight[tap], load(at.index[tap]), sum);
            }
            out[column] = sum;
        }
    }

    static void pick_f32(
        const std::byte* bytes, const WeightedTaps* taps, std::uint64_t count, float* out
    ) {
        const auto* x = reinterpret_cast<const float*>(bytes);
        pick(taps, count, out, [x](std::uint64_t i) { return x[i]; });
    }

    static void pick_f16(
        const std::byte* bytes, const WeightedTaps* taps, std::uint64_t count, float* out
    ) {
        const auto* x = reinterpret_cast<const std::uint16_t*>(bytes);
        pick(taps, count, out, [x](std::uint64_t i) { return Lanes::widen_one_f16(x[i]); });
    }

    static void pick_bf16(
        const std::byte* bytes, const WeightedTaps* taps, std::uint64_t count, float* out
    ) {
        const auto* x = reinterpret_cast<const std::uint16_t*>(bytes);
        pick(taps, count, out, [x](std::uint64_t i) {
            return f32_of(static_cast<std::uint32_t>(x[i]) << 16);
        });
    }
};

}  // namespace steelyard::vm::cpu
