#include "vm/backend/cpu/window/runs.h"

#include <algorithm>

namespace steelyard::vm::cpu {

namespace {

constexpr std::uint64_t elements_per_piece = 32'768;

/// The windows of an axis whose taps are all inside, perhaps none.
WindowRange whole_windows(const WindowAxis& axis) {
    const std::uint64_t first = (axis.before + axis.stride - 1) / axis.stride;
    const std::uint64_t reach = axis.dilation * (axis.window - 1) + 1;
    const std::uint64_t room = axis.in + axis.before;
    const std::uint64_t end = room < reach ? 0 : (room - reach) / axis.stride + 1;
    return {.first = first, .end = std::max(first, std::min(axis.out, end))};
}

}  // namespace

/// Where the lines of taps begin, of a line of windows.
struct WindowRuns::Lines {
    const Spot& outer;
    std::uint64_t places[known_lines_max];  ///< of the first ones
};

WindowRuns::WindowRuns(const WindowGeometry& geometry, bool padded)
    : line_(geometry.axis[geometry.axes - 1]),
      outer_(geometry),
      tap_lines_(geometry.taps() / line_.window),
      padded_(padded),
      whole_(whole_windows(line_)) {
    --outer_.axes;
    outer_.axis[outer_.axes] = {};
}

void WindowRuns::visit(std::uint64_t first, std::uint64_t end, const RunBody& body) const {
    if (outer_.axes == 0) {
        visit_line({}, 0, {.first = first, .end = end}, body);
        return;
    }
    const std::uint64_t lines = window_count(outer_) / outer_.axis[0].out;
    for (std::uint64_t line = first * lines; line < end * lines; ++line) {
        visit_line(window_spot(outer_, line), line, {.first = 0, .end = line_.out}, body);
    }
}

std::uint64_t WindowRuns::line_place(const Spot& outer, std::uint64_t tap_line) const {
    const auto place = place_under(outer_, outer, tap_spot(outer_, tap_line));
    return place ? *place * line_.in : off_plane;
}

void WindowRuns::visit_line(
    const Spot& outer, std::uint64_t line, WindowRange range, const RunBody& body
) const {
    Lines lines{.outer = outer, .places = {}};
    for (std::uint64_t i = 0; i < std::min<std::uint64_t>(tap_lines_, known_lines_max); ++i) {
        lines.places[i] = line_place(outer, i);
    }
    const bool has_few_taps = tap_lines_ * line_.window <= run_taps_max;
    WindowRun run;
    for (std::uint64_t at = range.first; at < range.end; at += run.windows) {
        const bool whole = at >= whole_.first && at < whole_.end;
        run.window = line * line_.out + at;
        run.windows = whole && has_few_taps ? std::min(whole_.end, range.end) - at : 1;
        visit_run(lines, run, body);
    }
}

void WindowRuns::visit_run(const Lines& lines, WindowRun& run, const RunBody& body) const {
    std::uint64_t places[run_taps_max];
    std::size_t count = 0;
    const std::uint64_t begin = run.window % line_.out * line_.stride;
    run.first = true;
    run.last = false;
    run.inside = 0;
    const auto emit = [&] {
        run.places = {places, count};
        body(run);
        run.first = false;
        count = 0;
    };
    for (std::uint64_t i = 0; i < tap_lines_; ++i) {
        const std::uint64_t line =
            i < known_lines_max ? lines.places[i] : line_place(lines.outer, i);
        if (line == off_plane && !padded_) {
            continue;
        }
        for (std::uint64_t tap = 0; tap < line_.window; ++tap) {
            const std::uint64_t at = begin + tap * line_.dilation - line_.before;
            const bool inside = line != off_plane && at < line_.in;  // at wraps before the axis
            if (!inside && !padded_) {
                continue;
            }
            if (count == run_taps_max) {
                emit();
            }
            places[count++] = inside ? line + at : off_plane;
            run.inside += inside ? 1 : 0;
        }
    }
    run.last = true;
    emit();
}

void for_each_piece(
    const WindowGeometry& geometry,
    std::uint64_t images,
    std::uint64_t channels,
    const Parallel& parallel,
    const std::function<void(std::uint64_t image, std::uint64_t first, std::uint64_t end)>& body
) {
    const std::uint64_t steps = geometry.axis[0].out;
    const std::uint64_t windows = window_count(geometry);
    if (windows == 0 || images == 0 || channels == 0) {
        return;
    }
    const std::uint64_t of_step = windows / steps * channels;
    const std::uint64_t part = std::clamp(elements_per_piece / of_step, std::uint64_t{1}, steps);
    const std::uint64_t parts = (steps + part - 1) / part;
    for_each(parallel, images * parts, [&](std::size_t index) {
        const std::uint64_t first = index % parts * part;
        body(index / parts, first, std::min(steps, first + part));
    });
}

}  // namespace steelyard::vm::cpu
