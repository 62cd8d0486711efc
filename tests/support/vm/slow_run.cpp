#include "tests/support/vm/slow_run.h"

#include "base/check.h"
#include "vm/ops/bounds.h"
#include "vm/trace/commitment.h"

#include <map>
#include <set>

namespace steelyard::vm::test {

namespace {

class SlowRunner {
public:
    SlowRunner(
        const CheckedProgram& checked, const std::vector<TestTensor>& inputs, const Tamper& tamper
    )
        : program_(checked.program()),
          inputs_(inputs),
          tamper_(tamper),
          nodes_(program_.nodes.size()),
          carries_(program_.carries.size()),
          counters_(program_.loops.size()) {}

    SlowRun run() {
        run_range(0, program_.nodes.size(), 0);
        std::vector<Hash256> ids;
        for (const Output& output : program_.outputs) {
            if (!out_.outcome.fault.has_value()) {
                out_.outputs.push_back(value(output.value));
                ids.push_back(id(out_.outputs.back()));
            }
        }
        out_.outcome.steps = out_.leaves.size();
        out_.outcome.trace_root = trace_root(out_.leaves);
        out_.outcome.output_root =
            out_.outcome.fault.has_value() ? fault_root(*out_.outcome.fault) : output_root(ids);
        return std::move(out_);
    }

private:
    static Hash256 id(const TestTensor& tensor) {
        return tensor_id(tensor.type, tensor_root(tensor.type, tensor.data));
    }

    bool has_fault() const { return out_.outcome.fault.has_value(); }

    void run_range(std::size_t first, std::size_t end, std::size_t loop) {
        for (std::size_t node = first; node < end && !has_fault();) {
            while (loop < program_.loops.size() && program_.loops[loop].first_node < node) {
                ++loop;
            }
            if (loop < program_.loops.size() && program_.loops[loop].first_node == node) {
                run_loop(loop);
                node = program_.loops[loop].end_node;
            } else {
                run_node(node++);
            }
        }
    }

    void run_loop(std::size_t loop) {
        const Loop& shape = program_.loops[loop];
        carry(loop, &Carry::initial);
        for (std::uint32_t trip = 0; trip < shape.trip_count && !has_fault(); ++trip) {
            counters_[loop] = trip;
            run_range(shape.first_node, shape.end_node, loop + 1);
            if (!has_fault()) {
                carry(loop, &Carry::next);
            }
        }
    }

    void carry(std::size_t loop, ValueRef Carry::* from) {
        std::vector<std::pair<std::size_t, TestTensor>> values;
        for (std::size_t index = 0; index < program_.carries.size(); ++index) {
            if (program_.carries[index].loop == loop) {
                values.emplace_back(index, value(program_.carries[index].*from));
            }
        }
        for (auto& [index, tensor] : values) {
            carries_[index] = std::move(tensor);
        }
    }

    TestTensor value(ValueRef ref) const {
        switch (ref.kind) {
            case ValueKind::input:
                return inputs_[ref.index];
            case ValueKind::constant:
                return {program_.constants[ref.index].type, program_.constants[ref.index].data};
            case ValueKind::node:
                return nodes_[ref.index];
            case ValueKind::carry:
            case ValueKind::result:
                return carries_[ref.index];
            case ValueKind::counter:
                return i64({}, {counters_[ref.index]});
        }
        CHECK(false);
    }

    void run_node(std::size_t index) {
        const Node& node = program_.nodes[index];
        std::vector<TestTensor> operands;
        for (const ValueRef operand : node.operands) {
            operands.push_back(value(operand));
        }
        Result<OpResult> result = run_reference(node.op, operands, node.attributes);
        CHECK(result.has_value());
        const std::uint64_t step = out_.leaves.size();
        if (result->bad_index.has_value()) {
            out_.outcome.fault = Fault{Fault::Kind::bad_index, step, *result->bad_index};
            return;
        }
        TestTensor& output = result->output;
        if (tamper_) {
            tamper_({step, static_cast<std::uint32_t>(index), operands, output});
        }
        const std::size_t size = size_of(output.type.dtype);
        const auto* begin = reinterpret_cast<const std::byte*>(output.data.data());
        for (std::uint64_t element = 0; !tamper_ && element < output.type.elements(); ++element) {
            if (!within_bound(output.type.dtype, begin + element * size, node.bound_bits)) {
                out_.outcome.fault = Fault{Fault::Kind::out_of_bound, step, element};
                return;
            }
        }
        out_.leaves.push_back(step_leaf(step, id(output)));
        out_.steps.push_back(output);
        nodes_[index] = std::move(output);
    }

    const Program& program_;
    const std::vector<TestTensor>& inputs_;
    const Tamper& tamper_;
    std::vector<TestTensor> nodes_;
    std::vector<TestTensor> carries_;
    std::vector<std::int64_t> counters_;
    SlowRun out_{};
};

/// Reads tensors that were kept, and notes the chunks.
class KeptReader final : public Reader {
public:
    struct Operand {
        Source source{};
        TestTensor tensor{};
    };

    explicit KeptReader(std::vector<Operand> operands) : operands_(std::move(operands)) {}

