// Einstein sums: diagonals, sums, and products of two tensors at a time.
#include "vm/onnx/lowering.h"

#include <algorithm>
#include <array>
#include <string>

namespace steelyard::vm::onnx {

namespace {

/// A tensor with a letter for each axis. The axes of an ellipsis have the digits '0' to '7', the
/// last one '7', so that they meet as they broadcast.
struct Labelled {
    Value value{};
    std::string labels{};
};

bool has(std::string_view labels, char label) {
    return labels.find(label) != std::string_view::npos;
}

/// The letters of a term for a tensor of `rank`; `rank` nothing for the output's.
std::optional<std::string> labels_of(
    std::string_view term, std::optional<std::size_t> rank, std::string_view ellipsis
) {
    std::string out;
    for (std::size_t at = 0; at < term.size(); ++at) {
        if (term[at] != '.') {
            out += term[at];
            continue;
        }
        if (term.substr(at, 3) != "...") {
            return std::nullopt;
        }
        at += 2;
        const std::size_t letters = term.size() - 3;
        if (rank && (*rank < letters || *rank - letters > ellipsis.size())) {
            return std::nullopt;
        }
        out += rank ? ellipsis.substr(ellipsis.size() - (*rank - letters)) : ellipsis;
    }
    return rank && out.size() != *rank ? std::nullopt : std::optional(out);
}

/// The diagonal where a label stands twice.
Labelled with_labels_once(Call& c, Labelled x) {
    for (std::size_t first = 0; first < x.labels.size() && c.e.ok(); ++first) {
        const std::size_t second = x.labels.find(x.labels[first], first + 1);
        if (second == std::string::npos) {
            continue;
        }
        const std::int64_t n = Ops::dimension(x.value, first);
        if (n != Ops::dimension(x.value, second)) {
            c.fail("'{}' is {} and {}", x.labels[first], n, Ops::dimension(x.value, second));
            return x;
        }
        const Value last = c.to_end(x.value, {first, second});
        Integers flat = Ops::dimensions(last);
        flat.resize(flat.size() - 1);
        flat.back() = n * n;
        x.value = c.slice(c.reshape(last, flat), flat.size() - 1, 0, n, n + 1);
        const char label = x.labels[first];
        x.labels.erase(second, 1);
        x.labels.erase(first, 1);
        x.labels += label;
        first = std::string::npos;  // from the front again: places have moved
    }
    return x;
}

/// Sums the axes whose labels are not in `wanted`.
Labelled summed(Call& c, Labelled x, std::string_view wanted) {
    std::vector<std::size_t> axes;
    Integers shape;
    std::string labels;
    for (std::size_t axis = 0; axis < x.labels.size(); ++axis) {
        if (has(wanted, x.labels[axis])) {
            labels += x.labels[axis];
            shape.push_back(Ops::dimension(x.value, axis));
        } else {
            axes.push_back(axis);
        }
    }
    if (axes.empty()) {
        return x;
    }
    return {c.reshape(c.reduce(OpCode::reduce_sum, x.value, axes), shape), labels};
}

Integers order_of(const std::string& labels, std::string_view wanted) {
    Integers out;
    for (const char label : wanted) {
        out.push_back(static_cast<std::int64_t>(labels.find(label)));
    }
    return out;
}

std::int64_t product_of(const Labelled& x, std::string_view labels) {
    std::int64_t out = 1;
    for (const char label : labels) {
        out *= Ops::dimension(x.value, x.labels.find(label));
    }
    return out;
}

/// The tensor as [groups of labels]: one axis for each group.
Value grouped(Call& c, const Labelled& x, const std::vector<std::string>& groups) {
    std::string all;
    Integers shape;
    for (const std::string& group : groups) {
        all += group;
        shape.push_back(product_of(x, group));
    }
    return c.reshape(c.transpose(x.value, order_of(x.labels, all)), shape);
}

/// One product of matrices for each value of the labels that both have and `wanted` too.
Labelled multiplied(Call& c, const Labelled& a, const Labelled& b, std::string_view wanted) {
    std::string batch;
    std::string inner;
    std::string left;
    std::string right;
    Integers shape;
    for (const char label : a.labels) {
        const bool is_shared = has(b.labels, label);
        if (is_shared && product_of(a, {&label, 1}) != product_of(b, {&label, 1})) {
            c.fail("'{}' has two sizes", label);
        }
        (!is_shared ? left : has(wanted, label) ? batch : inner) += label;
    }
    for (const char label : b.labels) {
        if (!has(a.labels, label)) {
            right += label;
        }
    }
    if (!c.e.ok()) {
        return {};
    }
    const Value turned = grouped(c, b, {batch, inner, right});
    const Value product = c.matmul(grouped(c, a, {batch, left, inner}), turned);
    for (const char label : batch + left) {
        shape.push_back(product_of(a, {&label, 1}));
    }
    for (const char label : right) {
        shape.push_back(product_of(b, {&label, 1}));
    }
    return {c.reshape(product, shape), batch + left + right};
}

struct Equation {
    std::vector<std::string> terms{};
    std::optional<std::string> output{};
};

Equation parse(std::string_view text) {
    Equation out{.terms = {""}};
    std::string* term = &out.terms.back();
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == ',' && !out.output) {
            out.terms.emplace_back();
            term = &out.terms.back();
        } else if (text.substr(at, 2) == "->") {
            out.output = "";
            term = &*out.output;
            ++at;
        } else if (text[at] != ' ') {
            *term += text[at];
        }
    }
    return out;
}

