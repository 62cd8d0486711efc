# Flags that every Steelyard target compiles with, and the tools that only make builds faster.

find_program(STEELYARD_CCACHE ccache)
if(STEELYARD_CCACHE)
  # Relative paths, so that several checkouts share one cache.
  set(CMAKE_CXX_COMPILER_LAUNCHER
      ${CMAKE_COMMAND} -E env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1
      ${STEELYARD_CCACHE})
endif()

find_program(STEELYARD_LLD NAMES ld.lld ld.lld-19)
if(STEELYARD_LLD AND STEELYARD_LLD MATCHES "ld.lld$")
  add_link_options(-fuse-ld=lld)
endif()

add_library(steelyard_flags INTERFACE)
target_include_directories(steelyard_flags INTERFACE ${CMAKE_SOURCE_DIR} ${CMAKE_SOURCE_DIR}/src)
target_compile_options(
  steelyard_flags
  INTERFACE -Wall
            -Wextra
            -Wconversion
            -Wshadow
            -Wnon-virtual-dtor
            -Woverloaded-virtual
            -fno-strict-aliasing
            -ffp-contract=off
            -ffile-prefix-map=${CMAKE_SOURCE_DIR}=.
            $<$<BOOL:${STEELYARD_WERROR}>:-Werror>
)

# g++ 12 sees overlapping copies in std::string's own code when it optimises (GCC bug 105651).
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(steelyard_flags INTERFACE $<$<CONFIG:RelWithDebInfo>:-Wno-restrict>)
endif()

if(STEELYARD_SANITIZE)
  add_compile_options(-fsanitize=${STEELYARD_SANITIZE} -fno-omit-frame-pointer)
  add_compile_options(-fno-sanitize-recover=all)
  add_link_options(-fsanitize=${STEELYARD_SANITIZE})
  # g++ 12 with sanitizers takes what an empty std::optional does not hold for something that is read.
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
    target_compile_options(steelyard_flags INTERFACE -Wno-maybe-uninitialized)
  endif()
endif()
if(STEELYARD_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()
# The thread sanitizer knows no fences; Asio does without where its locks order everything anyway.
if(STEELYARD_SANITIZE MATCHES "thread")
  add_compile_definitions(BOOST_ASIO_DISABLE_FENCED_BLOCK)
endif()
