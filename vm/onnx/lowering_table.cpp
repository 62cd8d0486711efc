#include "vm/onnx/functions.h"
#include "vm/onnx/lowering.h"

namespace steelyard::vm::onnx {

namespace {

Lowering find_in(std::span<const LoweringRow> table, std::string_view op, std::int64_t opset) {
    for (const LoweringRow& row : table) {
        if (row.op == op && row.since <= opset && opset <= row.until) {
            return row.lower;
        }
    }
    return nullptr;
}

}  // namespace

Lowering find_lowering(std::string_view domain, std::string_view op, std::int64_t opset) {
    if (domain == "ai.onnx.preview.training") {
        return find_in(training_lowerings(), op, opset);
    }
    if (domain == function_domain) {
        return find_in(own_lowerings(), op, opset);
    }
    if (!domain.empty()) {
        return nullptr;
    }
    for (const auto table :
         {elementwise_lowerings(),
          activation_lowerings(),
          constant_lowerings(),
          shape_lowerings(),
          index_lowerings(),
          reduction_lowerings(),
          convolution_lowerings(),
          pooling_lowerings(),
          normalisation_lowerings(),
          product_lowerings(),
          einsum_lowerings(),
          recurrent_lowerings(),
          resize_lowerings(),
          quantised_lowerings(),
          loss_lowerings(),
          signal_lowerings(),
          sampling_lowerings()}) {
        if (const Lowering lowering = find_in(table, op, opset)) {
            return lowering;
        }
    }
    return nullptr;
}

}  // namespace steelyard::vm::onnx
