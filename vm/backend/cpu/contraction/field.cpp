#include "vm/backend/cpu/contraction/field.h"

#include "vm/ops/cost.h"

#include <algorithm>
#include <cstring>

namespace steelyard::vm::cpu {

namespace {

/// Windows of a box: as many rows as a piece of a product of matrices has.
constexpr std::uint64_t box_windows_max = 504;
constexpr std::size_t field_lanes_max = std::size_t{1} << 22;

/// Rows this far apart share sets of the cache.
constexpr std::size_t lanes_of_sets = 512;
constexpr std::size_t lanes_between = 16;

/// Even parts of a length, each a multiple of `unit` but the last, none over `most` but one unit.
std::uint64_t part_of(std::uint64_t length, std::uint64_t most, std::uint64_t unit) {
    const std::uint64_t limit = std::max(unit, most / unit * unit);
    const std::uint64_t parts = (length + limit - 1) / limit;
    const std::uint64_t even = (length + parts - 1) / parts;
    return std::min(length, (even + unit - 1) / unit * unit);
}

/// The coordinate in the input of a place of the field; in the padding it is not below `in`.
std::uint64_t coordinate(const WindowAxis& axis, std::uint64_t first, std::uint64_t place) {
    return first * axis.stride + place - axis.before;  // wraps before the axis
}

}  // namespace

std::optional<FieldPlan> FieldPlan::make(const Conv& conv, std::size_t tile_rows) {
    const std::size_t axes = conv.windows.axes;
    const WindowAxis& line = conv.windows.axis[axes - 1];
    FieldPlan plan;
    std::uint64_t count = window_count(conv.windows);
    if (count == 0 || conv.k() == 0) {
        return std::nullopt;
    }
    for (std::size_t i = 0; i < axes; ++i) {
        const WindowAxis& axis = conv.windows.axis[i];
        const std::uint64_t others = count / axis.out;
        const std::uint64_t most = std::max<std::uint64_t>(1, box_windows_max / others);
        plan.windows[i] = part_of(axis.out, most, i + 1 == axes ? tile_rows : 1);
        plan.places[i] =
            (plan.windows[i] - 1) * axis.stride + (axis.window - 1) * axis.dilation + 1;
        count = others * plan.windows[i];
    }
    plan.place_stride = conv.group_channels;
    if (saturating_mul(line.stride, conv.group_channels) % lanes_of_sets == 0) {
        plan.place_stride += lanes_between;
    }
    std::uint64_t lanes = plan.place_stride;
    for (const std::uint64_t places : plan.places) {
        lanes = saturating_mul(lanes, places);
    }
    const bool is_small = lanes <= std::min(field_lanes_max, saturating_mul(count, conv.k()));
    const bool has_long_lines = 2 * plan.windows[axes - 1] >= tile_rows;
    return is_small && has_long_lines ? std::optional(plan) : std::nullopt;
}

std::vector<LaneSegment> window_segments(
    const Conv& conv, const FieldPlan& plan, std::size_t first, std::size_t count
) {
    std::vector<LaneSegment> segments;
    for (std::size_t done = 0; done < count;) {
        const std::size_t k = first + done;
        const std::size_t channel = k % conv.group_channels;
        const std::size_t run = std::min(conv.group_channels - channel, count - done);
        Spot place = tap_spot(conv.windows, k / conv.group_channels);
        for (std::size_t i = 0; i < conv.windows.axes; ++i) {
            place[i] *= conv.windows.axis[i].dilation;
        }
        const std::size_t lane = plan.lane(place) + channel;
        if (!segments.empty() && segments.back().first + segments.back().count == lane) {
            segments.back().count += run;
        } else {
            segments.push_back({.first = lane, .count = run});
        }
        done += run;
    }
    return segments;
}

namespace {

struct Places {
    std::uint32_t* lanes = nullptr;
    std::size_t stride = 0;
    std::size_t count = 0;
};

/// Copies channels of so many that each place is one or two moves.
template <std::size_t channels>
void copy_places(const std::uint32_t* from, std::size_t stride, const Places& to) {
    for (std::size_t i = 0; i < to.count; ++i) {
        std::memcpy(to.lanes + i * to.stride, from + i * stride, channels * sizeof *from);
    }
}

using CopyPlaces = void (*)(const std::uint32_t* from, std::size_t stride, const Places& to);

/// By the number of channels, less 1.
constexpr CopyPlaces copies_of_few[] = {
    copy_places<1>,
    copy_places<2>,
    copy_places<3>,
    copy_places<4>,
    copy_places<5>,
    copy_places<6>,
    copy_places<7>,
    copy_places<8>,
};

/// Writes lines of a field: places next to each other along the last axis.
class FieldWriter {
public:
    FieldWriter(const Conv& conv, const FieldPlan& plan, const WindowBox& box, const MatrixRows& x)
        : conv_(conv),
          plan_(plan),
          box_(box),
          x_(x),
          size_(size_of(x.filler.type)),
          last_(conv.windows.axes - 1) {
        const WindowAxis& line = conv.windows.axis[last_];
        const std::uint64_t begin = box.first[last_] * line.stride;
        before_ = begin < line.before ? std::min(line.before - begin, plan.places[last_]) : 0;
        const std::uint64_t inside =
            line.in + line.before > begin ? line.in + line.before - begin : 0;
        end_ = std::max(before_, std::min(plan.places[last_], inside));
    }

