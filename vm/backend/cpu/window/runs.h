// Runs: neighbouring windows along the last axis that have the same taps on the plane.
#pragma once

#include "vm/backend/cpu/kernels.h"
#include "vm/ops/window/places.h"

namespace steelyard::vm::cpu {

/// A tap in the padding.
constexpr std::uint64_t off_plane = ~std::uint64_t{0};

/// Taps that a body sees at once; with more, each window is a run of its own. The taps of `padded`
/// runs are the chunks of the rule (K1).
constexpr std::size_t run_taps_max = 512;

/// Windows [window, window + windows) of an image, and some of their taps, in order: those of
/// window `window` + j lie on places[i] + j * stride of the last axis, or off the plane.
struct WindowRun {
    std::uint64_t window = 0;
    std::uint64_t windows = 0;
    std::span<const std::uint64_t> places{};
    bool first = true;         ///< no taps came before
    bool last = true;          ///< no taps will come
    std::uint64_t inside = 0;  ///< taps on the plane so far, these included
};

using RunBody = std::function<void(const WindowRun& run)>;

/// The windows of an image, run by run.
class WindowRuns {
public:
    /// `padded`: taps off the plane are there as `off_plane`; else they are left out.
    WindowRuns(const WindowGeometry& geometry, bool padded);

    /// All windows whose coordinate along the first axis is in [first, end), in order.
    void visit(std::uint64_t first, std::uint64_t end, const RunBody& body) const;

private:
    static constexpr std::size_t known_lines_max = 64;

    struct Lines;

    void visit_line(const Spot& outer, std::uint64_t line, WindowRange range, const RunBody& body)
        const;
    void visit_run(const Lines& lines, WindowRun& run, const RunBody& body) const;
    std::uint64_t line_place(const Spot& outer, std::uint64_t tap_line) const;

    WindowAxis line_;
    WindowGeometry outer_;
    std::uint64_t tap_lines_;
    bool padded_;
    WindowRange whole_{};  ///< windows along the last axis whose taps are all on the plane
};

/// Calls body(image, first, end) for pieces of the windows of all images, as `visit` takes them,
/// of a size that fits the elements of `channels` each.
void for_each_piece(
    const WindowGeometry& geometry,
    std::uint64_t images,
    std::uint64_t channels,
    const Parallel& parallel,
    const std::function<void(std::uint64_t image, std::uint64_t first, std::uint64_t end)>& body
);

}  // namespace steelyard::vm::cpu
