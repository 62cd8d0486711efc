#include "vm/backend/cpu/contraction/channels.h"

#include <algorithm>

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t elements_per_piece = 16'384;

}  // namespace

TapPointers::TapPointers(
    const WindowGeometry& geometry, std::size_t channels, const float* x, const float* padding
)
    : geometry_(geometry),
      channels_(channels),
      x_(x),
      padding_(padding),
      windows_(window_count(geometry)),
      places_(place_count(geometry)) {
    for (std::uint64_t number = 0; number < geometry.taps(); ++number) {
        const Spot tap = tap_spot(geometry, number);
        std::uint64_t offset = 0;
        for (std::size_t i = 0; i < geometry.axes; ++i) {
            offset = offset * geometry.axis[i].in + tap[i] * geometry.axis[i].dilation;
        }
        spots_.push_back(tap);
        offsets_.push_back(offset * channels);
    }
}

bool TapPointers::is_inside(const Spot& window) const {
    bool inside = true;
    for (std::size_t i = 0; i < geometry_.axes; ++i) {
        const WindowAxis& axis = geometry_.axis[i];
        inside = inside && axis.input_of(window[i], 0) && axis.input_of(window[i], axis.window - 1);
    }
    return inside;
}

std::size_t TapPointers::at(std::uint64_t number, const float** taps) const {
    const Spot window = window_spot(geometry_, number % windows_);
    const float* image = x_ + number / windows_ * places_ * channels_;
    if (is_inside(window)) {
        const float* first = image + *place_under(geometry_, window, Spot{}) * channels_;
        for (std::size_t i = 0; i < offsets_.size(); ++i) {
            taps[i] = first + offsets_[i];
        }
        return offsets_.size();
    }
    std::size_t count = 0;
    for (const Spot& tap : spots_) {
        if (const auto place = place_under(geometry_, window, tap)) {
            taps[count++] = image + *place * channels_;
        } else if (padding_ != nullptr) {
            taps[count++] = padding_;
        }
    }
    return count;
}

void for_each_window(
    const TensorType& output,
    const Parallel& parallel,
    const std::function<void(std::uint64_t first, std::uint64_t end)>& body
) {
    const std::uint64_t rows = output.elements() == 0 ? 0 : output.shape.rows();
    const std::uint64_t columns = std::max<std::uint64_t>(1, output.shape.columns());
    const std::uint64_t piece = std::max<std::uint64_t>(1, elements_per_piece / columns);
    for_each(parallel, (rows + piece - 1) / piece, [&](std::size_t index) {
        body(index * piece, std::min(rows, (index + 1) * piece));
    });
}

}  // namespace steelyard::vm::cpu
