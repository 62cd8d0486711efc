# Every outside library, as an imported target. All are Debian 12 packages (contrib/dev/install-deps).

set(THREADS_PREFER_PTHREAD_FLAG ON)
find_package(Threads REQUIRED)
find_package(fmt 9 REQUIRED)
find_package(Boost 1.81 REQUIRED COMPONENTS json)
find_package(Protobuf 3.21 REQUIRED)
find_package(GTest 1.12 REQUIRED)
find_package(benchmark 1.7 REQUIRED)
find_package(leveldb 1.23 REQUIRED)
# Debian's export lists what a static build would need; the shared library brings its own snappy.
set_target_properties(leveldb::leveldb PROPERTIES INTERFACE_LINK_LIBRARIES Threads::Threads)
find_package(PkgConfig REQUIRED)
pkg_check_modules(secp256k1 REQUIRED IMPORTED_TARGET libsecp256k1>=0.2)
pkg_check_modules(cryptopp REQUIRED IMPORTED_TARGET libcrypto++>=8.7)
