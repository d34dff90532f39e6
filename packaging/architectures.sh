# shellcheck shell=bash disable=SC2034
# What an architecture of Debian is called by others; sourced by the scripts that build and try programs.
#
#   architecture arm64    sets rust (target of rustc), gnu (name of Debian's and GNU's folders), programs (where cargo leaves
#                         the programs), emulator (the command in front of a program; empty where it runs by itself)

here_architecture() { dpkg --print-architecture; }

architecture() {
  local qemu
  case $1 in
    amd64) rust=x86_64-unknown-linux-gnu gnu=x86_64-linux-gnu qemu=x86_64 ;;
    arm64) rust=aarch64-unknown-linux-gnu gnu=aarch64-linux-gnu qemu=aarch64 ;;
    armhf) rust=armv7-unknown-linux-gnueabihf gnu=arm-linux-gnueabihf qemu=arm ;;
    *) echo "$1 is no architecture of the packages: amd64, arm64 or armhf" >&2; return 1 ;;
  esac
  if [ "$1" = "$(here_architecture)" ]; then
    programs=target/release emulator=()
  else
    programs=target/$rust/release emulator=("qemu-$qemu" -L "/usr/$gnu")
  fi
}
