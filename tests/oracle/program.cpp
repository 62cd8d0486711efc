#include "tests/oracle/program.h"

#include <map>

namespace steelyard::oracle {

namespace {

/// The kinds of S1.
enum class Source : std::uint8_t { input, constant, node, carry, result, counter };

struct Ref {
    Source source = Source::input;
    std::uint64_t index = 0;

    auto operator<=>(const Ref&) const = default;
};

struct Node {
    std::string_view op{};
    std::vector<Ref> operands{};
    std::vector<std::int64_t> attributes{};
    float bound = 0.0F;
};

struct Loop {
    std::uint64_t first = 0;
    std::uint64_t end = 0;
    std::uint64_t trips = 0;
};

struct Carry {
    std::uint64_t loop = 0;
    Ref initial{};
    Ref next{};
};

struct Program {
    std::vector<Tensor> inputs{};  ///< their types
    std::vector<Tensor> constants{};
    std::vector<Node> nodes{};
    std::vector<Loop> loops{};
    std::vector<Carry> carries{};
    std::vector<Ref> outputs{};
};

/// Reads S1 and S2. After an error all reads give zeros.
class Bytes {
public:
    explicit Bytes(std::span<const std::uint8_t> bytes) : left_(bytes) {}

    std::uint8_t byte() {
        if (left_.empty()) {
            failed_ = true;
            return 0;
        }
        const std::uint8_t out = left_[0];
        left_ = left_.subspan(1);
        return out;
    }

    std::uint64_t varint() {
        std::uint64_t out = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const std::uint8_t next = byte();
            out |= std::uint64_t{next & 0x7fU} << shift;
            if (next < 0x80) {
                return out;
            }
        }
        failed_ = true;
        return 0;
    }

    std::int64_t zigzag() {
        const std::uint64_t raw = varint();
        return static_cast<std::int64_t>((raw >> 1) ^ (0 - (raw & 1)));
    }

    Ref ref() {
        const std::uint64_t raw = varint();
        return {static_cast<Source>(raw & 7), raw >> 3};
    }

    void skip_name() {
        for (std::uint64_t left = varint(); left > 0 && !failed_; --left) {
            byte();
        }
    }

    /// A tensor of zeros.
    Tensor type() {
        const auto kind = static_cast<Kind>(byte());
        Dims dims(byte() % 9);
        for (std::uint64_t& dim : dims) {
            dim = varint();
        }
        return failed_ ? Tensor{} : Tensor::zeros(kind, dims);
    }

    bool at_end() const { return left_.empty(); }
    bool failed() const { return failed_; }

private:
    std::span<const std::uint8_t> left_;
    bool failed_ = false;
};

template <typename Read>
void section(Bytes& in, const Read& read) {
    for (std::uint64_t left = in.varint(); left > 0 && !in.failed(); --left) {
        read();
    }
}

Node node(Bytes& in) {
    Node out{.op = operator_name(in.varint())};
    static_cast<void>(in.varint());  // The version: there is one.
    section(in, [&] { out.operands.push_back(in.ref()); });
    section(in, [&] { out.attributes.push_back(in.zigzag()); });
    std::uint32_t bits = 0;
    for (int byte = 0; byte < 4; ++byte) {
        bits |= static_cast<std::uint32_t>(in.byte()) << (8 * byte);
    }
    out.bound = std::bit_cast<float>(bits);
    return out;
}

std::optional<Program> read(std::span<const std::uint8_t> bytes) {
    Bytes in(bytes);
    Program out;
    for (const char letter : {'S', 'V', 'M', '1', '\1'}) {
        if (in.byte() != static_cast<std::uint8_t>(letter)) {
            return std::nullopt;
        }
    }
    section(in, [&] {
        in.skip_name();
        out.inputs.push_back(in.type());
    });
    section(in, [&] {
        Tensor constant = in.type();
        for (std::uint8_t& byte : constant.bytes) {
            byte = in.byte();
        }
        out.constants.push_back(std::move(constant));
    });
    section(in, [&] { out.nodes.push_back(node(in)); });
    section(in, [&] {
        const std::uint64_t first = in.varint();
        const std::uint64_t end = in.varint();
        out.loops.push_back({first, end, in.varint()});
    });
    section(in, [&] {
        const std::uint64_t loop = in.varint();
        const Ref initial = in.ref();
        out.carries.push_back({loop, initial, in.ref()});
    });
    section(in, [&] {
        in.skip_name();
        out.outputs.push_back(in.ref());
    });
    return in.failed() || !in.at_end() ? std::nullopt : std::optional(out);
}

/// F1: the first element of a float tensor that is beyond a bound.
std::optional<std::uint64_t> beyond(const Tensor& tensor, float bound) {
    if (!is_float(tensor.kind) || std::isinf(bound)) {
        return std::nullopt;
    }
    for (std::uint64_t at = 0; at < tensor.count(); ++at) {
        if (!(std::fabs(tensor.real64(at)) <= static_cast<double>(bound))) {
            return at;
        }
    }
    return std::nullopt;
}

class Interpreter {
public:
    explicit Interpreter(const Program& program) : program_(program) {}

