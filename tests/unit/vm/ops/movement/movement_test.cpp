#include "base/random.h"
#include "tests/support/vm/random_tensors.h"
#include "tests/support/vm/rounds.h"
#include "tests/unit/vm/ops/movement/nd_array.h"

#include <gtest/gtest.h>
#include <algorithm>
#include <bit>
#include <numeric>

namespace steelyard::vm::test {
namespace {

const int rounds = times(50);
constexpr std::uint64_t elements_most = 8'000;

/// A random type of few elements; some axes are long, some are 0 or 1.
TensorType random_type(SeededRandom& random, std::size_t rank) {
    const auto dtype = dtype_from_number(static_cast<std::uint8_t>(1 + number_below(random, 13)));
    std::vector<std::uint64_t> dims;
    std::uint64_t room = elements_most;
    for (std::size_t axis = 0; axis < rank; ++axis) {
        const std::uint64_t size = awkward_size(random, std::min<std::uint64_t>(room, 700));
        dims.push_back(size == 0 && number_below(random, 4) != 0 ? 1 : std::min(size, room));
        room /= std::max<std::uint64_t>(dims.back(), 1);
    }
    for (std::size_t axis = rank; axis > 1; --axis) {
        std::swap(dims[axis - 1], dims[number_below(random, axis)]);
    }
    return {.dtype = *dtype, .shape = Shape::of(dims)};
}

TestTensor random_tensor_of_rank(SeededRandom& random, std::size_t rank) {
    return random_tensor(random, random_type(random, rank), Values::awkward);
}

/// `least` to `most`.
std::int64_t between(SeededRandom& random, std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(
                       number_below(random, static_cast<std::uint64_t>(most - least) + 1)
                   );
}

TEST(Reshape, KeepsTheOrder) {
    const TestTensor x = f32({2, 3}, {1, 2, 3, 4, 5, 6});

    const TestTensor y = run(OpCode::reshape, {x}, {3, 1, 2});

    EXPECT_EQ(y.type.text(), "f32[3,1,2]");
    EXPECT_EQ(y.data, x.data);
    EXPECT_EQ(run(OpCode::reshape, {f32({1, 1}, {7})}).type.text(), "f32[]");
}

TEST(Reshape, OfAnyTypeIsTheSameBytes) {
    SeededRandom random(1);
    for (int round = 0; round < rounds; ++round) {
        const TestTensor x = random_tensor_of_rank(random, number_below(random, 6));
        Attributes dims = NdArray(x).dims();
        std::ranges::reverse(dims);
        dims.insert(dims.begin(), 1);

        const TestTensor y = run(OpCode::reshape, {x}, dims);

        EXPECT_EQ(y.data, x.data);
        expect_one_answer(OpCode::reshape, {x}, dims);
    }
}

TEST(Transpose, PutsColumnsIntoRows) {
    const TestTensor y = run(OpCode::transpose, {f32({2, 3}, {1, 2, 3, 4, 5, 6})}, {1, 0});

    EXPECT_EQ(y, f32({3, 2}, {1, 4, 2, 5, 3, 6}));
}

TEST(Transpose, OutputAxisIsTheInputAxisOfThePermutation) {
    SeededRandom random(2);
    for (int round = 0; round < rounds; ++round) {
        const TestTensor x = random_tensor_of_rank(random, number_below(random, 7));
        const NdArray from(x);
        Attributes permutation(x.type.shape.rank());
        std::iota(permutation.begin(), permutation.end(), 0);
        for (std::size_t axis = permutation.size(); axis > 1; --axis) {
            std::swap(permutation[axis - 1], permutation[number_below(random, axis)]);
        }
        Index dims;
        for (const std::int64_t axis : permutation) {
            dims.push_back(from.dims()[static_cast<std::size_t>(axis)]);
        }
        const TestTensor wanted = make_tensor(x.type.dtype, dims, [&](const Index& at) {
            Index source(at.size());
            for (std::size_t axis = 0; axis < at.size(); ++axis) {
                source[static_cast<std::size_t>(permutation[axis])] = at[axis];
            }
            return from(source);
        });
        expect_result(OpCode::transpose, {x}, permutation, wanted);
    }
}

TEST(Slice, StepsForwardsAndBackwards) {
    const TestTensor x = f32({2, 5}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9});

