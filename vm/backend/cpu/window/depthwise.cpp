#include "vm/backend/cpu/window/depthwise.h"

#include "vm/backend/cpu/window/lane_reader.h"
#include "vm/backend/cpu/window/runs.h"

#include <algorithm>

namespace steelyard::vm::cpu {

namespace {

/// From so many channels on, few lanes of a window's last vector are idle.
constexpr std::size_t many_channels = 64;
constexpr std::size_t even_channels = 16;

/// What all pieces share.
struct Shared {
    Shared(const Depthwise& depthwise_of_call, const NodeWork& work_of_call)
        : depthwise(depthwise_of_call),
          work(work_of_call),
          channels(depthwise.conv.channels),
          x_type(work.call.operands[0].dtype),
          out_type(work.call.output.dtype),
          stride(line().stride),
          // Neighbouring windows are one row of lanes where they read neighbouring elements.
          is_dense(
              x_type == DType::f32 && stride == 1 && channels < many_channels &&
              channels % even_channels != 0
          ) {
        const std::size_t beyond = is_dense ? weights_beyond : 0;
        const std::size_t taps = depthwise.conv.taps;
        row = channels + beyond;
        weights.resize(taps * row);
        for (std::size_t tap = 0; tap < taps; ++tap) {
            for (std::size_t i = 0; i < row; ++i) {
                weights[tap * row + i] = depthwise.filters[i % channels * taps + tap];
            }
        }
        for (std::size_t i = 0; i < row && !depthwise.bias.empty(); ++i) {
            bias.push_back(depthwise.bias[i % channels]);
        }
        padding.resize(is_dense ? line().out * channels : channels);
    }

    const WindowAxis& line() const {
        return depthwise.conv.windows.axis[depthwise.conv.windows.axes - 1];
    }

    bool writes_sums() const { return out_type == DType::f32 && depthwise.activation == nullptr; }

    const Depthwise& depthwise;
    const NodeWork& work;
    std::size_t channels;
    DType x_type;
    DType out_type;
    std::uint64_t stride;
    bool is_dense;
    std::size_t row = 0;           ///< of weights
    std::vector<float> weights{};  ///< [taps][row]
    std::vector<float> bias{};     ///< [row], or empty
    std::vector<float> padding{};  ///< what taps in the padding read
};

/// Windows of one image.
class Piece {
public:
    Piece(const Shared& shared, std::uint64_t image)
        : shared_(shared),
          image_(image),
          reader_(shared.x_type, DType::f32, shared.work.operands[0]) {}

    void run(const WindowRun& run) {
        const std::size_t channels = shared_.channels;
        const std::uint64_t window = image_ * window_count(conv().windows) + run.window;
        std::byte* out = shared_.work.output + window * channels * size_of(shared_.out_type);
        const std::size_t count = run.windows * channels;
        float* sums = reinterpret_cast<float*>(out);
        if (!shared_.writes_sums()) {
            sums_.resize(std::max(sums_.size(), count));
            sums = sums_.data();
        }
        if (run.first) {
            tap_ = 0;
        }
        if (shared_.x_type == DType::f32) {
            add_channels(run, sums);
        } else {
            add_lanes(run, sums);
        }
        tap_ += run.places.size();
        if (run.last) {
            finish(sums, count, out);
        }
    }

private:
    const Conv& conv() const { return shared_.depthwise.conv; }

    /// The number among all of the first element of a place.
    std::uint64_t element(std::uint64_t place) const {
        return (image_ * place_count(conv().windows) + place) * shared_.channels;
    }

    const float* weights() const { return shared_.weights.data() + tap_ * shared_.row; }

    void add_channels(const WindowRun& run, float* sums) {
        const auto* x = reinterpret_cast<const float*>(shared_.work.operands[0]);
        for (std::size_t i = 0; i < run.places.size(); ++i) {
            const bool inside = run.places[i] != off_plane;
            taps_[i] = {
                .from = inside ? x + element(run.places[i]) : shared_.padding.data(),
                .step = inside ? shared_.stride * shared_.channels : 0,
            };
        }
        shared_.depthwise.channels.depthwise({
            .taps = taps_,
            .count = run.places.size(),
            .windows = shared_.is_dense ? 1 : run.windows,
            .channels = shared_.is_dense ? run.windows * shared_.channels : shared_.channels,
            .out = sums,
            .first = run.first,
            .last = run.last,
            .weights = weights(),
            .weight_stride = shared_.row,
            .period = shared_.is_dense ? shared_.channels : 0,
            .bias = shared_.bias.empty() ? nullptr : shared_.bias.data(),
            .relu = shared_.depthwise.relu,
        });
    }

    /// The same where elements must be made floats first.
    void add_lanes(const WindowRun& run, float* sums) {
        const LaneKernels& lanes = shared_.depthwise.lanes;
        const std::size_t channels = shared_.channels;
        chain_.assign(run.windows * channels, 0.0F);
        for (std::size_t i = 0; i < run.places.size(); ++i) {
            const float* weight = weights() + i * shared_.row;
            const std::uint64_t place = run.places[i];
            for (std::uint64_t j = 0; j < run.windows; ++j) {
                const float* x = shared_.padding.data();
                if (place != off_plane) {
                    const std::uint64_t first = element(place + j * shared_.stride);
                    x = reinterpret_cast<const float*>(reader_.read(first, channels));
                }
                lanes.add_products(chain_.data() + j * channels, x, weight, channels);
            }
        }
        if (run.first) {
            std::copy(chain_.begin(), chain_.end(), sums);
        } else {
            lanes.add(sums, chain_.data(), chain_.size());
        }
        for (std::uint64_t j = 0; run.last && j < run.windows; ++j) {
            if (!shared_.bias.empty()) {
                lanes.add(sums + j * channels, shared_.bias.data(), channels);
            }
        }
    }

    void finish(float* sums, std::size_t count, std::byte* out) {
        const RowFunction activation = shared_.depthwise.activation;
        if (shared_.x_type != DType::f32 && shared_.depthwise.relu) {
            std::transform(sums, sums + count, sums, [](float x) { return x <= 0 ? 0.0F : x; });
        }
        if (activation != nullptr) {
            chain_.assign(sums, sums + count);
            activation({
                .operands = {reinterpret_cast<const std::byte*>(chain_.data())},
                .output = reinterpret_cast<std::byte*>(sums),
                .count = count,
            });
        }
        if (!shared_.writes_sums() || shared_.x_type != DType::f32) {
            write_floats(shared_.out_type, sums, count, out);
        }
    }

    const Shared& shared_;
    std::uint64_t image_;
    LaneReader reader_;
    std::size_t tap_ = 0;  ///< of the run's first one
    std::vector<float> sums_{};
    std::vector<float> chain_{};
    ChannelTap taps_[run_taps_max];
};

}  // namespace

void convolve_channels(const Depthwise& depthwise, const NodeWork& work, const Parallel& parallel) {
    if (depthwise.conv.channels == 0) {
        return;
    }
    const Shared shared(depthwise, work);
    const WindowRuns runs(depthwise.conv.windows, true);
    for_each_piece(
        depthwise.conv.windows,
        work.call.output.shape[0],
        depthwise.conv.channels,
        parallel,
        [&](std::uint64_t image, std::uint64_t first, std::uint64_t end) {
            Piece piece(shared, image);
            runs.visit(first, end, [&](const WindowRun& run) { piece.run(run); });
        }
    );
}

}  // namespace steelyard::vm::cpu
