// ONNX models: any bytes are imported or refused; what is imported is a program with one encoding.
#include "base/check.h"
#include "vm/check/checked_program.h"
#include "vm/onnx/import.h"
#include "vm/program/encoding.h"

using namespace steelyard;
using namespace steelyard::vm;

namespace {

/// With a size for one of the dimensions that models often leave open, if one is.
Result<onnx::ImportedModel> import_any(ByteView file) {
    Result<onnx::ImportedModel> model = onnx::import_model(file, {});
    for (const char* name : {"N", "batch"}) {
        if (model && !model->unsupported.empty() && model->unsupported[0].op == "input") {
            Result<onnx::ImportedModel> named =
                onnx::import_model(file, {.dimensions = {{name, 2}}});
            if (named) {
                model = std::move(named);
            }
        }
    }
    return model;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Result<onnx::ImportedModel> model = import_any({data, size});
    if (!model || !model->unsupported.empty()) {
        return 0;
    }
    const Result<Program> decoded = decode_program(encode_program(model->program));
    CHECK(decoded.has_value() && *decoded == model->program);
    // Limits of probes and memory may refuse it; wiring and types may not.
    const Result<CheckedProgram> checked = CheckedProgram::check(model->program);
    CHECK(checked.has_value() || !checked.error().message().empty());
    for (const onnx::Weight& weight : model->weights) {
        CHECK(weight.tensor.data.size() == weight.tensor.type.bytes());
    }
    return 0;
}
