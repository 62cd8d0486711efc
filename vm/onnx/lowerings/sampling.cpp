// Samples of images at places that are data: grids and regions.
#include "vm/onnx/lowering.h"

#include <array>

namespace steelyard::vm::onnx {

namespace {

/// Images as [N, C, H * W], read at [N, P] places at once.
struct Images {
    Value flat{};
    std::int64_t height = 0;
    std::int64_t width = 0;
    std::int64_t images = 0;
    std::int64_t channels = 0;
};

Images images_of(Call& c, const Value& x) {
    if (x.rank() != 4 || x.type.elements() == 0) {
        c.fail("{} are no images", x.type.text());
        return {};
    }
    const Integers s = Ops::dimensions(x);
    return {
        .flat = c.reshape(x, {s[0], s[1], s[2] * s[3]}),
        .height = s[2],
        .width = s[3],
        .images = s[0],
        .channels = s[1],
    };
}

/// x held within 0 and `last`.
Value held(Call& c, const Value& x, std::int64_t last) {
    return c.min(c.max(x, 0), static_cast<double>(last));
}

/// The elements at whole coordinates [N, P] within the image: [N, C, P].
Value elements_at(Call& c, const Images& images, const Value& x, const Value& y) {
    const Value width = c.reshape(c.integers({images.width}), {});
    const Value place = c.add(c.mul(c.cast(y, DType::i64), width), c.cast(x, DType::i64));
    const std::int64_t count = Ops::dimension(place, 1);
    const Value wide = c.broadcast(
        c.reshape(place, {images.images, 1, count}), {images.images, images.channels, count}
    );
    return c.op(OpCode::gather_elements, {images.flat, wide}, {2});
}

enum class Padding : std::uint8_t { zeros, border, reflection };

struct GridRules {
    bool aligns_corners = false;
    Padding padding = Padding::zeros;
};

/// x mirrored at the ends of the image until it is inside.
Value reflected(Call& c, const GridRules& rules, const Value& x, std::int64_t size) {
    const double low = rules.aligns_corners ? 0 : -0.5;
    const double span = static_cast<double>(rules.aligns_corners ? size - 1 : size);
    if (span == 0) {
        return c.mul(x, 0);
    }
    const Value away = c.op(OpCode::abs, {c.sub(x, low)});
    const Value rest = c.op(OpCode::fmod, {away, c.scalar(DType::f32, 2 * span)});
    return c.add(c.min(rest, c.rsub(2 * span, rest)), low);
}

/// A coordinate that lies in the image, unless padding is by zeros.
Value brought_inside(Call& c, const GridRules& rules, const Value& x, std::int64_t size) {
    switch (rules.padding) {
        case Padding::zeros:
            return x;
        case Padding::border:
            return held(c, x, size - 1);
        case Padding::reflection:
            return held(c, reflected(c, rules, x, size), size - 1);
    }
    return x;
}

/// The elements at whole coordinates anywhere: [N, C, P].
Value padded_elements(
    Call& c, const GridRules& rules, const Images& images, const Value& x, const Value& y
) {
    const Value in_x = brought_inside(c, rules, x, images.width);
    const Value in_y = brought_inside(c, rules, y, images.height);
    const Value near_x = held(c, in_x, images.width - 1);
    const Value near_y = held(c, in_y, images.height - 1);
    const Value found = elements_at(c, images, near_x, near_y);
    if (rules.padding != Padding::zeros) {
        return found;
    }
    const Value is_inside = c.op(OpCode::bit_and, {c.equal(near_x, x), c.equal(near_y, y)});
    const Value wide = c.reshape(is_inside, {images.images, 1, Ops::dimension(x, 1)});
    return c.select(wide, found, c.scalar(found.dtype(), 0));
}

/// -1 to 1 onto the elements of an axis.
Value coordinate(Call& c, const GridRules& rules, const Value& x, std::int64_t size) {
    const auto n = static_cast<double>(size);
    return rules.aligns_corners ? c.mul(c.add(x, 1), (n - 1) / 2)
                                : c.mul(c.sub(c.mul(c.add(x, 1), n), 1), 0.5);
}

/// Weights of the taps from floor(x) - (count - 2) / 2 on, t the rest of x: one, two or four.
Values weights_of(Call& c, const Value& t, std::size_t count) {
    if (count == 1) {
        return {c.broadcast(c.scalar(DType::f32, 1), Ops::dimensions(t))};
    }
    if (count == 2) {
        return {c.rsub(1, t), t};
    }
    constexpr double a = -0.75;
    const auto outer = [&](const Value& d) {
        const Value inner = c.add(c.mul(c.sub(c.mul(d, a), 5 * a), d), 8 * a);
        return c.sub(c.mul(inner, d), 4 * a);
    };
    const auto inner = [&](const Value& d) {
        return c.add(c.mul(c.mul(c.sub(c.mul(d, a + 2), a + 3), d), d), 1);
    };
    const Value u = c.rsub(1, t);
    return {outer(c.add(t, 1)), inner(t), inner(u), outer(c.add(u, 1))};
}

/// Samples at [N, P] coordinates by `count` taps along each axis.
Value sampled(
    Call& c,
    const GridRules& rules,
    const Images& images,
    const std::array<Value, 2>& at,
    std::size_t count
) {
    const OpCode whole = count == 1 ? OpCode::round : OpCode::floor;
    const Value first_x = c.op(whole, {at[0]});
    const Value first_y = c.op(whole, {at[1]});
    const Values weights_x = weights_of(c, c.sub(at[0], first_x), count);
    const Values weights_y = weights_of(c, c.sub(at[1], first_y), count);
    const double before = count == 4 ? 1 : 0;
    const std::int64_t points = Ops::dimension(at[0], 1);
    Value sum;
    for (std::size_t row = 0; row < count; ++row) {
        for (std::size_t column = 0; column < count; ++column) {
            const Value x = c.add(first_x, static_cast<double>(column) - before);
            const Value y = c.add(first_y, static_cast<double>(row) - before);
            const Value found = padded_elements(c, rules, images, x, y);
            const Value weight = c.mul(weights_y[row], weights_x[column]);
            const Value part = c.mul(found, c.reshape(weight, {images.images, 1, points}));
            sum = row + column == 0 ? part : c.add(sum, part);
        }
    }
    return sum;
}

Values grid_sample(Call& c) {
    const Images images = images_of(c, c.in(0));
    const Value grid = c.in(1);
    const std::string_view mode = c.text("mode", "bilinear");
    const std::string_view padding = c.text("padding_mode", "zeros");
    const std::size_t taps = mode == "nearest"    ? 1
                             : mode == "bilinear" ? 2
                             : mode == "bicubic"  ? 4
                                                  : 0;
    const GridRules rules{
        .aligns_corners = c.integer("align_corners", 0) != 0,
        .padding = padding == "border"       ? Padding::border
                   : padding == "reflection" ? Padding::reflection
                                             : Padding::zeros,
    };
    if (!c.e.ok() || taps == 0 || grid.rank() != 4 || Ops::dimension(grid, 3) != 2) {
        return {c.fail("mode {} with a grid {}", mode, grid.type.text())};
    }
    const Integers s = Ops::dimensions(grid);
    const auto along = [&](std::int64_t part, std::int64_t size) {
        const Value all = c.reshape(c.slice(grid, 3, part, 1), {s[0], s[1] * s[2]});
        const Value at = coordinate(c, rules, all, size);
        // Of four taps each is brought inside by itself.
        return taps == 4 ? at : brought_inside(c, rules, at, size);
    };
    const std::array<Value, 2> at = {along(0, images.width), along(1, images.height)};
    const Value out = sampled(c, rules, images, at, taps);
    return {c.reshape(out, {images.images, images.channels, s[1], s[2]})};
}

struct Regions {
    std::int64_t count = 0;
    std::int64_t samples = 0;  ///< along each axis of a cell
    double offset = 0;
    double scale = 1;
    bool may_be_small = false;
};

/// The sample coordinates of all regions along one axis: [R, cells * samples].
Value region_axis(
    Call& c, const Regions& regions, const Value& ends, std::size_t axis, std::int64_t cells
) {
    const auto end = [&](std::size_t at) {
        const Value one = c.slice(ends, 1, static_cast<std::int64_t>(at), 1);
        return c.sub(c.mul(one, regions.scale), regions.offset);
    };
    const Value start = end(axis);
    Value length = c.sub(end(axis + 2), start);
    length = regions.may_be_small ? length : c.max(length, 1);
    const std::int64_t count = cells * regions.samples;
    const Value middle = c.add(c.iota(DType::f32, 1, {1, count}), 0.5);
    return c.add(start, c.mul(c.div(length, static_cast<double>(count)), middle));
}

/// [R, rows], [R, columns] to the coordinates of all pairs [R, rows * columns].
std::array<Value, 2> pairs_of(Call& c, const Value& x, const Value& y) {
    const std::int64_t regions = Ops::dimension(x, 0);
    const std::int64_t columns = Ops::dimension(x, 1);
    const std::int64_t rows = Ops::dimension(y, 1);
    const auto flat = [&](const Value& value, const Integers& shape) {
        const Value wide = c.broadcast(c.reshape(value, shape), {regions, rows, columns});
        return c.reshape(wide, {regions, rows * columns});
    };
    return {flat(x, {regions, 1, columns}), flat(y, {regions, rows, 1})};
}

/// 1 where the coordinate is at most one element beyond the image.
Value is_near(Call& c, const Value& x, std::int64_t size) {
    const Value low = c.less_equal(c.scalar(DType::f32, -1), x);
    const Value high = c.less_equal(x, c.scalar(DType::f32, static_cast<double>(size)));
    return c.op(OpCode::bit_and, {low, high});
}

Values region_align(Call& c) {
    const Value x = c.in(0);
    const Value ends = c.in(1);
    const std::int64_t rows = c.integer("output_height", 1);
    const std::int64_t columns = c.integer("output_width", 1);
    const bool is_half_pixel =
        c.opset() >= 16 && c.text("coordinate_transformation_mode", "half_pixel") == "half_pixel";
    const Regions regions{
        .count = Ops::dimension(ends, 0),
        .samples = c.integer("sampling_ratio", 0),
        .offset = is_half_pixel ? 0.5 : 0,
        .scale = c.real("spatial_scale", 1),
        .may_be_small = is_half_pixel,
    };
    constexpr std::int64_t size_max = 1 << 12;
    const bool fits = rows > 0 && columns > 0 && rows <= size_max && columns <= size_max;
    if (regions.samples < 1 || regions.samples > size_max || !fits ||
        c.text("mode", "avg") != "avg" || ends.rank() != 2 || Ops::dimension(ends, 1) != 4) {
        return {c.fail("samples whose number depends on data, or mode {}", c.text("mode", "avg"))};
    }
    const Images images = images_of(c, c.gather(x, c.cast(c.in(2), DType::i64), 0));
    const Value along_x = region_axis(c, regions, ends, 0, columns);
    const Value along_y = region_axis(c, regions, ends, 1, rows);
    const std::array<Value, 2> at = pairs_of(c, along_x, along_y);
    const std::array<Value, 2> inside = {
        held(c, at[0], images.width - 1), held(c, at[1], images.height - 1)
    };
    const GridRules rules{.padding = Padding::border};
    Value all = sampled(c, rules, images, inside, 2);
    const Value near =
        c.op(OpCode::bit_and, {is_near(c, at[0], images.width), is_near(c, at[1], images.height)});
    const std::int64_t points = Ops::dimension(near, 1);
    all = c.select(c.reshape(near, {images.images, 1, points}), all, c.scalar(all.dtype(), 0));
    const Value cells = c.reshape(
        all, {images.images, images.channels, rows, regions.samples, columns, regions.samples}
    );
    const Value means = c.reduce(OpCode::reduce_mean, cells, {3, 5});
    return {c.reshape(means, {images.images, images.channels, rows, columns})};
}

constexpr std::array rows = {
    LoweringRow{.op = "GridSample", .since = 16, .lower = grid_sample},
    LoweringRow{.op = "RoiAlign", .since = 10, .lower = region_align},
};

}  // namespace

std::span<const LoweringRow> sampling_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
