// The loops over channels, over a vector type that each instruction set's file brings.
#pragma once

#include "vm/backend/cpu/window/channels.h"

namespace steelyard::vm::cpu {

/// Channels of neighbouring windows that are done before the next ones: so few that what windows
/// share stays in the cache.
constexpr std::size_t channels_at_once = 256;

/// `Vector` is of an unnamed namespace, and so then is all that is made of it here. `Vector::Whole`
/// loads and stores all lanes, `Vector::Part` the first of them; a loop says how many windows and
/// vectors it takes together: chains enough to hide the time of a step, in no more than the
/// registers that there are.
template <typename Vector>
struct ChannelLoops {
    using Value = typename Vector::Value;

    /// A block of windows from `window` on, and of vectors of channels from `channel` on.
    struct Block {
        std::size_t window = 0;
        std::size_t channel = 0;
        std::size_t weight = 0;  ///< where the channel's weight is in a row of weights
    };

    struct Depthwise {
        static constexpr std::size_t windows_at_once = Vector::windows_at_once;
        static constexpr std::size_t vectors_at_once = 2 * windows_at_once;
        static_assert(vectors_at_once * Vector::width <= weights_beyond);

        template <std::size_t windows, std::size_t vectors, typename Lanes>
        static void run(const ChannelRun& r, const Block& at, Lanes lanes) {
            Value sums[windows][vectors];
#pragma GCC unroll 8
            for (std::size_t w = 0; w < windows; ++w) {
#pragma GCC unroll 8
                for (std::size_t v = 0; v < vectors; ++v) {
                    sums[w][v] = Vector::zero();
                }
            }
            const float* weights = r.weights + at.weight;
            for (std::size_t i = 0; i < r.count; ++i) {
                const ChannelTap& tap = r.taps[i];
                const float* from = tap.from + at.window * tap.step + at.channel;
                Value weight[vectors];
#pragma GCC unroll 8
                for (std::size_t v = 0; v < vectors; ++v) {
                    weight[v] = lanes.load(weights + v * Vector::width);
                }
#pragma GCC unroll 8
                for (std::size_t w = 0; w < windows; ++w) {
#pragma GCC unroll 8
                    for (std::size_t v = 0; v < vectors; ++v) {
                        const Value x = lanes.load(from + w * tap.step + v * Vector::width);
                        sums[w][v] = Vector::fma(x, weight[v], sums[w][v]);
                    }
                }
                weights += r.weight_stride;
            }
#pragma GCC unroll 8
            for (std::size_t w = 0; w < windows; ++w) {
#pragma GCC unroll 8
                for (std::size_t v = 0; v < vectors; ++v) {
                    float* out = r.out + (at.window + w) * r.channels + at.channel;
                    finish(
                        r, at.weight + v * Vector::width, sums[w][v], lanes, out + v * Vector::width
                    );
                }
            }
        }

        template <typename Lanes>
        static void finish(
            const ChannelRun& r, std::size_t weight, Value sum, Lanes lanes, float* out
        ) {
            Value x = r.first ? sum : Vector::add(lanes.load(out), sum);
            if (r.last) {
                if (r.bias != nullptr) {
                    x = Vector::add(x, lanes.load(r.bias + weight));
                }
                x = Vector::canonical(r.relu ? Vector::relu(x) : x);
            }
            lanes.store(out, x);
        }
    };

    struct Greatest {
        static constexpr std::size_t windows_at_once = 4;
        static constexpr std::size_t vectors_at_once = 4;

        template <std::size_t windows, std::size_t vectors, typename Lanes>
        static void run(const ChannelRun& r, const Block& at, Lanes lanes) {
            typename Vector::Maximum most[windows][vectors];
            float* out = r.out + at.window * r.channels + at.channel;
            if (!r.first) {
#pragma GCC unroll 8
                for (std::size_t w = 0; w < windows; ++w) {
#pragma GCC unroll 8
                    for (std::size_t v = 0; v < vectors; ++v) {
                        most[w][v].see(lanes.load(out + w * r.channels + v * Vector::width));
                    }
                }
            }
            for (std::size_t i = 0; i < r.count; ++i) {
                const ChannelTap& tap = r.taps[i];
                const float* from = tap.from + at.window * tap.step + at.channel;
#pragma GCC unroll 8
                for (std::size_t w = 0; w < windows; ++w) {
#pragma GCC unroll 8
                    for (std::size_t v = 0; v < vectors; ++v) {
                        most[w][v].see(lanes.load(from + w * tap.step + v * Vector::width));
                    }
                }
            }
#pragma GCC unroll 8
            for (std::size_t w = 0; w < windows; ++w) {
#pragma GCC unroll 8
                for (std::size_t v = 0; v < vectors; ++v) {
                    lanes.store(out + w * r.channels + v * Vector::width, most[w][v].value());
                }
            }
        }
    };

