#include "vm/backend/cpu/window/lane_reader.h"
#include "vm/backend/cpu/window/pools.h"
#include "vm/backend/cpu/window/runs.h"
#include "vm/ops/window/pools.h"

#include <algorithm>
#include <ranges>

namespace steelyard::vm::cpu {

namespace {

/// Places of an image whose coordinates along the first axis are in [first, end).
struct PlaceRange {
    std::uint64_t image = 0;
    std::uint64_t first = 0;
    std::uint64_t end = 0;
};

/// The gradient of some places: windows come in order, and each adds to the places under it.
class Spread {
public:
    Spread(const PoolWork& pool, const PlaceRange& range, bool maxima)
        : pool_(pool),
          lanes_(pool.kernels.lanes),
          range_(range),
          maxima_(maxima),
          type_(pool.work.call.output.dtype),
          channels_(pool.work.call.output.shape.columns()),
          stride_(pool.geometry.axis[pool.geometry.axes - 1].stride),
          step_(place_count(pool.geometry) / pool.geometry.axis[0].in),
          dy_(type_, DType::f32, pool.work.operands[0]) {}

    void run() {
        const std::uint64_t places = place_count(pool_.geometry);
        const std::size_t count = (range_.end - range_.first) * step_ * channels_;
        const std::uint64_t element = (range_.image * places + range_.first * step_) * channels_;
        std::byte* out = pool_.work.output + element * size_of(type_);
        if (type_ == DType::f32) {
            sums_ = reinterpret_cast<float*>(out);
        } else {
            own_.resize(count);
            sums_ = own_.data();
        }
        std::fill_n(sums_, count, 0.0F);
        const WindowAxis& axis = pool_.geometry.axis[0];
        const WindowRuns runs(pool_.geometry, false);
        runs.visit(
            windows_around(axis, range_.first).first,
            windows_around(axis, range_.end - 1).end,
            [&](const WindowRun& run) { add(run); }
        );
        write_floats(type_, sums_, count, out);
    }

private:
    void add(const WindowRun& run) {
        const std::size_t count = run.windows * channels_;
        const std::uint64_t element =
            (range_.image * window_count(pool_.geometry) + run.window) * channels_;
        const auto* dy = reinterpret_cast<const float*>(dy_.read(element, count));
        if (maxima_) {
            read_index(run, element);
        } else {
            dy = quotients(run, dy, count);
        }
        // The later a tap, the earlier the window that has it on a place.
        for (const std::uint64_t place : run.places | std::views::reverse) {
            if (place < range_.first * step_ || place >= range_.end * step_) {
                continue;
            }
            if (stride_ == 1 || run.windows == 1) {
                add_to(place, place, dy, 0, count);
                continue;
            }
            for (std::uint64_t j = 0; j < run.windows; ++j) {
                add_to(place, place + j * stride_, dy, j * channels_, channels_);
            }
        }
    }

    /// The first window's tap is on `place`; lanes from `lane` on go to the places from `to` on.
    void add_to(
        std::uint64_t place, std::uint64_t to, const float* dy, std::size_t lane, std::size_t count
    ) const {
        float* sums = sums_ + (to - range_.first * step_) * channels_;
        if (maxima_) {
            const auto wanted = static_cast<std::int64_t>(place);
            lanes_.add_matching(sums, dy + lane, index_.data() + lane, wanted, count);
        } else {
            lanes_.add(sums, dy + lane, count);
        }
    }

    /// The index, less the way from the run's first window to each: as if all were the first.
    void read_index(const WindowRun& run, std::uint64_t element) {
        const auto* index = reinterpret_cast<const std::uint64_t*>(pool_.work.operands[1]);
        index_.resize(std::max<std::size_t>(index_.size(), run.windows * channels_));
        for (std::uint64_t j = 0; j < run.windows; ++j) {
            for (std::size_t c = j * channels_; c < (j + 1) * channels_; ++c) {
                index_[c] = static_cast<std::int64_t>(index[element + c] - j * stride_);
            }
        }
    }

    const float* quotients(const WindowRun& run, const float* dy, std::size_t count) {
        const std::uint64_t taps = pool_.count_padding ? pool_.geometry.taps() : taps_of(run);
        quotients_.assign(dy, dy + count);
        lanes_.divide(
            quotients_.data(), static_cast<float>(std::max<std::uint64_t>(taps, 1)), count
        );
        return quotients_.data();
    }

    /// The taps on the plane, those of parts of the run that have not come yet included.
    std::uint64_t taps_of(const WindowRun& run) const {
        return run.last && run.first
                   ? run.inside
                   : taps_inside(pool_.geometry, window_spot(pool_.geometry, run.window));
    }

    const PoolWork& pool_;
    const LaneKernels& lanes_;
    PlaceRange range_;
    bool maxima_;
    DType type_;
    std::size_t channels_;
    std::uint64_t stride_;
    std::uint64_t step_;  ///< places from one coordinate of the first axis to the next
    LaneReader dy_;
    float* sums_ = nullptr;
    std::vector<float> own_{};
    std::vector<float> quotients_{};
    std::vector<std::int64_t> index_{};
};

void spread(const PoolWork& pool, const Parallel& parallel, bool maxima) {
    const std::uint64_t images = pool.work.call.output.shape[0];
    const std::uint64_t channels = pool.work.call.output.shape.columns();
    const auto body = [&](std::uint64_t image, std::uint64_t first, std::uint64_t end) {
        Spread(pool, {.image = image, .first = first, .end = end}, maxima).run();
    };
    if (pool.geometry.axes == 1) {  // a run's windows are all along the first axis
        const std::uint64_t places = channels == 0 ? 0 : pool.geometry.axis[0].in;
        for_each(parallel, places == 0 ? 0 : images, [&](std::size_t image) {
            body(image, 0, places);
        });
        return;
    }
    WindowGeometry places = pool.geometry;
    for (WindowAxis& axis : places.axis) {
        axis.out = axis.in;
    }
    for_each_piece(places, images, channels, parallel, body);
}

}  // namespace

void spread_maxima(const PoolWork& pool, const Parallel& parallel) {
    spread(pool, parallel, true);
}

void spread_averages(const PoolWork& pool, const Parallel& parallel) {
    spread(pool, parallel, false);
}

}  // namespace steelyard::vm::cpu
