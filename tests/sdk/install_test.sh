#!/bin/sh
# Installs the SDK into an empty folder and builds apps from there, as an author would: pkg-config one-liners in C++ and
# C, then a find_package project with its test. usage: install_test.sh BUILD_FOLDER SOURCE_FOLDER CXX CC
set -eu
build=$1 source=$2 cxx=$3 cc=$4
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

cmake --install "$build" --component sdk --prefix "$folder/first" >/dev/null
mv "$folder/first" "$folder/prefix" # what was installed can be moved
export PKG_CONFIG_PATH=$(dirname "$(find "$folder/prefix" -name appserve.pc)")
cp "$source/plugins/hello/hello.cpp" "$source/plugins/hello_c/hello_c.c" "$folder"
cd "$folder"

# shellcheck disable=SC2046
"$cxx" hello.cpp $(pkg-config --cflags --libs appserve) -o libhello.so
# shellcheck disable=SC2046
"$cc" hello_c.c $(pkg-config --cflags --libs appserve-c) -o libhello_c.so

cp -r "$source/tests/sdk/install" project
cmake -S project -B project/build -DCMAKE_PREFIX_PATH="$folder/prefix" -DCMAKE_CXX_COMPILER="$cxx" >/dev/null
cmake --build project/build >build.log 2>&1 || { cat build.log; exit 1; }
(cd project/build && cp ../../*.so .. && ctest --output-on-failure)

for library in libhello.so libhello_c.so project/build/libmyapp.so; do
  exports=$(nm -D --defined-only "$library" | awk '{print $2 " " $3}' | sort | tr '\n' ',')
  case $library in
    *myapp*) expected='D app,T create_app,' ;;
    *) expected='D app,' ;;
  esac
  [ "$exports" = "$expected" ] || { echo "$library exports '$exports', not '$expected'"; exit 1; }
done

cmake --install project/build --prefix "$folder/there" >/dev/null
[ -n "$(find there -path '*appserve/libmyapp.so')" ] || { echo "libmyapp.so is not installed"; exit 1; }
