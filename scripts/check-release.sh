#!/bin/sh
# Check what a release must have: one version everywhere, a changelog, real addresses.
# usage: sh scripts/check-release.sh
set -eu
cd "$(dirname "$0")/.."
bad=0
complain() {
  echo "$1" >&2
  bad=1
}
version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml)
grep -q "^__version__ = \"$version\"$" edgebench/__init__.py ||
  complain "edgebench/__init__.py: __version__ is not $version, which pyproject.toml has"
grep -qE "^## $version \([0-9]{4}-[0-9]{2}-[0-9]{2}\)$" CHANGELOG.md ||
  complain "CHANGELOG.md: no section \"## $version (YYYY-MM-DD)\""
! grep -nE "edgebench\.example" pyproject.toml >&2 ||
  complain "pyproject.toml: [project.urls] must name the published repository"
! grep -nE "URL-OF-THIS-REPOSITORY" README.md >&2 ||
  complain "README.md: the clone command must name the published repository"
exit $bad