/// Without an output: labels that stand once, in alphabetical order; the ellipsis first.
std::string implied_output(const std::vector<Labelled>& operands) {
    std::map<char, int> counts;
    for (const Labelled& operand : operands) {
        for (const char label : operand.labels) {
            ++counts[label];
        }
    }
    std::string out;
    for (const auto& [label, count] : counts) {
        if (count == 1 || (label >= '0' && label <= '7')) {
            out += label;
        }
    }
    return out;
}

Values einstein_sum(Call& c) {
    const Equation equation = parse(c.text("equation", ""));
    if (equation.terms.size() != c.operands.size()) {
        return {c.fail("{} terms for {} inputs", equation.terms.size(), c.operands.size())};
    }
    std::vector<Labelled> operands;
    std::size_t ellipsis = 0;
    for (std::size_t index = 0; index < c.operands.size(); ++index) {
        const std::string& term = equation.terms[index];
        const Value x = c.in(index);
        const auto labels = labels_of(term, x.rank(), "01234567");
        if (!labels) {
            return {c.fail("term '{}' for {}", term, x.type.text())};
        }
        ellipsis = std::max<std::size_t>(
            ellipsis,
            static_cast<std::size_t>(std::ranges::count_if(*labels, [](char l) { return l <= '7'; })
            )
        );
        operands.push_back(with_labels_once(c, {x, *labels}));
    }
    std::string output =
        equation.output
            ? labels_of(
                  *equation.output, std::nullopt, std::string_view("01234567").substr(8 - ellipsis)
              )
                  .value_or("")
            : implied_output(operands);
    Labelled sum = operands[0];
    for (std::size_t index = 1; index < operands.size(); ++index) {
        std::string later = output;
        for (std::size_t rest = index + 1; rest < operands.size(); ++rest) {
            later += operands[rest].labels;
        }
        sum = summed(c, sum, later + operands[index].labels);
        const Labelled next = summed(c, operands[index], later + sum.labels);
        sum = multiplied(c, sum, next, later);
    }
    sum = summed(c, sum, output);
    const auto is_there = [&](char label) { return has(sum.labels, label); };
    if (!c.e.ok() || sum.labels.size() != output.size() || !std::ranges::all_of(output, is_there)) {
        return {c.fail("equation '{}'", c.text("equation", ""))};
    }
    return {c.transpose(sum.value, order_of(sum.labels, output))};
}

constexpr std::array rows = {
    LoweringRow{.op = "Einsum", .since = 12, .lower = einstein_sum},
};

}  // namespace

std::span<const LoweringRow> einsum_lowerings() {
    return rows;
}

}  // namespace steelyard::vm::onnx
