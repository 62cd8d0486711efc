// The loops over channels, over a vector type that each instruction set's file brings.
#pragma once

#include "vm/backend/cpu/contraction/channels.h"

namespace steelyard::vm::cpu {

/// `Vector` is of an unnamed namespace, and so then is all that is made of it here.
template <typename Vector>
struct ChannelLoops {
    static void depthwise(const ChannelTaps& t) {
        for (std::size_t c = 0; c < t.channels; c += Vector::width) {
            const Vector all(t.channels - c);
            auto sum = Vector::zero();
            for (std::size_t i = 0; i < t.count; ++i) {
                const auto weight = all.load(t.weights + i * t.channels + c);
                sum = Vector::fma(all.load(t.taps[i] + c), weight, sum);
            }
            if (t.bias != nullptr) {
                sum = Vector::add(sum, all.load(t.bias + c));
            }
            if (t.relu) {
                sum = Vector::relu(sum);
            }
            all.store(t.out + c, Vector::canonical(sum));
        }
    }

    static void greatest(const ChannelTaps& t) {
        for (std::size_t c = 0; c < t.channels; c += Vector::width) {
            const Vector all(t.channels - c);
            auto most = Vector::lowest();
            for (std::size_t i = 0; i < t.count; ++i) {
                most = Vector::max(most, all.load(t.taps[i] + c));
            }
            all.store(t.out + c, Vector::canonical(most));
        }
    }

    static void average(const ChannelTaps& t) {
        for (std::size_t c = 0; c < t.channels; c += Vector::width) {
            const Vector all(t.channels - c);
            auto sum = Vector::zero();
            for (std::size_t i = 0; i < t.count; ++i) {
                sum = Vector::add(sum, all.load(t.taps[i] + c));
            }
            all.store(t.out + c, Vector::canonical(Vector::div(sum, t.divisor)));
        }
    }
};

template <typename Vector>
constexpr ChannelKernels channel_kernels_of{
    .depthwise = ChannelLoops<Vector>::depthwise,
    .greatest = ChannelLoops<Vector>::greatest,
    .average = ChannelLoops<Vector>::average,
};

}  // namespace steelyard::vm::cpu
