#!/bin/sh
# Install the Debian packages that setting up .venv needs, or say which they are.
# usage: sh scripts/system-packages.sh PYTHON [PACKAGE ...]
set -eu
python=${1:-python3}
shift

is_root_on_debian() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }

# $* is a list of packages' names.
# shellcheck disable=SC2048,SC2086
install() { DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $*; }

if [ -d "$python" ] || ! command -v "$python" >/dev/null 2>&1; then
  if [ "$python" != python3 ] || ! is_root_on_debian; then
    how=
    command -v apt-get >/dev/null 2>&1 && how=": sudo apt install python3-venv"
    echo "There is no program $python here. Install Python 3.11 or newer$how" >&2
    echo "Or name one that is here: make PYTHON=/path/to/python3.11 ..." >&2
    exit 1
  fi
  apt-get update -qq
  install python3-venv
fi

"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || {
  echo "edgebench needs Python 3.11 or newer; $python is $("$python" --version 2>&1)" >&2
  echo "Name another one: make PYTHON=/path/to/python3.11 ..." >&2
  exit 1
}

missing=
versioned=
"$python" -c 'import ensurepip, venv' 2>/dev/null || missing="$missing python3-venv"
case $(uname -m) in
  x86_64) ;;
  *)
    # LoadGen is compiled where it has no wheel.
    command -v g++ >/dev/null 2>&1 || missing="$missing g++"
    "$python" -c 'import sys, sysconfig, pathlib
sys.exit(not (pathlib.Path(sysconfig.get_path("include")) / "Python.h").exists())' ||
      missing="$missing python3-dev"
    ;;
esac
for package in "$@"; do
  # A compiler of another origin than Debian's does as well. Names with a version in them are of
  # one release of Debian only: elsewhere the tests that need them skip, and say so.
  command -v "$package" >/dev/null 2>&1 || dpkg -s "$package" >/dev/null 2>&1 ||
    case $package in
      *-[0-9]*-dev) versioned="$versioned $package" ;;
      *) missing="$missing $package" ;;
    esac
done
[ -n "$missing$versioned" ] || exit 0

if is_root_on_debian; then
  apt-get update -qq
  for package in $versioned; do
    if apt-cache show "$package" >/dev/null 2>&1; then missing="$missing $package"; fi
  done
  [ -z "$missing" ] || install "$missing"
else
  [ -n "$missing" ] || exit 0
  echo "Missing packages (Debian's names): sudo apt install$missing$versioned" >&2
  exit 1
fi
