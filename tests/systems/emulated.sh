#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds the unit tests for another processor, into build/emulated/SYSTEM, where tests/systems/programs.py looks for
# them. packaging/dist.py has to have run once, for the compiler.
#   emulated.sh linux-aarch64|linux-armv7|linux-s390x
set -eu
cd "$(dirname "$0")/../.."
case "${1:-}" in
linux-aarch64) target=aarch64-linux-musl ;;
linux-armv7) target=arm-linux-musleabihf ;;
linux-s390x) target=s390x-linux-musl ;;
*)
    sed -n 's/^#   /usage: /p' "$0" >&2
    exit 2
    ;;
esac
zig=$(ls "$PWD"/build/dist/tools/lib/python*/site-packages/ziglang/zig)
build=build/emulated/$1
# Without much optimising it compiles in half the time, and runs all the same.
cmake -S . -B "$build" -G Ninja -DCMAKE_TOOLCHAIN_FILE="$PWD/cmake/zig.cmake" -DESPBAK_ZIG="$zig" \
    -DESPBAK_TARGET=$target -DESPBAK_BUNDLED=ON -DESPBAK_WERROR=OFF \
    -DCMAKE_BUILD_TYPE=Release -DCMAKE_C_FLAGS_RELEASE=-O1
cmake --build "$build" --target unit-tests espbak
