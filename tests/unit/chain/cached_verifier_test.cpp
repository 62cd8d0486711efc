#include "chain/cached_verifier.h"

#include "tests/support/chain_builders.h"

#include <gtest/gtest.h>

namespace steelyard::chain {
namespace {

SignatureCheck check(int number) {
    const auto key = test::private_key(number, crypto::KeyType::ed25519);
    Bytes message{1, 2, static_cast<std::uint8_t>(number)};
    const Signature signature = key.sign(message);
    return {key.public_key(), std::move(message), signature};
}

std::vector<SignatureCheck> checks(int count) {
    std::vector<SignatureCheck> list;
    for (int i = 0; i < count; ++i) {
        list.push_back(check(i));
    }
    return list;
}

TEST(CachedVerifier, computes_a_good_signature_once) {
    ThreadPool pool(2);
    CachedVerifier verifier(pool, 100);
    const auto list = checks(10);

    EXPECT_FALSE(verifier.verify(std::span(list).first(1)));
    EXPECT_FALSE(verifier.verify(list));
    EXPECT_FALSE(verifier.function()(list));

    EXPECT_EQ(verifier.stats().verified, 10U);
    EXPECT_EQ(verifier.stats().hits, 11U);
}

TEST(CachedVerifier, names_the_first_bad_one_each_time) {
    for (const std::size_t threads : {0, 3}) {
        ThreadPool pool(threads);
        CachedVerifier verifier(pool, 100);
        auto list = checks(10);
        list[7].signature[3] ^= 1;
        list[4].message.push_back(0);

        EXPECT_EQ(verifier.verify(list), 4U);
        EXPECT_EQ(verifier.verify(list), 4U);
        EXPECT_EQ(verifier.verify(std::span(list).last(3)), 0U);
    }
}

TEST(CachedVerifier, does_not_take_one_statement_for_another) {
    ThreadPool pool(0);
    CachedVerifier verifier(pool, 100);
    const SignatureCheck good = check(1);
    ASSERT_FALSE(verifier.verify({&good, 1}));

    SignatureCheck other_key = good;
    other_key.key = check(2).key;
    SignatureCheck other_message = good;
    other_message.message[0] ^= 1;
    SignatureCheck other_signature = good;
    other_signature.signature[63] ^= 1;

    EXPECT_TRUE(verifier.verify({&other_key, 1}));
    EXPECT_TRUE(verifier.verify({&other_message, 1}));
    EXPECT_TRUE(verifier.verify({&other_signature, 1}));
}

TEST(VerdictCache, is_bounded) {
    VerdictCache cache(160);
    for (int i = 0; i < 10'000; ++i) {
        cache.insert(signature_name(test::public_key(1), Bytes(static_cast<std::size_t>(i)), {}));
    }

    int found = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto name =
            signature_name(test::public_key(1), Bytes(static_cast<std::size_t>(i)), {});
        found += cache.contains(name) ? 1 : 0;
    }
    EXPECT_EQ(found, 160);
}

}  // namespace
}  // namespace steelyard::chain