    struct Average {
        static constexpr std::size_t windows_at_once = 4;
        static constexpr std::size_t vectors_at_once = 8;

        template <std::size_t windows, std::size_t vectors, typename Lanes>
        static void run(const ChannelRun& r, const Block& at, Lanes lanes) {
            Value sums[windows][vectors];
            float* out = r.out + at.window * r.channels + at.channel;
#pragma GCC unroll 8
            for (std::size_t w = 0; w < windows; ++w) {
#pragma GCC unroll 8
                for (std::size_t v = 0; v < vectors; ++v) {
                    sums[w][v] = r.first ? Vector::zero()
                                         : lanes.load(out + w * r.channels + v * Vector::width);
                }
            }
            for (std::size_t i = 0; i < r.count; ++i) {
                const ChannelTap& tap = r.taps[i];
                const float* from = tap.from + at.window * tap.step + at.channel;
#pragma GCC unroll 8
                for (std::size_t w = 0; w < windows; ++w) {
#pragma GCC unroll 8
                    for (std::size_t v = 0; v < vectors; ++v) {
                        const Value x = lanes.load(from + w * tap.step + v * Vector::width);
                        sums[w][v] = Vector::add(sums[w][v], x);
                    }
                }
            }
#pragma GCC unroll 8
            for (std::size_t w = 0; w < windows; ++w) {
#pragma GCC unroll 8
                for (std::size_t v = 0; v < vectors; ++v) {
                    const Value x =
                        r.last ? Vector::canonical(Vector::div(sums[w][v], r.divisor)) : sums[w][v];
                    lanes.store(out + w * r.channels + v * Vector::width, x);
                }
            }
        }
    };

    /// Channels [channel, end) of some windows.
    template <typename Loop, std::size_t windows>
    static void run_channels(const ChannelRun& r, Block at, std::size_t end) {
        constexpr std::size_t vectors = Loop::vectors_at_once / windows;
        const auto advance = [&](std::size_t channels) {
            at.channel += channels;
            at.weight += channels;
            if (r.period != 0) {
                at.weight %= r.period;
            }
        };
        while (at.channel + vectors * Vector::width <= end) {
            Loop::template run<windows, vectors>(r, at, typename Vector::Whole{});
            advance(vectors * Vector::width);
        }
        while (at.channel + Vector::width <= end) {
            Loop::template run<windows, 1>(r, at, typename Vector::Whole{});
            advance(Vector::width);
        }
        if (at.channel < end) {
            Loop::template run<windows, 1>(r, at, typename Vector::Part(end - at.channel));
        }
    }

    template <typename Loop>
    static void run(const ChannelRun& r) {
        const std::size_t part = r.windows == 1 ? r.channels : channels_at_once;
        for (std::size_t channel = 0; channel < r.channels; channel += part) {
            const std::size_t rest = r.channels - channel;
            const std::size_t end = channel + (rest < part ? rest : part);
            Block at{.window = 0, .channel = channel, .weight = channel};
            constexpr std::size_t windows = Loop::windows_at_once;
            for (; at.window + windows <= r.windows; at.window += windows) {
                run_channels<Loop, windows>(r, at, end);
            }
            for (; at.window + 2 <= r.windows; at.window += 2) {
                run_channels<Loop, 2>(r, at, end);
            }
            for (; at.window < r.windows; ++at.window) {
                run_channels<Loop, 1>(r, at, end);
            }
        }
    }
};

template <typename Vector>
constexpr ChannelKernels channel_kernels_of{
    .depthwise = ChannelLoops<Vector>::template run<typename ChannelLoops<Vector>::Depthwise>,
    .greatest = ChannelLoops<Vector>::template run<typename ChannelLoops<Vector>::Greatest>,
    .average = ChannelLoops<Vector>::template run<typename ChannelLoops<Vector>::Average>,
};

}  // namespace steelyard::vm::cpu
