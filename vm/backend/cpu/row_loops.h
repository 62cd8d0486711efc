// RowLoops: the row functions as loops over vectors, for files of one instruction set.
#pragma once

#include "vm/backend/cpu/row_functions.h"
#include "vm/ops/row/softmax.h"
#include "vm/ops/tree_sum.h"

namespace steelyard::vm::cpu {

/// Loops run to a count of their own: one in memory might be what they write to.
/// `P`: an fma policy of the including file alone, so that nothing here is shared between files.
/// `VectorBytes`: of one register.
template <typename P, std::size_t VectorBytes>
struct RowLoops {
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

    /// The tree of A7 over term(x[i]), which must work on vectors and on single elements.
    template <typename T, typename Term, typename Add>
    VM_RULE static T tree(const T* x, std::uint64_t count, T none, Term term, Add add) {
        using V = Vector<T>;
        constexpr std::size_t width = VectorBytes / sizeof(T);
        constexpr std::size_t vectors = tree_lanes / width;
        T total = none;
        for (std::uint64_t block = 0; block < count; block += tree_block) {
            const std::uint64_t size = count - block < tree_block ? count - block : tree_block;
            const T* at = x + block;
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
            total = add(total, fold_lanes(lanes, add));
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

    /// Of zeros of two signs any; `greatest` says which end.
    template <bool greatest>
    VM_RULE static float extreme_of(const float* x, std::uint64_t count) {
        constexpr std::size_t lanes = 64;
        float best[lanes];
        std::uint32_t nan[lanes];
        for (std::size_t i = 0; i < lanes; ++i) {
            best[i] = x[0];
            nan[i] = 0;
        }
        std::uint64_t done = 0;
        for (; done + lanes <= count; done += lanes) {
            for (std::size_t i = 0; i < lanes; ++i) {
                const float value = x[done + i];
                nan[i] |= value != value ? 1U : 0U;
                best[i] = (greatest ? value > best[i] : value < best[i]) ? value : best[i];
            }
        }
        for (std::size_t i = 0; done + i < count; ++i) {
            const float value = x[done + i];
            nan[i] |= value != value ? 1U : 0U;
            best[i] = (greatest ? value > best[i] : value < best[i]) ? value : best[i];
        }
        float result = x[0];
        std::uint32_t any_nan = 0;
        for (std::size_t i = 0; i < lanes; ++i) {
            result = (greatest ? best[i] > result : best[i] < result) ? best[i] : result;
            any_nan |= nan[i];
        }
        return any_nan != 0 || x[0] != x[0] ? f32_of(0x7fc00000) : result;
    }

    /// With the zero's sign that A4 asks for.
    template <bool greatest>
    static float extreme(const float* x, std::uint64_t count) {
        constexpr std::uint32_t wanted = greatest ? 0x00000000 : 0x80000000;
        const float result = extreme_of<greatest>(x, count);
        if (result != 0.0F) {
            return result;
        }
        for (std::uint64_t i = 0; i < count; ++i) {
            if (bits_of(x[i]) == wanted) {
                return f32_of(wanted);
            }
        }
        return result;
    }

    static void softmax(const FloatRow& row) {
        const std::uint64_t count = row.count;
        const float* __restrict x = row.x;
        float* __restrict out = row.out;
        const float greatest = extreme<true>(x, count);
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = SoftmaxRules<P>::power(x[i], greatest);
        }
        const float sum_of_powers = sum(out, count);
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = clean(SoftmaxRules<P>::share(out[i], sum_of_powers));
        }
    }

    static void log_softmax(const FloatRow& row) {
        const std::uint64_t count = row.count;
        const float* __restrict x = row.x;
        float* __restrict out = row.out;
        const float greatest = extreme<true>(x, count);
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = SoftmaxRules<P>::power(x[i], greatest);
        }
        const float log_sum = SoftmaxRules<P>::log_of_sum(sum(out, count));
        for (std::uint64_t i = 0; i < count; ++i) {
            out[i] = clean(SoftmaxRules<P>::log_share(x[i], greatest, log_sum));
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
            .greatest = extreme<true>,
            .least = extreme<false>,
            .softmax = softmax,
            .log_softmax = log_softmax,
            .layer_norm = layer_norm,
            .rms_norm = rms_norm,
            .batch_norm = batch_norm,
        };
    }
};

}  // namespace steelyard::vm::cpu
