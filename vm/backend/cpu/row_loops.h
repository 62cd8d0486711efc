// RowLoops: the row functions as loops over vectors, for files of one instruction set.
#pragma once

#include "vm/backend/cpu/narrow_loops.h"
#include "vm/backend/cpu/number_loops.h"
#include "vm/backend/cpu/resize_loops.h"
#include "vm/backend/cpu/row_functions.h"
#include "vm/ops/row/softmax.h"
#include "vm/ops/tree_sum.h"

namespace steelyard::vm::cpu {

/// Loops run to a count of their own: one in memory might be what they write to.
/// `P`: an fma policy of the including file alone, so that nothing here is shared between files.
/// `Lanes`: what the file has instructions for that vectors have no operators for.
template <typename P, typename Lanes>
struct RowLoops {
    static constexpr std::size_t VectorBytes = sizeof(typename Lanes::Floats);

    template <typename T>
    struct Vectors {
        typedef T Type __attribute__((vector_size(VectorBytes)));
    };

    template <typename T>
    using Vector = typename Vectors<T>::Type;

    template <typename V, typename T>
    VM_RULE static V load_vector(const T* from) {
        V vector;
        __builtin_memcpy(&vector, from, sizeof(V));
        return vector;
    }

    /// A block of the tree of A7 over term(x[i]), which must work on vectors and on elements.
    template <typename T, typename Term, typename Add>
    VM_RULE static T block_of_tree(
        const T* at, std::uint64_t size, T none, const Term& term, const Add& add
    ) {
        using V = Vector<T>;
        constexpr std::size_t width = VectorBytes / sizeof(T);
        constexpr std::size_t vectors = tree_lanes / width;
        V sums[vectors];
        for (V& sum : sums) {
            sum = V{} + none;
        }
        std::uint64_t done = 0;
        for (; done + tree_lanes <= size; done += tree_lanes) {
#pragma GCC unroll 16
            for (std::size_t i = 0; i < vectors; ++i) {
                sums[i] = add(sums[i], term(load_vector<V>(at + done + i * width)));
            }
        }
        T lanes[tree_lanes];
        __builtin_memcpy(lanes, sums, sizeof(lanes));
        for (std::uint64_t lane = 0; done + lane < size; ++lane) {
            lanes[lane] = add(lanes[lane], term(at[done + lane]));
        }
        return fold_lanes(lanes, add);
    }

    template <typename T, typename Term, typename Add>
    VM_RULE static T tree(const T* x, std::uint64_t count, T none, Term term, Add add) {
        T total = none;
        for (std::uint64_t block = 0; block < count; block += tree_block) {
            const std::uint64_t size = count - block < tree_block ? count - block : tree_block;
            total = add(total, block_of_tree(x + block, size, none, term, add));
        }
        return total;
    }

    template <typename T, typename Term>
    VM_RULE static T sum_of_terms(const T* x, std::uint64_t count, Term term) {
        return tree(x, count, T{0}, term, [](auto a, auto b) { return a + b; });
    }

    static float sum(const float* x, std::uint64_t count) {
        return sum_of_terms(x, count, [](auto v) { return v; });
    }

    static double sum_f64(const double* x, std::uint64_t count) {
        return sum_of_terms(x, count, [](auto v) { return v; });
    }

    static float product(const float* x, std::uint64_t count) {
        return tree(x, count, 1.0F, [](auto v) { return v; }, [](auto a, auto b) { return a * b; });
    }

    static double product_f64(const double* x, std::uint64_t count) {
        return tree(x, count, 1.0, [](auto v) { return v; }, [](auto a, auto b) { return a * b; });
    }

    /// By A4; a NaN may be any.
    VM_RULE static float greatest(const float* x, std::uint64_t count) {
        using Loops = NumberLoops<P, OrderedF32>;
        const auto order = Loops::template greatest_order<true, Zeros::by_sign>(
            reinterpret_cast<const std::uint32_t*>(x), count
        );
        return f32_of(OrderedF32::undo<true>(order));
    }

    VM_RULE static void fill(float* out, std::uint64_t count, float value) {
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = value;
        }
    }

    /// The powers of at most a block of a row whose greatest element is finite, and their sum.
    VM_RULE static float powers(
        const float* __restrict x, std::uint64_t count, float greatest, float* __restrict out
    ) {
        constexpr std::size_t width = VectorBytes / sizeof(float);
        std::uint64_t done = 0;
        for (; done + width <= count; done += width) {
            Lanes::store(out + done, Lanes::power(Lanes::load(x + done) - Lanes::all(greatest)));
        }
        for (; done < count; ++done) {
            out[done] = SoftmaxRules<P>::power(x[done], greatest);
        }
        return block_of_tree(
            out, count, 0.0F, [](auto v) { return v; }, [](auto a, auto b) { return a + b; }
        );
    }

