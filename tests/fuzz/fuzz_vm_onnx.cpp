// ONNX models: any bytes are imported or refused; what is imported is a program with one encoding.
#include "base/check.h"
#include "vm/check/checked_program.h"
#include "vm/onnx/import.h"
#include "vm/program/encoding.h"

using namespace steelyard;
using namespace steelyard::vm;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    onnx::ImportOptions options;
    options.dimensions = {{"N", 2}, {"batch", 3}};
    const Result<onnx::ImportedModel> model = onnx::import_model({data, size}, options);
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
