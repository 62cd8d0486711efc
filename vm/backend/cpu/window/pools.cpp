#include "vm/backend/cpu/window/pools.h"

#include "vm/backend/cpu/window/lane_reader.h"
#include "vm/backend/cpu/window/runs.h"
#include "vm/ops/narrow_floats.h"

#include <algorithm>
#include <cstring>
#include <limits>

namespace steelyard::vm::cpu {

namespace {

/// What pieces of all pools share.
struct Planes {
    explicit Planes(const PoolWork& pool)
        : channels(pool.work.call.output.shape.columns()),
          places(place_count(pool.geometry)),
          windows(window_count(pool.geometry)),
          images(pool.work.call.operands[0].shape[0]),
          stride(pool.geometry.axis[pool.geometry.axes - 1].stride) {}

    std::size_t channels;
    std::uint64_t places;   ///< of an image
    std::uint64_t windows;  ///< of an image
    std::uint64_t images;
    std::uint64_t stride;  ///< along the last axis

    /// Calls body(lane, element, count) for the elements of an image under a tap of a run whose
    /// first window has it on `place`: as many at once as are neighbours.
    template <typename Body>
    void each_stretch(const WindowRun& run, std::uint64_t place, const Body& body) const {
        if (stride == 1 || run.windows == 1) {
            body(0, place * channels, run.windows * channels);
            return;
        }
        for (std::uint64_t j = 0; j < run.windows; ++j) {
            body(j * channels, (place + j * stride) * channels, channels);
        }
    }
};

/// Windows of an image whose coordinates along the first axis are in [first, end).
struct Part {
    std::uint64_t image = 0;
    std::uint64_t first = 0;
    std::uint64_t end = 0;
};

float divisor_of(const PoolWork& pool, const WindowRun& run) {
    const std::uint64_t count = pool.count_padding ? pool.geometry.taps() : run.inside;
    return static_cast<float>(std::max<std::uint64_t>(count, 1));
}

/// All runs of all pieces, by a body for each piece.
template <typename MakeBody>
void for_each_run(const PoolWork& pool, const Parallel& parallel, const MakeBody& make_body) {
    const Planes planes(pool);
    const WindowRuns runs(pool.geometry, false);
    for_each_piece(
        pool.geometry,
        planes.images,
        planes.channels,
        parallel,
        [&](std::uint64_t image, std::uint64_t first, std::uint64_t end) {
            auto body = make_body(planes, Part{.image = image, .first = first, .end = end});
            runs.visit(first, end, [&](const WindowRun& run) { body(run); });
        }
    );
}

/// Pools of f32, by loops over channels.
class ChannelPool {
public:
    using Loop = void (*)(const ChannelRun& run);

    ChannelPool(const PoolWork& pool, const Planes& planes, std::uint64_t image, Loop loop)
        : pool_(pool), planes_(planes), loop_(loop) {
        const auto* x = reinterpret_cast<const float*>(pool.work.operands[0]);
        x_ = x + image * planes.places * planes.channels;
        out_ =
            reinterpret_cast<float*>(pool.work.output) + image * planes.windows * planes.channels;
    }

    void operator()(const WindowRun& run) {
        const std::size_t channels = planes_.channels;
        for (std::size_t i = 0; i < run.places.size(); ++i) {
            taps_[i] = {.from = x_ + run.places[i] * channels, .step = planes_.stride * channels};
        }
        const bool dense = planes_.stride == 1;
        loop_({
            .taps = taps_,
            .count = run.places.size(),
            .windows = dense ? 1 : run.windows,
            .channels = dense ? run.windows * channels : channels,
            .out = out_ + run.window * channels,
            .first = run.first,
            .last = run.last,
            .divisor = divisor_of(pool_, run),
        });
    }

private:
    const PoolWork& pool_;
    const Planes& planes_;
    Loop loop_;
    const float* x_ = nullptr;
    float* out_ = nullptr;
    ChannelTap taps_[run_taps_max];
};

/// The least value of a type, in the low bytes.
std::uint64_t least_bits(DType type) {
    switch (type) {
        case DType::f32:
            return 0xff800000;
        case DType::f64:
            return 0xfff0000000000000;
        default:
            return is_signed_integer(type) ? std::uint64_t{1} << (8 * size_of(type) - 1) : 0;
    }
}

/// Maxima of elements of which lanes can be made where they are.
class LaneMaxima {
public:
    LaneMaxima(const PoolWork& pool, const Planes& planes, std::uint64_t image)
        : lanes_(pool.kernels.lanes),
          planes_(planes),
          type_(pool.work.call.output.dtype),
          size_(size_of(type_)),
          x_(pool.work.operands[0] + image * planes.places * planes.channels * size_),
          out_(pool.work.output + image * planes.windows * planes.channels * size_) {}