    /// power / sum for powers of a row: neither NaNs nor infinite, and sum at least 1.
    VM_RULE static void shares(float* out, std::uint64_t count, float sum) {
        constexpr std::size_t width = VectorBytes / sizeof(float);
        std::uint64_t done = 0;
        const float inverse = 1.0F / sum;
        for (; done + width <= count; done += width) {
            Lanes::store(out + done, Lanes::share(Lanes::load(out + done), sum, inverse));
        }
        for (; done < count; ++done) {
            out[done] = SoftmaxRules<P>::share(out[done], sum);
        }
    }

    static void softmax(const FloatRow& row) {
        const std::uint64_t count = row.count;
        const float largest = greatest(row.x, count);
        if (!(magnitude(largest) < f32_of(FloatFormat<float>::infinity))) {
            fill(row.out, count, f32_of(FloatFormat<float>::nan));
            return;
        }
        float sum = 0.0F;
        for (std::uint64_t block = 0; block < count; block += tree_block) {
            const std::uint64_t size = count - block < tree_block ? count - block : tree_block;
            sum += powers(row.x + block, size, largest, row.out + block);
        }
        shares(row.out, count, sum);
    }

    static void log_softmax(const FloatRow& row) {
        const std::uint64_t count = row.count;
        const float* __restrict x = row.x;
        float* __restrict out = row.out;
        const float largest = greatest(x, count);
        if (!(magnitude(largest) < f32_of(FloatFormat<float>::infinity))) {
            fill(out, count, f32_of(FloatFormat<float>::nan));
            return;
        }
        float sum = 0.0F;
        for (std::uint64_t block = 0; block < count; block += tree_block) {
            float scratch[tree_block];
            const std::uint64_t size = count - block < tree_block ? count - block : tree_block;
            sum += powers(x + block, size, largest, scratch);
        }
        const float log_sum = SoftmaxRules<P>::log_of_sum(sum);
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = SoftmaxRules<P>::log_share(x[i], largest, log_sum);
        }
    }

    VM_RULE static float scale_of(const FloatRow& row, float centre) {
        const float squares = sum_of_terms(row.x, row.count, [centre](auto v) {
            const auto distance = v - centre;
            return distance * distance;
        });
        return 1.0F / square_root(squares / static_cast<float>(row.count) + row.epsilon);
    }

    static void layer_norm(const FloatRow& row) {
        const std::uint64_t count = row.count;
        const float* __restrict x = row.x;
        const float* __restrict gamma = row.gamma;
        const float* __restrict beta = row.beta;
        float* __restrict out = row.out;
        const float mean = sum(x, count) / static_cast<float>(count);
        const float scale = scale_of(row, mean);
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = clean(P::fma(x[i] - mean, scale * gamma[i], beta[i]));
        }
    }

    static void rms_norm(const FloatRow& row) {
        const std::uint64_t count = row.count;
        const float* __restrict x = row.x;
        const float* __restrict gamma = row.gamma;
        float* __restrict out = row.out;
        const float scale = scale_of(row, 0.0F);
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = clean(x[i] * scale * gamma[i]);
        }
    }

    static void batch_norm(const FloatRow& row) {
        const std::uint64_t count = row.count;
        const float* __restrict x = row.x;
        const float* __restrict factor = row.gamma;
        const float* __restrict mean = row.mean;
        const float* __restrict beta = row.beta;
        float* __restrict out = row.out;
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = clean(P::fma(x[i] - mean[i], factor[i], beta[i]));
        }
    }

    static constexpr RowFunctions functions() {
        return {
            .sum = sum,
            .sum_f64 = sum_f64,
            .product = product,
            .product_f64 = product_f64,
            .softmax = softmax,
            .log_softmax = log_softmax,
            .layer_norm = layer_norm,
            .rms_norm = rms_norm,
            .batch_norm = batch_norm,
            .combine = ResizeLoops<P, Lanes>::combine,
            .pick_f32 = ResizeLoops<P, Lanes>::pick_f32,
            .pick_f16 = ResizeLoops<P, Lanes>::pick_f16,
            .pick_bf16 = ResizeLoops<P, Lanes>::pick_bf16,
            .clean_f32 = NarrowLoops<Lanes>::clean_f32,
            .widen_f16 = NarrowLoops<Lanes>::widen_f16,
            .widen_bf16 = NarrowLoops<Lanes>::widen_bf16,
            .narrow_f16 = NarrowLoops<Lanes>::narrow_f16,
            .narrow_bf16 = NarrowLoops<Lanes>::narrow_bf16,
        };
    }
};

}  // namespace steelyard::vm::cpu
