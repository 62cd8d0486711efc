// Runs operations on a stack of our own and looks for what they left of their secrets.
#include "base/check.h"
#include "crypto/bech32.h"
#include "crypto/bip32.h"
#include "crypto/bip39.h"
#include "crypto/key_derivation.h"
#include "crypto/keystore.h"
#include "crypto/sha512.h"
#include "crypto/vrf.h"
#include "crypto/x25519.h"
#include "tests/support/hex_bytes.h"

#include <gtest/gtest.h>
#include <pthread.h>
#include <sys/mman.h>

#include <functional>

namespace steelyard::crypto {
namespace {

using Operation = std::function<void()>;

constexpr std::size_t stack_size = std::size_t{2} << 20;  // ThreadSanitizer takes almost half

/// The stack as a thread leaves it that did the operation.
Bytes stack_after(Operation operation) {
    // Done once before: the dynamic linker saves registers to the stack where it first meets a
    // call.
    operation();
    void* const stack =
        ::mmap(nullptr, stack_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(stack != MAP_FAILED);
    pthread_attr_t attributes;
    CHECK(::pthread_attr_init(&attributes) == 0);
    CHECK(::pthread_attr_setstack(&attributes, stack, stack_size) == 0);
    const auto run = [](void* argument) -> void* {
        // The thread's own end writes over the frames above these.
        ByteArray<std::size_t{16} << 10> above;
        wipe(above);
        (*static_cast<Operation*>(argument))();
        return nullptr;
    };
    pthread_t thread;
    CHECK(::pthread_create(&thread, &attributes, run, &operation) == 0);
    CHECK(::pthread_join(thread, nullptr) == 0);
    Bytes out = to_bytes({static_cast<const std::uint8_t*>(stack), stack_size});
    CHECK(::pthread_attr_destroy(&attributes) == 0);
    CHECK(::munmap(stack, stack_size) == 0);
    return out;
}

/// How many of the secret's 64-bit words the operation left, in either order of bytes.
std::size_t words_left(const Operation& operation, ByteView secret) {
    const Bytes stack = stack_after(operation);
    const std::string_view text = as_text(stack);
    std::size_t count = 0;
    for (; secret.size() >= 8; secret = secret.subspan(8)) {
        const std::string word(as_text(secret.first(8)));
        const std::string reversed(word.rbegin(), word.rend());
        count += text.contains(word) ? 1 : 0;
        count += text.contains(reversed) ? 1 : 0;
    }
    return count;
}

const Bytes entropy = hex_bytes("f585c11aec520db57dd353c69554b21a89b20fb0650966fa0a9d6f74fd989d8f");
constexpr std::string_view message = "a message that is no secret";

PrivateKey make_key(KeyType type) {
    auto key = PrivateKey::parse(type, entropy);
    CHECK(key);
    return *std::move(key);
}

TEST(WipedStack, shows_what_an_operation_leaves) {
    const auto leave = [] {
        volatile std::uint8_t copy[32];
        std::ranges::copy(entropy, std::begin(copy));
    };

    EXPECT_EQ(words_left(leave, entropy), 4U);
}

TEST(WipedStack, holds_nothing_of_a_mnemonic) {
    const auto mnemonic = mnemonic_from_entropy(entropy);
    ASSERT_TRUE(mnemonic);
    const std::string_view text = as_text(mnemonic->view());

    EXPECT_EQ(words_left([] { EXPECT_TRUE(mnemonic_from_entropy(entropy)); }, entropy), 0U);
    EXPECT_EQ(words_left([&] { EXPECT_TRUE(entropy_from_mnemonic(text)); }, entropy), 0U);
    EXPECT_EQ(words_left([&] { EXPECT_TRUE(seed_from_mnemonic(text, "")); }, entropy), 0U);
    EXPECT_EQ(words_left([&] { EXPECT_TRUE(seed_from_mnemonic(text, "")); }, as_bytes(text)), 0U);
}

TEST(WipedStack, holds_nothing_of_an_ed25519_key) {
    const PrivateKey key = make_key(KeyType::ed25519);
    // What signs: the scalar, clamped, and what makes nonces.
    Hash512 expanded = sha512(entropy);
    expanded[0] &= 0xf8;
    expanded[31] = static_cast<std::uint8_t>((expanded[31] & 0x3f) | 0x40);
    const auto parse = [] { make_key(KeyType::ed25519); };
    const auto sign = [&] { key.sign(as_bytes(message)); };

    EXPECT_EQ(words_left(parse, entropy), 0U);
    EXPECT_EQ(words_left(parse, expanded), 0U);
    EXPECT_EQ(words_left(sign, entropy), 0U);
    EXPECT_EQ(words_left(sign, expanded), 0U);
}

TEST(WipedStack, holds_nothing_of_a_secp256k1_key) {
    const PrivateKey key = make_key(KeyType::secp256k1);

    EXPECT_EQ(words_left([] { make_key(KeyType::secp256k1); }, entropy), 0U);
    EXPECT_EQ(words_left([&] { key.sign(as_bytes(message)); }, entropy), 0U);
    EXPECT_EQ(words_left([&] { vrf::prove(key.secret(), as_bytes(message)); }, entropy), 0U);
}

TEST(WipedStack, holds_nothing_of_an_extended_key) {
    const auto master = ExtendedPrivateKey::from_seed(entropy);
    ASSERT_TRUE(master);
    const PrivateKey master_key = master->private_key();
    const ByteView secret = master_key.secret().view();
    const SecretBytes xprv = master->to_xprv();

    EXPECT_EQ(words_left([] { EXPECT_TRUE(ExtendedPrivateKey::from_seed(entropy)); }, entropy), 0U);
    EXPECT_EQ(words_left([] { EXPECT_TRUE(ExtendedPrivateKey::from_seed(entropy)); }, secret), 0U);
    EXPECT_EQ(words_left([&] { master->to_xprv(); }, secret), 0U);
    EXPECT_EQ(
        words_left([&] { EXPECT_TRUE(ExtendedPrivateKey::parse(as_text(xprv.view()))); }, secret),
        0U
    );
    for (const std::uint32_t number : {0U, hd_hardened}) {
        const PrivateKey child = master->child(number)->private_key();
        const auto derive = [&] { EXPECT_TRUE(master->child(number)); };
        EXPECT_EQ(words_left(derive, secret), 0U);
        EXPECT_EQ(words_left(derive, child.secret().view()), 0U);
    }
}

TEST(WipedStack, holds_nothing_of_an_x25519_key) {
    Secret<32> key{std::span<const std::uint8_t, 32>(entropy)};
    key.mutable_view()[0] &= 0xf8;
    key.mutable_view()[31] = static_cast<std::uint8_t>((key.view()[31] & 0x7f) | 0x40);
    const X25519PublicKey remote = x25519_public_key(Secret<32>());
    const auto shared = x25519_shared_secret(key, remote);
    ASSERT_TRUE(shared);
    const auto agree = [&] { EXPECT_TRUE(x25519_shared_secret(key, remote)); };

    EXPECT_EQ(words_left([&] { x25519_public_key(key); }, key.view()), 0U);
    EXPECT_EQ(words_left(agree, key.view()), 0U);
    EXPECT_EQ(words_left(agree, shared->view()), 0U);
}

TEST(WipedStack, holds_nothing_of_a_keystore) {
    constexpr std::string_view password = "correct horse battery staple";
    constexpr ScryptCost cost{.n = 16, .r = 1, .p = 1};
    SeededRandom random(1);
    const PublicKey public_key = make_key(KeyType::secp256k1).public_key();
    const KeystoreLabel label{"main", *encode_address("yard", public_key.address()), public_key};
    const auto seal = [&] {
        return seal_keystore(label, entropy, as_bytes(password), cost, random);
    };
    const auto keystore = seal();
    ASSERT_TRUE(keystore);
    const auto open = [&] { EXPECT_TRUE(open_keystore(*keystore, as_bytes(password))); };
    Secret<32> key;
    ASSERT_TRUE(scrypt(as_bytes(password), keystore->salt, cost, key.mutable_view()));

    EXPECT_EQ(words_left([&] { EXPECT_TRUE(seal()); }, entropy), 0U);
    EXPECT_EQ(words_left([&] { EXPECT_TRUE(seal()); }, as_bytes(password)), 0U);
    EXPECT_EQ(words_left(open, entropy), 0U);
    EXPECT_EQ(words_left(open, as_bytes(password)), 0U);
    EXPECT_EQ(words_left(open, key.view()), 0U);
}

}  // namespace
}  // namespace steelyard::crypto
