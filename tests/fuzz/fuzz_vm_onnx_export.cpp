// Programs of any bytes: what is exported, an import takes, as a program of the same inputs and
// outputs.
#include "base/check.h"
#include "vm/onnx/export.h"
#include "vm/program/encoding.h"

using namespace steelyard;
using namespace steelyard::vm;

namespace {

/// An index that is known to be bad, where a run would end in a fault; a node that went through a
/// wider type, whose proof is too large so.
bool may_be_refused(const onnx::UnsupportedNode& node) {
    return node.reason.find("an index is out of bounds") != std::string::npos ||
           node.reason.find("the proof of one element would open") != std::string::npos;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    auto program = decode_program({data, size});
    if (!program) {
        return 0;
    }
    const auto checked = CheckedProgram::check(*std::move(program));
    if (!checked) {
        return 0;
    }
    const auto model = onnx::export_program(*checked, {});
    CHECK(model.has_value());
    CHECK(model->file.empty() != model->unsupported.empty());
    if (!model->unsupported.empty()) {
        return 0;
    }
    const auto back = onnx::import_model(model->file, {});
    CHECK(back.has_value());
    if (!back->unsupported.empty()) {
        CHECK(may_be_refused(back->unsupported[0]));
        return 0;
    }
    const auto& outputs = checked->program().outputs;
    CHECK(back->inputs.size() == checked->program().inputs.size());
    CHECK(back->outputs.size() == outputs.size());
    const auto again = CheckedProgram::check(back->program);
    if (again) {
        for (std::size_t index = 0; index < outputs.size(); ++index) {
            const TensorType& type = again->type(back->program.outputs[index].value);
            CHECK(type == checked->type(outputs[index].value));
        }
    }
    return 0;
}
