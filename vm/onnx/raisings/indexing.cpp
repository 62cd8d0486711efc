// Elements picked and put by indices.
#include "vm/onnx/raising.h"

#include <array>

namespace steelyard::vm::onnx {

namespace {

Name gather(Raise& r) {
    return r.op("Gather", {r.in(0), r.in(1)}, {{"axis", r.attribute(0)}});
}

Name gather_elements(Raise& r) {
    return r.op("GatherElements", {r.in(0), r.in(1)}, {{"axis", r.attribute(0)}});
}

Name gather_nd(Raise& r) {
    return r.op("GatherND", {r.in(0), r.cast_in(1, DType::i64)}, {{"batch_dims", r.attribute(0)}});
}

Name scattered(Raise& r, std::string_view op, std::int64_t mode, NodeAttributes attributes) {
    constexpr std::array<std::string_view, 3> reductions = {"none", "add", "mul"};
    if (mode >= std::ssize(reductions)) {
        return r.refuse("ONNX {} scatters no {}", 17, mode == 3 ? "minimum" : "maximum");
    }
    attributes.push_back({"reduction", reductions[static_cast<std::size_t>(mode)]});
    const bool takes_i32 = op == "ScatterElements";
    const Name indices = takes_i32 ? r.in(1) : r.cast_in(1, DType::i64);
    return r.op(op, {r.in(0), indices, r.in(2)}, std::move(attributes));
}

Name scatter_elements(Raise& r) {
    return scattered(r, "ScatterElements", r.attribute(1), {{"axis", r.attribute(0)}});
}

Name scatter_nd(Raise& r) {
    return scattered(r, "ScatterND", r.attribute(0), {});
}

constexpr std::array rows = {
    RaisingRow{OpCode::gather, gather},
    RaisingRow{OpCode::gather_elements, gather_elements},
    RaisingRow{OpCode::gather_nd, gather_nd},
    RaisingRow{OpCode::scatter_elements, scatter_elements},
    RaisingRow{OpCode::scatter_nd, scatter_nd},
};

}  // namespace

std::span<const RaisingRow> index_raisings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