    /// `place`: the line's first one.
    void write(const Spot& place, std::uint32_t* lanes) const {
        std::uint64_t number = box_.image;
        bool inside = true;
        for (std::size_t i = 0; i < last_; ++i) {
            const WindowAxis& axis = conv_.windows.axis[i];
            const std::uint64_t at = coordinate(axis, box_.first[i], place[i]);
            inside = inside && at < axis.in;
            number = number * axis.in + at;
        }
        const std::size_t stride = plan_.place_stride;
        const std::uint64_t end = inside ? end_ : before_;
        std::fill_n(lanes, before_ * stride, std::uint32_t{0});
        std::fill(lanes + end * stride, lanes + plan_.places[last_] * stride, std::uint32_t{0});
        if (end > before_) {
            const WindowAxis& line = conv_.windows.axis[last_];
            number = number * line.in + coordinate(line, box_.first[last_], before_);
            copy(number, end - before_, lanes + before_ * stride);
        }
    }

private:
    void copy(std::uint64_t number, std::uint64_t places, std::uint32_t* lanes) const {
        const std::size_t channels = conv_.group_channels;
        const std::byte* from = x_.data + (number * conv_.channels + box_.group * channels) * size_;
        if (plan_.place_stride == conv_.channels) {
            x_.filler.fill(from, places * channels, lanes);
            return;
        }
        if (x_.filler.type == DType::f32 && channels <= std::size(copies_of_few)) {
            const Places to{.lanes = lanes, .stride = plan_.place_stride, .count = places};
            return copies_of_few[channels - 1](
                reinterpret_cast<const std::uint32_t*>(from), conv_.channels, to
            );
        }
        for (std::uint64_t place = 0; place < places; ++place) {
            x_.filler.fill(
                from + place * conv_.channels * size_, channels, lanes + place * plan_.place_stride
            );
        }
    }

    const Conv& conv_;
    const FieldPlan& plan_;
    const WindowBox& box_;
    const MatrixRows& x_;
    std::size_t size_;
    std::size_t last_;
    std::uint64_t before_ = 0;  ///< places of a line before the input's first
    std::uint64_t end_ = 0;     ///< the first place behind the input's last
};

}  // namespace

void write_field(
    const Conv& conv,
    const FieldPlan& plan,
    const WindowBox& box,
    const MatrixRows& x,
    std::uint32_t* lanes
) {
    const FieldWriter writer(conv, plan, box, x);
    const std::size_t last = conv.windows.axes - 1;
    Spot lines = plan.places;
    lines[last] = 1;
    for (std::uint64_t i = 0; i < lines[0]; ++i) {
        for (std::uint64_t j = 0; j < lines[1]; ++j) {
            for (std::uint64_t l = 0; l < lines[2]; ++l) {
                const Spot place{i, j, l};
                writer.write(place, lanes + plan.lane(place));
            }
        }
    }
}

}  // namespace steelyard::vm::cpu