    EXPECT_EQ(run(OpCode::slice, {x}, {1, 1, 1, 0, 2, 3}), f32({1, 3}, {5, 7, 9}));
    EXPECT_EQ(run(OpCode::slice, {x}, {1, -1, 2, 4, -3, 2}), f32({2, 2}, {9, 6, 4, 1}));
    EXPECT_EQ(run(OpCode::slice, {x}, {2, 9, 0, 5, -1, 0}).type.text(), "f32[0,0]");
}

TEST(Slice, TakesWhatItsAttributesSay) {
    SeededRandom random(3);
    for (int round = 0; round < rounds; ++round) {
        const TestTensor x = random_tensor_of_rank(random, number_below(random, 5));
        const NdArray from(x);
        Attributes attributes;
        Index dims;
        for (const std::int64_t size : from.dims()) {
            const std::int64_t start = between(random, 0, std::max<std::int64_t>(size - 1, 0));
            std::int64_t step = between(random, -3, 3);
            step = step == 0 ? 1 : step;
            std::int64_t most = 0;
            while (start + most * step >= 0 && start + most * step < size) {
                ++most;
            }
            dims.push_back(between(random, most / 2, most));
            attributes.insert(attributes.end(), {start, step, dims.back()});
        }
        const TestTensor wanted = make_tensor(x.type.dtype, dims, [&](const Index& at) {
            Index source;
            for (std::size_t axis = 0; axis < at.size(); ++axis) {
                source.push_back(attributes[3 * axis] + at[axis] * attributes[3 * axis + 1]);
            }
            return from(source);
        });
        expect_result(OpCode::slice, {x}, attributes, wanted);
    }
}

TEST(Concat, JoinsAlongAnAxis) {
    const TestTensor a = f32({2, 1}, {1, 2});
    const TestTensor b = f32({2, 2}, {3, 4, 5, 6});

    EXPECT_EQ(run(OpCode::concat, {a, b}, {1}), f32({2, 3}, {1, 3, 4, 2, 5, 6}));
    EXPECT_EQ(run(OpCode::concat, {a, a}, {0}), f32({4, 1}, {1, 2, 1, 2}));
    EXPECT_EQ(run(OpCode::concat, {a}, {0}), a);
}

TEST(Concat, HoldsAllPartsInOrder) {
    SeededRandom random(4);
    for (int round = 0; round < rounds; ++round) {
        const std::size_t rank = 1 + number_below(random, 4);
        const std::size_t axis = number_below(random, rank);
        TensorType type = random_type(random, rank);
        std::vector<std::uint64_t> sizes(
            type.shape.dimensions().begin(), type.shape.dimensions().end()
        );
        std::vector<TestTensor> parts;
        for (std::uint64_t part = number_below(random, 5) + 1; part > 0; --part) {
            sizes[axis] = number_below(random, 6);
            type.shape = Shape::of(sizes);
            parts.push_back(random_tensor(random, type, Values::awkward));
        }
        Index dims = NdArray(parts[0]).dims();
        dims[axis] = 0;
        for (const TestTensor& part : parts) {
            dims[axis] += NdArray(part).dims()[axis];
        }
        const TestTensor wanted = make_tensor(type.dtype, dims, [&](Index at) {
            for (const TestTensor& part : parts) {
                if (NdArray(part).has(at)) {
                    return NdArray(part)(at);
                }
                at[axis] -= NdArray(part).dims()[axis];
            }
            ADD_FAILURE();
            return std::uint64_t{0};
        });
        expect_result(OpCode::concat, parts, {static_cast<std::int64_t>(axis)}, wanted);
    }
}

TEST(Pad, HasThreeModes) {
    const TestTensor x = f32({4}, {1, 2, 3, 4});
    const TestTensor nine = f32({}, {9});

    EXPECT_EQ(run(OpCode::pad, {x, nine}, {0, 1, 2, 0}), f32({7}, {9, 1, 2, 3, 4, 9, 9}));
    EXPECT_EQ(run(OpCode::pad, {x, nine}, {0, -1, 1, 1}), f32({7}, {9, 2, 9, 3, 9, 4, 9}));
    EXPECT_EQ(run(OpCode::pad, {x, nine}, {0, -1, -2, 0}), f32({1}, {2}));
    EXPECT_EQ(run(OpCode::pad, {x, nine}, {1, 2, 3, 0}), f32({9}, {3, 2, 1, 2, 3, 4, 3, 2, 1}));
    EXPECT_EQ(run(OpCode::pad, {x, nine}, {2, 2, 1, 0}), f32({7}, {1, 1, 1, 2, 3, 4, 4}));
    EXPECT_EQ(run(OpCode::pad, {f32({0}, {}), nine}, {0, 1, 1, 5}), f32({2}, {9, 9}));
    EXPECT_EQ(run(OpCode::pad, {nine, nine}, {0}), nine);
}

/// The padded axis written out: coordinates of the input, -1 for the padding's value.
Index padded_axis(std::int64_t mode, std::int64_t size, const std::int64_t* padding) {
    Index places;
    for (std::int64_t at = 0; at < size; ++at) {
        places.push_back(at);
        for (std::int64_t zero = 0; zero < padding[2] && at + 1 < size; ++zero) {
            places.push_back(-1);
        }
    }
    for (std::int64_t more = 1; more <= padding[0]; ++more) {
        places.insert(places.begin(), mode == 0 ? -1 : mode == 1 ? more : 0);
    }
    for (std::int64_t more = 1; more <= padding[1]; ++more) {
        places.push_back(mode == 0 ? -1 : mode == 1 ? size - 1 - more : size - 1);
    }
    if (padding[0] < 0) {
        places.erase(places.begin(), places.begin() - padding[0]);
    }
    if (padding[1] < 0) {
        places.resize(places.size() - static_cast<std::size_t>(-padding[1]));
    }
    return places;
}

TEST(Pad, IsTheAxesWrittenOut) {
    SeededRandom random(5);
    for (int round = 0; round < 2 * rounds; ++round) {
        const TestTensor x = random_tensor_of_rank(random, number_below(random, 4));
        const NdArray from(x);
        const TestTensor value =
            random_tensor(random, {.dtype = x.type.dtype, .shape = {}}, Values::awkward);
        const std::int64_t mode = between(random, 0, 2);
        Attributes attributes{mode};
        std::vector<Index> places;
        Index dims;
        for (const std::int64_t size : from.dims()) {
            std::int64_t padding[3] = {};
            const std::int64_t most = mode == 1                ? std::max<std::int64_t>(size - 1, 0)
                                      : mode == 2 && size == 0 ? 0
                                                               : 4;
            padding[0] =
                between(random, mode == 0 ? -size / 2 : 0, std::min<std::int64_t>(most, 4));
            padding[1] =
                between(random, mode == 0 ? -size / 2 : 0, std::min<std::int64_t>(most, 4));
            padding[2] = mode == 0 ? between(random, 0, 2) : 0;
            attributes.insert(attributes.end(), padding, padding + 3);
            places.push_back(padded_axis(mode, size, padding));
            dims.push_back(static_cast<std::int64_t>(places.back().size()));
        }
        const TestTensor wanted = make_tensor(x.type.dtype, dims, [&](const Index& at) {
            Index source;
            for (std::size_t axis = 0; axis < at.size(); ++axis) {
                source.push_back(places[axis][static_cast<std::size_t>(at[axis])]);
            }
            return from.has(source) ? from(source) : NdArray(value)({});
        });
        expect_result(OpCode::pad, {x, value}, attributes, wanted);
    }
}

TEST(Broadcast, RepeatsMissingAndUnitAxes) {
    EXPECT_EQ(
        run(OpCode::broadcast, {f32({2, 1}, {1, 2})}, {2, 2, 2}),
        f32({2, 2, 2}, {1, 1, 2, 2, 1, 1, 2, 2})
    );
    EXPECT_EQ(run(OpCode::broadcast, {f32({}, {3})}, {2}), f32({2}, {3, 3}));
    EXPECT_EQ(run(OpCode::broadcast, {f32({1}, {3})}, {0}).type.text(), "f32[0]");
    SeededRandom random(6);
    for (int round = 0; round < rounds; ++round) {
        const TestTensor x = random_tensor_of_rank(random, number_below(random, 4));
        const NdArray from(x);
        Index dims = from.dims();
        for (std::int64_t& size : dims) {
            size = size == 1 ? between(random, 0, 20) : size;
        }
        const auto missing = static_cast<std::size_t>(number_below(random, 3));
        for (std::size_t axis = 0; axis < missing; ++axis) {
            dims.insert(dims.begin(), between(random, 1, 4));
        }
        const TestTensor wanted = make_tensor(x.type.dtype, dims, [&](const Index& at) {
            Index source(at.begin() + static_cast<std::ptrdiff_t>(missing), at.end());
            for (std::size_t axis = 0; axis < source.size(); ++axis) {
                source[axis] = std::min(source[axis], from.dims()[axis] - 1);
            }
            return from(source);
        });
        expect_result(OpCode::broadcast, {x}, dims, wanted);
    }
}

TEST(Iota, CountsAlongItsAxis) {
    EXPECT_EQ(run(OpCode::iota, {}, {11, 0, 3}), i64({3}, {0, 1, 2}));
    EXPECT_EQ(run(OpCode::iota, {}, {1, 1, 2, 3}), f32({2, 3}, {0, 1, 2, 0, 1, 2}));
    EXPECT_EQ(run(OpCode::iota, {}, {1, 0, 2, 3}), f32({2, 3}, {0, 0, 0, 1, 1, 1}));
    for (const Attributes& attributes :
         {Attributes{9, 0, 5000}, {11, 2, 3, 0, 4}, {1, 1, 7, 65, 3}}) {
        expect_one_answer(OpCode::iota, {}, attributes);
    }
}

TEST(Im2col, LaysWindowsOutAndFillsWithZeros) {
    const TestTensor x = f32({1, 3, 1}, {1, 2, 3});

    EXPECT_EQ(
        run(OpCode::im2col, {x}, {2, 1, 1, 1, 1}), f32({1, 4, 2, 1}, {0, 1, 1, 2, 2, 3, 3, 0})
    );
    EXPECT_EQ(run(OpCode::im2col, {x}, {2, 1, 2, 0, 0}), f32({1, 1, 2, 1}, {1, 3}));
    EXPECT_EQ(run(OpCode::im2col, {x}, {1, 2, 1, 0, 0}), f32({1, 2, 1, 1}, {1, 3}));
}

TEST(Im2col, ReadsTheInputUnderEachTap) {
    SeededRandom random(7);
    for (int round = 0; round < rounds; ++round) {
        const std::size_t axes = 1 + number_below(random, 3);
        Index in{between(random, 0, 2)};
        Attributes attributes;
        Index dims{in[0]};
        Index windows;
        for (std::size_t axis = 0; axis < axes; ++axis) {
            const std::int64_t size = between(random, 1, axes == 1 ? 200 : 9);
            const std::int64_t window = between(random, 1, 3);
            const std::int64_t stride = between(random, 1, 3);
            const std::int64_t dilation = between(random, 1, 2);
            const std::int64_t before = between(random, 0, 4);
            const std::int64_t after = between(random, 4, 5);
            in.push_back(size);
            attributes.insert(attributes.end(), {window, stride, dilation, before, after});
            std::int64_t out = 0;
            while (out * stride + (window - 1) * dilation < size + before + after) {
                ++out;
            }
            dims.push_back(out);
            windows.push_back(window);
        }
        in.push_back(between(random, 0, 40));
        dims.insert(dims.end(), windows.begin(), windows.end());
        dims.push_back(in.back());
        const TestTensor x =
            make_tensor(DType::i16, in, [&](const Index&) { return number_below(random, 65536); });
        const NdArray from(x);
        const TestTensor wanted = make_tensor(DType::i16, dims, [&](const Index& at) {
            Index source{at[0]};
            for (std::size_t axis = 0; axis < axes; ++axis) {
                const std::int64_t* own = &attributes[5 * axis];
                source.push_back(at[1 + axis] * own[1] + at[1 + axes + axis] * own[2] - own[3]);
            }
            source.push_back(at.back());
            return from.has(source) ? from(source) : 0;
        });
        expect_result(OpCode::im2col, {x}, attributes, wanted);
    }
}

}  // namespace
}  // namespace steelyard::vm::test