    void operator()(const WindowRun& run) {
        std::byte* out = out_ + run.window * planes_.channels * size_;
        const std::size_t count = run.windows * planes_.channels;
        if (run.first && run.places.empty()) {
            const std::uint64_t least = least_bits(type_);
            for (std::size_t i = 0; i < count; ++i) {
                std::memcpy(out + i * size_, &least, size_);
            }
        }
        for (std::size_t i = 0; i < run.places.size(); ++i) {
            const bool is_first = run.first && i == 0;
            planes_.each_stretch(
                run,
                run.places[i],
                [&](std::size_t lane, std::uint64_t element, std::size_t lanes) {
                    if (is_first) {
                        std::memcpy(out + lane * size_, x_ + element * size_, lanes * size_);
                    } else {
                        lanes_.see_greatest(type_, out + lane * size_, x_ + element * size_, lanes);
                    }
                }
            );
        }
        if (run.last && type_ == DType::f64) {
            auto* numbers = reinterpret_cast<double*>(out);
            std::transform(numbers, numbers + count, numbers, [](double x) {
                return canonical(x);
            });
        }
    }

private:
    const LaneKernels& lanes_;
    const Planes& planes_;
    DType type_;
    std::size_t size_;
    const std::byte* x_;
    std::byte* out_;
};

/// Elements of f32 that are made of a piece's input at once. It is widened tap by tap if it is
/// larger, or if most of it is under one tap only.
constexpr std::uint64_t widened_max = std::uint64_t{1} << 20;

/// Maxima or averages of f16 and bf16, in f32.
template <bool average>
class HalfPool {
public:
    HalfPool(const PoolWork& pool, const Planes& planes, const Part& part)
        : pool_(pool),
          planes_(planes),
          type_(pool.work.call.output.dtype),
          reader_(
              type_,
              DType::f32,
              pool.work.operands[0] + part.image * planes.places * planes.channels * size_of(type_)
          ),
          out_(pool.work.output + part.image * planes.windows * planes.channels * size_of(type_)) {
        widen(part);
    }

    void operator()(const WindowRun& run) {
        const std::size_t count = run.windows * planes_.channels;
        sums_.resize(std::max(sums_.size(), count));
        if (widened_ != nullptr) {
            add_channels(run);
        } else {
            add_lanes(run, count);
        }
        if (run.last) {
            std::byte* out = out_ + run.window * planes_.channels * size_of(type_);
            write_floats(type_, sums_.data(), count, out);
        }
    }

private:
    /// Widens the lines of places under the piece's windows, if they are few enough.
    void widen(const Part& part) {
        const WindowAxis& axis = pool_.geometry.axis[0];
        const std::uint64_t begin = part.first * axis.stride;
        const std::uint64_t reach = (axis.window - 1) * axis.dilation + 1;
        const std::uint64_t beyond = (part.end - 1) * axis.stride + reach;
        const std::uint64_t end = beyond > axis.before ? beyond - axis.before : 0;
        first_line_ = begin > axis.before ? begin - axis.before : 0;
        const std::uint64_t lines = std::min(axis.in, end);
        if (lines <= first_line_) {
            return;
        }
        of_line_ = planes_.places / axis.in * planes_.channels;
        const std::uint64_t count = (lines - first_line_) * of_line_;
        const std::uint64_t windows =
            planes_.windows / axis.out * (part.end - part.first) * planes_.channels;
        if (count <= widened_max && count <= windows * pool_.geometry.taps() / 2) {
            const std::byte* lanes = reader_.read(first_line_ * of_line_, count);
            widened_ = reinterpret_cast<const float*>(lanes);
        }
    }

    void add_channels(const WindowRun& run) {
        const std::size_t channels = planes_.channels;
        taps_.resize(run_taps_max);
        for (std::size_t i = 0; i < run.places.size(); ++i) {
            taps_[i] = {
                .from = widened_ + run.places[i] * channels - first_line_ * of_line_,
                .step = planes_.stride * channels,
            };
        }
        const ChannelKernels& loops = pool_.kernels.channels;
        const bool dense = planes_.stride == 1;
        (average ? loops.average : loops.greatest)({
            .taps = taps_.data(),
            .count = run.places.size(),
            .windows = dense ? 1 : run.windows,
            .channels = dense ? run.windows * channels : channels,
            .out = sums_.data(),
            .first = run.first,
            .last = run.last,
            .divisor = divisor_of(pool_, run),
        });
    }

    void add_lanes(const WindowRun& run, std::size_t count) {
        const LaneKernels& lanes = pool_.kernels.lanes;
        if (run.first) {
            const float none = average ? 0.0F : -std::numeric_limits<float>::infinity();
            std::fill_n(sums_.begin(), count, none);
        }
        for (const std::uint64_t place : run.places) {
            planes_.each_stretch(
                run,
                place,
                [&](std::size_t lane, std::uint64_t element, std::size_t part) {
                    const std::byte* x = reader_.read(element, part);
                    float* sums = sums_.data() + lane;
                    if constexpr (average) {
                        lanes.add(sums, reinterpret_cast<const float*>(x), part);
                    } else {
                        lanes.see_greatest(DType::f32, reinterpret_cast<std::byte*>(sums), x, part);
                    }
                }
            );
        }
        if (average && run.last) {
            lanes.divide(sums_.data(), divisor_of(pool_, run), count);
        }
    }

