#include "vm/run/recorder.h"

#include "base/check.h"
#include "vm/ops/cost.h"
#include "vm/trace/commitment.h"

namespace steelyard::vm {

const std::byte* RecordingReader::read(
    std::size_t operand, std::uint64_t first, std::uint64_t count
) {
    CHECK(operand < chunks_.size());
    const TensorType& type = step_.call.operands[operand];
    CHECK(count > 0 && first < type.elements() && count <= type.elements() - first);
    const std::uint64_t last = place_of(type, first + count - 1).chunk;
    for (std::uint64_t chunk = place_of(type, first).chunk; chunk <= last; ++chunk) {
        chunks_[operand].insert(chunk);
    }
    return step_.operands[operand] + first * size_of(type.dtype);
}

Result<void> Recorder::open_operands(const StepRun& step, const RecordingReader& reader) {
    const Step place = program_.step(step.index);
    for (std::size_t operand = 0; operand < step.operands.size(); ++operand) {
        const Source source = program_.source(place, operand);
        const bool is_open =
            source.kind == Source::Kind::input || source.kind == Source::Kind::step;
        if (!is_open || reader.chunks(operand).empty()) {
            continue;
        }
        const TensorType& type = step.call.operands[operand];
        const auto* data = reinterpret_cast<const std::uint8_t*>(step.operands[operand]);
        TRY(open(source, {type, {data, type.bytes()}}, reader.chunks(operand)));
    }
    return {};
}

Result<void> Recorder::open_output(const StepRun& step, const std::set<std::uint64_t>& chunks) {
    return open({Source::Kind::step, step.index}, {step.call.output, step.output_bytes()}, chunks);
}

Result<void> Recorder::open(
    const Source& source, const TensorView& tensor, const std::set<std::uint64_t>& chunks
) {
    auto record = records_.find(source);
    if (record == records_.end()) {
        HashTree tree(tensor_mode(), tensor_leaves(tensor.type, tensor.data, options_.parallel));
        TRY(check_step(source, tensor.type, tree.root()));
        record =
            records_.emplace(source, Record{.type = tensor.type, .tree = std::move(tree)}).first;
    }
    for (const std::uint64_t chunk : chunks) {
        ByteArray<chunk_bytes> copy;
        copy_chunk(tensor.type, tensor.data, chunk, copy);
        record->second.chunks.try_emplace(chunk, to_bytes(copy));
    }
    return {};
}

Result<void> Recorder::check_step(const Source& source, const TensorType& type, const Hash256& root)
    const {
    if (source.kind == Source::Kind::step &&
        result_.step_leaves[source.index] != step_leaf(source.index, tensor_id(type, root))) {
        return fail(
            ErrorCode::corrupt, "step {} is not what it was in the first run", source.index
        );
    }
    return {};
}

Result<Proof> Recorder::proof() const {
    std::map<Source, OpenedTensor, BySource> opened;
    for (const auto& [source, record] : records_) {
        OpenedTensor tensor{.source = source, .root = record.tree.root()};
        for (const auto& [chunk, data] : record.chunks) {
            tensor.chunks.push_back(chunk);
            append(tensor.data, data);
        }
        tensor.siblings = record.tree.opening(tensor.chunks);
        opened.emplace(source, std::move(tensor));
    }
    for (std::size_t output = 0; output < result_.outputs.size(); ++output) {
        const Source source = program_.source_of_output(output);
        if (opened.contains(source)) {
            continue;
        }
        const Tensor& tensor = result_.outputs[output];
        const Hash256 root = tensor_root(tensor.type, tensor.data, options_.parallel);
        TRY(check_step(source, tensor.type, root));
        opened.emplace(source, OpenedTensor{.source = source, .root = root});
    }
    Proof out;
    std::vector<std::uint64_t> steps;
    for (auto& [source, tensor] : opened) {
        if (source.kind == Source::Kind::step) {
            steps.push_back(source.index);
        }
        out.tensors.push_back(std::move(tensor));
    }
    if (!steps.empty()) {
        out.trace_siblings = HashTree(trace_mode(), result_.step_leaves).opening(steps);
    }
    return out;
}

std::vector<Hash256> Recorder::input_ids() const {
    std::vector<Hash256> out(program_.program().inputs.size());
    for (const auto& [source, record] : records_) {
        if (source.kind == Source::Kind::input) {
            out[source.index] = tensor_id(record.type, record.tree.root());
        }
    }
    return out;
}

}  // namespace steelyard::vm