    Run run(const std::vector<Tensor>& inputs) {
        for (std::uint64_t at = 0; at < inputs.size(); ++at) {
            values_[{Source::input, at}] = inputs[at];
        }
        for (std::uint64_t at = 0; at < program_.constants.size(); ++at) {
            values_[{Source::constant, at}] = program_.constants[at];
        }
        if (body(0, program_.nodes.size(), 0)) {
            for (const Ref output : program_.outputs) {
                run_.outputs.push_back(values_.at(output));
            }
        }
        return std::move(run_);
    }

private:
    /// Nodes [first, end), with the loops from `loop` on inside them. False: it is over.
    bool body(std::uint64_t first, std::uint64_t end, std::size_t loop) {
        while (first < end) {
            while (loop < program_.loops.size() && program_.loops[loop].first < first) {
                ++loop;
            }
            if (loop < program_.loops.size() && program_.loops[loop].first == first) {
                if (!iterate(loop)) {
                    return false;
                }
                first = program_.loops[loop].end;
                continue;
            }
            if (!step(first)) {
                return false;
            }
            ++first;
        }
        return true;
    }

    bool iterate(std::size_t number) {
        const Loop& loop = program_.loops[number];
        hand_over(number, Source::carry, &Carry::initial);
        for (std::uint64_t trip = 0; trip < loop.trips; ++trip) {
            Tensor counter = Tensor::zeros(Kind::i64, {});
            counter.set_integer(0, trip);
            values_[{Source::counter, number}] = counter;
            if (!body(loop.first, loop.end, number + 1)) {
                return false;
            }
            hand_over(number, Source::carry, &Carry::next);
        }
        for (std::uint64_t at = 0; at < program_.carries.size(); ++at) {
            if (program_.carries[at].loop == number) {
                values_[{Source::result, at}] = values_.at({Source::carry, at});
            }
        }
        return true;
    }

    /// All carries of a loop as if at once.
    void hand_over(std::size_t loop, Source to, Ref Carry::* from) {
        std::map<Ref, Tensor> taken;
        for (std::uint64_t at = 0; at < program_.carries.size(); ++at) {
            if (program_.carries[at].loop == loop) {
                taken[{to, at}] = values_.at(program_.carries[at].*from);
            }
        }
        for (auto& [ref, value] : taken) {
            values_[ref] = std::move(value);
        }
    }

    bool step(std::uint64_t number) {
        const Node& node = program_.nodes[number];
        const std::uint64_t index = run_.steps++;
        Call call{.op = node.op, .attributes = node.attributes};
        for (const Ref operand : node.operands) {
            call.operands.push_back(values_.at(operand));
        }
        std::optional<Applied> applied = apply(call);
        if (!applied.has_value()) {
            run_.error = "the oracle has no operator " + std::string(node.op);
            return false;
        }
        if (applied->bad_index.has_value()) {
            run_.fault = {FaultKind::bad_index, index, *applied->bad_index};
            return false;
        }
        if (const auto element = beyond(applied->output, node.bound)) {
            run_.fault = {FaultKind::out_of_bound, index, *element};
            return false;
        }
        values_[{Source::node, number}] = std::move(applied->output);
        return true;
    }

    const Program& program_;
    std::map<Ref, Tensor> values_{};
    Run run_{};
};

}  // namespace

Run run(std::span<const std::uint8_t> bytes, const std::vector<Tensor>& inputs) {
    const std::optional<Program> program = read(bytes);
    if (!program.has_value()) {
        return {.error = "these bytes are no program"};
    }
    return Interpreter(*program).run(inputs);
}

}  // namespace steelyard::oracle
