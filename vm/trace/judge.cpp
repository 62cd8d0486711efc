#include "vm/trace/judge.h"

#include "base/check.h"
#include "vm/ops/bounds.h"
#include "vm/ops/cost.h"
#include "vm/trace/commitment.h"

#include <algorithm>
#include <array>

namespace steelyard::vm {

namespace {

constexpr std::uint64_t chunk_gas = 32;
constexpr std::uint64_t node_gas = 2;
constexpr std::uint64_t gas_per_kib = 20;
constexpr std::uint64_t id_gas = 4;    // two blocks at most
constexpr std::uint64_t leaf_gas = 2;  // one block
constexpr std::uint64_t block_bytes = 64;

std::string_view name_of(Source::Kind kind) {
    return kind == Source::Kind::input ? "input" : "step";
}

std::string text_of(const Source& source) {
    return fmt::format("{} {}", name_of(source.kind), source.index);
}

std::string_view name_of(Fault::Kind kind) {
    return kind == Fault::Kind::bad_index ? "an index out of bounds" : "a value out of bound";
}

bool is_below(const std::vector<std::uint64_t>& numbers, std::uint64_t limit) {
    return std::ranges::all_of(numbers, [&](std::uint64_t number) { return number < limit; });
}

}  // namespace

std::uint64_t evaluation_gas(const ProbeCost& cost) {
    const std::uint64_t chunks = saturating_mul(cost.chunks, chunk_bytes);
    const std::uint64_t nodes = (cost.bytes - std::min(cost.bytes, chunks)) / sizeof(Hash256);
    const std::uint64_t opening = saturating_add(
        saturating_add(saturating_mul(cost.chunks, chunk_gas), saturating_mul(nodes, node_gas)),
        saturating_mul(cost.bytes, gas_per_kib) / chunk_bytes
    );
    return cost.gas - std::min(cost.gas, opening);
}

Judge::Judge(
    const Claim& claim, std::span<const Probe> probes, const Proof& proof, std::uint64_t gas_max
)
    : program_(*claim.program),
      claim_(claim),
      probes_(probes),
      proof_(proof),
      gas_max_(gas_max),
      is_result_(proof.tensors.size()) {
    uses_.reserve(proof.tensors.size());
    for (const OpenedTensor& tensor : proof.tensors) {
        uses_.push_back({.tensor = &tensor, .used = std::vector<bool>(tensor.chunks.size())});
    }
}

Result<void> Judge::judge() {
    TRY(check_claim());
    TRY(check_probes());
    TRY(check_size());
    TRY(charge_hashing());
    TRY(check_tensors());
    TRY(check_padding());
    TRY(check_roots());
    TRY(check_trace());
    TRY(check_result());
    for (const Probe& probe : probes_) {
        TRY(judge_probe(probe));
    }
    if (claim_.outcome.fault.has_value()) {
        TRY(judge_fault(*claim_.outcome.fault));
    }
    for (std::size_t index = 0; index < proof_.tensors.size(); ++index) {
        check_bounds(index);
    }
    return check_use();
}

Result<void> Judge::check_claim() const {
    const RunOutcome& outcome = claim_.outcome;
    if (claim_.input_ids.size() != program_.program().inputs.size()) {
        return invalid(
            "{} inputs, the program has {}",
            claim_.input_ids.size(),
            program_.program().inputs.size()
        );
    }
    if (!outcome.fault.has_value()) {
        return outcome.steps == program_.step_count()
                   ? Result<void>()
                   : invalid("{} steps of {}", outcome.steps, program_.step_count());
    }
    const Fault& fault = *outcome.fault;
    if (fault.step >= program_.step_count() || outcome.steps != fault.step) {
        return invalid("{} steps, and a fault in step {}", outcome.steps, fault.step);
    }
    const std::uint64_t elements = type_of({Source::Kind::step, fault.step}).elements();
    if (fault.element >= elements) {
        return invalid("a fault in element {} of {}", fault.element, elements);
    }
    if (fault.kind != Fault::Kind::bad_index && fault.kind != Fault::Kind::out_of_bound) {
        return invalid("a fault of kind {}", static_cast<unsigned>(fault.kind));
    }
    return {};
}

Result<void> Judge::check_probes() const {
    if (probes_.size() > probe_count_max) {
        return invalid("{} probes, limit {}", probes_.size(), probe_count_max);
    }
    for (const Probe& probe : probes_) {
        if (probe.step >= claim_.outcome.steps) {
            return invalid("a probe of step {} of {}", probe.step, claim_.outcome.steps);
        }
        const Grid grid = program_.grid(program_.step(probe.step).node);
        const Shape& shape = type_of({Source::Kind::step, probe.step}).shape;
        const bool fits = probe.rows.size() == grid.rows && probe.columns.size() == grid.columns &&
                          is_below(probe.rows, shape.rows()) &&
                          is_below(probe.columns, shape.columns());
        if (!fits) {
            return invalid("a probe of step {} beyond its output or its grid", probe.step);
        }
    }
    return {};
}

/// No more than the probes may open at worst: what follows is bounded by this.
Result<void> Judge::check_size() const {
    if (!is_canonical(proof_)) {
        return invalid("tensors or chunks out of order");
    }
    std::uint64_t tensors_max = program_.program().outputs.size();
    std::uint64_t chunks_max = 0;
    for (const Probe& probe : probes_) {
        const std::uint32_t node = program_.step(probe.step).node;
        tensors_max += program_.program().nodes[node].operands.size() + 1;
        chunks_max += program_.probe_cost(node).chunks;
    }
    if (claim_.outcome.fault.has_value()) {
        const std::uint32_t node = program_.step(claim_.outcome.fault->step).node;
        const ProbeCost cost = program_.op(node).probe(program_.call(node), {});
        tensors_max += program_.program().nodes[node].operands.size();
        chunks_max = saturating_add(chunks_max, cost.chunks);
    }
    std::uint64_t chunks = 0;
    for (const OpenedTensor& tensor : proof_.tensors) {
        chunks += tensor.chunks.size();
    }
    if (proof_.tensors.size() > tensors_max || chunks > chunks_max) {
        return invalid(
            "{} tensors and {} chunks, at most {} and {}",
            proof_.tensors.size(),
            chunks,
            tensors_max,
            chunks_max
        );
    }
    return {};
}

Result<void> Judge::check_tensors() {
    for (const OpenedTensor& tensor : proof_.tensors) {
        const std::uint64_t count = tensor.source.kind == Source::Kind::input
                                        ? claim_.input_ids.size()
                                        : claim_.outcome.steps;
        if (tensor.source.index >= count) {
            return invalid("{} of {}", text_of(tensor.source), count);
        }
        types_.push_back(&type_of(tensor.source));
        const std::uint64_t chunks = chunk_count(*types_.back());
        if (!are_openable(chunks, tensor.chunks)) {
            return invalid(
                "chunk {} of {}, which has {}", tensor.chunks.back(), text_of(tensor.source), chunks
            );
        }
    }
    return {};
}

Result<void> Judge::charge_hashing() {
    TRY(charge((encoded_size(proof_) * gas_per_kib + chunk_bytes - 1) / chunk_bytes));
    std::uint64_t nodes = proof_.trace_siblings.size();
    std::uint64_t gas = (sizeof(std::uint32_t) +
                         program_.program().outputs.size() * sizeof(Hash256) + block_bytes - 1) /
                        block_bytes * node_gas;
    for (const OpenedTensor& tensor : proof_.tensors) {
        const bool is_step = tensor.source.kind == Source::Kind::step;
        gas += tensor.chunks.size() * chunk_gas + id_gas + (is_step ? leaf_gas : 0);
        // A tree of opened and given hashes has one node less than these.
        nodes += tensor.chunks.size() + tensor.siblings.size() + (is_step ? 1 : 0);
    }
    return charge(gas + nodes * node_gas);
}

Result<void> Judge::check_padding() const {
    for (std::size_t at = 0; at < proof_.tensors.size(); ++at) {
        const OpenedTensor& tensor = proof_.tensors[at];
        for (std::size_t index = 0; index < tensor.chunks.size(); ++index) {
            const ByteView padding = ByteView(tensor.data)
                                         .subspan(index * chunk_bytes, chunk_bytes)
                                         .subspan(chunk_payload(*types_[at], tensor.chunks[index]));
            if (std::ranges::any_of(padding, [](std::uint8_t byte) { return byte != 0; })) {
                return invalid(
                    "chunk {} of {}: padding that is not zero",
                    tensor.chunks[index],
                    text_of(tensor.source)
                );
            }
        }
    }
    return {};
}

Result<void> Judge::check_roots() const {
    for (std::size_t at = 0; at < proof_.tensors.size(); ++at) {
        const OpenedTensor& tensor = proof_.tensors[at];
        if (tensor.chunks.empty() && tensor.siblings.empty()) {
            continue;
        }
        const std::uint64_t chunks = chunk_count(*types_[at]);
        const std::vector<Hash256> leaves = opened_leaves(chunks, tensor.chunks, tensor.data);
        const Result<Hash256> root =
            root_of_opening(tensor_mode(), chunks, tensor.chunks, leaves, tensor.siblings);
        if (!root) {
            return invalid("{}: {}", text_of(tensor.source), root.error().message());
        }
        if (*root != tensor.root) {
            return invalid("{}: the chunks are not those of its root", text_of(tensor.source));
        }
    }
    return {};
}

Result<void> Judge::check_trace() {
    std::vector<std::uint64_t> steps;
    std::vector<Hash256> leaves;
    for (std::size_t at = 0; at < proof_.tensors.size(); ++at) {
        const OpenedTensor& tensor = proof_.tensors[at];
        const std::uint64_t index = tensor.source.index;
        ids_.push_back(tensor_id(*types_[at], tensor.root));
        if (tensor.source.kind == Source::Kind::step) {
            steps.push_back(index);
            leaves.push_back(step_leaf(index, ids_.back()));
        } else if (ids_.back() != claim_.input_ids[index]) {
            return invalid("input {} is another than the claim's", index);
        }
    }
    const RunOutcome& outcome = claim_.outcome;
    if (outcome.steps == 0 && outcome.trace_root != trace_root({})) {
        return invalid("the trace of no steps has another root");
    }
    if (steps.empty()) {
        return proof_.trace_siblings.empty() ? Result<void>()
                                             : invalid("siblings in a trace without steps");
    }
    const Result<Hash256> root =
        root_of_opening(trace_mode(), outcome.steps, steps, leaves, proof_.trace_siblings);
    if (!root) {
        return invalid("the trace: {}", root.error().message());
    }
    return *root == outcome.trace_root ? Result<void>()
                                       : invalid("the steps are not those of the trace");
}

Result<void> Judge::check_result() {
    const RunOutcome& outcome = claim_.outcome;
    if (outcome.fault.has_value()) {
        return fault_root(*outcome.fault) == outcome.output_root
                   ? Result<void>()
                   : invalid("the fault is not that of the output root");
    }
    std::vector<Hash256> ids;
    for (std::size_t output = 0; output < program_.program().outputs.size(); ++output) {
        const Source source = program_.source_of_output(output);
        const TensorUse* use = find(source);
        if (use == nullptr) {
            return invalid("output {}, {}, is not there", output, text_of(source));
        }
        const auto index = static_cast<std::size_t>(use - uses_.data());
        is_result_[index] = true;
        ids.push_back(ids_[index]);
    }
    return output_root(ids) == outcome.output_root
               ? Result<void>()
               : invalid("the outputs are not those of the output root");
}

Result<void> Judge::judge_probe(const Probe& probe) {
    const Step step = program_.step(probe.step);
    TRY(charge(evaluation_gas(program_.probe_cost(step.node))));
    OpenedReader reader = reader_of(step);
    TensorUse* output = find({Source::Kind::step, probe.step});
    const TensorType& type = type_of({Source::Kind::step, probe.step});
    const std::size_t size = size_of(type.dtype);
    for (const std::uint64_t row : probe.rows) {
        for (const std::uint64_t column : probe.columns) {
            const std::uint64_t element = row * type.shape.columns() + column;
            const ChunkPlace place = place_of(type, element);
            const std::uint8_t* opened =
                output == nullptr ? nullptr : output->find(place.chunk, place.chunk);
            if (opened == nullptr) {
                return invalid("element {} of step {} is not open", element, probe.step);
            }
            alignas(8) std::array<std::byte, 8> computed{};
            const auto bad = program_.op(step.node).evaluate(
                program_.call(step.node), reader, row, {column, 1}, computed.data()
            );
            reader.release();
            if (bad.has_value()) {
                note(fmt::format("step {} element {}: a bad index", probe.step, element));
            } else if (std::memcmp(computed.data(), opened + place.byte, size) != 0) {
                note(fmt::format("step {} element {}: another value", probe.step, element));
            }
            if (reader.missing().has_value()) {
                return invalid("operand {} of step {} is not open", *reader.missing(), probe.step);
            }
        }
    }
    return {};
}

Result<void> Judge::judge_fault(const Fault& fault) {
    const Step step = program_.step(fault.step);
    const NodeCall call = program_.call(step.node);
    TRY(charge(evaluation_gas(program_.op(step.node).probe(call, {.rows = 1, .columns = 1}))));
    OpenedReader reader = reader_of(step);
    const std::uint64_t columns = call.output.shape.columns();
    alignas(8) std::array<std::byte, 8> computed{};
    const bool is_bad =
        program_.op(step.node)
            .evaluate(
                call, reader, fault.element / columns, {fault.element % columns, 1}, computed.data()
            )
            .has_value();
    if (reader.missing().has_value()) {
        return invalid("operand {} of step {} is not open", *reader.missing(), fault.step);
    }
    const std::uint32_t bound = program_.program().nodes[step.node].bound_bits;
    const bool is_beyond = !is_bad && !within_bound(call.output.dtype, computed.data(), bound);
    if (fault.kind == Fault::Kind::bad_index ? !is_bad : !is_beyond) {
        note(fmt::format(
            "step {} element {}: not {}", fault.step, fault.element, name_of(fault.kind)
        ));
    }
    return {};
}

void Judge::check_bounds(std::size_t at) {
    const OpenedTensor& tensor = proof_.tensors[at];
    const DType type = types_[at]->dtype;
    if (tensor.source.kind != Source::Kind::step || !is_float(type)) {
        return;
    }
    const std::uint32_t node = program_.step(tensor.source.index).node;
    const std::uint32_t bound = program_.program().nodes[node].bound_bits;
    for (std::size_t index = 0; index < tensor.chunks.size() && bound != unbounded_bits; ++index) {
        // Padding is zero, and zero is within every bound.
        const ByteView chunk = ByteView(tensor.data).subspan(index * chunk_bytes, chunk_bytes);
        if (!all_within_bound(type, std::as_bytes(chunk), bound)) {
            note(fmt::format(
                "{} chunk {}: a value out of bound", text_of(tensor.source), tensor.chunks[index]
            ));
        }
    }
}

Result<void> Judge::check_use() const {
    for (std::size_t index = 0; index < uses_.size(); ++index) {
        const TensorUse& use = uses_[index];
        const auto unused = std::ranges::find(use.used, false);
        if (unused != use.used.end()) {
            const auto at = static_cast<std::size_t>(unused - use.used.begin());
            return invalid(
                "chunk {} of {} is of no use", use.tensor->chunks[at], text_of(use.tensor->source)
            );
        }
        if (use.used.empty() && !is_result_[index]) {
            return invalid("{} is of no use", text_of(use.tensor->source));
        }
    }
    return {};
}

Result<void> Judge::charge(std::uint64_t gas) {
    const std::uint64_t total = saturating_add(gas_, gas);
    if (total > gas_max_) {
        return invalid("more than {} gas", gas_max_);
    }
    gas_ = total;
    return {};
}

const TensorType& Judge::type_of(const Source& source) const {
    if (source.kind == Source::Kind::input) {
        return program_.program().inputs[source.index].type;
    }
    return program_.type({ValueKind::node, program_.step(source.index).node});
}

TensorUse* Judge::find(const Source& source) {
    const auto source_of = [](const TensorUse& use) { return use.tensor->source; };
    const auto found = std::ranges::lower_bound(uses_, source, precedes, source_of);
    return found == uses_.end() || found->tensor->source != source ? nullptr : &*found;
}

OpenedReader Judge::reader_of(const Step& step) {
    const NodeCall call = program_.call(step.node);
    std::vector<OperandView> operands;
    counters_.assign(call.operands.size(), 0);
    for (std::size_t index = 0; index < call.operands.size(); ++index) {
        const Source source = program_.source(step, index);
        OperandView& view = operands.emplace_back();
        view.type = call.operands[index];
        switch (source.kind) {
            case Source::Kind::input:
            case Source::Kind::step:
                view.use = find(source);
                break;
            case Source::Kind::constant:
                view.dense = reinterpret_cast<const std::byte*>(
                    program_.program().constants[source.index].data.data()
                );
                break;
            case Source::Kind::counter:
                counters_[index] = static_cast<std::int64_t>(source.index);
                view.dense = reinterpret_cast<const std::byte*>(&counters_[index]);
                break;
        }
    }
    return OpenedReader(std::move(operands));
}

void Judge::note(std::string difference) {
    if (difference_.empty()) {
        difference_ = std::move(difference);
    }
}

}  // namespace steelyard::vm