    const std::byte* read(std::size_t operand, std::uint64_t first, std::uint64_t count) override {
        const auto& [source, tensor] = operands_[operand];
        for (std::uint64_t element = first; element < first + count; ++element) {
            chunks[{source.kind, source.index}].insert(place_of(tensor.type, element).chunk);
        }
        return reinterpret_cast<const std::byte*>(tensor.data.data()) +
               first * size_of(tensor.type.dtype);
    }

    std::map<std::pair<Source::Kind, std::uint64_t>, std::set<std::uint64_t>> chunks{};

private:
    std::vector<Operand> operands_;
};

class SlowProver {
public:
    SlowProver(
        const CheckedProgram& program, const std::vector<TestTensor>& inputs, const SlowRun& run
    )
        : program_(program), inputs_(inputs), run_(run) {}

    void open(std::uint64_t index, std::uint64_t element, bool has_output) {
        const Step step = program_.step(index);
        const NodeCall call = program_.call(step.node);
        std::vector<KeptReader::Operand> operands;
        for (std::size_t operand = 0; operand < call.operands.size(); ++operand) {
            const Source source = program_.source(step, operand);
            operands.push_back({source, tensor(source)});
        }
        KeptReader reader(std::move(operands));
        ByteArray<8> computed{};
        const std::uint64_t columns = call.output.shape.columns();
        static_cast<void>(program_.op(step.node).evaluate(
            call,
            reader,
            element / columns,
            {element % columns, 1},
            reinterpret_cast<std::byte*>(computed.data())
        ));
        for (const auto& [source, chunks] : reader.chunks) {
            if (source.first == Source::Kind::input || source.first == Source::Kind::step) {
                chunks_[{source.first == Source::Kind::step, source.second}].insert(
                    chunks.begin(), chunks.end()
                );
            }
        }
        if (has_output) {
            chunks_[{true, index}].insert(place_of(call.output, element).chunk);
        }
    }

    Proof proof() {
        for (std::size_t output = 0; output < run_.outputs.size(); ++output) {
            chunks_[{true, program_.source_of_output(output).index}];
        }
        Proof out;
        std::vector<std::uint64_t> steps;
        for (const auto& [source, chunks] : chunks_) {
            const Source from{
                source.first ? Source::Kind::step : Source::Kind::input, source.second
            };
            const TestTensor from_tensor = tensor(from);
            const HashTree tree(tensor_mode(), tensor_leaves(from_tensor.type, from_tensor.data));
            OpenedTensor opened{.source = from, .root = tree.root()};
            opened.chunks.assign(chunks.begin(), chunks.end());
            for (const std::uint64_t chunk : chunks) {
                ByteArray<1024> copy;
                copy_chunk(from_tensor.type, from_tensor.data, chunk, copy);
                append(opened.data, copy);
            }
            opened.siblings = tree.opening(opened.chunks);
            out.tensors.push_back(std::move(opened));
            if (source.first) {
                steps.push_back(source.second);
            }
        }
        if (!steps.empty()) {
            out.trace_siblings = HashTree(trace_mode(), run_.leaves).opening(steps);
        }
        return out;
    }

private:
    TestTensor tensor(const Source& source) const {
        switch (source.kind) {
            case Source::Kind::input:
                return inputs_[source.index];
            case Source::Kind::constant: {
                const Constant& constant = program_.program().constants[source.index];
                return {constant.type, constant.data};
            }
            case Source::Kind::step:
                return run_.steps[source.index];
            case Source::Kind::counter:
                return i64({}, {static_cast<std::int64_t>(source.index)});
        }
        CHECK(false);
    }

    const CheckedProgram& program_;
    const std::vector<TestTensor>& inputs_;
    const SlowRun& run_;
    std::map<std::pair<bool, std::uint64_t>, std::set<std::uint64_t>> chunks_{};
};

}  // namespace

Proof slow_prove(
    const CheckedProgram& program,
    const std::vector<TestTensor>& inputs,
    const SlowRun& run,
    std::span<const Probe> probes
) {
    SlowProver prover(program, inputs, run);
    for (const Probe& probe : probes) {
        const NodeCall call = program.call(program.step(probe.step).node);
        for (const std::uint64_t row : probe.rows) {
            for (const std::uint64_t column : probe.columns) {
                prover.open(probe.step, row * call.output.shape.columns() + column, true);
            }
        }
    }
    if (run.outcome.fault.has_value()) {
        prover.open(run.outcome.fault->step, run.outcome.fault->element, false);
    }
    return prover.proof();
}

void flip_all(const TamperedStep& at) {
    for (std::uint64_t i = 0; i < at.output.type.elements(); ++i) {
        at.output.data[i * size_of(at.output.type.dtype)] ^= 1;
    }
}

SlowRun slow_run(
    const CheckedProgram& program, const std::vector<TestTensor>& inputs, const Tamper& tamper
) {
    return SlowRunner(program, inputs, tamper).run();
}

std::vector<TensorView> views(const std::vector<TestTensor>& tensors) {
    std::vector<TensorView> out;
    for (const TestTensor& tensor : tensors) {
        out.push_back({tensor.type, tensor.data});
    }
    return out;
}

std::vector<Hash256> ids(const std::vector<TestTensor>& tensors) {
    std::vector<Hash256> out;
    for (const TestTensor& tensor : tensors) {
        out.push_back(tensor_id(tensor.type, tensor_root(tensor.type, tensor.data)));
    }
    return out;
}

}  // namespace steelyard::vm::test
