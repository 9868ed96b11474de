#!/bin/sh
# Check how commits are written: a subject of at most 72 characters without a full stop, then an
# empty line, then why.
# usage: sh scripts/check-commit-message.sh FILE          (a commit-msg hook)
#        sh scripts/check-commit-message.sh --range A..B  (all commits of a range)
set -eu

# Reads a message from standard input; $1 says which one it is.
check() {
  awk -v which="$1" '
    function complain(what) { print which ": " what | "cat 1>&2"; bad = 1 }
    /^# -+ >8 -+$/ { exit }
    /^#/ { next }
    !subject && /^[[:space:]]*$/ { next }
    !subject {
      subject = $0
      # A commit that is to be folded into another one has that one'"'"'s subject.
      sub(/^((fixup|squash|amend)! )+/, "")
      if (length($0) > 72) complain("the subject has " length($0) " characters, more than 72")
      if ($0 ~ /\.$/) complain("the subject ends with a full stop")
      next
    }
    !second { second = 1; if ($0 !~ /^[[:space:]]*$/) complain("no empty line after the subject") }
    END { if (!subject) complain("no subject"); exit bad }
  '
}

case ${1-} in
  --range)
    commits=$(git rev-list --no-merges "${2:?}")
    failed=0
    for commit in $commits; do
      git log -1 --format=%B "$commit" | check "$(git log -1 --format=%h "$commit")" || failed=1
    done
    exit $failed
    ;;
  '' | -*)
    sed -n '4,5s/^# //p' "$0" >&2
    exit 2
    ;;
  *) check "$1" <"$1" ;;
esac
