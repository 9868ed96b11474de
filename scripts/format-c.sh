#!/bin/sh
# Format the firmware's C by .clang-format, or check that it is formatted.
# usage: sh scripts/format-c.sh [--check]
#
# Releases of clang-format differ in details: 14, Debian 12's, decides. With another one nothing is
# checked, and a sentence says so.
set -eu
cd "$(dirname "$0")/.."

version=$(clang-format --version | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
case ${1-} in
  --check)
    if [ "$version" != 14 ]; then
      echo "clang-format is version $version: the C's format is not checked (14 decides)" >&2
      exit 0
    fi
    set -- --dry-run --Werror
    ;;
  '') set -- -i ;;
  *)
    sed -n 's/^# usage: /usage: /p' "$0" >&2
    exit 2
    ;;
esac

# Templates of exports are C only when their placeholders are filled in.
find firmware_host tests/firmware -name '*.[ch]' \
  -not -path '*/exports/*' -not -path '*/network/*' -print0 | sort -z |
  xargs -0 clang-format "$@"
