#!/usr/bin/env bash
# Lays the C library of an architecture into a folder, from Debian's packages, with the fixes of today: the cross libraries that
# compilers come with do not get those. Changes nothing of what apt knows about this machine.
#
#   packaging/libraries.sh arm64 FOLDER
set -euo pipefail
folder=$(mkdir -p "$2" && cd "$2" && pwd)
apt=$(mktemp -d)
trap 'rm -rf "$apt"' EXIT
chmod 755 "$apt"
mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial" "$apt/debs"
options=(-qq -o "APT::Architecture=$1" -o "APT::Architectures=$1" -o "Dir::State::Lists=$apt/lists" -o "Dir::Cache=$apt/cache"
  -o Dir::State::status=/dev/null -o Acquire::Languages=none -o APT::Sandbox::User=root)
apt-get "${options[@]}" update
(cd "$apt/debs" && apt-get "${options[@]}" download libc6 libgcc-s1)
for package in "$apt"/debs/*.deb; do
  dpkg-deb -x "$package" "$folder"
  basename "$package"
done
