#include "tests/support/vm/random_programs.h"

#include "base/check.h"
#include "vm/build/builder.h"

#include <algorithm>

namespace steelyard::vm::test {

namespace {

class Maker {
public:
    Maker(RandomSource& random, const ProgramShape& shape) : random_(random), shape_(shape) {}

    Program make() {
        scopes_.emplace_back();
        for (std::uint64_t index = 0; index < 1 + random_.below(3); ++index) {
            const DType dtype = random_.below(2) == 0 ? DType::u8 : DType::i64;
            const TensorType type{.dtype = dtype, .shape = {random_.below(300)}};
            keep(builder_.input(fmt::format("in{}", index), type));
        }
        keep(builder_.constant({.dtype = DType::u8, .shape = {3}}, Bytes{1, 2, 3}));
        add_node();
        while (builder_.program().nodes.size() < shape_.nodes) {
            add_something();
        }
        for (std::uint64_t index = 0; index < 1 + random_.below(4); ++index) {
            CHECK(builder_.output(fmt::format("out{}", index), any_value()).has_value());
        }
        return std::move(builder_).finish();
    }

private:
    void keep(const Result<ValueRef>& value) {
        CHECK(value.has_value());
        scopes_.back().push_back(*value);
    }

    /// Any value that can be read here; late ones more often than early ones.
    ValueRef any_value() {
        for (;;) {
            const auto& scope =
                random_.below(2) == 0 ? scopes_.back() : scopes_[random_.below(scopes_.size())];
            if (!scope.empty()) {
                const std::size_t back = random_.below(random_.below(scope.size()) + 1);
                return scope[scope.size() - 1 - back];
            }
        }
    }

    ValueRef value_of_type(const TensorType& type, ValueRef otherwise) {
        for (int attempt = 0; attempt < 20; ++attempt) {
            const ValueRef value = any_value();
            if (builder_.type(value) == type) {
                return value;
            }
        }
        return otherwise;
    }

    void add_something() {
        if (random_.below(8) == 0 && scopes_.size() <= loop_depth_max) {
            add_loop();
        } else {
            add_node();
        }
    }

    void add_node() {
        const ValueRef x = any_value();
        const TensorType type = builder_.type(x);
        const std::uint64_t elements = type.elements();
        const auto flat = static_cast<std::int64_t>(elements);
        if (type.shape.rank() != 1 || random_.below(3) == 0) {
            keep(builder_.add(OpCode::reshape, {x}, {flat}));
            return;
        }
        const ValueRef y = any_value();
        const TensorType other = builder_.type(y);
        if (other.dtype == type.dtype && other.shape.rank() == 1 &&
            elements + other.elements() <= shape_.elements_max && random_.below(2) == 0) {
            keep(builder_.add(OpCode::concat, {x, y}, {0}));
            return;
        }
        const auto size = static_cast<std::int64_t>(random_.below(elements + 1));
        keep(builder_.add(OpCode::slice, {x}, {flat - size, 1, size}));
    }

    void add_loop() {
        std::vector<ValueRef> initial;
        for (std::uint64_t count = random_.below(4); count > 0; --count) {
            initial.push_back(any_value());
        }
        const auto start = builder_.begin_loop(1 + random_.below(shape_.trips_max), initial);
        CHECK(start.has_value());
        scopes_.emplace_back(start->carries);
        scopes_.back().push_back(start->counter);
        std::uint64_t items = random_.below(6);
        do {
            add_something();
        } while (items-- > 0);
        std::vector<ValueRef> next;
        for (std::size_t index = 0; index < initial.size(); ++index) {
            next.push_back(value_of_type(builder_.type(initial[index]), start->carries[index]));
        }
        const auto results = builder_.end_loop(next);
        CHECK(results.has_value());
        scopes_.pop_back();
        scopes_.back().insert(scopes_.back().end(), results->begin(), results->end());
    }

    RandomSource& random_;
    ProgramShape shape_;
    Builder builder_{};
    std::vector<std::vector<ValueRef>> scopes_{};  ///< what can be read, of each open loop
};

}  // namespace

Program random_program(RandomSource& random, const ProgramShape& shape) {
    return Maker(random, shape).make();
}

}  // namespace steelyard::vm::test