    const PoolWork& pool_;
    const Planes& planes_;
    DType type_;
    LaneReader reader_;
    std::byte* out_;
    const float* widened_ = nullptr;  ///< from the first element of line `first_line_` on
    std::uint64_t first_line_ = 0;    ///< a coordinate along the first axis
    std::uint64_t of_line_ = 0;       ///< elements
    std::vector<float> sums_{};
    std::vector<ChannelTap> taps_{};
};

/// Where the maxima are; `Place` is as GreatestPlaces says.
template <typename Place>
class LanePlaces {
public:
    LanePlaces(const PoolWork& pool, const Planes& planes, std::uint64_t image)
        : lanes_(pool.kernels.lanes),
          planes_(planes),
          wide_(wide_type(pool.work.call.operands[0].dtype)),
          reader_(
              pool.work.call.operands[0].dtype,
              wide_,
              pool.work.operands[0] + image * planes.places * planes.channels *
                                          size_of(pool.work.call.operands[0].dtype)
          ),
          out_(
              reinterpret_cast<std::int64_t*>(pool.work.output) +
              image * planes.windows * planes.channels
          ) {}

    void operator()(const WindowRun& run) {
        const std::size_t count = run.windows * planes_.channels;
        if (run.first) {
            most_.resize(std::max(most_.size(), count));
            places_.assign(count, Place{-1});
        }
        for (const std::uint64_t place : run.places) {
            planes_.each_stretch(
                run,
                place,
                [&](std::size_t lane, std::uint64_t element, std::size_t part) {
                    const GreatestPlaces found{
                        .most = most_.data() + lane, .places = places_.data() + lane
                    };
                    const std::byte* x = reader_.read(element, part);
                    lanes_.see_places(wide_, found, x, static_cast<std::int64_t>(place), part);
                }
            );
        }
        if (run.last) {
            write(run);
        }
    }

private:
    void write(const WindowRun& run) const {
        std::int64_t* out = out_ + run.window * planes_.channels;
        for (std::uint64_t j = 0; j < run.windows; ++j) {
            const auto beyond = static_cast<std::int64_t>(j * planes_.stride);
            for (std::size_t c = j * planes_.channels; c < (j + 1) * planes_.channels; ++c) {
                out[c] = places_[c] < 0 ? -1 : std::int64_t{places_[c]} + beyond;
            }
        }
    }

    /// As wide as a place.
    using Lane = std::conditional_t<sizeof(Place) == 4, float, std::uint64_t>;

    const LaneKernels& lanes_;
    const Planes& planes_;
    DType wide_;
    LaneReader reader_;
    std::int64_t* out_;
    std::vector<Lane> most_{};
    std::vector<Place> places_{};
};

}  // namespace

void pool_maxima(const PoolWork& pool, const Parallel& parallel) {
    const DType type = pool.work.call.output.dtype;
    if (type == DType::f32) {
        for_each_run(pool, parallel, [&](const Planes& planes, const Part& part) {
            return ChannelPool(pool, planes, part.image, pool.kernels.channels.greatest);
        });
    } else if (type == DType::f16 || type == DType::bf16) {
        for_each_run(pool, parallel, [&](const Planes& planes, const Part& part) {
            return HalfPool<false>(pool, planes, part);
        });
    } else {
        for_each_run(pool, parallel, [&](const Planes& planes, const Part& part) {
            return LaneMaxima(pool, planes, part.image);
        });
    }
}

void pool_averages(const PoolWork& pool, const Parallel& parallel) {
    if (pool.work.call.output.dtype == DType::f32) {
        for_each_run(pool, parallel, [&](const Planes& planes, const Part& part) {
            return ChannelPool(pool, planes, part.image, pool.kernels.channels.average);
        });
        return;
    }
    for_each_run(pool, parallel, [&](const Planes& planes, const Part& part) {
        return HalfPool<true>(pool, planes, part);
    });
}

void pool_places(const PoolWork& pool, const Parallel& parallel) {
    if (size_of(wide_type(pool.work.call.operands[0].dtype)) == sizeof(std::int32_t)) {
        for_each_run(pool, parallel, [&](const Planes& planes, const Part& part) {
            return LanePlaces<std::int32_t>(pool, planes, part.image);
        });
        return;
    }
    for_each_run(pool, parallel, [&](const Planes& planes, const Part& part) {
        return LanePlaces<std::int64_t>(pool, planes, part.image);
    });
}

}  // namespace steelyard::vm::cpu
